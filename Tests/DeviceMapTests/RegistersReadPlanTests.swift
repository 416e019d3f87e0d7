import DeviceMap
import PlantModel
import PlantTime
import Testing

@Suite struct `Read plan` {
    static func spans(_ plan: ReadPlan) -> [String] {
        plan.blocks.map { "\($0.area.word):\($0.start.offset)+\($0.count)" }
    }

    @Test func `neighbours come in one request`() throws {
        let plan = try ReadPlan(unit: aUnit([aPoint(0, at: 0), aPoint(1, at: 1, .float32), aPoint(2, at: 5)]))
        #expect(Self.spans(plan) == ["hr:0+6"])
        #expect(plan.blocks[0].members == [0, 1, 2])
    }

    @Test func `tables and periods are read apart`() throws {
        let points = [
            aPoint(0, at: 0), aPoint(1, at: 1, period: .seconds(30)), aPoint(2, at: 0, area: .inputRegister),
            aPoint(3, at: 0, .bit(0), area: .discreteInput), aPoint(4, at: 40, .bit(0), area: .discreteInput),
        ]
        #expect(Self.spans(try ReadPlan(unit: aUnit(points))) == ["di:0+41", "hr:0+1", "ir:0+1", "hr:1+1"])
    }

    @Test func `a gap beyond the limit, and a register that may not be read along, divide`() throws {
        let points = [aPoint(0, at: 0), aPoint(1, at: 10), aPoint(2, at: 30)]
        #expect(Self.spans(try ReadPlan(unit: aUnit(points, maxGap: 9))) == ["hr:0+11", "hr:30+1"])
        #expect(Self.spans(try ReadPlan(unit: aUnit(points, maxGap: 0))) == ["hr:0+1", "hr:10+1", "hr:30+1"])
        let barred = try ReadPlan(unit: aUnit(points, maxGap: 20), barred: [RegisterAddress(5)])
        #expect(Self.spans(barred) == ["hr:0+1", "hr:10+21"])
    }

    @Test func `a request never exceeds what the unit allows`() throws {
        let points = (0..<100).map { aPoint(UInt32($0), at: UInt16($0 * 2), .float32) }
        let plan = try ReadPlan(unit: aUnit(points, maxRegisters: 60))
        #expect(plan.blocks.allSatisfy { $0.count <= 60 })
        #expect(plan.blocks.count == 4)
        #expect(plan.blocks.flatMap(\.members) == Array(0..<100))
    }

    @Test func `where registers are dear, a hole is cheaper left out than read`() throws {
        let points = [aPoint(0, at: 0), aPoint(1, at: 16)]
        let dear = ReadCost(perRequest: .milliseconds(10), perRegister: .milliseconds(1))
        #expect(Self.spans(try ReadPlan(unit: aUnit(points))) == ["hr:0+17"])
        #expect(Self.spans(try ReadPlan(unit: aUnit(points), cost: dear)) == ["hr:0+1", "hr:16+1"])
    }

    @Test func `a value is never read apart from its status`() throws {
        let points = [aPoint(0, at: 0, status: 2), aPoint(1, at: 3), aPoint(2, at: 5)]
        let dear = ReadCost(perRequest: .nanoseconds(1), perRegister: .milliseconds(1))
        #expect(Self.spans(try ReadPlan(unit: aUnit(points), cost: dear)) == ["hr:0+6"])
    }

