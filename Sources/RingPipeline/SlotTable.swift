public import Synchronization

/// A table of fixed-size slots that one thread writes and anyone reads without blocking it: a sequence lock per slot.
/// - Note: `@safe`: two blocks, allocated in `init`, freed in `deinit`; every index is checked.
@safe public final class SlotTable<Slot: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // @unchecked Sendable: versions and words are atomics; a reader that saw a version change reads again.
    public let count: Int
    @usableFromInline let words: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let versions: UnsafeMutablePointer<Atomic<UInt64>>
    @usableFromInline let blank: Slot

    /// - Parameter blank: what a slot says before it is first written.
    public init(count: Int, blank: Slot) {
        self.count = count
        self.blank = blank
        let wordsPerSlot = SlotWords.count(Slot.self)
        unsafe words = .allocate(capacity: max(1, count * wordsPerSlot))
        unsafe versions = .allocate(capacity: max(1, count))
        for index in 0..<count * wordsPerSlot { unsafe (words + index).initialize(to: Atomic(0)) }
        for index in 0..<count { unsafe (versions + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe words.deallocate()
        unsafe versions.deallocate()
    }

    /// Puts a slot on the table. One thread only.
    @inlinable public func write(_ slot: Slot, at index: Int) {
        precondition(index >= 0 && index < count, "no such slot on the board")
        let version = unsafe versions[index].load(ordering: .relaxed)
        unsafe versions[index].store(version | 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        unsafe SlotWords.store(slot, to: words + index * SlotWords.count(Slot.self))
        unsafe versions[index].store((version | 1) + 1, ordering: .releasing)
    }

    /// The slot as last written. Any thread; looks again while the writer is at it.
    @inlinable public func read(_ index: Int) -> Slot {
        precondition(index >= 0 && index < count, "no such slot on the board")
        var slot = blank
        while true {
            let before = unsafe versions[index].load(ordering: .acquiring)
            if before == 0 { return blank }
            if before & 1 == 1 { continue }
            unsafe SlotWords.load(Slot.self, from: words + index * SlotWords.count(Slot.self), into: &slot)
            atomicMemoryFence(ordering: .acquiring)
            if unsafe versions[index].load(ordering: .relaxed) == before { return slot }
        }
    }
}
