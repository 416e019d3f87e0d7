import CLinux

/// The line to systemd (sd_notify(3)): one datagram a message; silent when no socket is named.
struct NotifySocket: Sendable {
    let path: String?

    /// - Parameter environment: of the process; `NOTIFY_SOCKET` names the socket, a leading @ an abstract one.
    init(environment: [String: String]) { path = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 } }

    /// - Returns: false when a socket is named and cannot be reached.
    @discardableResult func send(_ lines: String...) -> Bool {
        guard let path else { return true }
        return unsafe clinux_notify(path, lines.joined(separator: "\n")) >= 0
    }
}
