import Synchronization

/// What went wrong, from any thread; the first twenty are kept.
final class Findings: Sendable {
    private let kept = Mutex<[String]>([])

    func note(_ text: String) { kept.withLock { if $0.count < 20 { $0.append(text) } } }
    var all: [String] { kept.withLock { $0 } }
}
