package import PlantModel

/// One request: neighbouring registers, or bits, of one unit that are read together.
package struct ReadBlock: Sendable, Equatable {
    package var area: RegisterArea
    package var start: RegisterAddress
    /// Registers, or bits in a bit area.
    package var count: Int
    package var period: Duration
    /// Places in `ModbusUnit.points`, by address.
    package var members: [Int]

    package init(area: RegisterArea, start: RegisterAddress, count: Int, period: Duration, members: [Int]) {
        self.area = area
        self.start = start
        self.count = count
        self.period = period
        self.members = members
    }

    /// Bytes of data in its answer.
    package var dataBytes: Int { area.holdsBits ? (count + 7) / 8 : count * 2 }
    /// Registers that its answer carries: 16 bits count as one.
    package var registers: Int { area.holdsBits ? (count + 15) / 16 : count }
}

/// What a request costs its link: the round trip and pause of each, and the time on the wire of each register.
package struct ReadCost: Sendable, Equatable {
    package var perRequest: Duration
    package var perRegister: Duration

    package init(perRequest: Duration, perRegister: Duration) {
        self.perRequest = perRequest
        self.perRegister = perRegister
    }

    /// A device that speaks Modbus/TCP itself, on a plant network.
    package static let nativeTCP = ReadCost(perRequest: .milliseconds(5), perRegister: .microseconds(2))

    /// A gateway to a serial line: 11 bit times a byte; 8 bytes out, 5 and the data back, and the device's turn-around.
    package static func serial(baud: Int, turnAround: Duration = .milliseconds(20)) -> ReadCost {
        let byte = Duration.nanoseconds(11_000_000_000 / Int64(baud))
        return ReadCost(perRequest: byte * 13 + turnAround, perRegister: byte * 2)
    }

    package func service(of block: ReadBlock) -> Duration { perRequest + perRegister * block.registers }
}

/// The requests by which one unit is read: the cheapest set that keeps every promise of its profile.
package struct ReadPlan: Sendable, Equatable {
    package var blocks: [ReadBlock]

    /// Plans a unit at load (acquisition.md 3.1, coalescing).
    /// - Parameter barred: registers of any table that may not be read as filler, besides the unit's own forbidden ones.
    /// - Complexity: O(n log n + n k), k the points that fit into one request.
    package init(unit: ModbusUnit, cost: ReadCost = .nativeTCP, barred: Set<RegisterAddress> = []) throws(Refused) {
        for place in unit.points.indices {
            try Self.check(unit.points[place], maxRegisters: unit.maxRegisters)
            try Self.check(unit.points[place], against: unit.forbidden)
        }
        let groups = try SnapshotGroups(points: unit.points)
        var lanes: [Lane: [Int]] = [:]
        for (place, point) in unit.points.enumerated() {
            lanes[Lane(area: point.area, period: point.period), default: []].append(place)
        }
        var blocks: [ReadBlock] = []
        for lane in lanes.keys.sorted() {
            let coalescing = Coalescing(
                points: unit.points, places: lanes[lane] ?? [], groups: groups,
                limit: lane.area.holdsBits ? unit.maxBits : unit.maxRegisters,
                maxGap: lane.area.holdsBits ? unit.maxGap * 16 : unit.maxGap, cost: cost,
                barred: barred, forbidden: unit.forbidden.filter { $0.area == lane.area })
            blocks += try coalescing.blocks(area: lane.area, period: lane.period)
        }
        self.blocks = Self.statusesFirst(blocks, of: unit)
    }

    /// A status that is read apart comes before the values that it qualifies. Requests that are due together leave in the
    /// plan's order: so the first value after a start finds its status, and every other one a status of the same slot.
    private static func statusesFirst(_ blocks: [ReadBlock], of unit: ModbusUnit) -> [ReadBlock] {
        let statuses = Set(unit.points.lazy.filter(\.isStatusApart).compactMap(\.status))
        guard !statuses.isEmpty else { return blocks }
        func bearsStatus(_ block: ReadBlock) -> Bool {
            block.members.contains { statuses.contains(unit.points[$0].point) }
        }
        return blocks.filter(bearsStatus) + blocks.filter { !bearsStatus($0) }
    }

    /// Only points of one table and one period can share a request.
    private struct Lane: Hashable, Comparable {
        var area: RegisterArea
        var period: Duration

        static func < (left: Lane, right: Lane) -> Bool {
            (left.period, left.area.rawValue) < (right.period, right.area.rawValue)
        }
    }

    private static func check(_ point: RegisterPoint, against forbidden: [ForbiddenSpan]) throws(Refused) {
        let own = Int(point.address.offset)..<point.end
        if let span = forbidden.first(where: { $0.area == point.area && $0.overlaps(own) }) {
            throw .forbidden(point.point, span)
        }
    }

    private static func check(_ point: RegisterPoint, maxRegisters: Int) throws(Refused) {
        let registers = point.type.registerCount
        guard Int(point.address.offset) + registers <= 65_536 else { throw .beyondTheTable(point.point) }
        guard point.period > .zero else { throw .noPeriod(point.point) }
        if point.area.holdsBits {
            guard point.type == .bit(0) else { throw .notABit(point.point) }
            return
        }
        if case .bit(let number) = point.type, !(0...15).contains(number) { throw .noSuchBit(point.point, number) }
        guard point.order.places.count == point.type.orderBytes else {
            throw .wrongOrder(point.point, letters: point.order.places.count, bytes: point.type.orderBytes)
        }
        guard registers <= maxRegisters else { throw .tooLong(point.point, registers: registers, limit: maxRegisters) }
    }
}

