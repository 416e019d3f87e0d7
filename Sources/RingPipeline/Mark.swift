import Synchronization

/// A number that only grows, published by one side and waited for by others: judged, committed, held, logged.
public final class Mark: Sendable {
    private let value = Atomic<UInt64>(0)
    private let doorbell = Doorbell()

    public init() {}

    /// Acquire: what the publisher did before it advanced the mark is seen by whoever reads it.
    public var current: UInt64 { value.load(ordering: .acquiring) }

    /// Moves the mark forward; a smaller number changes nothing. Any thread.
    public func advance(to number: UInt64) {
        _ = value.max(number, ordering: .acquiringAndReleasing)
        doorbell.ring()
    }

    /// Waits until the mark has reached a number, or the limit has passed; may return early.
    public func wait(for number: UInt64, atMost limit: Duration) -> Bool {
        doorbell.park(atMost: limit) { current >= number }
    }
}
