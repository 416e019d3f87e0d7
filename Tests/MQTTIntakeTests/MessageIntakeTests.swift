import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import MQTTIntake

private let now = PlantInstant(milliseconds: 1_795_509_000_000)

/// An intake and what it made of a few messages.
struct Desk {
    var intake: MessageIntake
    var slots: [InputSlot] = []
    var quarantined: [QuarantinedPayload] = []
    var tally = IntakeTally()

    init(_ routes: TopicRoute...) { intake = MessageIntake(link: aLink(routes), source: 3) }

    mutating func take(
        _ text: String, on topic: String = "park/1/gas/A/telemetry", retained: Bool = false, after: Duration = .zero
    ) -> [InputSlot] {
        take(bytes: Array(text.utf8), on: topic, retained: retained, after: after)
    }

    mutating func take(
        bytes: [UInt8], total: Int? = nil, on topic: String = "park/1/gas/A/telemetry", retained: Bool = false,
        after: Duration = .zero
    ) -> [InputSlot] {
        let message = BrokerMessage(
            topic: topic, payload: bytes, totalBytes: total ?? bytes.count, isRetained: retained)
        return collect { intake, batch in
            intake.take(message, at: now + after, wall: WallTime(nanoseconds: (now + after).nanoseconds), into: &batch)
        }
    }

    mutating func collect(_ act: (inout MessageIntake, inout IntakeBatch) -> Void) -> [InputSlot] {
        var batch = IntakeBatch()
        act(&intake, &batch)
        tally = batch.tally
        quarantined = batch.quarantined
        slots = batch.safety + batch.ordinary
        return slots
    }
}

/// Point and reading of each slot: `0:good(12.5)`.
private func lines(_ slots: [InputSlot]) -> [String] { slots.map { "\($0.point):\($0.sample.reading)" } }

