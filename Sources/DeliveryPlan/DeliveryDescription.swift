package import PlantModel

/// Who is told by which way, as the site file says it (checked).
package struct DeliveryDescription: Sendable, Equatable {
    package var webhooks: [WebhookChannel]
    package var platforms: [PlatformChannel]

    package init(webhooks: [WebhookChannel] = [], platforms: [PlatformChannel] = []) {
        self.webhooks = webhooks
        self.platforms = platforms
    }
}

/// One duty officer's webhook: JSON by POST, signed.
package struct WebhookChannel: Sendable, Equatable {
    /// Unique in the site.
    package var id: String
    /// The person told: an id of the site's `people` table.
    package var recipient: String
    package var url: String
    /// File name below the credentials folder that holds the HMAC secret; never the secret itself.
    package var secretCredential: String?
    /// Sent as `kid`.
    package var keyID: String
    /// Alarms below it are not sent.
    package var minimumPriority: Priority
    package var language: BilingualText.Language
    /// PEM file of certificates to trust instead of the system's; nil for the system's.
    package var certificateAuthority: String?
    /// Whole exchange, connection included.
    package var timeout: Duration
    /// Whether the host *name* may resolve to a loopback or private address. An address written in the URL itself is
    /// listed by being written there; link-local addresses are refused in any case.
    package var permitsPrivateAddresses: Bool

    package init(
        id: String, recipient: String, url: String, secretCredential: String?, keyID: String = "1",
        minimumPriority: Priority = .low, language: BilingualText.Language = .chinese,
        certificateAuthority: String? = nil, timeout: Duration = .seconds(10), permitsPrivateAddresses: Bool = false
    ) {
        self.id = id
        self.recipient = recipient
        self.url = url
        self.secretCredential = secretCredential
        self.keyID = keyID
        self.minimumPriority = minimumPriority
        self.language = language
        self.certificateAuthority = certificateAuthority
        self.timeout = timeout
        self.permitsPrivateAddresses = permitsPrivateAddresses
    }
}

/// The emergency platform: records by (journal id, sequence), resumed from the highest it says it has stored.
package struct PlatformChannel: Sendable, Equatable {
    package var id: String
    package var url: String
    package var enterpriseID: String
    package var gatewayID: String
    /// Bearer token credential, or nil.
    package var tokenCredential: String?
    package var certificateAuthority: String?
    package var clientCertificate: String?
    package var clientKeyCredential: String?
    package var timeout: Duration
    /// As in ``WebhookChannel``.
    package var permitsPrivateAddresses: Bool

    package init(
        id: String, url: String, enterpriseID: String, gatewayID: String, tokenCredential: String? = nil,
        certificateAuthority: String? = nil, clientCertificate: String? = nil, clientKeyCredential: String? = nil,
        timeout: Duration = .seconds(10), permitsPrivateAddresses: Bool = false
    ) {
        self.id = id
        self.url = url
        self.enterpriseID = enterpriseID
        self.gatewayID = gatewayID
        self.tokenCredential = tokenCredential
        self.certificateAuthority = certificateAuthority
        self.clientCertificate = clientCertificate
        self.clientKeyCredential = clientKeyCredential
        self.timeout = timeout
        self.permitsPrivateAddresses = permitsPrivateAddresses
    }
}
