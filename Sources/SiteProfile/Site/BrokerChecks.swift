import DeviceMap
import PlantModel

/// What could not work at a broker, or would tell the network a secret: found before anybody connects.
struct BrokerChecks {
    let directory: String
    let findings: Findings

    /// One broker by itself.
    /// - Parameter given: where its settings stand.
    func check(_ broker: BrokerLink, writtenIn given: TableReader) {
        checkUser(broker, given)
        checkEncryption(broker, given)
    }

    /// Brokers beside one another: two sessions of one name at one broker throw each other out for ever.
    func checkNames(_ brokers: [(link: BrokerLink, place: SourceLocation)]) {
        for (number, broker) in brokers.enumerated() where !broker.link.host.isEmpty {
            guard
                let other = brokers[..<number].first(where: {
                    $0.link.host.lowercased() == broker.link.host.lowercased()
                        && $0.link.clientID == broker.link.clientID
                })
            else { continue }
            let both =
                "broker \"\(broker.link.id)\" has the client id \(broker.link.clientID) of broker \"\(other.link.id)\""
            if other.link.port == broker.link.port {
                findings.error(
                    at: broker.place,
                    "\(both) at the same address, and each would throw the other out; \"client_id\" would do")
            } else {
                findings.warning(
                    at: broker.place,
                    "\(both) on the same host; if one broker listens on both ports, \"client_id\" must differ")
            }
        }
    }

    // MARK: Who we are

    private func checkUser(_ broker: BrokerLink, _ given: TableReader) {
        if broker.username != nil, broker.usernameCredential != nil {
            given.error(at: "username_credential", "username and username_credential both name the user; one would do")
        }
        if broker.passwordCredential != nil, broker.username == nil, broker.usernameCredential == nil,
            !given.has("username"), !given.has("username_credential")
        {
            given.error(
                at: "password",
                "password needs \"username\" or \"username_credential\"; without a user it would not be sent")
        }
    }

    // MARK: TLS

    private func checkEncryption(_ broker: BrokerLink, _ given: TableReader) {
        if given.has("client_certificate") != given.has("client_key") {
            findings.error(at: given.place, "client_certificate and client_key stand together or not at all")
        }
        checkFile("ca", broker.certificateAuthority, given)
        checkFile("client_certificate", broker.clientCertificate, given)
        guard !given.has("ca") else { return }
        if given.has("client_certificate"), given.has("client_key") {
            given.error(
                at: "client_certificate",
                "client_certificate needs \"ca\", who signed the broker's own; without it nothing would be encrypted")
        } else if broker.passwordCredential != nil, !Self.isThisMachine(broker.host) {
            findings.warning(
                at: given.location(of: "password"),
                "password crosses the network as plain text; \"ca\" would encrypt the connection")
        }
    }

    /// A file of the site folder goes where the folder goes; another may stand only on the machine that it is for.
    private func checkFile(_ key: String, _ path: String?, _ given: TableReader) {
        guard let path else { return }
        let isOfSite = path.hasPrefix("\(directory)/")
        let shown = isOfSite ? String(path.dropFirst(directory.count + 1)) : path
        let reading = Findings()
        guard let file = FolderFile.read(path, shown: shown, limit: .other, findings: reading) else {
            let why = reading.diagnostics.first?.message ?? "is not there"
            if isOfSite {
                given.error(at: key, "\(key) names \(shown): \(why); a PEM file in the site folder would do")
            } else {
                findings.warning(at: given.location(of: key), "\(key) names \(shown): \(why), on this machine")
            }
            return
        }
        if !String(decoding: file.bytes, as: UTF8.self).contains("CERTIFICATE-----") {
            given.error(at: key, "\(key) names \(shown), which holds no certificate; a PEM file would do")
        }
    }

    private static func isThisMachine(_ host: String) -> Bool {
        host.isEmpty || host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