extension ReadPlan {
    /// Why a unit cannot be read as its profile asks.
    package enum Refused: Error, Equatable {
        case beyondTheTable(PointIndex)
        case noPeriod(PointIndex)
        /// The profile forbids to read where it stands.
        case forbidden(PointIndex, ForbiddenSpan)
        case notABit(PointIndex)
        case noSuchBit(PointIndex, Int)
        case wrongOrder(PointIndex, letters: Int, bytes: Int)
        case tooLong(PointIndex, registers: Int, limit: Int)
        /// Its status point is not read in the same request: another table, another period, or not of this unit.
        case statusElsewhere(PointIndex, status: PointIndex)
        /// A group's points have different tables or periods.
        case groupApart(PointIndex, PointIndex)
        /// A group does not fit into one request.
        case groupTooLong(first: PointIndex, last: PointIndex, count: Int, limit: Int)
        /// A group has a hole that may not be read along.
        case groupWithGap(before: PointIndex, count: Int, limit: Int)
        /// A group reaches across addresses that are never read.
        case groupAcross(before: PointIndex, ForbiddenSpan)

        /// One line for a diagnostic, with the tags that the caller knows.
        package func text(tag: (PointIndex) -> String) -> String {
            switch self {
            case .beyondTheTable(let point):
                "\(tag(point)) reaches beyond register 65535"
            case .noPeriod(let point):
                "\(tag(point)) has a period of 0; a period above 0 would do"
            case .forbidden(let point, let span):
                "\(tag(point)) stands among the forbidden addresses \(span.text)"
            case .notABit(let point):
                "\(tag(point)) stands in a table of bits and is not of type bit"
            case .noSuchBit(let point, let number):
                "\(tag(point)) names bit \(number) of a register; 0 to 15 would do"
            case .wrongOrder(let point, let letters, let bytes):
                "\(tag(point)) has \(bytes) bytes and an order of \(letters) letters"
            case .tooLong(let point, let registers, let limit):
                "\(tag(point)) takes \(registers) registers; this unit allows \(limit) in one request"
            case .statusElsewhere(let point, let status):
                "\(tag(point)) is qualified by \(tag(status)), which is not read with it; "
                    + "the same unit, table and rate would do, or qualified_apart: true"
            case .groupApart(let one, let other):
                "\(tag(one)) and \(tag(other)) are one snapshot and differ in table or rate"
            case .groupTooLong(let first, let last, let count, let limit):
                "the snapshot from \(tag(first)) to \(tag(last)) spans \(count); this unit allows \(limit) in one request"
            case .groupWithGap(let point, let count, let limit):
                "the snapshot has a gap of \(count) before \(tag(point)); this unit allows \(limit)"
            case .groupAcross(let point, let span):
                "the snapshot reaches across the forbidden addresses \(span.text) to \(tag(point)), and one request reads all "
                    + "between; snapshots on either side of them would do"
            }
        }
    }
}
