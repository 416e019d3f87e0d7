import DeviceMap
import Foundation
import Logging
import MQTTIntake
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

/// A door, what it is wired to, and what came out of it.
final class Station {
    let outlet = CapturingOutlet()
    let marks = StationMarks()
    let quarantine = CapturingQuarantine()
    let log = CapturingLog()
    let door: BrokerDoor

    /// - Parameters:
    ///   - settling: whether everything is settled at once; else nothing is until ``settle()``.
    ///   - aheadMax: how long the door reads on without an acknowledgement.
    init(
        _ link: BrokerLink, memory: String, settling: Bool = true, password: String? = nil,
        key: String? = nil, aheadMax: Duration = .milliseconds(20)
    ) {
        door = BrokerDoor(
            link: link, credentials: BrokerCredentials(password: password, clientKeyPath: key), source: 1,
            outlet: outlet, gate: marks, clock: SteadyClock(), filterMemory: memory, quarantine: quarantine,
            aheadMax: aheadMax, logger: log.logger)
        if settling { settle() }
        door.start()
    }

    deinit { door.stop() }

    /// Everything up to an input sequence is judged and logged; by default all there will ever be.
    func settle(through sequence: UInt64 = 1 << 62) {
        marks.judge(through: sequence, events: 0)
        marks.logged.advance(to: sequence)
    }

    /// Waits until a point has said something.
    func hears(_ point: PointIndex, _ reading: Reading, _ times: Int = 1) -> Bool {
        outlet.wait { slots in slots.filter { $0.point == point.number && $0.sample.reading == reading }.count >= times
        }
    }

    var isListening: Bool { hears(brokerLinkPoint, .good(1)) }
    func metric(_ name: String, _ label: String? = nil) -> Double? { Metric.value(name, label, in: door.metrics()) }
    func count(_ reading: Reading, of point: UInt32) -> Int {
        outlet.samples.filter { $0.point.number == point && $0.reading == reading }.count
    }
}

private let openssl = "/usr/bin/openssl"
private let telemetry = "park/1/gas/A/telemetry"
private let status = "park/1/gas/A/status"

/// A payload stamped now.
private func ppm(_ value: Int) -> String {
    #"{"ppm":\#(value),"t":20,"ts":\#(Int64(Date().timeIntervalSince1970 * 1000))}"#
}

@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "needs Debian's mosquitto"))
struct `Door of a real broker` {
    private let folder: TemporaryFolder
    private var memory: String { "\(folder.path)/site.filters" }

    init() throws { folder = try TemporaryFolder() }

