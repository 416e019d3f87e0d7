import DeviceMap
import Foundation
import PlantModel
import PlantTesting
import PlantTime
import Testing

@testable import MQTTIntake

private let now = PlantInstant(milliseconds: 1_795_509_000_000)
private let birth = payload(0, SparkplugMessage.session(3))
private let tankBirth = payload(1, SparkplugMessage.metric("Level", alias: 5, 2.5))

private func payload(_ sequence: UInt64?, _ metric: [UInt8]) -> [UInt8] {
    // Each message its own stamp, as a node has.
    SparkplugMessage.payload(sequence, [metric], at: 1_795_509_000_000 + (sequence ?? 0))
}

/// The tank's level, by its number alone.
private func level(_ value: Double, _ sequence: UInt64) -> [UInt8] {
    payload(sequence, SparkplugMessage.metric(nil, alias: 5, type: nil, value))
}

/// Tank T of node N: its level is point 0, its link point 8.
private func tank() throws -> TopicRoute {
    TopicRoute(
        device: "T", pointClass: .level, topic: "spBv1.0/G/+/N/T",
        points: [PayloadPoint(point: PointIndex(0), path: try PayloadPath(parsing: "$.Level"))],
        expectedPeriod: .seconds(60), linkPoint: PointIndex(8), codec: .sparkplug)
}

@Suite struct `Memory of births` {
    private let folder: TemporaryFolder
    private var memory: BirthMemory { BirthMemory(path: "\(folder.path)/filters-b", address: "mq:1883") }

    init() throws { folder = try TemporaryFolder() }

    private func intake(remembered: SparkplugMemory = SparkplugMemory()) throws -> MessageIntake {
        MessageIntake(link: aLink([try tank()]), source: 1, remembered: remembered)
    }

    private func take(_ topic: String, _ bytes: [UInt8], _ intake: inout MessageIntake) {
        var batch = IntakeBatch()
        let message = BrokerMessage(
            topic: "spBv1.0/G/\(topic)", payload: bytes, totalBytes: bytes.count, isRetained: false)
        intake.take(message, at: now, wall: WallTime(milliseconds: 1_795_509_000_000), into: &batch)
    }

    private func born() throws -> MessageIntake {
        var intake = try intake()
        take("NBIRTH/N", birth, &intake)
        take("DBIRTH/N/T", tankBirth, &intake)
        return intake
    }

    @Test func `is of that broker alone, and none where a file is damaged, missing or of other births`() throws {
        var kept = memory
        #expect(kept.recall() == SparkplugMemory())
        let births = try born().sparkplugMemory
        try kept.remember(births)
        #expect(memory.recall() == births)
        #expect(BirthMemory(path: "\(folder.path)/filters-b", address: "mq:8883").recall() == SparkplugMemory())
        let text = try Data(contentsOf: URL(filePath: kept.livesPath))
        for place in text.indices {
            var damaged = text
            damaged[place] ^= 1
            try damaged.write(to: URL(filePath: kept.livesPath))
            #expect(memory.recall() == SparkplugMemory())
        }
        try text.write(to: URL(filePath: kept.livesPath))
        #expect(memory.recall() == births)
        try Data(text.dropLast()).write(to: URL(filePath: kept.countsPath))
        #expect(memory.recall() == SparkplugMemory())
        try kept.remember(births)
        try kept.forget()
        #expect(memory.recall() == SparkplugMemory())
        try kept.remember(counts: ["G/N": 9])
        #expect(memory.recall() == SparkplugMemory(), "counts of births that are not kept")
    }

    @Test func `follows the count each second, and when the door stops`() throws {
        var intake = try born()
        var keeper = BirthKeeper(memory)
        try keeper.keep(intake, at: now)
        #expect(memory.recall().counts == ["G/N": 2])
        take("DDATA/N/T", level(3, 2), &intake)
        try keeper.keep(intake, at: now + .milliseconds(999))
        #expect(memory.recall().counts == ["G/N": 2])
        try keeper.keep(intake, at: now + .milliseconds(1000))
        #expect(memory.recall() == intake.sparkplugMemory && memory.recall().counts == ["G/N": 3])
        take("DDATA/N/T", level(4, 3), &intake)
        try keeper.keep(intake, at: now + .milliseconds(1001), isLast: true)
        #expect(memory.recall().counts == ["G/N": 4])
    }