    @Test func `what cannot be read as asked is refused with the reason`() throws {
        let far = aPoint(1, at: 200)
        var overForbidden = aUnit([aPoint(0, group: 1), aPoint(1, at: 6, group: 1)])
        overForbidden.forbidden = [ForbiddenSpan(area: .holdingRegister, addresses: 2...3)]
        let cases: [(ModbusUnit, ReadPlan.Refused)] = [
            (aUnit([aPoint(0, at: 65_535, .float32)]), .beyondTheTable(PointIndex(0))),
            (
                aUnit([aPoint(0, .unsigned32, order: .bigEndian(bytes: 2))]),
                .wrongOrder(PointIndex(0), letters: 2, bytes: 4)
            ),
            (aUnit([aPoint(0, .bit(16))]), .noSuchBit(PointIndex(0), 16)),
            (aUnit([aPoint(0, .unsigned16, area: .coil)]), .notABit(PointIndex(0))),
            (aUnit([aPoint(0, .float64)], maxRegisters: 2), .tooLong(PointIndex(0), registers: 4, limit: 2)),
            (aUnit([aPoint(0, period: .zero)]), .noPeriod(PointIndex(0))),
            (aUnit([aPoint(0, status: 9)]), .statusElsewhere(PointIndex(0), status: PointIndex(9))),
            (
                aUnit([aPoint(0, status: 1), aPoint(1, at: 1, area: .inputRegister)]),
                .statusElsewhere(PointIndex(0), status: PointIndex(1))
            ),
            (
                aUnit([aPoint(0, group: 1), aPoint(1, at: 1, period: .seconds(9), group: 1)]),
                .groupApart(PointIndex(0), PointIndex(1))
            ),
            (
                aUnit([aPoint(0, group: 1), aPoint(2, at: 100), RegisterPoint(far, group: 1)]),
                .groupWithGap(before: PointIndex(2), count: 99, limit: 16)
            ),
            (
                overForbidden,
                .groupAcross(
                    before: PointIndex(1), ForbiddenSpan(area: .holdingRegister, addresses: 2...3))
            ),
            (
                aUnit([aPoint(0, group: 1), RegisterPoint(far, group: 1)], maxGap: 250),
                .groupTooLong(first: PointIndex(0), last: PointIndex(1), count: 201, limit: 120)
            ),
        ]
        for (unit, refusal) in cases {
            #expect(throws: refusal) { try ReadPlan(unit: unit) }
            let text = refusal.text { "point-\($0.number)" }
            #expect(text.contains("point-") || text.contains("snapshot"))
        }
    }

    @Test func `a pause behind each answer is a part of its cost`() throws {
        let unit = aUnit([aPoint(0, at: 0), aPoint(1, at: 17)], maxGap: 16)
        var endpoint = ModbusEndpoint(id: "GW", host: "h", port: 502, units: [unit])
        endpoint.manners.cost = .serial(baud: 9600)
        // Two requests of one register cost 74 ms, one of 18 costs 76 ms.
        #expect(Self.spans(try ReadPlan(unit: unit, cost: endpoint.planningCost)) == ["hr:0+1", "hr:17+1"])
        endpoint.pauseBetween = .milliseconds(100)
        let plan = try ReadPlan(unit: unit, cost: endpoint.planningCost)
        #expect(Self.spans(plan) == ["hr:0+18"])
        let milliseconds = endpoint.planningCost.service(of: plan.blocks[0]).nanoseconds / 1_000_000
        #expect(milliseconds == 176)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `no other division of the points is cheaper`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        for round in 0..<150 {
            let unit = RandomUnit.make(&random)
            let cost = ReadCost(
                perRequest: .microseconds(Int64.random(in: 1...20, using: &random)),
                perRegister: .microseconds(Int64.random(in: 0...5, using: &random)))
            var endpoint = ModbusEndpoint(id: "E", host: "h", port: 502, units: [unit])
            endpoint.manners.cost = cost
            endpoint.pauseBetween = .microseconds(Int64.random(in: 0...30, using: &random))
            let cheapest = RandomUnit.cheapestByTrial(unit, cost, pause: endpoint.pauseBetween)
            let plan = try? ReadPlan(unit: unit, cost: endpoint.planningCost)
            // As the line sees it: each answer is followed by its pause.
            let planned = plan.map {
                $0.blocks.reduce(Duration.zero) { $0 + cost.service(of: $1) + endpoint.pauseBetween }
            }
            #expect(
                planned == cheapest,
                "seed \(seed) round \(round): \(unit.points.map { "\($0.address.offset)\($0.type)" })")
            if let plan { #expect(plan.blocks.flatMap(\.members).sorted() == Array(unit.points.indices)) }
        }
    }

    @Test func `a refused block is halved until the refused point stands alone`() throws {
        let unit = aUnit([
            aPoint(0, at: 0), aPoint(1, at: 1), aPoint(2, at: 9), aPoint(3, at: 10, group: 1),
            aPoint(4, at: 11, group: 1),
        ])
        let block = try #require(ReadPlan(unit: unit).blocks.first)
        let (left, right) = try #require(block.split(at: .widestGap, of: unit))
        #expect([left.members, right.members] == [[0, 1], [2, 3, 4]])
        #expect([left.count, right.count] == [2, 3])
        let (middleLeft, middleRight) = try #require(right.split(at: .middle, of: unit))
        #expect([middleLeft.members, middleRight.members] == [[2], [3, 4]])
        #expect(middleLeft.split(at: .widestGap, of: unit) == nil)
        #expect(middleRight.split(at: .widestGap, of: unit) == nil, "a snapshot stays whole")
    }
}

