/// Where the console listens and what it bears. Sizes are bounds: each says what happens when it is reached.
package struct ConsoleConfiguration: Sendable {
    package enum ControlSocket: Sendable, Equatable {
        case none
        /// Bound by the console itself, mode 0660. A socket that nobody answers any more is replaced.
        case path(String)
        /// Already listening: handed over by systemd.
        case descriptor(Int32)
    }

    /// A loopback address; anything else is refused at start (a LAN is reached through a proxy, decisions.md 9).
    package var host = "127.0.0.1"
    /// 0: any free port, told by `start()`. nil: no TCP at all.
    package var port: Int?
    package var control: ControlSocket
    /// Names by which a proxy asks for this console, beside the loopback ones. Others are answered 421, so that no page
    /// of another site reads the plant through a name that it points at us.
    package var hostNames: [String] = []

    /// Connections besides the event streams, per door; further ones wait in the kernel's backlog.
    package var connections = 64
    /// Events that wait for one slow reader; when full, the stream ends with `overflow` and the reader resumes.
    package var streamQueue = 1024
    /// Time between two beats of a stream.
    package var beat: Duration = .seconds(2)
    /// A stream whose write has not moved for this long is cut.
    package var writeLimit: Duration = .seconds(15)
    /// A connection that asks nothing, or does not finish asking, is closed after this.
    package var idleLimit: Duration = .seconds(30)
    /// Larger bodies are answered 413.
    package var bodyBytesMax = 1 << 20

    package init(host: String = "127.0.0.1", port: Int? = 0, control: ControlSocket = .none) {
        self.host = host
        self.port = port
        self.control = control
    }

    /// The listening socket that systemd handed over, if it did (sd_listen_fds(3)): LISTEN_PID is us and LISTEN_FDS is 1.
    package static func handedOver(environment: [String: String], processID: Int32) -> ControlSocket? {
        guard environment["LISTEN_PID"] == String(processID), environment["LISTEN_FDS"] == "1" else { return nil }
        return .descriptor(3)
    }
}

/// Why the console cannot open its doors.
package enum ConsoleFault: Error, Equatable, CustomStringConvertible {
    case notLoopback(host: String)
    case pathTooLong(String, bytesMax: Int)
    case answeredByAnother(path: String)
    case socket(doing: String, path: String, code: Int32)
    case alreadyStarted

    /// What was configured cannot work: trying again would not help.
    package var isConfiguration: Bool {
        switch self {
        case .notLoopback, .pathTooLong: true
        case .answeredByAnother, .socket, .alreadyStarted: false
        }
    }

    package var description: String {
        switch self {
        case .notLoopback(let host):
            "console host \(host) is not a loopback address; listen on 127.0.0.1 or ::1 and put a proxy before it"
        case .pathTooLong(let path, let bytesMax):
            "control socket path \(path) is \(path.utf8.count) bytes long; at most \(bytesMax) would do"
        case .answeredByAnother(let path): "control socket \(path) is answered by another process; stop that one first"
        case .socket(let doing, let path, let code): "control socket \(path): cannot \(doing): error \(code)"
        case .alreadyStarted: "the console was started before; make a new one"
        }
    }
}
