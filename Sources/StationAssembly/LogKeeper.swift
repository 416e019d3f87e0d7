import RingPipeline
import Synchronization

/// Has a write-ahead file copied into its file beside whoever writes it. SQLite would do that in the middle of a commit, which
/// then takes some 20 ms longer: an alarm, or an acknowledgement and with it the reading from a broker, would wait for it.
///
/// Each round is a short-lived thread, at most one at a time. If none can be had SQLite does it in a commit after all, when
/// the file has grown to its bound.
/// - Note: one thread asks, and finishes.
final class LogKeeper: @unchecked Sendable {
    // @unchecked Sendable: `thread` belongs to whoever asks; the flag is an atomic.
    private var thread: WorkerThread?
    private let isBusy = Atomic(false)
    private let name: String
    private let copy: @Sendable () -> Void

    /// - Parameter name: of its threads, 15 bytes.
    init(named name: String = "log-keeper", _ copy: @escaping @Sendable () -> Void) {
        self.name = name
        self.copy = copy
    }

    /// Starts a round unless one is under way.
    func ask() {
        guard !isBusy.load(ordering: .acquiring) else { return }
        finish()
        isBusy.store(true, ordering: .releasing)
        thread = try? WorkerThread(starting: name) { [self] in
            copy()
            isBusy.store(false, ordering: .releasing)
        }
        if thread == nil { isBusy.store(false, ordering: .releasing) }
    }

    /// Waits for the round that is under way.
    func finish() { thread.take()?.join() }
}
