import DeviceMap
import Foundation
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import Testing

/// A Sparkplug message of one metric "L", or of none: what an edge node sends, live or out of its store.
private func payload(_ sequence: UInt64, _ value: Double?, at stamp: PlantInstant, isStored: Bool = false) -> [UInt8] {
    func varint(_ number: UInt64) -> [UInt8] {
        number < 0x80 ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + varint(number >> 7)
    }
    let time = varint(UInt64(stamp.milliseconds))
    var bytes = [0x08] + time
    if let value {
        var metric: [UInt8] = [0x0A, 1, UInt8(ascii: "L"), 0x18] + time + [0x20, 10]
        if isStored { metric += [0x28, 1] }
        metric += [0x69] + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
        bytes += [0x12] + varint(UInt64(metric.count)) + metric
    }
    return bytes + [0x18] + varint(sequence)
}

@Suite struct `A node that empties its store` {
    private static let morning = PlantInstant(milliseconds: 1_795_680_000_000)

    /// Seconds after 08:00, the value, and whether it comes out of the store: through the daemon's own intake and core.
    private func events(_ messages: [(second: Int, of: Int, value: Double, isStored: Bool)]) throws -> [String] {
        let route = TopicRoute(
            device: "T", pointClass: .level, topic: "spBv1.0/G/+/N/T",
            points: [PayloadPoint(point: PointIndex(0), path: try PayloadPath(parsing: "$.L"))],
            expectedPeriod: .seconds(60), linkPoint: PointIndex(1), codec: .sparkplug)
        let link = BrokerLink(id: "b", host: "", port: 1, clientID: "c", routes: [route], linkPoint: PointIndex(2))
        func line(_ second: Int, _ topic: String, _ payload: [UInt8]) -> String {
            let seconds = TimeInterval((Self.morning + .seconds(second)).milliseconds / 1000)
            let time = Date(timeIntervalSince1970: seconds).ISO8601Format()
            let text = Data(payload).base64EncodedString()
            return
                #"{"time":"\#(time)","broker":"b","topic":"spBv1.0/G/\#(topic)","payload_base64":"\#(text)"}"#
        }
        var lines = [
            line(0, "NBIRTH/N", payload(0, nil, at: Self.morning)),
            line(0, "DBIRTH/N/T", payload(1, 1, at: Self.morning)),
        ]
        for (number, message) in messages.enumerated() {
            let bytes = payload(
                UInt64(number + 2), message.value, at: Self.morning + .seconds(message.of), isStored: message.isStored)
            lines.append(line(message.second, "DDATA/N/T", bytes))
        }
        var source = CaptureSource(
            ByteSource(text: lines.joined(separator: "\n"), name: "c.jsonl"), modbus: [], brokers: [link])
        let slots = try HeldTimeline(reading: &source).slots
        let rule = Rule(
            id: "L.HH", point: "T.L", kind: .threshold(.init(level: .HH, limit: 10)), priority: .critical)
        var monitor = try Monitor(
            site: "s", points: ["T.L", "T.link", "b.link"], rules: RuleSet(rules: [rule]), startingAt: Self.morning)
        monitor.step(slots.span, firstSequence: 1)
        return monitor.takeEvents().map { event in
            let second = (event.occurredAt - Self.morning).nanoseconds / 1_000_000_000
            return "\(second) \(event.transition.word)\(event.marks.contains(.late) ? " late" : "")"
        }
    }

    @Test func `clears no alarm that stands, however much is in the store`() throws {
        let stored = (0..<4).map { (second: 1806 + $0, of: 1200 + $0, value: 2.0, isStored: true) }
        #expect(
            try events([(1805, 1805, 12, false)] + stored + [(1900, 1900, 3, false)]) == ["1805 raise", "1900 clear"])
    }

    @Test func `is heard where the store tells of danger, once, and what is live clears it`() throws {
        let stored = (0..<4).map { (second: 1806 + $0, of: 1200 + $0, value: 12.0, isStored: true) }
        #expect(
            try events([(1805, 1805, 2, false)] + stored + [(1900, 1900, 3, false)])
                == ["1200 raise late", "1900 clear"])
    }
}
