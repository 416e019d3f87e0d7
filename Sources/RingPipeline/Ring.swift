import Synchronization

/// The hall: a ring of fixed-size slots. Publishers of one kind (a type says which), one gating reader that nobody may
/// overtake, and following readers that publishers do not wait for and that notice when they have been overtaken.
///
/// Every slot has a *turn* number: the sequence it holds, or 0 while it is being written. Sequences start at 1. A turn is
/// published with release order after the words of its slot, and read with acquire order before them.
/// Memory: capacity x (slot + 8 bytes), allocated once; publishing and reading allocate nothing and take no lock.
/// - Note: `@safe`: the blocks below are allocated in `init`, freed in `deinit`, and indexed by `sequence & mask` only.
@safe public final class Ring<Slot: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // @unchecked Sendable: words, turns and cursors are atomics; who may touch which word when is the protocol above.
    public let capacity: Int
    let mask: UInt64
    let words: UnsafeMutablePointer<Atomic<UInt64>>
    let turns: UnsafeMutablePointer<Atomic<UInt64>>
    let cursors: Cursors
    /// Rung after each publication; readers park on it.
    public let doorbell = Doorbell()

    /// - Parameter capacity: a power of two, at least 8.
    public init(capacity: Int) {
        precondition(capacity >= 8 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two, at least 8")
        self.capacity = capacity
        mask = UInt64(capacity - 1)
        unsafe words = Self.atomics(capacity * SlotWords.count(Slot.self))
        unsafe turns = Self.atomics(capacity)
        cursors = Cursors()
    }

    deinit {
        unsafe words.deallocate()
        unsafe turns.deallocate()
    }

    /// The last sequence that a publisher has claimed; 0 before the first.
    public var head: UInt64 { cursors.claimed }
    /// The last sequence that the gating reader is done with.
    public var tail: UInt64 { cursors.released }
    /// Slots in use; a moment old when other threads work.
    public var depth: Int { Int(clamping: Int64(bitPattern: head &- tail)) }

    /// The publishing end of a ring that one thread fills. Taken once, and never beside shared ends.
    public func publisher() -> Publisher<Slot> {
        cursors.take(.soloPublisher)
        return Publisher(ring: self)
    }

    /// A publishing end for one of several threads; each thread takes its own.
    public func sharedPublisher() -> SharedPublisher<Slot> {
        cursors.take(.sharedPublisher)
        return SharedPublisher(ring: self)
    }

    /// The one reader that publishers wait for. Taken once.
    public func gatingReader() -> GatingReader<Slot> {
        cursors.take(.gatingReader)
        return GatingReader(ring: self)
    }

    /// A reader that publishers do not wait for.
    /// - Parameters:
    ///   - sequence: the first it wants, from 1 on; by default the next to be published.
    ///   - policy: what it does when it was overtaken.
    public func followingReader(
        from sequence: UInt64? = nil, onOverrun policy: OverrunPolicy = .skipToOldest
    ) -> FollowingReader<Slot> {
        precondition(sequence != 0, "sequences start at 1")
        return FollowingReader(ring: self, next: sequence ?? head + 1, policy: policy)
    }

    private static func atomics(_ count: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let block = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 128)
        let pointer = unsafe block.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { unsafe (pointer + index).initialize(to: Atomic(0)) }
        return unsafe pointer
    }
}
