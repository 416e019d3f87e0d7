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
        // Not `Atomic.max`: on unsigned numbers it compares as if they were signed (Swift 6.3.1).
        var seen = value.load(ordering: .relaxed)
        while seen < number {
            let (exchanged, found) = value.weakCompareExchange(
                expected: seen, desired: number, ordering: .acquiringAndReleasing)
            if exchanged { break }
            seen = found
        }
        doorbell.ring()
    }

    /// Waits until the mark has reached a number, or the limit has passed; may return early.
    public func wait(for number: UInt64, atMost limit: Duration) -> Bool {
        doorbell.park(atMost: limit) { current >= number }
    }
}
