import ParkSimulator
import Testing
import WebTransfer

@Suite(.enabled(if: TLSFront.isInstalled, "stunnel4 is not installed"))
struct `A receiver behind TLS` {
    private func withFront<Outcome>(
        _ kind: TestCertificates.Kind, clientAuthority: Bool = false,
        _ body: (String, TestCertificates) throws -> Outcome
    ) throws -> Outcome {
        let folder = try Files.temporaryFolder("certificates")
        defer { Files.removeFolder(folder) }
        let certificates = try TestCertificates(in: folder)
        return try withServer(answering: .answer(status: 200, body: "heard")) { server, _ in
            let front = try TLSFront(
                to: server.port, certificates: certificates, kind, folder: folder,
                clientAuthority: clientAuthority ? certificates.authority : nil)
            defer { front.stop() }
            return try body("https://127.0.0.1:\(front.port)/hook?token=canary", certificates)
        }
    }

    private func line(_ kind: TestCertificates.Kind) throws -> String {
        try withFront(kind) { url, certificates in
            fault(url, route: WebRoute(certificateAuthority: certificates.authority)).map { "\($0)" } ?? ""
        }
    }

    @Test func `is heard when its certificate is good`() throws {
        try withFront(.good) { url, certificates in
            var session = WebSession(route: WebRoute(certificateAuthority: certificates.authority))
            let response = try session.send(WebRequest(.get, url))
            #expect(response.text == "heard")
        }
    }

    @Test func `an expired certificate is named with its date`() throws {
        let said = try line(.expired)
        #expect(said.wholeMatch(of: /certificate of 127\.0\.0\.1 expired on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    }

    @Test func `a certificate for another host is named with its names`() throws {
        let said = try line(.wrongName)
        #expect(said == "certificate is for DNS:another.example, not for 127.0.0.1")
    }

    @Test func `a certificate that signed itself is not trusted`() throws {
        let said = try line(.selfSigned)
        #expect(said.hasPrefix("certificate of 127.0.0.1 is not trusted: self") && !said.contains("\n"))
    }

    @Test func `the system's authorities do not vouch for the park's own`() throws {
        let found = try withFront(.good) { url, _ in fault(url) }
        guard case .certificateUntrusted = found else {
            Issue.record("another fault: \(String(describing: found))")
            return
        }
    }

    @Test func `a receiver that asks who we are gets our certificate`() throws {
        try withFront(.good, clientAuthority: true) { url, certificates in
            let plain = fault(url, route: WebRoute(certificateAuthority: certificates.authority))
            #expect(plain != nil)
            var session = WebSession(
                route: WebRoute(
                    certificateAuthority: certificates.authority, clientCertificate: certificates.certificate(.good),
                    clientKey: certificates.key(.good)))
            let response = try session.send(WebRequest(.get, url))
            #expect(response.text == "heard")
        }
    }

    @Test func `files that cannot be read are our own fault, and said so`() throws {
        try withFront(.good) { url, certificates in
            let missing = fault(url, route: WebRoute(certificateAuthority: "/nowhere/ca.pem"))
            guard case .ownCertificate = missing else {
                Issue.record("another fault: \(String(describing: missing))")
                return
            }
        }
    }

    @Test func `plain HTTP behind https is no TLS`() throws {
        try withServer(answering: .answer(status: 200)) { server, _ in
            let found = fault("https://127.0.0.1:\(server.port)/", timeout: .seconds(5))
            guard case .secureConnectionRefused = found else {
                Issue.record("another fault: \(String(describing: found))")
                return
            }
        }
    }
}
