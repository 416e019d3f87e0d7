package import PlantModel
package import PlantTime

/// The moment a payload reached us, on both time lines: what stamps of devices are placed by.
package struct PayloadArrival: Sendable, Equatable {
    package var instant: PlantInstant
    package var wall: WallTime
    /// The broker kept the payload from before.
    package var isRetained: Bool

    package init(instant: PlantInstant, wall: WallTime, isRetained: Bool = false) {
        self.instant = instant
        self.wall = wall
        self.isRetained = isRetained
    }
}

/// Why nothing of a payload was used: one line that says which topic, where in the payload, what was found and what
/// would do.
package struct PayloadRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    package var topic: String
    /// Counted in bytes from 0.
    package var offset: Int
    package var found: String
    package var wanted: String

    /// - Parameter found: as the payload has it; what would end or steer a line of a log is shown as a mark in its place.
    package init(topic: String, offset: Int, found: String, wanted: String) {
        self.topic = topic
        self.offset = offset
        self.found = found.onOneLine
        self.wanted = wanted
    }

    package var description: String { "\(topic): offset \(offset): found \(found), \(wanted) would do" }
}

/// What a payload, or one element of it, said.
package struct DecodedPayload: Sendable, Equatable {
    package enum Stamp: Sendable, Equatable {
        /// The device's stamp, on the plant's time line.
        case device
        /// The profile names none.
        case unnamed
        // The three that are counted: the samples speak for their arrival and are flagged.
        case missing, unreadable, tooFarAhead
    }

    /// One for each point of the route, in its order, then those of its blobs. Empty: the message is not about this device.
    package var samples: [Sample]
    package var stamp: Stamp
    /// The device's own number of the message; nil when it has none.
    package var sequence: UInt64?
    /// Where it stands in the payload.
    var extent: Range<Int>
}

