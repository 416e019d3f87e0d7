import DeviceMap
import Foundation
import MQTTIntake
import PlantModel
import PlantTesting
import Testing

private let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
private let python = repository.appending(path: ".build-python/bin/python").path
private let paho = repository.appending(path: "Tests/Interop/paho_publisher.py").path
private let mosquittoPub = "/usr/bin/mosquitto_pub"
private let openssl = "/usr/bin/openssl"
private let telemetry = "park/1/gas/A/telemetry"

private func isThere(_ program: String) -> Bool { FileManager.default.isExecutableFile(atPath: program) }
private let hasPaho =
    isThere(python) && FileManager.default.fileExists(atPath: paho)
    && (try? run(python, "-c", "import paho.mqtt.client")) != nil

/// Publishers that nobody here wrote, through Debian's broker to the door.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "needs Debian's mosquitto"))
struct `Foreign publishers` {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func station(
        _ broker: TestBroker, numbered: Bool = false, authority: String? = nil, certificate: String? = nil
    ) throws -> Station {
        let link = aLink([try aRoute("A", stamped: false, numbered: numbered)], port: broker.port) {
            $0.certificateAuthority = authority.map { "\(folder.path)/\($0).pem" }
            $0.clientCertificate = certificate.map { "\(folder.path)/\($0).pem" }
        }
        return Station(
            link, memory: "\(folder.path)/\(certificate ?? "plain").filters",
            key: certificate.map { "\(folder.path)/\($0).key" })
    }

    /// A certificate that is its own authority, and its key.
    private func makeCertificate(_ name: String) throws {
        try run(
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem", "-days", "2", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=IP:127.0.0.1")
    }

    private func publishByPaho(_ count: Int, to broker: TestBroker, certificate: String? = nil) throws {
        let identity = certificate.map { ["\(folder.path)/\($0).pem", "\(folder.path)/\($0).key"] } ?? ["", ""]
        try run(python, paho, "\(broker.port)", telemetry, "park/1/gas/A/status", "\(count)", identity[0], identity[1])
    }

    @Test(.enabled(if: isThere(mosquittoPub), "needs mosquitto_pub (mosquitto-clients)"))
    func `mosquitto_pub is heard, in each version of MQTT and each quality of service`() throws {
        let broker = try TestBroker()
        let station = try station(broker)
        try #require(station.isListening)
        var value = 10
        for version in ["mqttv31", "mqttv311", "mqttv5"] {
            for quality in ["0", "1", "2"] {
                value += 1
                try run(
                    mosquittoPub, "-h", "127.0.0.1", "-p", "\(broker.port)", "-V", version, "-q", quality,
                    "-t", telemetry, "-m", "{\"ppm\":\(value),\"t\":20}")
                #expect(station.hears(PointIndex(0), .good(Double(value))), "\(version), QoS \(quality)")
            }
        }
    }

    @Test(.enabled(if: hasPaho, "needs paho-mqtt from PyPI (.ci/setup tests)"))
    func `paho-mqtt is heard, a thousand messages in order, and its last will too`() throws {
        let broker = try TestBroker()
        let station = try station(broker, numbered: true)
        try #require(station.isListening)
        try publishByPaho(1000, to: broker)
        #expect(station.hears(PointIndex(0), .good(1000)))
        #expect(station.hears(PointIndex(0), .bad(.linkDown)), "its last will")
        let values = station.outlet.samples.filter { $0.point.number == 0 && $0.quality == .good }.map(\.payload.number)
        #expect(values == (1...1000).map(Double.init))
    }

    @Test(.enabled(if: hasPaho && isThere(mosquittoPub) && isThere(openssl), "needs paho-mqtt, mosquitto_pub, openssl"))
    func `over TLS, where all sides show certificates, paho-mqtt and mosquitto_pub are heard`() throws {
        try makeCertificate("park")
        let broker = try TestBroker(listener: listenerAskingForCertificates)
        let station = try station(broker, numbered: true, authority: "park", certificate: "park")
        try #require(station.isListening)
        try publishByPaho(100, to: broker, certificate: "park")
        #expect(station.hears(PointIndex(0), .good(100)))
        let values = station.outlet.samples.filter { $0.point.number == 0 && $0.quality == .good }.map(\.payload.number)
        #expect(values == (1...100).map(Double.init))
        try run(
            mosquittoPub, "-h", "127.0.0.1", "-p", "\(broker.port)", "--cafile", "\(folder.path)/park.pem", "--cert",
            "\(folder.path)/park.pem", "--key", "\(folder.path)/park.key", "-q", "1", "-t", telemetry, "-m",
            #"{"ppm":123.5,"t":20,"sn":2000}"#)
        #expect(station.hears(PointIndex(0), .good(123.5)))
    }

    @Test(.enabled(if: isThere(openssl), "needs openssl"))
    func `a broker that asks for certificates lets in neither none nor a stranger's, and the log says so`() throws {
        try makeCertificate("park")
        try makeCertificate("stranger")
        let broker = try TestBroker(listener: listenerAskingForCertificates)
        for certificate in [nil, "stranger"] {
            let refused = try station(broker, authority: "park", certificate: certificate)
            // TLS 1.3 tells a client only behind its handshake that it is not wanted.
            #expect(
                refused.outlet.wait { _ in refused.log.lines.contains { $0.hasPrefix("error: broker lost") } },
                "\(refused.log.lines)")
            #expect(refused.count(.good(1), of: brokerLinkPoint.number) == 0, "\(certificate ?? "none") is let in")
            #expect(refused.hears(brokerLinkPoint, .good(0)))
            refused.door.stop()
        }
        // The same door with the park's own certificate, so that it was the certificate that mattered.
        let known = try station(broker, authority: "park", certificate: "park")
        #expect(known.isListening)
    }

    private var listenerAskingForCertificates: String {
        """
        certfile \(folder.path)/park.pem
        keyfile \(folder.path)/park.key
        cafile \(folder.path)/park.pem
        require_certificate true
        tls_version tlsv1.2
        """
    }
}