@Suite struct `Telemetry of a device` {
    @Test func `becomes samples of its points and brings its link up once`() throws {
        var desk = Desk(try aRoute("A"))
        #expect(
            lines(desk.take(#"{"ppm":12.5,"t":20,"ts":1795508999000}"#))
                == ["8:good(1.0)", "0:good(12.5)", "1:good(20.0)"])
        #expect(lines(desk.take(#"{"ppm":13,"t":20,"ts":1795509000000}"#)) == ["0:good(13.0)", "1:good(20.0)"])
        #expect(desk.slots.allSatisfy { $0.source == 3 })
        #expect(desk.slots[0].time == now)
    }

    @Test func `of SIS and gas goes the way that is kept free for it`() throws {
        var batch = IntakeBatch()
        var intake = MessageIntake(
            link: aLink([try aRoute("A"), try aRoute("B", first: 20, pointClass: .crane)]), source: 0)
        for topic in ["park/1/gas/B/telemetry", "park/1/gas/A/telemetry"] {
            let message = BrokerMessage(
                topic: topic, payload: Array(#"{"ppm":1,"t":1}"#.utf8), totalBytes: 15, isRetained: false)
            intake.take(message, at: now, wall: WallTime(milliseconds: now.milliseconds), into: &batch)
        }
        #expect(batch.safety.map(\.point) == [8, 0, 1])
        #expect(batch.ordinary.map(\.point) == [28, 20, 21])
    }

    @Test func `that the broker kept is flagged, and says nothing of who is on line`() throws {
        var desk = Desk(try aRoute("A"))
        let text = #"{"ppm":12.5,"t":20,"ts":1795508999000}"#
        let kept = desk.take(text, retained: true)
        #expect(lines(kept) == ["0:good(12.5)", "1:good(20.0)"])
        #expect(kept.allSatisfy { $0.sample.flags.contains(.retained) })
        #expect(desk.tally.retained == 1)
        let live = desk.take(text)
        #expect(live.count == 3, "the live message must not be taken for a repeat of its kept copy")
        #expect(live.allSatisfy { !$0.sample.flags.contains(.retained) })
    }

    @Test func `sent again with the same stamp is dropped and counted`() throws {
        var desk = Desk(try aRoute("A"))
        let text = #"{"ppm":12.5,"t":20,"ts":1795508999000}"#
        _ = desk.take(text)
        #expect(desk.take(text) == [])
        #expect(desk.tally.repeated == 1)
        #expect(desk.take(#"{"ppm":12.5,"t":20,"ts":1795508999001}"#).count == 2)
        #expect(desk.take(text, after: .seconds(601)).count == 2, "after ten minutes nobody remembers")
    }

    @Test func `without a stamp is flagged when sent again, for a device may count from one again`() throws {
        var desk = Desk(try aRoute("A", stamped: false, numbered: true))
        let text = #"{"ppm":12.5,"t":20,"sn":7}"#
        #expect(desk.take(text).map(\.deviceSequence) == [0, 7, 7])
        let again = desk.take(text)
        #expect(lines(again) == ["0:good(12.5)", "1:good(20.0)"])
        #expect(again.allSatisfy { $0.sample.flags.contains(.repeated) })
        #expect(desk.tally.repeatedPassed == 1)
    }

    @Test func `without stamp and number is never a repeat, however steady`() throws {
        var desk = Desk(try aRoute("A", stamped: false))
        for _ in 0..<3 { _ = desk.take(#"{"ppm":0,"t":20}"#) }
        #expect(desk.slots.count == 2)
        #expect(desk.slots.allSatisfy { $0.sample.flags == .timeFromArrival })
    }

    @Test func `on a topic of no device is counted and nothing else`() throws {
        var desk = Desk(try aRoute("A"))
        #expect(desk.take("{}", on: "park/1/gas/Z/telemetry") == [])
        #expect(desk.tally.unrouted == 1)
    }

    @Test func `that cannot be read makes its points bad and is kept for whoever looks`() throws {
        var desk = Desk(try aRoute("A"))
        #expect(
            lines(desk.take("{\"ppm\":NaN}")).sorted() == [
                "0:bad(PlantModel.QualityReason.decodeFailed)", "101:good(1.0)",
                "1:bad(PlantModel.QualityReason.decodeFailed)", "8:good(1.0)",
            ])
        #expect(desk.tally.quarantined == 1)
        let kept = desk.quarantined[0]
        #expect(kept.device == "A" && kept.head == Array("{\"ppm\":NaN}".utf8) && kept.totalBytes == 11)
        #expect(
            kept.reason
                == "park/1/gas/A/telemetry: offset 7: found NaN, a number, string, true, false, null, object or array would do"
        )
    }

    @Test func `that cannot be read and was kept by the broker changes no point`() throws {
        var desk = Desk(try aRoute("A"))
        #expect(lines(desk.take("garbage", retained: true)) == ["101:good(1.0)"])
    }

    @Test func `too long is refused by its length, and its first bytes are kept`() throws {
        var desk = Desk(try aRoute("A"))
        _ = desk.take(bytes: Array(repeating: 0x20, count: 4096), total: 307_200)
        #expect(
            desk.quarantined[0].reason
                == "park/1/gas/A/telemetry: offset 0: found 307200 bytes, at most 262144 bytes would do")
        #expect(desk.quarantined[0].head.count == 4096 && desk.quarantined[0].totalBytes == 307_200)
    }

    @Test func `refused ten minutes ago is no trouble any more`() throws {
        var desk = Desk(try aRoute("A"))
        _ = desk.take("x")
        _ = desk.take("y", after: .seconds(300))
        func pass(_ seconds: Int) -> [String] {
            lines(desk.collect { $0.passTime(at: now + .seconds(seconds), into: &$1) })
        }
        #expect(pass(301) == [])
        #expect(pass(600) == ["101:good(1.0)"])
        #expect(pass(900) == ["101:good(0.0)"])
        #expect(pass(5000) == [])
    }
}

@Suite struct `Links behind a broker` {
    @Test(arguments: [true, false])
    func `an offline status, kept or live, makes the device's points bad and its link 0`(retained: Bool) throws {
        var desk = Desk(try aRoute("A"), try aRoute("B", first: 20))
        _ = desk.take(#"{"ppm":1,"t":1}"#)
        let slots = desk.take("offline", on: "park/1/gas/A/status", retained: retained)
        #expect(
            lines(slots) == [
                "0:bad(PlantModel.QualityReason.linkDown)", "1:bad(PlantModel.QualityReason.linkDown)", "8:good(0.0)",
            ])
        #expect(slots.allSatisfy { $0.sample.flags == [] }, "a kept offline is judged: the one exception")
        #expect(desk.take("offline", on: "park/1/gas/A/status") == [])
        #expect(lines(desk.take("online", on: "park/1/gas/A/status")) == ["8:good(1.0)"])
        #expect(desk.take("", on: "park/1/gas/A/status") == [])
    }

    @Test func `telemetry after an offline brings the link up again`() throws {
        var desk = Desk(try aRoute("A"))
        _ = desk.take("offline", on: "park/1/gas/A/status")
        #expect(lines(desk.take(#"{"ppm":1,"t":1}"#)).first == "8:good(1.0)")
    }

    @Test func `another word on a status topic is refused`() throws {
        var desk = Desk(try aRoute("A"))
        _ = desk.take("OFFLINE", on: "park/1/gas/A/status")
        #expect(
            desk.quarantined.map(\.reason) == [
                "park/1/gas/A/status: offset 0: found \"OFFLINE\", online or offline would do"
            ])
    }

    @Test func `a lost broker makes every point behind it bad and every link 0`() throws {
        var desk = Desk(try aRoute("A"), try aRoute("B", first: 20, status: false))
        _ = desk.take("offline", on: "park/1/gas/A/status")
        let slots = desk.collect { $0.brokerLost(at: now, into: &$1) }
        #expect(slots.map(\.point) == [100, 0, 1, 8, 20, 21, 28])
        #expect(slots.filter { [8, 28, 100].contains($0.point) }.allSatisfy { $0.sample.reading == .good(0) })
        #expect(
            slots.filter { ![8, 28, 100].contains($0.point) }.allSatisfy { $0.sample.reading == .bad(.linkDown) })
        #expect(lines(desk.collect { $0.brokerUp(at: now, into: &$1) }) == ["100:good(1.0)"])
        #expect(lines(desk.take(#"{"ppm":1,"t":1}"#)).first == "8:good(1.0)")
    }