    @Test func `telemetry arrives as samples, stamped by the device`() throws {
        let broker = try TestBroker()
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(station.isListening)
        let device = try TestDevice(port: broker.port)
        let before = Int64(Date().timeIntervalSince1970 * 1000)
        try device.publish(#"{"ppm":12.5,"t":-3,"ts":\#(before - 1500)}"#, on: telemetry)
        #expect(station.hears(PointIndex(0), .good(12.5)))
        #expect(station.hears(PointIndex(1), .good(-3)))
        #expect(station.hears(PointIndex(8), .good(1)))
        let sample = try #require(station.outlet.samples.first { $0.point.number == 0 })
        #expect(sample.time.milliseconds == before - 1500)
        #expect(sample.arrival.milliseconds >= before && sample.flags == [])
        #expect(station.metric("hazardd_mqtt_messages_total") == 1)
        #expect(SteadyClock().now() - station.door.lastBeat < .seconds(5))
        station.door.stop()
        #expect(!station.door.isUp)
    }

    @Test func `a message that is not settled comes again, one that is settled does not`() throws {
        let broker = try TestBroker()
        let link = aLink([try aRoute("A")], port: broker.port)
        let device = try TestDevice(port: broker.port)

        let first = Station(link, memory: memory, settling: false)
        // Its own link sample is not settled either, so nothing more is written or read until it is.
        #expect(first.isListening)
        first.settle(through: UInt64(first.outlet.slots.count))
        try device.publish(ppm(31), on: telemetry)
        #expect(first.hears(PointIndex(0), .good(31)))
        #expect(first.outlet.wait { _ in (first.metric("hazardd_mqtt_settlement_waits_total") ?? 0) > 2 })
        first.door.stop()

        let second = Station(link, memory: memory)
        #expect(second.hears(PointIndex(0), .good(31)), "unsettled: the broker must send it again")
        try device.publish(ppm(32), on: telemetry)
        // The door reads the next message only after the acknowledgement of the one before has left.
        #expect(second.hears(PointIndex(0), .good(32)))
        second.door.stop()

        let third = Station(link, memory: memory)
        #expect(third.isListening)
        try device.publish(ppm(33), on: telemetry)
        #expect(third.hears(PointIndex(0), .good(33)))
        #expect(third.count(.good(31), of: 0) == 0, "settled: it must not come again")
    }

    @Test func `messages go on into the ring while earlier ones settle, and not one acknowledgement leaves`() throws {
        let broker = try TestBroker()
        let tap = try BrokerTap(to: broker.port)
        defer { tap.stop() }
        let station = Station(
            aLink([try aRoute("A")], port: tap.port), memory: memory, settling: false, aheadMax: .seconds(60))
        #expect(station.isListening)
        station.settle(through: UInt64(station.outlet.slots.count))
        let device = try TestDevice(port: broker.port)
        for value in 1...6 {
            try device.publish(ppm(value), on: telemetry)
            // Each is in the ring before the next is published, and the gate is shut all the while.
            #expect(station.hears(PointIndex(0), .good(Double(value))))
            #expect(tap.acknowledgements == 0)
        }
        station.settle()
        #expect(station.outlet.wait { _ in tap.acknowledgements == 6 })
        station.door.stop()
    }

    @Test func `with the gate shut reading rests below what the broker sends, and goes on when it opens`() throws {
        let broker = try TestBroker("max_inflight_messages 0")
        let tap = try BrokerTap(to: broker.port)
        defer { tap.stop() }
        let link = aLink([try aRoute("A")], port: tap.port) { $0.receiveMaximum = 256 }
        let station = Station(link, memory: memory, settling: false)
        #expect(station.isListening)
        station.settle(through: UInt64(station.outlet.slots.count))
        let device = try TestDevice(port: broker.port)
        for value in 1...300 { try device.publish(ppm(value), on: telemetry) }
        #expect(station.outlet.wait { _ in (station.metric("hazardd_mqtt_settlement_waits_total") ?? 0) > 1 })
        #expect((station.metric("hazardd_mqtt_messages_total") ?? 0) <= 192, "reading rests")
        #expect(tap.acknowledgements == 0)
        station.settle()
        #expect(station.hears(PointIndex(0), .good(300)))
        #expect(
            station.outlet.samples.filter { $0.point.number == 0 }.map(\.payload.number) == (1...300).map(Double.init))
        #expect(station.outlet.wait { _ in tap.acknowledgements == 300 })
        station.door.stop()
    }

    @Test func `acknowledgements that may go together leave in one piece, not in one each that wakes the broker`()
        throws
    {
        let broker = try TestBroker("max_inflight_messages 0")
        let tap = try BrokerTap(to: broker.port)
        defer { tap.stop() }
        let link = aLink([try aRoute("A")], port: tap.port) { $0.receiveMaximum = 1024 }
        let station = Station(link, memory: memory, settling: false, aheadMax: .seconds(60))
        #expect(station.isListening)
        station.settle(through: UInt64(station.outlet.slots.count))
        let device = try TestDevice(port: broker.port)
        for value in 1...400 { try device.publish(ppm(value), on: telemetry) }
        #expect(station.hears(PointIndex(0), .good(400)))
        let before = tap.pieces
        station.settle()
        #expect(station.outlet.wait { _ in tap.acknowledgements == 400 })
        // One or two; one by one the tap would read them in some hundred.
        #expect(tap.pieces - before <= 8, "\(tap.pieces - before) pieces")
        station.door.stop()
    }

