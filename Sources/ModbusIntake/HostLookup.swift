import Glibc
import RingPipeline
import Synchronization

/// Turns host names into addresses on helper threads: getaddrinfo may block for half a minute, and the reactor never may.
/// Dotted IPv4 needs no thread.
final class HostLookup: Sendable {
    struct Answer: Sendable {
        var endpoint: Int
        var host: String
        /// In network order; nil when the name is unknown.
        var address: UInt32?
    }

    /// Names looked up at one time. More wait for their link's next attempt.
    static let threadLimit = 8

    private struct Desk {
        var answers: [Answer] = []
        var threads = 0
    }

    private let desk = Mutex(Desk())
    private let bell: DoorBell

    init(bell: DoorBell) { self.bell = bell }

    /// The address of dotted IPv4 text, in network order.
    static func dotted(_ host: String) -> UInt32? {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1 ? address.s_addr : nil
    }

    /// Begins to look a name up; the answer is among ``takeAnswers()`` later, after the bell has rung.
    /// - Returns: false when no helper is free, or no thread can be had.
    func begin(_ host: String, endpoint: Int) -> Bool {
        let isFree = desk.withLock { desk in
            guard desk.threads < Self.threadLimit else { return false }
            desk.threads += 1
            return true
        }
        guard isFree else { return false }
        do throws(WorkerThread.Unavailable) {
            try WorkerThread(starting: "modbus-names") {
                self.finish(Answer(endpoint: endpoint, host: host, address: addressByName(host)))
            }.detach()
            return true
        } catch {
            desk.withLock { $0.threads -= 1 }
            return false
        }
    }

    func takeAnswers() -> [Answer] {
        desk.withLock { desk in
            defer { desk.answers.removeAll(keepingCapacity: true) }
            return desk.answers
        }
    }

    private func finish(_ answer: Answer) {
        desk.withLock { desk in
            desk.threads -= 1
            desk.answers.append(answer)
        }
        bell.ring()
    }
}

private func addressByName(_ host: String) -> UInt32? {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_INET
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0, let first = unsafe list else { return nil }
    defer { unsafe freeaddrinfo(first) }
    guard let address = unsafe first.pointee.ai_addr else { return nil }
    return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe $0.pointee.sin_addr.s_addr }
}
