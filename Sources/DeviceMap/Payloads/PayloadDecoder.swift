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

    package init(topic: String, offset: Int, found: String, wanted: String) {
        self.topic = topic
        self.offset = offset
        self.found = found
        self.wanted = wanted
    }

    package var description: String { "\(topic): offset \(offset): found \(found), \(wanted) would do" }
}

/// What a payload said.
package struct DecodedPayload: Sendable, Equatable {
    package enum Stamp: Sendable, Equatable {
        /// The device's stamp, on the plant's time line.
        case device
        /// The profile names none.
        case unnamed
        // The three that are counted: the samples speak for their arrival and are flagged.
        case missing, unreadable, tooFarAhead
    }

    /// One for each point of the route, in its order.
    package var samples: [Sample]
    package var stamp: Stamp
    /// The device's own number of the message; nil when it has none.
    package var sequence: UInt64?
}

/// Turns the payloads of one device's telemetry topic into samples.
///
/// What the device did not say is bad for the point concerned only; a payload that is no JSON, or in which nothing of
/// the route is found, is refused as a whole.
/// - Note: a value; any thread. O(bytes + points), a few small arrays allocated per payload.
package struct PayloadDecoder: Sendable {
    package let route: TopicRoute
    /// The most bytes that are read; more is refused unread.
    package static let payloadBytesMax = 262_144

    private let tree: PathTree
    private let stampReader: StampReader?
    private let stampSlot: Int?
    private let sequenceSlot: Int?
    private let values: [ValueReader]

    package init(route: TopicRoute) {
        self.route = route
        var paths = route.points.map(\.path)
        stampReader = route.stamp.map { StampReader($0.format) }
        stampSlot = route.stamp.map { _ in paths.count }
        if let stamp = route.stamp { paths.append(stamp.path) }
        sequenceSlot = route.sequencePath.map { _ in paths.count }
        if let sequence = route.sequencePath { paths.append(sequence) }
        tree = PathTree(paths: paths)
        values = route.points.map { point in
            ValueReader(point: point, statusSlot: route.points.firstIndex { $0.point == point.status })
        }
    }

    /// The samples of a payload, all with one time.
    package func decode(_ bytes: [UInt8], arrival: PayloadArrival) throws(PayloadRefusal) -> DecodedPayload {
        let found = try values(in: bytes)
        let (time, stamp) = time(found, in: bytes, arrival: arrival)
        var flags: SampleFlags = stamp == .device ? [] : .timeFromArrival
        if arrival.isRetained { flags.insert(.retained) }
        let raws = zip(values, found).map { $0.raw($1, in: bytes) }
        let samples = values.indices.map { index in
            let (payload, quality, clamped) = values[index].reading(
                raws[index], status: values[index].statusSlot.map { raws[$0] })
            return Sample(
                point: values[index].point.point, time: time, arrival: arrival.instant.wholeMillisecond,
                payload: payload, quality: quality, flags: flags.union(clamped))
        }
        return DecodedPayload(samples: samples, stamp: stamp, sequence: sequence(found, in: bytes))
    }

    private func values(in bytes: [UInt8]) throws(PayloadRefusal) -> [PayloadValue] {
        guard bytes.count <= Self.payloadBytesMax else {
            throw refusal(0, "\(bytes.count) bytes", "at most \(Self.payloadBytesMax) bytes")
        }
        guard !bytes.isEmpty else { throw refusal(0, "an empty payload", "a JSON object") }
        let found: [PayloadValue]
        let root: PayloadValue
        do throws(JSONFault) {
            (found, root) = try JSONReader.values(in: bytes, at: tree)
        } catch {
            throw refusal(error.offset, error.found, error.wanted)
        }
        guard found.prefix(route.points.count).contains(where: { $0 != .missing }) else {
            let paths = route.points.prefix(3).map(\.path.text).joined(separator: ", ")
            throw refusal(0, "\(root.kind) without a mapped value", "an object with at least one of \(paths)")
        }
        return found
    }

    private func refusal(_ offset: Int, _ found: String, _ wanted: String) -> PayloadRefusal {
        PayloadRefusal(topic: route.topic, offset: offset, found: found, wanted: wanted)
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
        case .made(let stamp):
            let (ahead, overflow) = stamp.nanoseconds.subtractingReportingOverflow(arrival.wall.nanoseconds)
            guard !overflow else { return (substitute, .unreadable) }
            if ahead > route.maxFuture.nanoseconds { return (substitute, .tooFarAhead) }
            return (arrival.instant.advanced(byNanoseconds: ahead).wholeMillisecond, .device)
        }
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
