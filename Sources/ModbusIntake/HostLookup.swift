import RingPipeline
import Synchronization

/// Turns host names into addresses on helper threads: getaddrinfo may block for half a minute, and the reactor never may.
/// Names wait in a line for one of a few threads; a thread ends when nobody waits any more.
final class HostLookup: Sendable {
    struct Answer: Sendable {
        var host: String
        /// nil when the name is unknown, or nobody was there to say.
        var address: HostAddress?
    }

    /// Names looked up at one time. More wait their turn.
    static let threadLimit = 8

    private struct Desk {
        // Bounded by the names of the site: ``HostBook`` asks for none that is still unanswered.
        var waiting: [String] = []
        var answers: [Answer] = []
        var threads = 0
    }

    private let desk = Mutex(Desk())
    private let bell: DoorBell
    private let resolver: @Sendable (String) -> HostAddress?

    /// - Parameter resolver: blocks until it knows; on helper threads only.
    init(bell: DoorBell, resolver: @escaping @Sendable (String) -> HostAddress?) {
        self.bell = bell
        self.resolver = resolver
    }

    /// Has a name looked up; the answer is among ``takeAnswers()`` later, after the bell has rung.
    func ask(_ host: String) {
        let needsThread = desk.withLock { desk in
            desk.waiting.append(host)
            guard desk.threads < Self.threadLimit else { return false }
            desk.threads += 1
            return true
        }
        guard needsThread else { return }
        do throws(WorkerThread.Unavailable) {
            try WorkerThread(starting: "modbus-names") { self.work() }.detach()
        } catch {
            loseThread()
        }
    }

    func takeAnswers() -> [Answer] {
        desk.withLock { desk in
            defer { desk.answers.removeAll(keepingCapacity: true) }
            return desk.answers
        }
    }

    /// Nobody wants to know any more: threads end with the name that they have in hand.
    func close() { desk.withLock { $0.waiting = [] } }

    private func work() {
        while let host = takeName() {
            let answer = Answer(host: host, address: resolver(host))
            desk.withLock { $0.answers.append(answer) }
            bell.ring()
        }
    }

    /// - Returns: nil when the thread is to end.
    private func takeName() -> String? {
        desk.withLock { desk in
            guard !desk.waiting.isEmpty else {
                desk.threads -= 1
                return nil
            }
            return desk.waiting.removeFirst()
        }
    }

    /// No thread is to be had: another one takes the names, or, when there is none, they are not known.
    private func loseThread() {
        let isAlone = desk.withLock { desk in
            desk.threads -= 1
            guard desk.threads == 0 else { return false }
            desk.answers += desk.waiting.map { Answer(host: $0, address: nil) }
            desk.waiting = []
            return true
        }
        if isAlone { bell.ring() }
    }
}
