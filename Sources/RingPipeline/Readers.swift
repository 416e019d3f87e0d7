public import Synchronization

/// The reader that publishers wait for: nothing it has not released is ever overwritten.
public struct GatingReader<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    @usableFromInline let view: RingView<Slot>
    @usableFromInline let doorbell: Doorbell
    @usableFromInline var position: UInt64 = 1
    /// Behind the last copy: what lies before it, from `position` on, may be restated and released.
    @usableFromInline var copied: UInt64 = 1

    init(ring: Ring<Slot>) {
        self.ring = ring
        view = RingView(ring)
        doorbell = ring.doorbell
    }

    /// The next sequence it will read.
    @inlinable public var next: UInt64 { position }

    /// Copies what is published, in order, into `buffer`; allocates nothing, never blocks.
    /// - Returns: how many slots, from `next` on. They stay readable for following readers until ``release(_:)``.
    @inlinable @inline(__always) public mutating func copy(into buffer: inout MutableSpan<Slot>) -> Int {
        let (room, first, view) = (buffer.count, position, view)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            var count = 0
            while count < room {
                let sequence = first &+ UInt64(truncatingIfNeeded: count)
                guard view.turn(sequence) == sequence else { break }
                unsafe SlotWords.load(
                    Slot.self, from: view.wordsOfSlot(sequence), into: start + count &* MemoryLayout<Slot>.stride)
                count &+= 1
            }
            return count
        }
        copied = first &+ UInt64(truncatingIfNeeded: count)
        return count
    }

    /// The same into an array, which is looked at once whether it is shared.
    @inlinable public mutating func copy(into buffer: inout [Slot]) -> Int {
        var span = buffer.mutableSpan
        return copy(into: &span)
    }

    /// Writes a slot back with what the reader has stamped into it, for the following readers. Only for sequences that
    /// have been copied and not yet released: another one stops the program. Followers must wait for the mark that says
    /// they were.
    @inlinable public func restate(_ slot: Slot, at sequence: UInt64) {
        precondition(sequence &- position < copied &- position, "only what was copied and not released may be restated")
        // A follower that is a whole ring behind may read these words for its own: it must then see that the turn has changed
        // (decision 3). This reader has seen the new turn; the fence hands that on with the words.
        atomicMemoryFence(ordering: .releasing)
        unsafe SlotWords.store(slot, to: view.wordsOfSlot(sequence))
    }

    /// Gives `count` slots back to the publishers: the end of a batch. No more than have been copied: that stops the program.
    @inlinable public mutating func release(_ count: Int) {
        precondition(UInt64(bitPattern: Int64(count)) <= copied &- position, "no more is given back than was copied")
        position &+= UInt64(truncatingIfNeeded: count)
        view.released = position &- 1
    }

    /// Whether a slot can be read now.
    @inlinable public var hasInput: Bool { view.turn(position) == position }

    /// Parks until there is input; costs nothing meanwhile.
    /// - Returns: whether there is input; false after `limit`, or early.
    @inlinable public func wait(atMost limit: Duration) -> Bool {
        let (view, position) = (view, position)
        return doorbell.park(atMost: limit) { view.turn(position) == position }
    }
}

/// A reader that publishers do not wait for. Overtaken, it counts what it has missed and does as its ``OverrunPolicy`` says.
public struct FollowingReader<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    @usableFromInline let view: RingView<Slot>
    @usableFromInline var position: UInt64
    @usableFromInline var lost: UInt64 = 0
    @usableFromInline let policy: OverrunPolicy
    @usableFromInline var isStopped = false

    /// The next sequence it will read.
    @inlinable public var next: UInt64 { position }
    /// Slots lost to it because publishers went a whole ring past it.
    @inlinable public var missed: UInt64 { lost }
    /// It was overtaken, and its policy is to stop.
    @inlinable public var hasStopped: Bool { isStopped }

    init(ring: Ring<Slot>, next: UInt64, policy: OverrunPolicy) {
        self.ring = ring
        view = RingView(ring)
        position = next
        self.policy = policy
    }

    /// What one look found.
    public struct Batch: Sendable, Equatable {
        /// Sequence of the first slot copied.
        public var first: UInt64
        public var count: Int
        /// Slots missed before `first`, in this look.
        public var missed: UInt64

        @inlinable public init(first: UInt64, count: Int, missed: UInt64) {
            self.first = first
            self.count = count
            self.missed = missed
        }
    }

    /// Copies what is published up to `limit` into `buffer`, and moves on.
    /// - Parameter limit: the last sequence it may read: the mark of whoever it follows.
    @inlinable public mutating func copy(into buffer: inout [Slot], through limit: UInt64) -> Batch {
        var span = buffer.mutableSpan
        return copy(into: &span, through: limit)
    }

    @inlinable @inline(__always)
    public mutating func copy(into buffer: inout MutableSpan<Slot>, through limit: UInt64) -> Batch {
        var batch = Batch(first: position, count: 0, missed: 0)
        if isStopped { return batch }
        while batch.count < buffer.count, position <= limit {
            let turn = view.turn(position)
            if turn == position {
                unsafe SlotWords.load(Slot.self, from: view.wordsOfSlot(position), into: &buffer[batch.count])
                // Acquire fence: the words were read before the turn is looked at again.
                atomicMemoryFence(ordering: .acquiring)
                if view.turn(position) == position {
                    batch.count &+= 1
                    position &+= 1
                    continue
                }
            } else if turn != 0, turn < position {
                break  // not yet published
            }
            let head = view.claimed
            guard head >= position &+ view.capacity else { break }  // being written for the first time
            if batch.count > 0 { break }  // hand over what is whole before telling of a hole
            // A little ahead of the writers, so that it is not overtaken again at once.
            let oldest = head &- view.capacity &+ view.capacity / 8 &+ 1
            let resume = min(policy == .skipToNewest ? head &+ 1 : oldest, limit == .max ? .max : limit &+ 1)
            let skipped = resume &- position
            batch.missed &+= skipped
            lost &+= skipped
            if policy == .stop {
                isStopped = true
                break
            }
            position = resume
            batch.first = position
        }
        return batch
    }
}
