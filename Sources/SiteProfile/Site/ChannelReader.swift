import DeliveryPlan
import PlantModel

/// Reads `channels:`, the ways by which people and platforms are told.
struct ChannelReader {
    /// The ids that `people` names.
    let people: [String]
    let directory: String
    let addresses: SiteLoader.Addresses
    let findings: Findings

    func channels(_ table: inout TableReader) -> DeliveryDescription {
        var delivery = DeliveryDescription()
        for entry in table.members("channels") {
            guard var channel = TableReader(entry.value, what: "channel \(entry.key)", findings: findings) else {
                continue
            }
            enum Kind: String, CaseIterable { case webhook, platform }
            let kind = channel.word("kind") { (kind: Kind) in kind.rawValue }
            switch channel.require(kind, "kind", for: "channel \"\(entry.key)\"") {
            case .webhook: if let webhook = webhook(entry.key, &channel) { delivery.webhooks.append(webhook) }
            case .platform: if let platform = platform(entry.key, &channel) { delivery.platforms.append(platform) }
            case nil: continue
            }
        }
        return delivery
    }

    private func webhook(_ id: String, _ table: inout TableReader) -> WebhookChannel? {
        let recipient = table.require(table.name("recipient"), "recipient", for: "webhook \"\(id)\"")
        if let recipient, !people.contains(recipient) {
            table.error(
                at: "recipient",
                "recipient names \"\(recipient)\", and people has \(people.joined(separator: " "))")
        }
        let url = url(of: id, &table)
        let minimum = table.setting("minimum_priority").flatMap { setting -> Priority? in
            if case .scalar(let text, _) = setting.shape, let priority = Priority(word: text) { return priority }
            table.refuse(
                setting, "minimum_priority must be one of CRITICAL HIGH MEDIUM LOW, found \(setting.described)")
            return nil
        }
        let channel = WebhookChannel(
            id: id, recipient: recipient ?? "", url: url ?? "", secretCredential: credential("secret", &table),
            keyID: table.name("key_id") ?? "1", minimumPriority: minimum ?? .low,
            language: SiteHeadReader.language(&table), certificateAuthority: path("ca", &table),
            timeout: table.span("timeout") ?? .seconds(10),
            permitsPrivateAddresses: table.flag("private_addresses") ?? false)
        table.finish(
            knows: "kind", "recipient", "url", "secret", "key_id", "minimum_priority", "language", "ca", "timeout",
            "private_addresses")
        return recipient == nil || url == nil ? nil : channel
    }

    private func platform(_ id: String, _ table: inout TableReader) -> PlatformChannel? {
        let enterprise = table.require(table.name("enterprise"), "enterprise", for: "platform \"\(id)\"")
        let gateway = table.require(table.name("gateway"), "gateway", for: "platform \"\(id)\"")
        let url = url(of: id, &table)
        let channel = PlatformChannel(
            id: id, url: url ?? "", enterpriseID: enterprise ?? "", gatewayID: gateway ?? "",
            tokenCredential: credential("token", &table), certificateAuthority: path("ca", &table),
            clientCertificate: path("client_certificate", &table),
            clientKeyCredential: credential("client_key", &table),
            timeout: table.span("timeout") ?? .seconds(10),
            permitsPrivateAddresses: table.flag("private_addresses") ?? false)
        if (channel.clientCertificate == nil) != (channel.clientKeyCredential == nil) {
            findings.error(at: table.place, "client_certificate and client_key stand together or not at all")
        }
        table.finish(
            knows: "kind", "enterprise", "gateway", "url", "token", "ca", "client_certificate", "client_key", "timeout",
            "private_addresses")
        return enterprise == nil || gateway == nil || url == nil ? nil : channel
    }

    // MARK: Parts

    private func url(of id: String, _ table: inout TableReader) -> String? {
        guard let url = table.name("url") else {
            if !table.has("url") {
                addresses.missing("channel \"\(id)\" has no \"url\"", at: table.place, findings)
                return addresses == .mayBeMissing ? "" : nil
            }
            return nil
        }
        guard let scheme = ["https://", "http://"].first(where: { url.hasPrefix($0) }), url.count > scheme.count,
            !url.contains(" ")
        else {
            table.error(at: "url", "url must begin with https:// or http:// and name a host")
            return nil
        }
        return url
    }

    /// The name of a file below the credentials folder: a secret itself never stands in a site file.
    private func credential(_ key: String, _ table: inout TableReader) -> String? {
        Self.credential(key, &table)
    }

    static func credential(_ key: String, _ table: inout TableReader) -> String? {
        guard let name = table.name(key) else { return nil }
        guard name.utf8.count <= 64, !name.hasPrefix("."),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })
        else {
            // What was found might be the secret itself, and is not repeated.
            table.error(at: key, "\(key) must be the name of a file in the credentials folder, not the secret")
            return nil
        }
        return name
    }

    private func path(_ key: String, _ table: inout TableReader) -> String? {
        Self.path(key, &table, directory: directory)
    }

    /// A file named in the site folder is meant from there.
    static func path(_ key: String, _ table: inout TableReader, directory: String) -> String? {
        table.name(key).map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
    }
}
