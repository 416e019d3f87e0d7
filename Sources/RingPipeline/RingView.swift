public import Synchronization

/// The pointers of a ring that its ends keep at hand: read once when an end is made, and never through an object again.
/// An end also holds the ring, so that what they point at lives as long as it.
@safe @usableFromInline struct RingView<Slot: BitwiseCopyable & Sendable> {
    // @safe: every access goes to `sequence & mask`; see Ring.
    @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let turns: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let mask: UInt64
    @usableFromInline let claimedPointer: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let releasedPointer: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let parked: UnsafeMutablePointer<Atomic<UInt32>>

    init(_ ring: Ring<Slot>) {
        unsafe words = ring.words
        unsafe turns = ring.turns
        mask = ring.mask
        unsafe claimedPointer = ring.cursors.claimedPointer
        unsafe releasedPointer = ring.cursors.releasedPointer
        unsafe parked = ring.doorbell.parked
    }

    @inlinable @inline(__always) var capacity: UInt64 { mask &+ 1 }

    /// The last sequence that publishers have claimed.
    @inlinable @inline(__always) var claimed: UInt64 {
        get { unsafe claimedPointer.pointee.load(ordering: .acquiring) }
        nonmutating set { unsafe claimedPointer.pointee.store(newValue, ordering: .releasing) }
    }

    /// The last sequence that the gating reader has finished with. Acquire: its last look at those slots has happened.
    /// Release, on the reader's side: the looks come before.
    @inlinable @inline(__always) var released: UInt64 {
        get { unsafe releasedPointer.pointee.load(ordering: .acquiring) }
        nonmutating set { unsafe releasedPointer.pointee.store(newValue, ordering: .releasing) }
    }

    /// Claims `count` sequences behind `claimed`, unless another thread was faster.
    /// - Returns: nil when claimed, else what stands there now. Relaxed: the slots are handed over by their turns.
    @inlinable @inline(__always) func claim(_ count: UInt64, behind claimed: UInt64) -> UInt64? {
        let (exchanged, found) = unsafe claimedPointer.pointee.weakCompareExchange(
            expected: claimed, desired: claimed &+ count, ordering: .relaxed)
        return exchanged ? nil : found
    }

    @inlinable @inline(__always) func place(_ sequence: UInt64) -> Int {
        Int(truncatingIfNeeded: sequence & mask)
    }

    @inlinable @inline(__always) func wordsOfSlot(_ sequence: UInt64) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe words + place(sequence) &* SlotWords.count(Slot.self)
    }

    /// - Parameter bytes: of one slot.
    @inlinable @inline(__always) func write(_ bytes: UnsafeRawPointer, at sequence: UInt64) {
        let place = place(sequence)
        // A following reader that copies right now must find out: the turn goes first, the words after it.
        unsafe turns[place].store(0, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        unsafe SlotWords.store(Slot.self, from: bytes, to: wordsOfSlot(sequence))
        unsafe turns[place].store(sequence, ordering: .releasing)
    }

    /// Writes a batch, slot by slot.
    @inlinable @inline(__always) func write(_ batch: Span<Slot>, from first: UInt64) {
        unsafe batch.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            for index in 0..<batch.count {
                unsafe write(start + index &* MemoryLayout<Slot>.stride, at: first &+ UInt64(truncatingIfNeeded: index))
            }
        }
    }

    /// Acquire: the words of the slot are read after it.
    @inlinable @inline(__always) func turn(_ sequence: UInt64) -> UInt64 {
        unsafe turns[place(sequence)].load(ordering: .acquiring)
    }
}
