import Glibc
import RingPipeline
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 (or a Unix socket) for receivers that must also be able to misbehave: hang, hang up,
/// never stop talking. One thread a connection, few connections; what it answers is asked of a closure.
package final class LoopbackHTTPServer: Sendable {
    /// 0 on a Unix socket.
    package let port: UInt16
    private let listener: Int32
    private let answer: @Sendable (HTTPQuestion) -> HTTPReaction
    private let state = Mutex(State())

    private struct State {
        var isStopping = false
        var accepted = 0
        var connections: Set<Int32> = []
        /// Threads that have not ended yet, the accepting one included.
        var threads = 1
    }

    /// More at once are hung up on: nobody here needs so many.
    private static let connectionLimit = 64

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - answer: called on the connection's thread for each request.
    package init(
        port: UInt16 = 0, unixSocket: String? = nil, answer: @escaping @Sendable (HTTPQuestion) -> HTTPReaction
    ) throws(ParkFailure) {
        self.answer = answer
        listener = if let unixSocket { try UnixSocket.bound(unixSocket) } else { try LoopbackSocket.bound(port: port) }
        self.port = unixSocket == nil ? LoopbackSocket.port(of: listener) : 0
        guard listen(listener, 64) == 0 else { throw ParkFailure("cannot listen: \(SystemError.now)") }
        WorkerThread(named: "http-accept") { self.acceptAll() }.detach()
    }

    /// How many connections were taken so far.
    package var connectionsAccepted: Int { state.withLock { $0.accepted } }

    /// Hangs up on everybody and waits until all threads have ended. Once.
    package func stop() {
        state.withLock { state in
            state.isStopping = true
            for socket in state.connections { shutdown(socket, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        _ = Poll.until(within: .seconds(10)) { state.withLock { $0.threads == 0 } }
        close(listener)
    }

    private func acceptAll() {
        defer { state.withLock { $0.threads -= 1 } }
        while !state.withLock({ $0.isStopping }) {
            guard Poll.readable(listener, within: .seconds(1)) else { continue }
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { continue }
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            let isTaken = state.withLock { state in
                guard !state.isStopping, state.connections.count < Self.connectionLimit else { return false }
                state.connections.insert(socket)
                state.accepted += 1
                state.threads += 1
                return true
            }
            guard isTaken else {
                close(socket)
                continue
            }
            WorkerThread(named: "http") { self.serve(socket) }.detach()
        }
    }

    private func serve(_ socket: Int32) {
        var connection = HTTPConnection(socket: socket)
        while let question = connection.nextQuestion() {
            guard connection.perform(answer(question)) else { break }
        }
        state.withLock { state in
            // Closed under the lock: nobody shuts down a number that has become another's.
            state.connections.remove(socket)
            close(socket)
            state.threads -= 1
        }
    }
}

/// One request as it came.
package struct HTTPQuestion: Sendable, Equatable {
    package var method: String
    package var target: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a server does with a request.
package enum HTTPReaction: Sendable, Equatable {
    case answer(status: Int, headers: [String: String] = [:], body: String = "")
    /// A 200 whose lines come one by one; then the connection ends, or stays open in silence.
    case lines([String], staysOpen: Bool = false)
    /// Never answers; the connection stays open.
    case silence
    /// A 200 that never stops.
    case endless
    /// A 200 of which one byte comes at a time.
    case trickle(every: Duration)
    /// Closes without an answer.
    case hangUp
    /// These very bytes, then the end.
    case raw(String)
}

/// A listening Unix socket.
private enum UnixSocket {
    static func bound(_ path: String) throws(ParkFailure) -> Int32 {
        let socket = Glibc.socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { throw ParkFailure("no socket could be made: \(SystemError.now)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8) + [0]
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard bytes.count <= room.count else { return false }
            unsafe room.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw ParkFailure("\(path) is too long for a Unix socket") }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw ParkFailure("\(path) could not be bound: \(SystemError.now)") }
        return socket
    }
}
