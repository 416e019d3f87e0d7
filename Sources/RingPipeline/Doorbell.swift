import CLinux
public import Synchronization

/// Where a thread parks until another has something for it: one futex word and a count of who is parked.
///
/// Whoever brings news calls ``ring()``, which costs a fence and a load while nobody is parked. No wake-up is lost: the
/// parker counts itself in before it looks, the bringer publishes before it counts; one of the two sees the other
/// (sequentially consistent fences on both sides).
/// - Note: `@safe`: the two words are allocated in `init`, freed in `deinit`, and only touched as atomics.
@safe public final class Doorbell: @unchecked Sendable {
    // @unchecked Sendable: both words are atomics; the pointers never change.
    private let signal: UnsafeMutablePointer<Atomic<UInt32>>
    @usableFromInline let parked: UnsafeMutablePointer<Atomic<UInt32>>

    public init() {
        // A line of its own: whoever publishes looks here each time, and must not find it in a neighbour's way.
        let block = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe signal = block.bindMemory(to: Atomic<UInt32>.self, capacity: 2)
        unsafe parked = signal + 1
        unsafe signal.initialize(to: Atomic(0))
        unsafe parked.initialize(to: Atomic(0))
    }

    deinit { unsafe signal.deallocate() }

    /// Wakes everyone who is parked; call it after the news is published.
    @inlinable @inline(__always) public func ring() { unsafe Self.ring(parked, self) }

    /// For an end that keeps the pointer at hand.
    @inlinable @inline(__always)
    static func ring(_ parked: UnsafeMutablePointer<Atomic<UInt32>>, _ doorbell: Doorbell) {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if unsafe parked.pointee.load(ordering: .relaxed) > 0 { doorbell.wake() }
    }

    @usableFromInline func wake() {
        unsafe signal.pointee.wrappingAdd(1, ordering: .releasing)
        _ = unsafe clinux_futex_wake(word, .max)
    }

    /// How often somebody had to be woken, modulo 2^32: what does not grow while nobody is parked.
    public var wakes: UInt32 { unsafe signal.pointee.load(ordering: .relaxed) }

    /// How many are parked, or about to be; a moment old.
    package var sleepers: UInt32 { unsafe parked.pointee.load(ordering: .relaxed) }

    /// Parks until `isReady`, a ring, or the time limit, whichever is first; may return early.
    /// - Returns: what `isReady` says at the end.
    public func park(atMost limit: Duration, until isReady: () -> Bool) -> Bool {
        if isReady() { return true }
        unsafe parked.pointee.wrappingAdd(1, ordering: .relaxed)
        defer { unsafe parked.pointee.wrappingSubtract(1, ordering: .relaxed) }
        let seen = unsafe signal.pointee.load(ordering: .acquiring)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if isReady() { return true }
        let (seconds, attoseconds) = limit.components
        _ = unsafe clinux_futex_wait(word, seen, max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
        return isReady()
    }

    private var word: UnsafePointer<UInt32> {
        unsafe UnsafeRawPointer(signal).assumingMemoryBound(to: UInt32.self)
    }
}
