public import Synchronization

/// The two numbers that every end of a ring looks at, 128 bytes apart so that publishers and the gating reader do not
/// pull one cache line back and forth, and a note of which ends have been taken.
/// - Note: `@safe`: one block, allocated in `init`, freed in `deinit`, used only through the two atomics at its ends.
@safe @usableFromInline final class Cursors: @unchecked Sendable {
    // @unchecked Sendable: both numbers are atomics, and so is the note.
    @usableFromInline enum End: Int, Sendable {
        case soloPublisher = 1
        case sharedPublisher = 2
        case gatingReader = 4
    }

    private let block: UnsafeMutableRawPointer
    private let taken = Atomic<Int>(0)

    init() {
        unsafe block = .allocate(byteCount: 384, alignment: 128)
        for offset in [0, 128] {
            unsafe (block + offset).bindMemory(to: Atomic<UInt64>.self, capacity: 1).initialize(to: Atomic(0))
        }
        unsafe claimedPointer = block.assumingMemoryBound(to: Atomic<UInt64>.self)
        unsafe releasedPointer = (block + 128).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    deinit { unsafe block.deallocate() }

    @usableFromInline let claimedPointer: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let releasedPointer: UnsafeMutablePointer<Atomic<UInt64>>

    /// The last sequence that publishers have claimed.
    @inlinable var claimed: UInt64 {
        get { unsafe claimedPointer.pointee.load(ordering: .acquiring) }
        set { unsafe claimedPointer.pointee.store(newValue, ordering: .releasing) }
    }

    /// The last sequence that the gating reader has finished with. Acquire: its last look at those slots has happened.
    /// Release, on the reader's side: the looks come before.
    @inlinable var released: UInt64 {
        get { unsafe releasedPointer.pointee.load(ordering: .acquiring) }
        set { unsafe releasedPointer.pointee.store(newValue, ordering: .releasing) }
    }

    /// Claims `count` sequences behind `claimed`, unless another thread was faster.
    /// - Returns: nil when claimed, else what stands there now. Relaxed: the slots are handed over by their turns.
    @inlinable func claim(_ count: UInt64, behind claimed: UInt64) -> UInt64? {
        let (exchanged, found) = unsafe claimedPointer.pointee.weakCompareExchange(
            expected: claimed, desired: claimed + count, ordering: .relaxed)
        return exchanged ? nil : found
    }

    /// Notes that an end is taken; a second one where only one may be is a broken promise and stops the program.
    func take(_ end: End) {
        let before = taken.bitwiseOr(end.rawValue, ordering: .acquiringAndReleasing).oldValue
        switch end {
        case .soloPublisher: precondition(before & 3 == 0, "this ring has its publisher already")
        case .sharedPublisher: precondition(before & 1 == 0, "this ring has a single publisher: share that thread's")
        case .gatingReader: precondition(before & 4 == 0, "this ring has its gating reader already")
        }
    }
}