    @Test func `a refused filter makes its device's points bad, with the reason`() throws {
        var desk = Desk(try aRoute("A"))
        let filter = try #require(desk.intake.filters.firstIndex { $0.kind == .telemetry })
        #expect(
            lines(desk.collect { $0.filterRefused(filter, at: now, into: &$1) }) == [
                "0:bad(PlantModel.QualityReason.misconfigured)", "1:bad(PlantModel.QualityReason.misconfigured)",
                "8:good(0.0)",
            ])
    }

    @Test func `a last will that the broker does not let us hear is a link that is not whole, until it does`() throws {
        var desk = Desk(try aRoute("A"))
        _ = desk.take(#"{"ppm":1,"t":1,"ts":1795509000000}"#)
        let filter = try #require(desk.intake.filters.firstIndex { $0.kind == .status })
        #expect(lines(desk.collect { $0.filterRefused(filter, at: now, into: &$1) }) == ["8:good(0.0)"])
        // What it sends is good; that it would be missed is not.
        #expect(lines(desk.take(#"{"ppm":2,"t":1,"ts":1795509000100}"#)) == ["0:good(2.0)", "1:good(1.0)"])
        #expect(lines(desk.collect { $0.filterGranted(filter, at: now, into: &$1) }) == ["8:good(1.0)"])
        #expect(desk.collect { $0.filterGranted(filter, at: now, into: &$1) } == [])
        // The same of a device that was never heard.
        var silent = Desk(try aRoute("A"))
        _ = silent.collect { $0.filterRefused(filter, at: now, into: &$1) }
        #expect(lines(silent.take(#"{"ppm":1,"t":1}"#)) == ["0:good(1.0)", "1:good(1.0)"])
    }

    @Test(arguments: [
        (nil, "1", "0"), ("$.status", #"{"status":"on"}"#, #"{"status":"off"}"#),
        ("$.ok", #"{"ok":true}"#, #"{"ok":false}"#), ("$.s[1]", #"{"s":[9,1]}"#, #"{"s":[9,0.0]}"#),
    ])
    func `a last will may be of any words, bare or in JSON`(path: String?, online: String, offline: String) throws {
        var route = try aRoute("A")
        route.statusWords = StatusWords(
            path: try path.map { try PayloadPath(parsing: $0) }, online: ["1", "on", "true"],
            offline: ["0", "off", "false"])
        var desk = Desk(route)
        #expect(lines(desk.take(online, on: "park/1/gas/A/status")) == ["8:good(1.0)"])
        #expect(desk.take(offline, on: "park/1/gas/A/status", retained: true).last?.sample.reading == .good(0))
        #expect(desk.take("", on: "park/1/gas/A/status") == [])
        #expect(desk.take(#"{"status":null,"ok":7}"#, on: "park/1/gas/A/status").map(\.point) == [101])
        #expect(desk.quarantined.map(\.reason)[0].hasSuffix("1 or on or true or 0 or off or false would do"))
    }

    @Test func `a last will is heard at any level that varies`() throws {
        var route = try aRoute("A")
        route.statusTopic = "park/+/gas/A/status"
        var desk = Desk(route)
        #expect(desk.take("offline", on: "park/77/gas/A/status").map(\.point) == [0, 1, 8])
        #expect(desk.take("offline", on: "park/77/gas/B/status").isEmpty && desk.tally.unrouted == 1)
    }

    @Test func `devices of one gateway share its status`() throws {
        var a = try aRoute("A")
        var b = try aRoute("B", first: 20)
        (a.statusTopic, b.statusTopic) = ("park/1/gateway/status", "park/1/gateway/status")
        var desk = Desk(a, b)
        #expect(desk.intake.filters.count == 3)
        #expect(desk.take("offline", on: "park/1/gateway/status").map(\.point) == [0, 1, 8, 20, 21, 28])
    }
}

@Suite struct `Numbers of a device's messages` {
    private let gaps = PointIndex(103)

    /// What the point of gaps says at each message.
    private func said(_ numbers: [Int]) throws -> (counts: [[Double]], tallied: Int) {
        let route = try aRoute("A", numbered: true)
        var desk = Desk(route)
        desk.intake = MessageIntake(link: aLink([route]) { $0.gapPoint = gaps }, source: 3)
        var tallied = 0
        var counts = numbers.enumerated().map { place, number in
            let stamp = 1_795_508_900_000 + place
            let slots = desk.take("{\"ppm\":1,\"t\":1,\"ts\":\(stamp),\"sn\":\(number)}")
            tallied += desk.tally.sequenceGaps
            return slots.filter { $0.point == gaps.number }.map(\.sample.payload.number)
        }
        counts.append(desk.collect { $0.passTime(at: now + .seconds(660), into: &$1) }.map(\.sample.payload.number))
        return (counts, tallied)
    }

    @Test func `that skip some are messages that never came`() throws {
        let found = try said([7, 8, 10, 11, 500])
        #expect(found.counts == [[], [], [1], [], [2], [0]] && found.tallied == 2)
    }

    @Test func `that come late, again, from one or round again are no gap`() throws {
        #expect(try said([7, 8, 8, 7, 9]).tallied == 0)
        #expect(try said([70, 72, 71, 73]).tallied == 1)
        #expect(try said([900, 1, 2]).tallied == 0)
        #expect(try said([254, 255, 0, 1]).tallied == 0)
    }
}

@Suite struct `Losses that the broker admits` {
    private let topic = "$SYS/broker/publish/messages/dropped"
    private let uptime = "$SYS/broker/uptime"
    private let dropped = PointIndex(102)

    private func counts(_ texts: String..., after: Duration = .zero) throws -> [Double] {
        var desk = Desk(try aRoute("A"))
        desk.intake = MessageIntake(
            link: aLink([try aRoute("A")]) { $0.droppedPoint = dropped }, source: 3)
        var counts: [Double] = []
        for text in texts {
            counts += desk.take(text, on: topic, retained: true).map(\.sample.payload.number)
            #expect(desk.tally.messages == 0, "the broker's word on itself is no telemetry")
        }
        counts += desk.collect { $0.passTime(at: now + .seconds(660), into: &$1) }.map(\.sample.payload.number)
        return counts
    }

    @Test func `are asked for where a point watches them`() throws {
        let link = aLink([try aRoute("A")]) { $0.droppedPoint = dropped }
        #expect(MessageIntake(link: link, source: 3).filters.map(\.topic).contains(topic))
        #expect(!MessageIntake(link: aLink([try aRoute("A")]), source: 3).filters.map(\.topic).contains(topic))
        // What is said every few seconds must not fill a queue that is kept for us.
        #expect(MessageIntake(link: link, source: 3).filters.filter { $0.quality == 0 }.map(\.topic) == [uptime])
    }

    @Test func `count from the first number on, and are over after ten minutes`() throws {
        #expect(try counts("5", "5", "8") == [0, 3, 0])
    }

    /// Counts of the last ten minutes, heard after a restart that remembers `before`.
    private func counts(_ texts: String..., rememberedAs before: DroppedTotal?) throws -> [Double] {
        var desk = Desk(try aRoute("A"))
        desk.intake = MessageIntake(
            link: aLink([try aRoute("A")]) { $0.droppedPoint = dropped }, source: 3, droppedBefore: before)
        #expect(desk.intake.droppedTotal == before)
        let counts = texts.flatMap { desk.take($0, on: topic, retained: true).map(\.sample.payload.number) }
        #expect(desk.intake.droppedTotal == texts.last.flatMap { Int($0) }.map { .number($0) })
        return counts
    }

    @Test func `while nobody listened are told when somebody does`() throws {
        #expect(try counts("905", rememberedAs: .number(5)) == [900])
        #expect(try counts("5", rememberedAs: .number(5)) == [0])
        #expect(try counts("3", rememberedAs: .number(5)) == [3], "the broker was started anew meanwhile")
        #expect(try counts("905", "906", rememberedAs: nil) == [0, 1])
        #expect(try counts("905", "906", rememberedAs: .unchanged) == [1, 2], "some of 905")
        #expect(try counts("0", rememberedAs: .unchanged) == [0])
    }

    @Test func `of which a broker says nothing for a minute are known to be unknown`() throws {
        var desk = Desk(try aRoute("A"))
        desk.intake = MessageIntake(link: aLink([try aRoute("A")]) { $0.droppedPoint = dropped }, source: 3)
        func isUnsaid(after seconds: Int) -> Bool {
            _ = desk.collect { $0.passTime(at: now + .seconds(seconds), into: &$1) }
            return desk.intake.isDroppedTotalUnsaid
        }
        #expect(!isUnsaid(after: 3600), "a broker that is not there says nothing of anything")
        _ = desk.collect { $0.brokerUp(at: now + .seconds(3600), into: &$1) }
        #expect(!isUnsaid(after: 3659) && isUnsaid(after: 3660))
        _ = desk.take("0", on: topic, retained: true)
        #expect(!isUnsaid(after: 3661))
        // The number may come before the last subscription is answered.
        _ = desk.collect { $0.brokerLost(at: now + .seconds(3700), into: &$1) }
        _ = desk.take("0", on: topic, retained: true)
        _ = desk.collect { $0.brokerUp(at: now + .seconds(3701), into: &$1) }
        #expect(!isUnsaid(after: 4000))
        _ = desk.collect { $0.brokerLost(at: now + .seconds(4001), into: &$1) }
        _ = desk.collect { $0.brokerUp(at: now + .seconds(4002), into: &$1) }
        #expect(isUnsaid(after: 4100))
    }

    /// Mosquitto 2.0 keeps the number for a minute after it changed: of a sound broker that is up for longer it is not heard.
    @Test func `of a broker that goes on speaking and has none are none, and the first is told`() throws {
        var desk = Desk(try aRoute("A"))
        desk.intake = MessageIntake(link: aLink([try aRoute("A")]) { $0.droppedPoint = dropped }, source: 3)
        _ = desk.collect { $0.brokerUp(at: now, into: &$1) }
        #expect(desk.take("4711 seconds", on: uptime, retained: true).map(\.sample.payload.number) == [0])
        #expect(desk.tally == IntakeTally(), "the broker's word on itself is no telemetry")
        _ = desk.collect { $0.passTime(at: now + .seconds(61), into: &$1) }
        #expect(!desk.intake.isDroppedTotalUnsaid)
        #expect(desk.take("40", on: topic, after: .seconds(70)).map(\.sample.payload.number) == [1], "some of 40")
        #expect(desk.take("50", on: topic, after: .seconds(80)).map(\.sample.payload.number) == [11])
    }

    @Test func `first told behind an outage are news where the number stood still before it`() throws {
        var desk = Desk(try aRoute("A"))
        desk.intake = MessageIntake(link: aLink([try aRoute("A")]) { $0.droppedPoint = dropped }, source: 3)
        _ = desk.take("4711 seconds", on: uptime)
        _ = desk.collect { $0.brokerLost(at: now, into: &$1) }
        #expect(desk.take("40", on: topic, retained: true).map(\.sample.payload.number) == [1])
    }

    @Test func `of a broker started anew are all news`() throws {
        #expect(try counts("5", "2") == [0, 2, 0])
    }

    @Test func `are no number where the payload is none`() throws {
        #expect(try counts("many", "-1") == [])
    }
}
