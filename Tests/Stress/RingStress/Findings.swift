import Synchronization

/// What happened in one case, from any thread: forbidden outcomes by their text, allowed ones by how often.
final class Findings: Sendable {
    /// What may happen, and must have happened where a case says so: a proof in which nobody was ever refused, overtaken, parked or
    /// woken is a proof of nothing.
    enum Allowed: Int, CaseIterable {
        /// A publisher found the ring full.
        case refused
        /// A follower was overtaken, and said so.
        case overtaken
        /// A follower stopped because it was.
        case stopped
        /// A reader parked.
        case parked
        /// Somebody had to wake it.
        case woken
    }

    private final class Counter: Sendable {
        let number = Atomic(0)
    }

    let name: String
    private let texts = Mutex<[String]>([])
    // Atomics, not a dictionary in the mutex: ThreadSanitizer does not see what the library's mutex orders.
    private let counters = Allowed.allCases.map { _ in Counter() }

    init(_ name: String) { self.name = name }

    /// A forbidden outcome; the first twenty are kept.
    func forbid(_ text: String) { texts.withLock { if $0.count < 20 { $0.append("\(name): \(text)") } } }

    func count(_ outcome: Allowed, _ times: Int = 1) {
        counters[outcome.rawValue].number.wrappingAdd(times, ordering: .relaxed)
    }

    private func times(_ outcome: Allowed) -> Int { counters[outcome.rawValue].number.load(ordering: .relaxed) }

    /// Prints what was allowed; call it when the threads have ended.
    /// - Parameter must: what has to have happened at least once.
    /// - Returns: what was forbidden, and what never happened and had to.
    func settle(must: [Allowed]) -> [String] {
        let missing = must.filter { times($0) == 0 }
            .map { "\(name): nobody was ever \($0), so this proves nothing of it" }
        let forbidden = texts.withLock { $0 } + missing
        let seen = Allowed.allCases.map { "\($0) \(times($0))" }.joined(separator: ", ")
        print("\(forbidden.isEmpty ? "ok  " : "FAIL") \(name): \(seen)")
        return forbidden
    }
}
