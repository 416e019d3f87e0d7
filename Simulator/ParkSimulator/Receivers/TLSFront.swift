import Glibc

/// A certificate authority of an hour's life and the server certificates that it has signed, made by `openssl` in a folder of
/// ours: one that is right for this machine's loopback, and those that are wrong.
package struct TestCertificates: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// For localhost and 127.0.0.1.
        case good
        case expired
        /// For another.example.
        case wrongName
        /// Signed by itself.
        case selfSigned
    }

    package let folder: String

    /// - Parameter folder: an existing folder of ours.
    package init(in folder: String) throws(ParkFailure) {
        self.folder = folder
        try openssl(
            ["req", "-x509"] + Self.newKey + [
                "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=park CA",
            ])
        for kind in Kind.allCases where kind != .selfSigned {
            let names = kind == .wrongName ? "DNS:another.example" : "DNS:localhost,IP:127.0.0.1"
            let request = ["-addext", "subjectAltName=\(names)", "-subj", "/CN=\(kind.rawValue)"]
            try openssl(["req"] + Self.newKey + ["-keyout", "\(kind).key", "-out", "\(kind).csr"] + request)
            try openssl([
                "x509", "-req", "-in", "\(kind).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                kind == .expired ? "-1" : "2", "-copy_extensions", "copyall", "-out", "\(kind).pem",
            ])
        }
        let itself = ["-keyout", "selfSigned.key", "-out", "selfSigned.pem", "-days", "2", "-subj", "/CN=localhost"]
        try openssl(["req", "-x509"] + Self.newKey + itself)
    }

    /// What a client trusts.
    package var authority: String { "\(folder)/ca.pem" }
    package func certificate(_ kind: Kind) -> String { "\(folder)/\(kind).pem" }
    package func key(_ kind: Kind) -> String { "\(folder)/\(kind).key" }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private func openssl(_ arguments: [String]) throws(ParkFailure) {
        let files = Set(["-keyout", "-out", "-in", "-CA", "-CAkey"])
        var placed = arguments
        for position in arguments.indices.dropLast() where files.contains(arguments[position]) {
            placed[position + 1] = "\(folder)/\(arguments[position + 1])"
        }
        let log = "\(folder)/openssl.log"
        let child = try ChildProcess(
            "openssl", executable: "/usr/bin/openssl", arguments: placed, output: .discard, errors: .file(log))
        guard child.waitForEnd(within: .seconds(30)) == .exited(0) else {
            child.end(patience: .seconds(1))
            throw ParkFailure("openssl \(arguments[0]) failed; see \(log)")
        }
    }
}

/// TLS in front of a receiver, by Debian's stunnel: what a reverse proxy is in a real plant.
package final class TLSFront: Sendable {
    package let port: UInt16
    private let child: ChildProcess

    package static let usualExecutable = "/usr/bin/stunnel4"

    /// - Parameters:
    ///   - folder: an existing folder of ours for its configuration and log.
    ///   - clientAuthority: certificates that clients must show one of; nil: none is asked for.
    package init(
        to port: UInt16, certificates: TestCertificates, _ kind: TestCertificates.Kind, folder: String,
        clientAuthority: String? = nil
    ) throws(ParkFailure) {
        // stunnel does not tell which port it got for 0: one is found by bind and close, as for the broker.
        let probe = try LoopbackSocket.bound(port: 0)
        let front = LoopbackSocket.port(of: probe)
        close(probe)
        let path = "\(folder)/stunnel-\(front).conf"
        try Files.write(
            """
            foreground = yes
            pid =
            syslog = no
            output = \(folder)/stunnel-\(front).log
            [receiver]
            accept = 127.0.0.1:\(front)
            connect = 127.0.0.1:\(port)
            cert = \(certificates.certificate(kind))
            key = \(certificates.key(kind))
            \(clientAuthority.map { "CAfile = \($0)\nverifyChain = yes" } ?? "")

            """, to: path)
        child = try ChildProcess(
            "stunnel", executable: Self.usualExecutable, arguments: [path], output: .discard, errors: .discard)
        self.port = front
        let isListening = Poll.until(within: .seconds(10)) {
            guard let socket = LoopbackSocket.connected(to: front, within: .seconds(1)) else { return !child.isRunning }
            close(socket)
            return true
        }
        guard isListening, child.isRunning else {
            child.end(patience: .seconds(1))
            throw ParkFailure("stunnel did not start; see \(folder)/stunnel-\(front).log")
        }
    }

    package func stop() { child.end(patience: .seconds(2)) }

    package static var isInstalled: Bool { Files.isExecutable(usualExecutable) }
}
