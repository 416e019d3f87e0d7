/// How a server is reached and whom to trust there: what stays the same from one request to the next.
package struct WebRoute: Sendable, Equatable {
    /// A Unix socket to connect to, whatever the URL's host says.
    package var unixSocket: String?
    /// PEM file of the certificates to trust; nil for the system's.
    package var certificateAuthority: String?
    /// PEM files by which we show who we are (mutual TLS).
    package var clientCertificate: String?
    package var clientKey: String?
    package var addresses: AddressPolicy
    /// Bytes of head and body taken from one answer, and of one line of a stream; more is refused.
    package var answerLimit: Int

    package init(
        unixSocket: String? = nil, certificateAuthority: String? = nil, clientCertificate: String? = nil,
        clientKey: String? = nil, addresses: AddressPolicy = .publicUnlessWritten, answerLimit: Int = 65_536
    ) {
        self.unixSocket = unixSocket
        self.certificateAuthority = certificateAuthority
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.addresses = addresses
        self.answerLimit = answerLimit
    }
}