extension RegisterPoint {
    fileprivate init(_ point: RegisterPoint, group: Int) {
        self = point
        snapshotGroup = group
    }
}

/// Small random units, and the cheapest plan found by trying every division.
private enum RandomUnit {
    static func make(_ random: inout SeededGenerator) -> ModbusUnit {
        let types: [RegisterType] = [.unsigned16, .float32, .float64, .bit(3)]
        let points = (0..<Int.random(in: 1...8, using: &random)).map { number in
            aPoint(
                UInt32(number), at: UInt16.random(in: 0...24, using: &random),
                types.randomElement(using: &random) ?? .unsigned16,
                group: Int.random(in: 0...3, using: &random) == 0 ? Int.random(in: 0...1, using: &random) : nil)
        }
        return aUnit(
            points, maxRegisters: Int.random(in: 4...16, using: &random), maxGap: Int.random(in: 0...6, using: &random))
    }

    static func cheapestByTrial(_ unit: ModbusUnit, _ cost: ReadCost, pause: Duration) -> Duration? {
        let sorted = unit.points.sorted { ($0.address.offset, $0.last) < ($1.address.offset, $1.last) }
        var cheapest: Duration?
        for cuts in 0..<(1 << (sorted.count - 1)) {
            var parts: [[RegisterPoint]] = [[sorted[0]]]
            for position in 1..<sorted.count {
                if cuts >> (position - 1) & 1 == 1 { parts.append([]) }
                parts[parts.count - 1].append(sorted[position])
            }
            guard parts.allSatisfy({ isAllowed($0, unit) }), keepsGroups(parts) else { continue }
            let total = parts.reduce(Duration.zero) { sum, part in
                sum + cost.perRequest + pause + cost.perRegister * (span(part))
            }
            if total < cheapest ?? total + .nanoseconds(1) { cheapest = total }
        }
        return cheapest
    }

    private static func span(_ part: [RegisterPoint]) -> Int {
        (part.map(\.last).max() ?? 0) + 1 - Int(part[0].address.offset)
    }

    private static func isAllowed(_ part: [RegisterPoint], _ unit: ModbusUnit) -> Bool {
        guard span(part) <= unit.maxRegisters else { return false }
        let read = Set(part.flatMap { Int($0.address.offset)...$0.last })
        var hole = 0
        for register in Int(part[0].address.offset)..<(Int(part[0].address.offset) + span(part)) {
            hole = read.contains(register) ? 0 : hole + 1
            if hole > unit.maxGap { return false }
        }
        return true
    }

    private static func keepsGroups(_ parts: [[RegisterPoint]]) -> Bool {
        [0, 1].allSatisfy { group in parts.filter { $0.contains { $0.snapshotGroup == group } }.count <= 1 }
    }
}

extension RegisterPoint {
    fileprivate var last: Int { Int(address.offset) + type.registerCount - 1 }
}
