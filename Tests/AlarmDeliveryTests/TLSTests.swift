import AlarmDelivery
import DeliveryPlan
import ParkSimulator
import PlantModel
import PlantTime
import StationPorts
import Testing

@Suite(.enabled(if: TLSFront.isInstalled, "stunnel4 is not installed"))
struct `A duty officer behind TLS` {
    /// The outcome of one message to a receiver with this certificate.
    private func outcome(_ kind: TestCertificates.Kind) throws -> AttemptOutcome? {
        let folder = try Files.temporaryFolder("certificates")
        defer { Files.removeFolder(folder) }
        let certificates = try TestCertificates(in: folder)
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let front = try TLSFront(to: receiver.port, certificates: certificates, kind, folder: folder)
        defer { front.stop() }
        let station = try DutyStation([
            .test(to: "https://127.0.0.1:\(front.port)/hook", authority: certificates.authority)
        ])
        station.worker.start()
        defer { station.worker.stop() }
        station.owe(aRecord())
        #expect(station.wait { !station.outbox.outcomes.isEmpty })
        if kind != .good { #expect(receiver.receipts.isEmpty) }
        return station.outbox.outcomes.first
    }

    @Test func `with a good certificate is told`() throws {
        guard case .accepted = try outcome(.good) else {
            Issue.record("not accepted")
            return
        }
    }

    @Test(
        arguments: [
            (.expired, "certificate of 127.0.0.1 expired on 20"),
            (.wrongName, "certificate is for DNS:another.example, not for 127.0.0.1"),
            (.selfSigned, "certificate of 127.0.0.1 is not trusted: self"),
        ] as [(TestCertificates.Kind, String)])
    func `with a bad one gets nothing, and the line says which it is`(kind: TestCertificates.Kind, line: String) throws
    {
        guard case .failed(let answer, _) = try outcome(kind) else {
            Issue.record("not failed")
            return
        }
        #expect(answer.hasPrefix(line))
    }
}
