import HTTPTypes
import HummingbirdCore

/// Turns away what another site's page sends through a browser on this machine. Only the loopback door has browsers; the
/// control socket has none.
struct DoorGuard: Sendable {
    private static let loopbackNames = ["localhost", "127.0.0.1", "[::1]"]

    private let names: [String]

    init(hostNames: [String]) { names = Self.loopbackNames + hostNames.map { $0.lowercased() } }

    func admit(_ request: Request, by door: Caller.Door) throws(Problem) {
        guard case .loopback = door else { return }
        // A page can point its own host name at 127.0.0.1 and read us as its own (DNS rebinding); the name gives it away.
        let authority = request.head.authority ?? ""
        guard names.contains(Self.host(of: authority)) else {
            throw Problem(.foreignHost, found: authority, expected: names.joined(separator: ", "))
        }
        // GET changes nothing. Whatever else comes from a page must come from a page of ours.
        guard request.method != .get, request.method != .head, let origin = request.headers[.origin] else { return }
        guard origin == "http://\(authority)" || origin == "https://\(authority)" else {
            throw Problem(.foreignOrigin, found: origin, expected: "http://\(authority)")
        }
    }

    /// `127.0.0.1:8443` without its port, in lower case.
    private static func host(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }
}