    @Test func `ends with a birth or a death before that is settled, and not with data`() throws {
        let births = try born().sparkplugMemory
        let news: [(topic: String, bytes: [UInt8], ends: Bool)] = [
            ("DDATA/N/T", level(3, 2), false), ("NBIRTH/N", payload(0, SparkplugMessage.session(4)), true),
            ("DBIRTH/N/T", payload(2, SparkplugMessage.metric("Level", alias: 6, 1)), true),
            ("NDEATH/N", payload(nil, SparkplugMessage.session(3)), true), ("DDATA/N/T", level(3, 9), true),
        ]
        for (topic, bytes, ends) in news {
            var kept = memory
            try kept.remember(births)
            var intake = try intake(remembered: memory.recall())
            var keeper = BirthKeeper(memory)
            try keeper.forgetIfChanged(intake)
            #expect(memory.recall() == births)
            take(topic, bytes, &intake)
            try keeper.forgetIfChanged(intake)
            #expect(memory.recall() == (ends ? SparkplugMemory() : births))
            try keeper.keep(intake, at: now)
            #expect(memory.recall() == intake.sparkplugMemory)
        }
    }

    @Test func `is not longer than it may be, and what is left out is not half there`() throws {
        var intake = try intake()
        take("NBIRTH/N", birth, &intake)
        // Many devices of one node, each with long names.
        let names = (UInt64(0)..<2000).map { alias in
            SparkplugMessage.metric(String(repeating: "n", count: 100) + "\(alias)", alias: alias, 1)
        }
        let routes = try (0..<60).map { number in
            var route = try tank()
            route.device = "T\(number)"
            route.topic = "spBv1.0/G/+/N/T\(number)"
            return route
        }
        intake = MessageIntake(link: aLink(routes), source: 1)
        take("NBIRTH/N", birth, &intake)
        for number in 0..<60 {
            let bytes = SparkplugMessage.payload(UInt64(number + 1), names, at: nil)
            take("DBIRTH/N/T\(number)", bytes, &intake)
        }
        var kept = memory
        #expect(throws: BirthMemory.TooLong.self) { try kept.remember(intake.sparkplugMemory) }
        #expect(memory.recall() == SparkplugMemory())
    }
}

@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "needs Debian's mosquitto"))
struct `Sparkplug node of a real broker, over a restart of the door` {
    private let folder: TemporaryFolder
    private let broker: TestBroker
    private let node: TestDevice
    private var memory: String { "\(folder.path)/site.filters" }

    init() throws {
        folder = try TemporaryFolder()
        broker = try TestBroker("queue_qos0_messages true")
        node = try TestDevice(port: broker.port)
    }

    /// As Sparkplug has it: only a last will has QoS 1.
    private func say(_ topic: String, _ bytes: [UInt8], by node: TestDevice? = nil) throws {
        let quality: Int32 = topic.hasPrefix("NDEATH") ? 1 : 0
        try (node ?? self.node).publish(bytes, on: "spBv1.0/G/\(topic)", quality: quality)
    }

    private func link(_ change: (inout BrokerLink) -> Void = { _ in }) throws -> BrokerLink {
        aLink([try tank()], port: broker.port, change: change)
    }

    /// A door that heard the births, and was stopped.
    private func bear() throws {
        let link = try link()
        let first = Station(link, memory: memory)
        #expect(first.isListening)
        try say("NBIRTH/N", birth)
        try say("DBIRTH/N/T", tankBirth)
        #expect(first.hears(PointIndex(0), .good(2.5)))
        first.door.stop()
        #expect(broker.hasSeenOff(link.clientID))
    }

