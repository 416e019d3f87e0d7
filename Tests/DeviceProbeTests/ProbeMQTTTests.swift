import CMosquitto
import DeviceMap
import DeviceProbe
import Foundation
import ParkSimulator
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

@testable import hazardctl

/// Publishes from a client of its own and waits until the broker has it.
private func publish(_ payload: [UInt8], to topic: String, retained: Bool = false, port: UInt16) {
    guard let client = unsafe mosquitto_new(nil, true, nil) else { return }
    defer { unsafe mosquitto_destroy(client) }
    _ = unsafe mosquitto_connect(client, "127.0.0.1", Int32(port), 15)
    _ = unsafe payload.withUnsafeBytes {
        unsafe mosquitto_publish(client, nil, topic, Int32($0.count), $0.baseAddress, 0, retained)
    }
    for _ in 0..<200 where unsafe mosquitto_want_write(client) || mosquitto_socket(client) >= 0 {
        _ = unsafe mosquitto_loop(client, 5, 1)
        if unsafe !mosquitto_want_write(client) { break }
    }
    _ = unsafe mosquitto_disconnect(client)
}

@Suite(.serialized) struct `A probed broker` {
    let folder: URL
    let broker: BrokerProcess

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        broker = try BrokerProcess(folder: folder.path)
    }

    func listen(_ filter: String, count: Int, _ ready: () -> Void) throws -> [ProbedMessage] {
        defer { try? FileManager.default.removeItem(at: folder) }
        return try MessageProbe.listen(
            MessageProbeLink(host: "127.0.0.1", port: broker.port), filters: [filter], seconds: 20, count: count,
            ready: ready)
    }

    @Test func `gives samples with a profile, and a capture that replays to the same`() throws {
        let topic = "crane/TC-7/rt"
        let messages = try listen(topic, count: 3) {
            publish(Array(#"{"tdaHoist":"2.4","tdaMoment":83,"tdaAlarmType":0}"#.utf8), to: topic, port: broker.port)
            publish([0xFF, 0x00], to: topic, port: broker.port)
            publish(Array(#"{"tdaHoist":2.5,"tdaMoment":104}"#.utf8), to: topic, port: broker.port)
        }
        #expect(messages.count == 3)
        let device = try LiveDevice.profile(
            "crane/smarplatform-tda@1", unit: 0, channels: nil, topic: topic, [deviceProfiles])
        let report = try MessageReport(messages, device: device, listened: .seconds(20), language: .english)
        let rows = report.text.split(separator: "\n").map {
            $0.split(separator: " ").dropFirst().joined(separator: " ")
        }
        #expect(rows.contains("load 2.4 t good") && rows.contains("moment 104 % good"), "\(report.text)")
        #expect(rows.contains("load BAD (decode-failed)"), "the payload that could not be read")
        #expect(report.wrong.first?.contains("1 not used") == true)
        #expect(report.wrong.contains { $0.hasPrefix("load: BAD (decode-failed)") }, "\(report.wrong)")
        #expect(report.text.contains(#"{"tdaHoist":2.5,"tdaMoment":104}"#), "what came is shown as it came")
        #expect(report.text.contains("FF 00"))
        var source = CaptureSource(
            ByteSource(
                text: MessageReport.lines(messages, broker: LoneDevice.broker).joined(separator: "\n"), name: "wire"),
            modbus: [], brokers: [try #require(device.broker)])
        let samples = try HeldTimeline(reading: &source).slots.filter { $0.kind == .sample }.map(\.sample)
        let loads = samples.filter { device.points[$0.point.offset].tag == "load" && $0.quality.isUsable }.map(
            \.payload.number)
        #expect(loads == [2.4, 2.5])
    }

    @Test func `lists every value with its path without one`() throws {
        publish(
            Array(#"{"d":{"moment":83,"peers":[{"dist":4.5}]},"ok":true}"#.utf8), to: "a/kept", retained: true,
            port: broker.port)
        let messages = try listen("a/#", count: 2) {
            publish(Array("plain".utf8), to: "a/text", port: broker.port)
        }
        let text = try MessageReport(messages, device: nil, listened: .seconds(20), language: .english).text
        #expect(text.contains("a/kept (kept by the broker)  $.d.moment         83"), "\(text)")
        #expect(text.contains("$.d.peers[0].dist  4.5"))
        #expect(text.contains("a/text"))
        #expect(text.contains("2 message(s)"))
    }

    @Test func `that asks for a certificate takes the listener's own, and nobody without one`() throws {
        let certificates = try TestCertificates(in: folder.path)
        let secured = try BrokerProcess(
            folder: folder.path,
            extraLines: [
                "cafile \(certificates.authority)", "certfile \(certificates.certificate(.good))",
                "keyfile \(certificates.key(.good))", "require_certificate true",
            ])
        defer { try? FileManager.default.removeItem(at: folder) }
        var link = MessageProbeLink(
            host: "127.0.0.1", port: secured.port, certificateAuthority: certificates.authority)
        #expect(throws: ProbeFault.self) {
            try MessageProbe.listen(link, filters: ["a"], seconds: 5, count: 1)
        }
        link.identity = (certificates.certificate(.good), certificates.key(.good))
        var isReady = false
        _ = try MessageProbe.listen(
            link, filters: ["a", "b"], seconds: 20, count: 1, ready: { isReady = true }, isOver: { isReady })
        #expect(isReady, "both filters are taken")
    }

    @Test(arguments: [
        (TestCertificates.Kind.expired, "the broker's certificate has expired;"),
        (.wrongName, "the broker's certificate does not name the host that was asked for;"),
        (.selfSigned, "the broker's certificate was not signed by the authority in ca;"),
    ])
    func `that cannot prove who it is is told by what is wrong`(kind: TestCertificates.Kind, said: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificates = try TestCertificates(in: folder.path)
        let secured = try BrokerProcess(
            folder: folder.path,
            extraLines: ["certfile \(certificates.certificate(kind))", "keyfile \(certificates.key(kind))"])
        let link = MessageProbeLink(
            host: "127.0.0.1", port: secured.port, certificateAuthority: certificates.authority)
        let fault = #expect(throws: ProbeFault.self) {
            try MessageProbe.listen(link, filters: ["a"], seconds: 5, count: 1)
        }
        #expect(fault?.reason.hasPrefix(said) == true, "\(fault?.reason ?? "-")")
    }

    @Test func `that is asked wrongly is told by what was wrong`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let closed = try BrokerProcess(folder: folder.path, extraLines: ["allow_anonymous false"])
        func fault(
            _ filter: String, at port: UInt16, change: (inout MessageProbeLink) -> Void = { _ in }
        ) -> String? {
            var link = MessageProbeLink(host: "127.0.0.1", port: port)
            change(&link)
            do {
                _ = try MessageProbe.listen(link, filters: [filter], seconds: 5, count: 1)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(fault("a", at: closed.port) == "Connection Refused: not authorised.")
        #expect(
            fault("a/#/b", at: broker.port)
                == "\"a/#/b\" is no topic filter; + for one level and # at the end for all below would do")
        #expect(
            fault("a", at: broker.port) { $0.certificateAuthority = "/nowhere/ca.pem" }
                == "the certificate files cannot be used (authority /nowhere/ca.pem); PEM files that can be read would do"
        )
    }

    @Test func `that is not there is said so`() {
        broker.stop()
        #expect(throws: ProbeFault.self) { try listen("a", count: 1) {} }
    }
}

/// Messages that nobody had to send: what is made of them.
@Suite struct `What looks wrong with a device at a broker` {
    private func report(_ payloads: [(second: Int64, text: String)]) throws -> MessageReport {
        let device = try LiveDevice.profile(
            "crane/virtual-crane@1", unit: 0, channels: nil, topic: "crane/{+slot}/rt", [deviceProfiles])
        let route = try #require(device.broker?.routes.first)
        #expect(route.topic == "crane/+/rt", "a level may vary")
        let messages = payloads.map {
            ProbedMessage(
                topic: "crane/TC-7/rt", payload: Array($0.text.utf8), isRetained: false,
                arrived: WallTime(milliseconds: 1_800_000_000_000 + $0.second * 1000))
        }
        return try MessageReport(messages, device: device, listened: .seconds(100), language: .english)
    }

    private func payload(stamped second: Int64) -> String {
        let stamp = TimeText.utc(milliseconds: 1_800_000_000_000 + second * 1000)
        return #"{"ts":"\#(stamp)","seq":\#(second + 9000),"moment_pct":83}"#
    }

    @Test func `is said of stamps, of silence and of points that have no value`() throws {
        let late = try report([(0, payload(stamped: -3600)), (40, payload(stamped: 40))])
        #expect(late.wrong.contains { $0.contains("its stamp lies -3600 s from its arrival") }, "\(late.wrong)")
        #expect(late.wrong.contains { $0.hasPrefix("40 s passed without a message; the profile expects one every") })
        #expect(late.wrong.contains { $0.hasPrefix("wind: BAD (") }, "\(late.wrong)")
        let never = try report([])
        #expect(never.wrong.contains { $0.hasPrefix("100 s passed without a message") })
    }
}
