import Synchronization

/// A number that only grows, published by one side and waited for by others: judged, committed, held, logged.
/// - Note: `@safe`: the number is allocated in `init`, freed in `deinit`, and only touched as an atomic.
@safe public final class Mark: @unchecked Sendable {
    // @unchecked Sendable: the number is an atomic; the pointer never changes.
    private let value: UnsafeMutablePointer<Atomic<UInt64>>
    /// Rung after each advance.
    package let doorbell = Doorbell()

    public init() {
        // A line of its own: marks are made side by side and written by different threads.
        let block = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe value = block.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        unsafe value.initialize(to: Atomic(0))
    }

    deinit { unsafe value.deallocate() }

    /// Where the number stands, for the test of what shares a cache line with it.
    var address: UInt { unsafe UInt(bitPattern: value) }

    /// Acquire: what the publisher did before it advanced the mark is seen by whoever reads it.
    public var current: UInt64 { unsafe value.pointee.load(ordering: .acquiring) }

    /// Moves the mark forward; a smaller number changes nothing. Any thread.
    public func advance(to number: UInt64) {
        // Not `Atomic.max`: on unsigned numbers it compares as if they were signed (Swift 6.3.1).
        var seen = unsafe value.pointee.load(ordering: .relaxed)
        while seen < number {
            let (exchanged, found) = unsafe value.pointee.weakCompareExchange(
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
