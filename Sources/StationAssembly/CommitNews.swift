import StationPorts
import Synchronization

/// Tells streams that something was committed: they wait here instead of asking the journal again and again.
final class CommitNews: CommitFeed {
    private struct State {
        var committed: UInt64
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var next: UInt64 = 0
    }

    private let state: Mutex<State>

    init(committed: UInt64) { state = Mutex(State(committed: committed)) }

    func committed() -> UInt64 { state.withLock { $0.committed } }

    /// The journal's thread, after each commit.
    func advance(to sequence: UInt64) {
        let waiting = state.withLock { state in
            guard sequence > state.committed else { return [CheckedContinuation<Void, Never>]() }
            state.committed = sequence
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForCommit(after sequence: UInt64, atMost limit: Duration) async -> UInt64 {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.committed > sequence || Task.isCancelled { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isDone { return continuation.resume() }
                // Started only now, so that it always finds whom to wake.
                alarm = Task {
                    try? await Task.sleep(for: limit)
                    self.wake(ticket)
                }
            }
        } onCancel: {
            wake(ticket)
        }
        return committed()
    }

    private func wake(_ ticket: UInt64) {
        state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
}
