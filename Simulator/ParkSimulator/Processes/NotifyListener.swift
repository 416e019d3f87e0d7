import CLinux
import Glibc
import PlantTime
import Synchronization

/// The other end of `sd_notify`: what systemd is to the daemon, we are here. Hand ``socketName`` to the child as
/// `NOTIFY_SOCKET`.
///
/// Its methods block; use them from one thread.
package final class NotifyListener: Sendable {
    /// The value for `NOTIFY_SOCKET`: an abstract name, or the path given.
    package let socketName: String
    /// Becomes readable when a message has come.
    package let descriptor: Int32
    private let seen = Mutex<[String]>([])

    /// - Parameter path: a file system path; nil takes an abstract name that nobody else has.
    package init(path: String? = nil) throws(ParkFailure) {
        socketName = path ?? "@hazardd-park-\(getpid())-\(RandomName.make(letters: 12))"
        let socket = unsafe clinux_listen_datagrams(socketName)
        guard socket >= 0 else {
            throw ParkFailure("the notify socket \(socketName) cannot be bound: \(SystemError(code: -socket))")
        }
        descriptor = socket
    }

    deinit {
        close(descriptor)
        if socketName.hasPrefix("/") { unsafe unlink(socketName) }
    }

    /// Every line received so far, oldest first: `READY=1`, `STATUS=...`, `WATCHDOG=1`.
    package var lines: [String] { seen.withLock { $0 } }

    /// Reads what has come, without waiting. Returns the new lines.
    @discardableResult
    package func takeIn() -> [String] {
        var new: [String] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { break }
            let message = String(decoding: buffer.prefix(count), as: UTF8.self)
            new += message.split(separator: "\n").map(String.init)
        }
        seen.withLock { $0 += new }
        return new
    }

    /// Waits until a line that begins so has come (it may have come before); nil when `limit` has passed.
    package func wait(for beginning: String, within limit: Duration) -> String? {
        let clock = SteadyClock()
        let deadline = clock.now() + limit
        takeIn()
        while true {
            if let line = seen.withLock({ $0.last { $0.hasPrefix(beginning) } }) { return line }
            let left = deadline - clock.now()
            guard left > .zero, Poll.readable(descriptor, within: left) else { return nil }
            takeIn()
        }
    }
}

/// Names that nobody can guess or meet twice.
enum RandomName {
    static func make(letters count: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String(bytes(count).map { alphabet[Int($0) % alphabet.count] })
    }

    static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let code = unsafe clinux_random(&bytes, count)
        precondition(code == 0, "the kernel gave no random bytes")
        return bytes
    }
}