    @Test func `goes on by its numbers, and is told once when one of its messages never came`() throws {
        try bear()
        try say("DDATA/N/T", level(2.6, 2))
        let second = Station(try link(), memory: memory)
        #expect(second.hears(PointIndex(0), .good(2.6)))
        try say("DDATA/N/T", level(2.7, 3))
        #expect(second.hears(PointIndex(0), .good(2.7)))
        second.door.stop()

        let third = Station(try link(), memory: memory)
        #expect(third.isListening)
        try say("DDATA/N/T", level(9, 5))
        #expect(third.hears(PointIndex(0), .bad(.stale)) && third.hears(PointIndex(8), .good(0)))
        try say("DDATA/N/T", level(9, 6))
        try say("DDATA/N/T", payload(7, SparkplugMessage.metric("Level", 3)))
        #expect(third.hears(PointIndex(0), .good(3)))
        #expect(third.count(.good(9), of: 0) == 0)
        #expect(third.metric("hazardd_mqtt_sparkplug_metrics_unnamed_total") == 2)
        #expect(
            third.log.lines.filter { $0.contains("node=G/N") } == [
                "warning: Sparkplug node speaks by numbers that no birth named: not used until it is born again "
                    + "broker=site device=T node=G/N"
            ])
        third.door.stop()
    }

    @Test func `that was born again meanwhile is read by its new numbers`() throws {
        try bear()
        try say("NBIRTH/N", SparkplugMessage.payload(0, [SparkplugMessage.session(4)], at: 1_795_509_100_000))
        let rebirth = [SparkplugMessage.metric("Level", alias: 6, 3), SparkplugMessage.metric("Other", alias: 5, 9)]
        try say("DBIRTH/N/T", SparkplugMessage.payload(1, rebirth, at: 1_795_509_100_000))
        try say("DDATA/N/T", level(9, 2))
        try say("DDATA/N/T", payload(3, SparkplugMessage.metric(nil, alias: 6, 4)))
        let second = Station(try link(), memory: memory)
        #expect(second.hears(PointIndex(0), .good(4)))
        #expect(second.hears(PointIndex(0), .good(3)) && second.count(.good(9), of: 0) == 0)
        second.door.stop()
    }

    @Test func `that spoke to a broker which keeps none of it is not seen by number`() throws {
        let broker = try TestBroker()
        let node = try TestDevice(port: broker.port)
        let link = aLink([try tank()], port: broker.port)
        let first = Station(link, memory: memory)
        #expect(first.isListening)
        try say("NBIRTH/N", birth, by: node)
        try say("DBIRTH/N/T", tankBirth, by: node)
        #expect(first.hears(PointIndex(0), .good(2.5)))
        first.door.stop()
        try say("DDATA/N/T", level(2.6, 2), by: node)
        let second = Station(link, memory: memory)
        #expect(second.isListening)
        try say("DDATA/N/T", level(9, 3), by: node)
        #expect(second.hears(PointIndex(0), .bad(.stale)) && second.hears(PointIndex(8), .good(0)))
        try say("DDATA/N/T", payload(4, SparkplugMessage.metric("Level", 3)), by: node)
        #expect(second.hears(PointIndex(0), .good(3)))
        #expect(second.count(.good(9), of: 0) == 0 && second.metric("hazardd_mqtt_sequence_gaps_total") == 0)
        second.door.stop()
    }

    @Test func `that died meanwhile is dead, and its numbers are no names`() throws {
        try bear()
        try say("NDEATH/N", payload(nil, SparkplugMessage.session(3)))
        try say("DDATA/N/T", level(9, 2))
        let second = Station(try link(), memory: memory)
        #expect(second.hears(PointIndex(0), .bad(.linkDown)))
        try say("DDATA/N/T", payload(3, SparkplugMessage.metric("Level", 3)))
        #expect(second.hears(PointIndex(0), .good(3)))
        #expect(second.count(.good(9), of: 0) == 0)
    }

    @Test func `is not believed by a door for which the broker kept no session, though the sequence goes on`() throws {
        try bear()
        let second = Station(try link { $0.clientID = "park-2" }, memory: memory)
        #expect(second.isListening)
        try say("DDATA/N/T", level(9, 2))
        try say("DDATA/N/T", payload(3, SparkplugMessage.metric("Level", 3)))
        #expect(second.hears(PointIndex(0), .good(3)))
        #expect(second.count(.good(9), of: 0) == 0)
        second.door.stop()
    }

    @Test func `is heard though another device of it is not watched`() throws {
        let station = Station(try link(), memory: memory)
        #expect(station.isListening)
        try say("NBIRTH/N", birth)
        try say("DBIRTH/N/T", tankBirth)
        try say("DBIRTH/N/U", payload(2, SparkplugMessage.metric("Level", alias: 5, 8)))
        try say("DDATA/N/U", level(8, 3))
        try say("DDATA/N/T", level(2.6, 4))
        #expect(station.hears(PointIndex(0), .good(2.6)))
        #expect(station.count(.good(8), of: 0) == 0 && station.metric("hazardd_mqtt_sequence_gaps_total") == 0)
    }
}
