import DeviceMap
import PlantModel
import PlantTime
import Testing

/// A small writer of protobuf: what an edge node would send.
private struct Message {
    var bytes: [UInt8] = []

    mutating func number(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func decimal(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// One metric: `(name, alias, datatype, value)` with what else a test says.
private func metric(
    _ name: String?, alias: UInt64? = nil, type: UInt64? = 10, _ value: Double? = nil, whole: UInt64? = nil,
    at stamp: UInt64? = nil, quality: UInt64? = nil, isNull: Bool = false, isHistorical: Bool = false
) -> [UInt8] {
    var message = Message()
    if let name { message.bytes(1, Array(name.utf8)) }
    if let alias { message.number(2, alias) }
    if let stamp { message.number(3, stamp) }
    if let type { message.number(4, type) }
    if isHistorical { message.number(5, 1) }
    if isNull { message.number(7, 1) }
    if let quality {
        var property = Message()
        property.number(1, 3)
        property.number(3, quality)
        var set = Message()
        set.bytes(1, Array("Quality".utf8))
        set.bytes(2, property.bytes)
        message.bytes(9, set.bytes)
    }
    if let whole { message.number(10, whole) }
    if let value { message.decimal(13, value) }
    return message.bytes
}

private func payload(_ sequence: UInt64?, _ metrics: [UInt8]..., at stamp: UInt64? = 1_795_509_000_000) -> [UInt8] {
    var message = Message()
    if let stamp { message.number(1, stamp) }
    for metric in metrics { message.bytes(2, metric) }
    if let sequence { message.number(3, sequence) }
    return message.bytes
}

private let now = PlantInstant(milliseconds: 1_795_509_000_000)

/// Tank T of node N: level is point 0, count is point 1, its link is point 8.
private struct Station {
    var intake: MessageIntake
    var tally = IntakeTally()
    var quarantined: [QuarantinedPayload] = []
    var slots: [InputSlot] = []

    init(recalled: RecalledSamples = RecalledSamples()) throws {
        let route = TopicRoute(
            device: "T", pointClass: .level, topic: "spBv1.0/G/+/N/T",
            points: [
                PayloadPoint(point: PointIndex(0), path: try PayloadPath(parsing: "$['Tank/Level']"), range: 0...20),
                PayloadPoint(point: PointIndex(1), path: try PayloadPath(parsing: "$.Count")),
            ], expectedPeriod: .seconds(60), linkPoint: PointIndex(8), codec: .sparkplug)
        intake = MessageIntake(
            link: BrokerLink(
                id: "b", host: "h", port: 1, clientID: "c", routes: [route], linkPoint: PointIndex(100)), source: 1,
            recalled: recalled)
    }

    mutating func take(_ topic: String, _ bytes: [UInt8], retained: Bool = false) -> [String] {
        var batch = IntakeBatch()
        intake.take(
            BrokerMessage(topic: "spBv1.0/G/\(topic)", payload: bytes, totalBytes: bytes.count, isRetained: retained),
            at: now, wall: WallTime(milliseconds: 1_795_509_000_000), into: &batch)
        tally = batch.tally
        quarantined = batch.quarantined
        slots = batch.safety + batch.ordinary
        return (batch.safety + batch.ordinary).map { "\($0.point):\(shown($0.sample.reading))" }
    }

    /// Node and tank are born; the level has the number 5.
    mutating func bear(at stamp: UInt64 = 1_795_509_000_000) -> [String] {
        var whole = Message()
        whole.bytes(1, Array("bdSeq".utf8))
        whole.number(11, 3)
        _ = take("NBIRTH/N", payload(0, whole.bytes, at: stamp))
        return take(
            "DBIRTH/N/T",
            payload(
                1, metric("Tank/Level", alias: 5, 2.5), metric("Count", alias: 6, type: 2, whole: 0xFFFF_FFFE),
                at: stamp))
    }
}

@Suite struct `Sparkplug edge node` {
    @Test func `is subscribed with its device, never its commands' senders`() throws {
        #expect(try Station().intake.filters.map(\.topic).sorted() == ["spBv1.0/G/+/N", "spBv1.0/G/+/N/T"])
    }

    @Test func `is born with the values of its device, and speaks by numbers then`() throws {
        var station = try Station()
        #expect(station.bear() == ["8:good(1.0)", "0:good(2.5)", "1:good(-2.0)"])
        #expect(station.take("DDATA/N/T", payload(2, metric(nil, alias: 5, type: nil, 2.6))) == ["0:good(2.6)"])
        #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 6, type: nil, whole: 7))) == ["1:good(7.0)"])
        #expect(station.take("NDATA/N", payload(4)) == [] && station.tally.unrouted == 0)
    }

    @Test func `with a gap is not believed by number until it is born again`() throws {
        var station = try Station()
        _ = station.bear()
        #expect(
            station.take("DDATA/N/T", payload(4, metric(nil, alias: 5, 9)))
                == ["0:bad(stale)", "1:bad(stale)", "8:good(0.0)"])
        #expect(station.tally.sequenceGaps == 1)
        #expect(station.take("DDATA/N/T", payload(5, metric(nil, alias: 5, 9))) == [])
        // A name is a name all the same.
        #expect(station.take("DDATA/N/T", payload(6, metric("Tank/Level", 3))) == ["8:good(1.0)", "0:good(3.0)"])
        #expect(station.bear(at: 1_795_509_000_700) == ["0:good(2.5)", "1:good(-2.0)"])
        #expect(station.take("DDATA/N/T", payload(2, metric(nil, alias: 5, 4))) == ["0:good(4.0)"])
    }

    @Test func `heard for the first time without a birth has no numbers`() throws {
        var station = try Station()
        #expect(
            station.take("DDATA/N/T", payload(77, metric(nil, alias: 5, 9)))
                == ["0:bad(stale)", "1:bad(stale)", "8:good(0.0)"])
        #expect(station.take("DDATA/N/T", payload(78, metric("Tank/Level", 9))) == ["8:good(1.0)", "0:good(9.0)"])
    }

    @Test func `that says a message again says nothing new`() throws {
        var station = try Station()
        _ = station.bear()
        let data = payload(2, metric(nil, alias: 5, 2.6))
        _ = station.take("DDATA/N/T", data)
        #expect(station.take("DDATA/N/T", data) == [] && station.tally.repeated == 1)
        #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 2.7))) == ["0:good(2.7)"])
    }

    @Test func `whose unacknowledged messages come again has no gap, and says nothing new`() throws {
        var station = try Station()
        _ = station.bear()
        let data = (2...6).map {
            payload(UInt64($0), metric(nil, alias: 5, Double($0)), at: 1_795_509_000_000 + UInt64($0))
        }
        for message in data { _ = station.take("DDATA/N/T", message) }
        for message in data.dropFirst(2) {
            #expect(station.take("DDATA/N/T", message) == [] && station.tally.repeated == 1)
        }
        let next = payload(7, metric(nil, alias: 5, 7))
        #expect(station.take("DDATA/N/T", next) == ["0:good(7.0)"], "the number still has its name")
    }

    @Test func `whose birth comes again, after what followed it, is not set back`() throws {
        var station = try Station()
        _ = station.bear()
        _ = station.take("DDATA/N/T", payload(2, metric(nil, alias: 5, 12)))
        #expect(station.bear() == [])
        #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 13))) == ["0:good(13.0)"])
    }

    @Test func `without stamps is known to repeat by its count, and not when the count has gone round`() throws {
        var station = try Station()
        _ = station.bear()
        let steady = (0..<256).map { payload($0, metric(nil, alias: 5, 2), at: nil) }
        for turn in 0..<2 {
            for sequence in (turn == 0 ? 2 : 0)..<256 {
                #expect(station.take("DDATA/N/T", steady[sequence]) == ["0:good(2.0)"])
            }
        }
        for sequence in 250..<256 { #expect(station.take("DDATA/N/T", steady[sequence]) == []) }
        #expect(station.take("DDATA/N/T", steady[0]) == ["0:good(2.0)"])
    }

    @Test func `with one and the same birth and will for every session comes back each time`() throws {
        var station = try Station()
        #expect(station.bear().first == "8:good(1.0)")
        for _ in 0..<2 {
            #expect(station.take("NDEATH/N", payload(nil)).last == "8:good(0.0)")
            #expect(station.bear().first == "8:good(1.0)")
        }
    }

    @Test func `killed between log and acknowledgement has what comes again known, and learns its births from it`()
        throws
    {
        var before = try Station()
        var recalled = RecalledSamples()
        let data = payload(2, metric("Tank/Level", 12))
        _ = before.bear()
        for slot in before.slots { recalled.note(slot) }
        _ = before.take("DDATA/N/T", data)
        for slot in before.slots { recalled.note(slot) }

        var after = try Station(recalled: recalled)
        #expect(after.bear() == ["8:good(1.0)"])
        #expect(after.take("DDATA/N/T", data) == [] && after.tally.repeated == 1)
        #expect(after.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 12))) == ["0:good(12.0)"])
        // The same count and value a turn later are another message.
        var later = try Station(recalled: recalled)
        let again = payload(2, metric("Tank/Level", 12), at: 1_795_509_060_000)
        #expect(later.take("DDATA/N/T", again).last == "0:good(12.0)")
    }

    @Test func `counts on from 255 to 0`() throws {
        var station = try Station()
        _ = station.bear()
        for sequence in UInt64(2)...260 {
            let value = Double(sequence) / 100
            #expect(
                station.take("DDATA/N/T", payload(sequence % 256, metric(nil, alias: 5, value))) == ["0:good(\(value))"]
            )
        }
    }

    @Test func `takes its devices with it when it dies, but not by an old will`() throws {
        func will(_ session: UInt64) -> [UInt8] {
            var metric = Message()
            metric.bytes(1, Array("bdSeq".utf8))
            metric.number(11, session)
            return payload(nil, metric.bytes)
        }
        var station = try Station()
        _ = station.bear()
        #expect(station.take("NDEATH/N", will(2)) == [])
        let lost = ["0:bad(linkDown)", "1:bad(linkDown)", "8:good(0.0)"]
        #expect(station.take("NDEATH/N", will(3)) == lost)
        #expect(station.bear().first == "8:good(1.0)")
        #expect(station.take("DDEATH/N/T", payload(2)) == lost)
    }

    @Test func `qualifies its values, leaves them out, or tells of the past`() throws {
        var station = try Station()
        _ = station.bear()
        #expect(station.take("DDATA/N/T", payload(2, metric(nil, alias: 5, 3, quality: 192))) == ["0:good(3.0)"])
        #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 3, quality: 0))) == ["0:bad(deviceFault)"])
        #expect(station.take("DDATA/N/T", payload(4, metric(nil, alias: 5, 3, quality: 500))) == ["0:bad(stale)"])
        #expect(
            station.take("DDATA/N/T", payload(5, metric(nil, alias: 5, isNull: true))) == ["0:bad(decodeFailed)"])
        #expect(station.take("DDATA/N/T", payload(6, metric(nil, alias: 5, 25))) == ["0:bad(outOfRange)"])
        var batch = IntakeBatch()
        let past = payload(7, metric(nil, alias: 5, 4, at: 1_795_508_000_000, isHistorical: true))
        station.intake.take(
            BrokerMessage(topic: "spBv1.0/G/DDATA/N/T", payload: past, totalBytes: past.count, isRetained: false),
            at: now, wall: WallTime(milliseconds: 1_795_509_000_000), into: &batch)
        #expect(batch.ordinary.map { now - $0.time } == [.seconds(1000)])
        #expect(batch.ordinary.allSatisfy { $0.sample.flags == .historical })
    }

