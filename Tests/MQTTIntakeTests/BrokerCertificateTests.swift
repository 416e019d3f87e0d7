import DeviceMap
import Foundation
import MQTTIntake
import PlantModel
import PlantTesting
import Testing

private let openssl = "/usr/bin/openssl"

/// Brokers that cannot prove who they are: nobody is let in, and the log says which of three things is wrong.
@Suite(
    .serialized,
    .enabled(
        if: TestBroker.isInstalled && FileManager.default.isExecutableFile(atPath: openssl),
        "needs Debian's mosquitto and openssl"))
struct `Certificate of a broker` {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try makeCertificate("park", for: "IP:127.0.0.1")
    }

    private func file(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// A certificate that is its own authority, and its key.
    private func makeCertificate(_ name: String, for names: String) throws {
        try run(
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            file("\(name).key"), "-out", file("\(name).pem"), "-days", "2", "-subj", "/CN=\(name)", "-addext",
            "subjectAltName=\(names)")
    }

    /// The reason in the line that the log has of a broker with one certificate, for a door that trusts another.
    private func reason(broker: String, trusting authority: String) throws -> String? {
        let broker = try TestBroker(
            listener: "certfile \(file(broker)).pem\nkeyfile \(file(broker)).key\ntls_version tlsv1.2")
        let link = aLink([try aRoute("A")], port: broker.port) { $0.certificateAuthority = file("\(authority).pem") }
        let station = Station(link, memory: file("filters"))
        #expect(station.hears(brokerLinkPoint, .good(0)))
        station.door.stop()
        #expect(station.count(.good(1), of: brokerLinkPoint.number) == 0)
        return station.log.lines.first { $0.hasPrefix("error: broker lost") }
    }

    @Test func `of another authority is told as that`() throws {
        try makeCertificate("stranger", for: "IP:127.0.0.1")
        let line = try reason(broker: "park", trusting: "stranger")
        #expect(
            line?.contains("the broker's certificate was not signed by the authority in ca;") == true, "\(line ?? "-")")
    }

    @Test func `for another name is told as that`() throws {
        try makeCertificate("elsewhere", for: "DNS:elsewhere.example")
        let line = try reason(broker: "elsewhere", trusting: "elsewhere")
        #expect(
            line?.contains("the broker's certificate does not name the host that was asked for;") == true,
            "\(line ?? "-")")
    }

    @Test func `that has expired is told as that`() throws {
        try run(
            openssl, "x509", "-in", file("park.pem"), "-signkey", file("park.key"), "-days", "-1", "-out",
            file("expired.pem"))
        try FileManager.default.copyItem(atPath: file("park.key"), toPath: file("expired.key"))
        let line = try reason(broker: "expired", trusting: "expired")
        #expect(line?.contains("the broker's certificate has expired;") == true, "\(line ?? "-")")
    }
}
