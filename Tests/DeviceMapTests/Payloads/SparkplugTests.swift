import DeviceMap
import PlantModel
import PlantTesting
import PlantTime
import Testing

private typealias Message = ProtobufMessage

private func metric(
    _ name: String?, alias: UInt64? = nil, type: UInt64? = 10, _ value: Double? = nil, whole: UInt64? = nil,
    at stamp: UInt64? = nil, quality: UInt64? = nil, isNull: Bool = false, isHistorical: Bool = false
) -> [UInt8] {
    SparkplugMessage.metric(
        name, alias: alias, type: type, value, whole: whole, at: stamp, quality: quality, isNull: isNull,
        isHistorical: isHistorical)
}

private func payload(_ sequence: UInt64?, _ metrics: [UInt8]..., at stamp: UInt64? = 1_795_509_000_000) -> [UInt8] {
    SparkplugMessage.payload(sequence, metrics, at: stamp)
}

private func will(_ session: UInt64) -> [UInt8] { payload(nil, SparkplugMessage.session(session)) }

private let now = PlantInstant(milliseconds: 1_795_509_000_000)

/// Tank T of node N: level is point 0, count is point 1, its link is point 8.
private struct Station {
    var intake: MessageIntake
    var tally = IntakeTally()
    var quarantined: [QuarantinedPayload] = []
    var slots: [InputSlot] = []
    var unnamed: [UnnamedNumbers] = []

    init(recalled: RecalledSamples = RecalledSamples(), remembered: SparkplugMemory = SparkplugMemory()) throws {
        let route = TopicRoute(
            device: "T", pointClass: .level, topic: "spBv1.0/G/+/N/T",
            points: [
                PayloadPoint(point: PointIndex(0), path: try PayloadPath(parsing: "$['Tank/Level']"), range: 0...20),
                PayloadPoint(point: PointIndex(1), path: try PayloadPath(parsing: "$.Count")),
            ], expectedPeriod: .seconds(60), linkPoint: PointIndex(8), codec: .sparkplug)
        intake = MessageIntake(
            link: BrokerLink(
                id: "b", host: "h", port: 1, clientID: "c", routes: [route], linkPoint: PointIndex(100)), source: 1,
            recalled: recalled, remembered: remembered)
    }

    mutating func take(_ topic: String, _ bytes: [UInt8], retained: Bool = false) -> [String] {
        var batch = IntakeBatch()
        intake.take(
            BrokerMessage(topic: "spBv1.0/G/\(topic)", payload: bytes, totalBytes: bytes.count, isRetained: retained),
            at: now, wall: WallTime(milliseconds: 1_795_509_000_000), into: &batch)
        tally = batch.tally
        quarantined = batch.quarantined
        unnamed = batch.unnamed
        slots = batch.safety + batch.ordinary
        return (batch.safety + batch.ordinary).map { "\($0.point):\(shown($0.sample.reading))" }
    }

    /// Node and tank are born; the level has the number 5.
    mutating func bear(at stamp: UInt64 = 1_795_509_000_000) -> [String] {
        _ = take("NBIRTH/N", payload(0, SparkplugMessage.session(3), at: stamp))
        return take(
            "DBIRTH/N/T",
            payload(
                1, metric("Tank/Level", alias: 5, 2.5), metric("Count", alias: 6, type: 2, whole: 0xFFFF_FFFE),
                at: stamp))
    }
}