    @Test func `that tells only of the past is not on line for it`() throws {
        var station = try Station()
        _ = station.bear()
        _ = station.take("DDEATH/N/T", payload(2))
        let past = metric("Tank/Level", 4, at: 1_795_508_000_000, isHistorical: true)
        #expect(station.take("DDATA/N/T", payload(3, past)) == ["0:good(4.0)"])
        #expect(station.take("DDATA/N/T", payload(4, past, metric("Other", 1))) == ["8:good(1.0)", "0:good(4.0)"])
    }

    @Test func `that sends data sets or templates has them counted, and says so of a mapped one`() throws {
        func structured(_ name: String?, alias: UInt64? = nil, field: UInt64) -> [UInt8] {
            var message = Message()
            if let name { message.bytes(1, Array(name.utf8)) }
            if let alias { message.number(2, alias) }
            message.bytes(field, [0x08, 0x01])
            return message.bytes
        }
        var station = try Station()
        _ = station.bear()
        let unmapped = payload(2, structured("Table", field: 17), metric(nil, alias: 5, 2.6))
        #expect(station.take("DDATA/N/T", unmapped) == ["0:good(2.6)"])
        #expect(station.tally.metricsUnusable == 1 && station.quarantined.isEmpty)
        let mapped = payload(3, structured(nil, alias: 5, field: 18), metric(nil, alias: 6, type: nil, whole: 9))
        #expect(station.take("DDATA/N/T", mapped) == ["0:bad(decodeFailed)", "1:good(9.0)"])
        #expect(station.tally.metricsUnusable == 1)
        #expect(
            station.quarantined.map(\.reason) == [
                "spBv1.0/G/DDATA/N/T: offset 0: found the metric \"Tank/Level\" as a template, a number, true or false, or a "
                    + "text would do"
            ])
    }

    @Test func `is not heard from what a broker kept, nor in commands`() throws {
        var station = try Station()
        #expect(station.take("DBIRTH/N/T", payload(1, metric("Tank/Level", 2)), retained: true) == [])
        #expect(station.take("DCMD/N/T", payload(1, metric("Tank/Level", 2))) == [])
        #expect(station.take("DDATA/OTHER/T", payload(1)) == [] && station.tally.unrouted == 1)
    }

    @Test func `damaged anywhere is read within its bounds or quarantined`() throws {
        let data = payload(2, metric(nil, alias: 5, 2.6, quality: 192), metric("Count", type: 2, whole: 3))
        for count in 0..<data.count {
            var station = try Station()
            _ = station.bear()
            _ = station.take("DDATA/N/T", Array(data.prefix(count)))
        }
        for place in data.indices {
            for bit in 0..<8 {
                var damaged = data
                damaged[place] ^= 1 << UInt8(bit)
                var station = try Station()
                _ = station.bear()
                _ = station.take("DDATA/N/T", damaged)
            }
        }
        var station = try Station()
        _ = station.bear()
        let slots = station.take("DDATA/N/T", [0x12, 0x7F, 0])
        #expect(slots == ["0:bad(decodeFailed)", "1:bad(decodeFailed)"] && station.quarantined.count == 1)
        #expect(
            station.quarantined[0].reason
                == "spBv1.0/G/DDATA/N/T: offset 0: found 127 bytes where 1 are left, no more than these would do")
    }
}