/// Turns the payloads of one device's telemetry topic into samples.
///
/// What the device did not say is bad for the point concerned only; a payload that is no JSON, or in which nothing of
/// the route is found, is refused as a whole. A route that chooses its device among others (`[?id=='N7']`) passes over
/// messages without it.
/// - Note: never changes; any thread. O(bytes + points), a few small arrays allocated per payload.
package final class PayloadDecoder: Sendable {
    package let route: TopicRoute
    /// The most bytes that are read; more is refused unread.
    package static let payloadBytesMax = 262_144

    /// Paths of one origin, and where in the row of all values each belongs.
    private struct Lane {
        let plan: PathPlan
        let slots: [Int]

        init?(_ paths: [PayloadPath], of origin: PayloadPath.Origin) {
            slots = paths.indices.filter { paths[$0].origin == origin }
            guard !slots.isEmpty else { return nil }
            plan = PathPlan(paths: slots.map { paths[$0] })
        }
    }

    /// Its paths choose one device of many.
    private let choosesByPath: Bool
    private let outer: Lane?
    private let inner: Lane?
    /// Finds the array whose elements are read one by one.
    private let listing: PathPlan?
    private let captured: [(level: Int, slot: Int)]
    private let stampReader: StampReader?
    private let stampSlot: Int?
    private let sequenceSlot: Int?
    private let values: [ValueReader]
    private let blobs: [BlobDecoder]
    private let blobSlots: [Int?]
    private let slotCount: Int
    /// Its payloads are frames of several kinds, each with other fields.
    private let isOfFrames: Bool

    package init(route: TopicRoute) {
        self.route = route
        var paths = route.points.map(\.path)
        stampReader = route.stamp.map { StampReader($0.format) }
        stampSlot = route.stamp.map { _ in paths.count }
        if let stamp = route.stamp { paths.append(stamp.path) }
        sequenceSlot = route.sequencePath.map { _ in paths.count }
        if let sequence = route.sequencePath { paths.append(sequence) }
        blobs = route.blobs.map { BlobDecoder($0) }
        var blobSlots: [Int?] = []
        for blob in route.blobs {
            blobSlots.append(blob.path.map { _ in paths.count })
            if let path = blob.path { paths.append(path) }
        }
        self.blobSlots = blobSlots
        slotCount = paths.count
        outer = Lane(paths, of: .payload)
        inner = Lane(paths, of: .element)
        listing = route.each.map { each in
            PathPlan(paths: [PayloadPath(steps: Array(each.steps.dropLast()))], collecting: [0])
        }
        captured = paths.enumerated().compactMap { slot, path in
            guard path.origin == .topic, case .key(let name)? = path.steps.first else { return nil }
            return route.captures.first { $0.name == name }.map { ($0.level, slot) }
        }
        values = route.points.map { point in
            ValueReader(point: point, statusSlot: route.points.firstIndex { $0.point == point.status })
        }
        choosesByPath = route.choosesByPath
        isOfFrames = route.codec == .tower
    }

    /// The samples of a payload that is one message, all with one time.
    /// - Parameter topic: on which it came; only a route with captures reads it.
    package func decode(
        _ payload: [UInt8], topic: String = "", arrival: PayloadArrival
    ) throws(PayloadRefusal) -> DecodedPayload {
        try readings(payload, topic: topic, arrival: arrival).first
            ?? DecodedPayload(samples: [], stamp: .unnamed, sequence: nil, extent: 0..<payload.count)
    }

    /// What a payload says: one reading, or one for each element of the array that the route names.
    package func readings(
        _ payload: [UInt8], topic: String = "", arrival: PayloadArrival
    ) throws(PayloadRefusal) -> [DecodedPayload] {
        guard payload.count <= Self.payloadBytesMax else {
            throw refusal(0, "\(payload.count) bytes", "at most \(Self.payloadBytesMax) bytes")
        }
        guard !payload.isEmpty else { throw refusal(0, "an empty payload", "a JSON object") }
        let bytes: [UInt8]
        switch route.codec {
        case .json: bytes = payload
        case .registers: return try registers(payload, arrival: arrival)
        case .sparkplug: return []  // What it says depends on births: MessageIntake reads it.
        case .tower:
            do throws(TowerFrame.Refused) {
                // What a frame without measurements says of the device, MessageIntake asks of it.
                guard let written = try TowerFrame.json(of: payload) else { return [] }
                bytes = written
            } catch {
                throw refusal(error.offset, error.found, error.wanted)
            }
        }
        do throws(JSONFault) {
            return try readings(in: bytes, topic: topic, arrival: arrival)
        } catch {
            throw refusal(error.offset, error.found, error.wanted)
        }
    }

    private func readings(
        in bytes: [UInt8], topic: String, arrival: PayloadArrival
    ) throws(JSONFault) -> [DecodedPayload] {
        let whole = 0..<bytes.count
        let row: [PayloadValue]
        var root = PayloadValue.missing
        if let outer {
            let found = try outer.plan.find(in: bytes, whole)
            root = found.root
            row = outer.slots.count == slotCount ? found.values : spread(found.values, over: outer.slots)
        } else {
            row = spread([], over: [])
        }
        return try readings(from: row, root: root, in: bytes, topic: topic, arrival: arrival)
    }

    private func spread(_ values: [PayloadValue], over slots: [Int]) -> [PayloadValue] {
        var row = [PayloadValue](repeating: .missing, count: slotCount)
        for (place, slot) in slots.enumerated() { row[slot] = values[place] }
        return row
    }

    /// - Parameter row: what of the payload itself is mapped.
    private func readings(
        from row: [PayloadValue], root: PayloadValue, in bytes: [UInt8], topic: String, arrival: PayloadArrival
    ) throws(JSONFault) -> [DecodedPayload] {
        let whole = 0..<bytes.count
        var row = row
        // What stands in the topic is text like any other: it follows the payload in one row of bytes.
        var text = bytes
        if !captured.isEmpty {
            let levels = topic.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            for (level, slot) in captured where level < levels.count {
                row[slot] = .text(PayloadText(range: text.count..<text.count + levels[level].count, isEscaped: false))
                text.append(contentsOf: levels[level])
            }
        }
        guard let listing else {
            guard let reading = reading(row, in: text, extent: whole, arrival: arrival) else {
                if choosesByPath || isOfFrames { return [] }
                throw nothing(found: root)
            }
            return reading.samples.isEmpty ? [] : [reading]
        }
        let found = try listing.find(in: bytes, whole)
        guard let elements = found.elements[0] else {
            if choosesByPath { return [] }
            throw nothing(found: found.root)
        }
        var readings: [DecodedPayload] = []
        for element in elements {
            var own = row
            if let inner {
                let found = try inner.plan.find(in: bytes, element)
                for (place, slot) in inner.slots.enumerated() { own[slot] = found.values[place] }
            }
            guard let reading = reading(own, in: text, extent: element, arrival: arrival) else { continue }
            readings.append(reading)
        }
        if readings.isEmpty, !elements.isEmpty, !choosesByPath { throw nothing(found: found.root) }
        return readings.filter { !$0.samples.isEmpty }
    }

    private func nothing(found root: PayloadValue) -> JSONFault {
        let paths = (route.points.map(\.path) + route.blobs.compactMap(\.path)).prefix(3).map(\.text)
        return JSONFault(
            offset: 0, found: "\(root.kind) without a mapped value",
            wanted: "an object with at least one of \(paths.joined(separator: ", "))")
    }

    private func refusal(_ offset: Int, _ found: String, _ wanted: String) -> PayloadRefusal {
        PayloadRefusal(topic: route.topic, offset: offset, found: found, wanted: wanted)
    }

    // MARK: One reading

    /// - Returns: nil when nothing of the route is there; without samples when its blobs are answers of others.
    private func reading(
        _ row: [PayloadValue], in bytes: [UInt8], extent: Range<Int>, arrival: PayloadArrival
    ) -> DecodedPayload? {
        let isThere =
            values.indices.contains { row[$0] != .missing && values[$0].point.path.origin != .topic }
            || blobSlots.contains { $0.map { row[$0] != .missing } ?? false }
        guard isThere else { return nil }
        let (time, stamp) = time(row, in: bytes, arrival: arrival)
        var flags: SampleFlags = stamp == .device ? [] : .timeFromArrival
        if arrival.isRetained { flags.insert(.retained) }
        let arrived = arrival.instant.wholeMillisecond
        var samples: [Sample] = []
        samples.reserveCapacity(values.count)
        for index in values.indices {
            // A frame of one kind says nothing of what only frames of another kind carry.
            if isOfFrames, row[index] == .missing { continue }
            let status = values[index].statusSlot.map { values[$0].spoken(row[$0], in: bytes) }
            let (payload, quality, clamped) = values[index].reading(
                values[index].raw(row[index], in: bytes), status: status)
            samples.append(
                Sample(
                    point: values[index].point.point, time: time, arrival: arrived, payload: payload,
                    quality: quality, flags: flags.union(clamped)))
        }
        let registers = samples.count
        for (blob, slot) in zip(blobs, blobSlots) {
            guard let slot, case .text(let text) = row[slot] else {
                blob.spoil(at: time, into: &samples)
                continue
            }
            blob.decode(text.utf8(in: bytes), at: time, into: &samples)
        }
        if !blobs.isEmpty { place(&samples, from: registers, arrived: arrived, flags: flags) }
        return DecodedPayload(
            samples: samples, stamp: stamp, sequence: sequence(row, in: bytes), extent: extent)
    }

    /// A payload that is registers, or an answer with registers, and nothing else.
    private func registers(_ payload: [UInt8], arrival: PayloadArrival) throws(PayloadRefusal) -> [DecodedPayload] {
        let arrived = arrival.instant.wholeMillisecond
        var samples: [Sample] = []
        for blob in blobs {
            if case .malformed(let found, let wanted) = blob.decode(payload, at: arrived, into: &samples) {
                throw refusal(0, found, wanted)
            }
        }
        guard !samples.isEmpty else { return [] }
        var flags: SampleFlags = .timeFromArrival
        if arrival.isRetained { flags.insert(.retained) }
        place(&samples, from: 0, arrived: arrived, flags: flags)
        return [DecodedPayload(samples: samples, stamp: .unnamed, sequence: nil, extent: 0..<payload.count)]
    }

    private func place(_ samples: inout [Sample], from start: Int, arrived: PlantInstant, flags: SampleFlags) {
        for index in start..<samples.count {
            samples[index].arrival = arrived
            samples[index].flags.formUnion(flags)
        }
    }

    /// The instant that the payload speaks for (semantics.md D): its stamp, unless that is missing or more than
    /// `maxFuture` ahead of its arrival. However old it is, it stands.
    private func time(
        _ found: [PayloadValue], in bytes: [UInt8], arrival: PayloadArrival
    ) -> (PlantInstant, DecodedPayload.Stamp) {
        let substitute = arrival.instant.wholeMillisecond
        guard let stampSlot, let stampReader else { return (substitute, .unnamed) }
        switch stampReader.read(found[stampSlot], in: bytes) {
        case .missing: return (substitute, .missing)
        case .unreadable: return (substitute, .unreadable)
        case .made(let stamp): return Self.place(stamp, arrival: arrival, maxFuture: route.maxFuture)
        }
    }

    /// A stamp on the plant's time line, by the distance to the arrival on the shown one.
    static func place(
        _ stamp: WallTime, arrival: PayloadArrival, maxFuture: Duration
    ) -> (PlantInstant, DecodedPayload.Stamp) {
        let substitute = arrival.instant.wholeMillisecond
        let (ahead, overflow) = stamp.nanoseconds.subtractingReportingOverflow(arrival.wall.nanoseconds)
        guard !overflow else { return (substitute, .unreadable) }
        if ahead > maxFuture.nanoseconds { return (substitute, .tooFarAhead) }
        return (arrival.instant.advanced(byNanoseconds: ahead).wholeMillisecond, .device)
    }

    private func sequence(_ found: [PayloadValue], in bytes: [UInt8]) -> UInt64? {
        guard let sequenceSlot else { return nil }
        switch found[sequenceSlot] {
        case .signed(let number): return UInt64(exactly: number)
        case .unsigned(let number): return number
        case .text(let text):
            guard case .signed(let number) = NumberText.decimal(text.utf8(in: bytes)) else { return nil }
            return UInt64(exactly: number)
        default: return nil
        }
    }
}
