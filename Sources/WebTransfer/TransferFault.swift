/// Why an exchange with a server failed before there was an answer. Each prints as one line that says which of the many
/// things it was; no line carries a URL's path or query, for those can hold tokens.
package enum TransferFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The URL cannot be read, or a header holds a line end.
    case unreadableRequest(String)
    /// Neither http nor https.
    case refusedProtocol(String)
    /// The name leads to an address that the route does not permit.
    case refusedAddress(host: String, address: String)
    case notResolved(host: String)
    case notConnected(host: String, reason: String)
    case timedOut(host: String, after: Duration)
    case certificateExpired(host: String, at: String)
    case certificateNotYetValid(host: String, from: String)
    case certificateForAnotherHost(host: String, names: String)
    case certificateUntrusted(host: String, reason: String)
    /// The other side and we found no common TLS (at least 1.2), or it refused our certificate.
    case secureConnectionRefused(host: String, reason: String)
    /// One of our own files: trusted certificates, client certificate or key.
    case ownCertificate(String)
    /// More than the limit in bytes.
    case answerTooLong(host: String, limit: Int)
    /// The connection broke, or what came is no HTTP.
    case answerBroken(host: String, reason: String)
    /// Our own side ended it.
    case stopped

    package var description: String {
        switch self {
        case .unreadableRequest(let reason): "request not sent: \(reason)"
        case .refusedProtocol(let scheme): "protocol \(scheme) refused: only http and https are spoken"
        case .refusedAddress(let host, let address):
            "\(host) leads to \(address), which is refused: permit private addresses for this channel, or write the address"
        case .notResolved(let host): "host name \(host) not found"
        case .notConnected(let host, let reason): "no connection to \(host): \(reason)"
        case .timedOut(let host, let limit): "\(host) did not answer within \(limit)"
        case .certificateExpired(let host, let date): "certificate of \(host) expired on \(date)"
        case .certificateNotYetValid(let host, let date): "certificate of \(host) is not valid before \(date)"
        case .certificateForAnotherHost(let host, let names): "certificate is for \(names), not for \(host)"
        case .certificateUntrusted(let host, let reason): "certificate of \(host) is not trusted: \(reason)"
        case .secureConnectionRefused(let host, let reason): "no TLS 1.2 or later with \(host): \(reason)"
        case .ownCertificate(let reason): "own certificate files: \(reason)"
        case .answerTooLong(let host, let limit): "answer of \(host) is longer than \(limit) bytes and was cut off"
        case .answerBroken(let host, let reason): "answer of \(host) broke off: \(reason)"
        case .stopped: "stopped by this station"
        }
    }
}