@Suite struct `Sparkplug edge node` {
    @Test func `is subscribed with all its devices, which count together`() throws {
        #expect(try Station().intake.filters.map(\.topic) == ["spBv1.0/G/+/N/#"])
        var station = try Station()
        _ = station.bear()
        #expect(station.take("DBIRTH/N/U", payload(2, metric("Tank/Level", alias: 5, 9))) == [])
        #expect(station.take("DDATA/N/U", payload(3, metric(nil, alias: 5, 9))) == [])
        #expect(station.take("DDATA/N/T", payload(4, metric(nil, alias: 5, 2.6))) == ["0:good(2.6)"])
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

    @Test func `never born is believed by name, but not a whole number that types read differently`() throws {
        var station = try Station()
        func count(_ whole: UInt64, type: UInt64? = nil, _ sequence: UInt64) -> [UInt8] {
            payload(sequence, metric("Count", type: type, whole: whole))
        }
        #expect(station.take("DDATA/N/T", count(127, 1)).suffix(2) == ["8:good(1.0)", "1:good(127.0)"])
        #expect(station.take("DDATA/N/T", count(251, 2)).last == "1:bad(decodeFailed)", "-5 of eight bits, or 251")
        #expect(station.tally.metricsUnusable == 1)
        #expect(
            station.quarantined.first?.reason.contains("the metric \"Count\" as 251 without its data type") == true,
            "\(station.quarantined)")
        #expect(station.take("DDATA/N/T", count(251, type: 1, 3)).last == "1:good(-5.0)")
        #expect(station.take("DDATA/N/T", count(251, type: 5, 4)).last == "1:good(251.0)")
        // The birth tells the type once and for all of its life.
        _ = station.bear()
        #expect(station.take("DDATA/N/T", count(0xFFFB, 2)).last == "1:good(-5.0)")
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
                "spBv1.0/G/DDATA/N/T: offset 0: found the metric \"Tank/Level\" as a template, a number of known type, true or false, or a "
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

@Suite struct `Sparkplug births over a restart` {
    /// As another life of the daemon finds it: the tank born, its next message is 3.
    private func restarted() throws -> Station {
        var before = try Station()
        _ = before.bear()
        #expect(before.take("DDATA/N/T", payload(2, metric(nil, alias: 5, 2.6))) == ["0:good(2.6)"])
        return try Station(remembered: before.intake.sparkplugMemory)
    }

    private static let lost = ["0:bad(stale)", "1:bad(stale)", "8:good(0.0)"]

    @Test func `are used where the sequence goes on exactly`() throws {
        var station = try restarted()
        #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 2.7))) == ["8:good(1.0)", "0:good(2.7)"])
        let types = payload(4, metric(nil, alias: 6, type: nil, whole: 0xFFFF_FFFE))
        #expect(station.take("DDATA/N/T", types) == ["1:good(-2.0)"], "the type is remembered too")
        #expect(station.unnamed.isEmpty && station.tally.metricsUnnamed == 0)
    }

    @Test(arguments: [2, 4, 0, 255] as [UInt64])
    func `are given up where it does not, in one line, and are no gap of the node's`(sequence: UInt64) throws {
        var station = try restarted()
        #expect(station.take("DDATA/N/T", payload(sequence, metric(nil, alias: 5, 9))) == Self.lost)
        #expect(station.tally.metricsUnnamed == 1 && station.tally.sequenceGaps == 0)
        #expect(station.unnamed.map { "\($0.broker) \($0.node) \($0.device ?? "-")" } == ["b G/N T"])
        #expect(station.take("DDATA/N/T", payload(sequence + 1, metric(nil, alias: 5, 9))) == [])
        #expect(station.unnamed.isEmpty && station.tally.metricsUnnamed == 1, "counted again, told once")
        #expect(station.intake.sparkplugMemory == SparkplugMemory())
        #expect(station.bear(at: 1_795_509_000_700).last == "1:good(-2.0)")
        #expect(station.take("DDATA/N/T", payload(2, metric(nil, alias: 5, 4))) == ["0:good(4.0)"])
    }

    @Test func `are given up for a message without a number`() throws {
        var station = try restarted()
        #expect(station.take("DDATA/N/T", payload(nil, metric(nil, alias: 5, 9))) == Self.lost)
    }

    @Test func `are given up for data that cannot be of that life, at once or later`() throws {
        let strangers = [
            metric(nil, alias: 7, 1), metric("Tank/Pressure", alias: 5, 1), metric(nil, alias: 5, type: 2, whole: 1),
        ]
        for stranger in strangers {
            var station = try restarted()
            let first = payload(3, stranger, metric(nil, alias: 6, type: nil, whole: 1))
            #expect(station.take("DDATA/N/T", first) == Self.lost)
            var later = try restarted()
            _ = later.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 2)))
            _ = later.take("DDATA/N/T", payload(4, stranger))
            #expect(later.take("DDATA/N/T", payload(5, metric(nil, alias: 5, 2))) == [])
        }
        // A node that was heard being born may add what it never announced: that alone is not used.
        var heard = try Station()
        _ = heard.bear()
        let added = payload(2, metric(nil, alias: 7, 1), metric(nil, alias: 5, 3))
        #expect(heard.take("DDATA/N/T", added) == ["0:good(3.0)"])
        #expect(heard.tally.metricsUnnamed == 1 && heard.unnamed.count == 1)
    }

    @Test func `end with a death of whatever session`() throws {
        for session in [3, 4] as [UInt64] {
            var station = try restarted()
            #expect(station.take("NDEATH/N", will(session)) == ["0:bad(linkDown)", "1:bad(linkDown)", "8:good(0.0)"])
            #expect(station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 9))) == [])
        }
    }

    @Test func `end with the broker's memory of us`() throws {
        var station = try restarted()
        station.intake.sessionMissing()
        #expect(station.intake.sparkplugMemory == SparkplugMemory())
        _ = station.take("DDATA/N/T", payload(3, metric(nil, alias: 5, 9)))
        #expect(station.slots.allSatisfy { !$0.sample.quality.isUsable || $0.point == 8 } && station.unnamed.count == 1)
        #expect(station.take("DDATA/N/T", payload(4, metric("Tank/Level", 3))).last == "0:good(3.0)")
    }

    @Test func `are remembered on, node by node, until they are heard again`() throws {
        let station = try restarted()
        #expect(station.intake.sparkplugMemory == (try restarted()).intake.sparkplugMemory)
        #expect(!station.intake.sparkplugMemory.lives.isEmpty && station.intake.sparkplugMemory.counts == ["G/N": 3])
    }
}