    @Test func `messages published while the door is shut arrive when it opens`() throws {
        let broker = try TestBroker()
        let link = aLink([try aRoute("A")], port: broker.port)
        let device = try TestDevice(port: broker.port)
        let first = Station(link, memory: memory)
        #expect(first.isListening)
        first.door.stop()
        for value in 1...50 { try device.publish(ppm(value), on: telemetry) }
        let second = Station(link, memory: memory)
        #expect(second.hears(PointIndex(0), .good(50)))
        #expect(
            second.outlet.samples.filter { $0.point.number == 0 }.map(\.payload.number) == (1...50).map(Double.init))
    }

    @Test func `a kept message is flagged, a kept offline makes the points bad`() throws {
        let broker = try TestBroker()
        let device = try TestDevice(port: broker.port)
        try device.publish(ppm(99), on: telemetry, retained: true)
        try device.publish("offline", on: status, retained: true)
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(station.hears(PointIndex(0), .good(99)))
        #expect(station.outlet.samples.first { $0.payload.number == 99 }?.flags.contains(.retained) == true)
        #expect(station.hears(PointIndex(0), .bad(.linkDown)))
        #expect(station.hears(PointIndex(8), .good(0)))
        try device.publish(ppm(98), on: telemetry, retained: true)
        #expect(station.hears(PointIndex(0), .good(98)))
        #expect(
            station.outlet.samples.first { $0.payload.number == 98 }?.flags == [],
            "published just now: live, though the broker keeps it")
    }

    @Test func `a device that is cut off leaves its last will: points bad, link 0`() throws {
        let broker = try TestBroker()
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(station.isListening)
        var device: TestDevice? = try TestDevice(port: broker.port, will: status)
        try device?.publish("online", on: status, retained: true)
        try device?.publish(ppm(5), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(5)))
        device = nil
        #expect(station.hears(PointIndex(0), .bad(.linkDown)))
        #expect(station.hears(PointIndex(1), .bad(.linkDown)))
        #expect(station.hears(PointIndex(8), .good(0)))
        let returned = try TestDevice(port: broker.port, will: status)
        try returned.publish(ppm(6), on: telemetry)
        #expect(station.hears(PointIndex(8), .good(1), 2))
    }

    @Test func `a broker that goes and comes back: everything bad at once, then telemetry goes on`() throws {
        let broker = try TestBroker()
        let routes = [try aRoute("A"), try aRoute("B", first: 20)]
        let station = Station(aLink(routes, port: broker.port), memory: memory)
        #expect(station.isListening)
        try TestDevice(port: broker.port).publish(ppm(5), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(5)))
        broker.stop()
        #expect(station.hears(brokerLinkPoint, .good(0)))
        for point: UInt32 in [0, 1, 20, 21] { #expect(station.hears(PointIndex(point), .bad(.linkDown))) }
        for link: UInt32 in [8, 28] { #expect(station.hears(PointIndex(link), .good(0))) }
        try broker.start()
        #expect(station.hears(brokerLinkPoint, .good(1), 2))
        try TestDevice(port: broker.port).publish(ppm(6), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(6)))
        #expect(station.metric("hazardd_mqtt_losses_total") == 1)
        #expect(station.log.lines.filter { $0.hasPrefix("error: broker lost") }.count == 1)
    }

    @Test func `a message whose acknowledgement got lost with the connection is not judged twice`() throws {
        let broker = try TestBroker()
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory, settling: false)
        #expect(station.isListening)
        station.settle(through: UInt64(station.outlet.slots.count))
        try TestDevice(port: broker.port).publish(ppm(40), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(40)))
        broker.stop()
        station.settle()
        try broker.start()
        #expect(station.outlet.wait { _ in station.metric("hazardd_mqtt_repeated_total", "dropped") == 1 })
        #expect(station.count(.good(40), of: 0) == 1)
    }

    @Test func `a full ring stops the reading, and nothing is lost`() throws {
        let broker = try TestBroker()
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(station.isListening)
        station.outlet.pretendFull(true)
        let device = try TestDevice(port: broker.port)
        for value in 1...300 { try device.publish(ppm(value), on: telemetry) }
        #expect((station.metric("hazardd_mqtt_ring_full_total") ?? 0) > 0)
        #expect((station.metric("hazardd_mqtt_messages_total") ?? 0) < 300, "the broker must hold the rest")
        station.outlet.pretendFull(false)
        #expect(station.hears(PointIndex(0), .good(300)))
        #expect(
            station.outlet.samples.filter { $0.point.number == 0 }.map(\.payload.number) == (1...300).map(Double.init))
    }

    @Test func `poison is refused in one line each, kept, and acknowledged`() throws {
        let broker = try TestBroker()
        let link = aLink([try aRoute("A")], port: broker.port) { $0.maximumPacketSize = 1 << 20 }
        let station = Station(link, memory: memory)
        #expect(station.isListening)
        let device = try TestDevice(port: broker.port)
        let poison: [([UInt8], String)] = [
            (Array("{\"ppm\":NaN}".utf8), "offset 7: found NaN, a number, string, true, false, null, object or array"),
            (
                Array("null".utf8),
                "offset 0: found null without a mapped value, an object with at least one of $.ppm, $.t"
            ),
            (
                Array("\"\"".utf8),
                "offset 0: found a string without a mapped value, an object with at least one of $.ppm, $.t"
            ),
            ([], "offset 0: found an empty payload, a JSON object"),
            (Array("{\"ppm\":1e400}".utf8), "offset 7: found 1e400, a number within the range of a double"),
            (Array("{\"ppm\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8), "offset 8: found byte 0xC3, UTF-8"),
            (Array(repeating: UInt8(ascii: "["), count: 10_000), "offset 32: found \"[\", at most 32 levels"),
            (Array(repeating: UInt8(ascii: " "), count: 307_200), "offset 0: found 307200 bytes, at most 262144 bytes"),
        ]
        for (bytes, _) in poison { try device.publish(bytes, on: telemetry) }
        #expect(station.hears(PointIndex(0), .bad(.decodeFailed), poison.count))
        #expect(station.hears(quarantinePoint, .good(Double(poison.count))))
        #expect(
            station.quarantine.payloads.map(\.reason) == poison.map { "\(telemetry): \($0.1) would do" })
        #expect(station.quarantine.payloads.map(\.totalBytes) == poison.map(\.0.count))
        #expect(station.quarantine.payloads.allSatisfy { $0.head.count <= 4096 })
        let lines = station.log.lines.filter { $0.hasPrefix("warning: payload refused") }
        #expect(lines.count == poison.count && lines.allSatisfy { !$0.contains("\n") })
        try device.publish(ppm(7), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(7)))
        station.door.stop()
        let next = Station(link, memory: memory)
        #expect(next.isListening)
        try device.publish(ppm(8), on: telemetry)
        #expect(next.hears(PointIndex(0), .good(8)))
        #expect(next.quarantine.payloads.isEmpty, "poison was acknowledged: it must not come again")
    }

    @Test func `a refused filter is named, and the others are heard`() throws {
        let plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
        try #require(FileManager.default.fileExists(atPath: plugin), "Debian's mosquitto brings this plugin")
        let access = """
            {"defaultACLAccess":{"publishClientSend":true,"publishClientReceive":true,"subscribe":true,"unsubscribe":true},
             "clients":[],"groups":[{"groupname":"all","roles":[{"rolename":"all"}]}],"anonymousGroup":"all",
             "roles":[{"rolename":"all","acls":[{"acltype":"subscribeLiteral","topic":"park/1/gas/B/telemetry",
             "priority":1,"allow":false},{"acltype":"subscribePattern","topic":"#","allow":true}]}]}
            """
        let broker = try TestBroker(
            "plugin \(plugin)\nplugin_opt_config_file @FOLDER@/access.json", files: ["access.json": access])
        let routes = [try aRoute("A"), try aRoute("B", first: 20)]
        let station = Station(aLink(routes, port: broker.port), memory: memory)
        #expect(station.isListening)
        #expect(station.hears(PointIndex(20), .bad(.misconfigured)))
        #expect(station.hears(PointIndex(28), .good(0)))
        #expect(
            station.log.lines.contains {
                $0
                    == "error: broker refuses a filter broker=site filter=park/1/gas/B/telemetry reason=Not authorized (0x87)"
            }, "\(station.log.lines)")
        #expect(station.metric("hazardd_mqtt_refused_filters") == 1)
        try TestDevice(port: broker.port).publish(ppm(4), on: telemetry)
        #expect(station.hears(PointIndex(0), .good(4)))
    }

    @Test func `filters of an earlier run are taken back from the session`() throws {
        let broker = try TestBroker()
        let first = Station(
            aLink([try aRoute("A"), try aRoute("B", first: 20)], port: broker.port), memory: memory)
        #expect(first.isListening)
        first.door.stop()
        let second = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(second.isListening)
        let wanted = "park/1/gas/A/status\npark/1/gas/A/telemetry\n"
        #expect(
            second.outlet.wait { _ in
                // UNSUBACK comes with the next reading; a kept message makes one.
                (try? String(contentsOfFile: memory, encoding: .utf8)) == wanted
            })
        let device = try TestDevice(port: broker.port)
        try device.publish(ppm(1), on: "park/1/gas/B/telemetry")
        try device.publish(ppm(2), on: telemetry)
        #expect(second.hears(PointIndex(0), .good(2)))
        #expect(second.metric("hazardd_mqtt_unrouted_total") == 0)
    }

    @Test func `a broker that is not there is said to be lost, and the door stops all the same`() throws {
        let broker = try TestBroker()
        let port = broker.port
        broker.stop()
        let station = Station(aLink([try aRoute("A")], port: port), memory: memory)
        #expect(station.hears(brokerLinkPoint, .good(0)))
        #expect(station.hears(PointIndex(0), .bad(.linkDown)))
        #expect(
            station.log.lines.contains { $0 == "error: broker lost broker=site reason=Connection refused" },
            "\(station.log.lines)")
        station.door.stop()
    }

    @Test func `a wrong password is named, the right one lets in`() throws {
        let program = "/usr/bin/mosquitto_passwd"
        try #require(FileManager.default.isExecutableFile(atPath: program), "Debian's mosquitto brings it")
        try run(program, "-b", "-c", "\(folder.path)/users", "hazardd", "ammonia")
        let broker = try TestBroker("password_file \(folder.path)/users")
        let link = aLink([try aRoute("A")], port: broker.port) { $0.username = "hazardd" }
        let wrong = Station(link, memory: memory, password: "chlorine")
        #expect(wrong.hears(brokerLinkPoint, .good(0)))
        #expect(
            wrong.log.lines.contains {
                $0 == "error: broker lost broker=site reason=the broker says Not authorized (0x87)"
            }, "\(wrong.log.lines)")
        #expect(wrong.log.lines.allSatisfy { !$0.contains("chlorine") })
        wrong.door.stop()
        #expect(Station(link, memory: memory, password: "ammonia").isListening)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: openssl), "needs openssl"))
    func `over TLS a certificate of the broker's name is asked for`() throws {
        for (name, alternative) in [("good", "IP:127.0.0.1"), ("other", "DNS:other.example")] {
            try run(
                openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(alternative)")
        }
        func broker(_ name: String) throws -> TestBroker {
            try TestBroker(listener: "certfile \(folder.path)/\(name).pem\nkeyfile \(folder.path)/\(name).key")
        }
        func link(_ broker: TestBroker, _ authority: String) throws -> BrokerLink {
            aLink([try aRoute("A")], port: broker.port) { $0.certificateAuthority = "\(folder.path)/\(authority).pem" }
        }
        let good = try broker("good")
        let station = Station(try link(good, "good"), memory: memory)
        #expect(station.isListening)
        let device = try TestDevice(port: good.port, authority: "\(folder.path)/good.pem")
        for value in 1...40 { try device.publish(ppm(value), on: telemetry) }
        #expect(station.hears(PointIndex(0), .good(40)))
        #expect(
            station.outlet.samples.filter { $0.point.number == 0 }.map(\.payload.number) == (1...40).map(Double.init))
        station.door.stop()

        let other = try broker("other")
        for refused in [try link(good, "other"), try link(other, "other")] {
            let station = Station(refused, memory: memory)
            #expect(station.hears(brokerLinkPoint, .good(0)))
            let line = station.log.lines.first { $0.hasPrefix("error: broker lost") } ?? ""
            #expect(line.contains("certificate"), "\(line)")
        }
    }

    @Test func `the limits we ship are limits that Debian's broker understands`() throws {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let limits = try String(
            contentsOf: repository.appending(path: "systemd/mosquitto-hazardd.conf"), encoding: .utf8)
        let broker = try TestBroker(limits)
        let station = Station(aLink([try aRoute("A")], port: broker.port), memory: memory)
        #expect(station.isListening)
        #expect(!broker.log.contains("Error"), "\(broker.log)")
    }
}
