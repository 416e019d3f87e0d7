import Synchronization

/// Ends a blocking exchange from another thread, within a second.
package final class TransferStop: Sendable {
    private let wanted = Atomic(false)

    package init() {}

    /// From any thread; for good.
    package func request() {
        // Relaxed: a flag alone, nothing is read behind it.
        wanted.store(true, ordering: .relaxed)
    }

    package var isRequested: Bool { wanted.load(ordering: .relaxed) }
}
