import Synchronization

/// The reader that publishers wait for: nothing it has not released is ever overwritten.
public struct GatingReader<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    /// The next sequence it will read.
    public private(set) var next: UInt64 = 1

    @usableFromInline init(ring: Ring<Slot>) { self.ring = ring }

    /// Copies what is published, in order, into `buffer`; allocates nothing, never blocks.
    /// - Returns: how many slots, from `next` on. They stay readable for following readers until ``release(_:)``.
    @inlinable public func copy(into buffer: inout [Slot]) -> Int {
        var count = 0
        while count < buffer.count, ring.turn(next + UInt64(count)) == next + UInt64(count) {
            ring.read(next + UInt64(count), into: &buffer[count])
            count += 1
        }
        return count
    }

    /// Writes a slot back with what the reader has stamped into it, for the following readers. Only for sequences that
    /// have been copied and not yet released; followers must wait for the mark that says they were.
    @inlinable public func restate(_ slot: Slot, at sequence: UInt64) {
        precondition(sequence >= next, "a released slot is not the reader's any more")
        unsafe SlotWords.store(slot, to: ring.words + ring.place(sequence) * ring.wordsPerSlot)
    }

    /// Gives `count` slots back to the publishers: the end of a batch.
    public mutating func release(_ count: Int) {
        next += UInt64(count)
        ring.cursors.released = next - 1
    }

    /// Whether a slot can be read now.
    public var hasInput: Bool { ring.turn(next) == next }

    /// Waits for input: spins a little, then parks; costs nothing while idle.
    /// - Returns: whether there is input; false after `limit`, or early.
    public func wait(atMost limit: Duration, _ strategy: WaitStrategy = .park) -> Bool {
        for _ in 0..<strategy.spins where hasInput { return true }
        return ring.doorbell.park(atMost: limit) { ring.turn(next) == next }
    }
}

/// A reader that publishers do not wait for. Overtaken, it goes on at the oldest slot that is still there and counts what
/// it has missed: the named policy of a follower is *skip and count*.
public struct FollowingReader<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    /// The next sequence it will read.
    public private(set) var next: UInt64
    /// Slots lost to it because publishers went a whole ring past it.
    public private(set) var missed: UInt64 = 0

    @usableFromInline init(ring: Ring<Slot>, next: UInt64) {
        self.ring = ring
        self.next = next
    }

    /// What one look found.
    public struct Batch: Sendable, Equatable {
        /// Sequence of the first slot copied.
        public var first: UInt64
        public var count: Int
        /// Slots missed before `first`, in this look.
        public var missed: UInt64

        public init(first: UInt64, count: Int, missed: UInt64) {
            self.first = first
            self.count = count
            self.missed = missed
        }
    }

    /// Copies what is published up to `limit` into `buffer`, and moves on.
    /// - Parameter limit: the last sequence it may read: the mark of whoever it follows.
    public mutating func copy(into buffer: inout [Slot], through limit: UInt64) -> Batch {
        var batch = Batch(first: next, count: 0, missed: 0)
        while batch.count < buffer.count, next <= limit {
            let turn = ring.turn(next)
            if turn == next {
                ring.read(next, into: &buffer[batch.count])
                // Acquire fence: the words were read before the turn is looked at again.
                atomicMemoryFence(ordering: .acquiring)
                if ring.turn(next) == next {
                    batch.count += 1
                    next += 1
                    continue
                }
            } else if turn != 0, turn < next {
                break  // not yet published
            }
            let head = ring.head
            guard head >= next + UInt64(ring.capacity) else { break }  // being written for the first time
            if batch.count > 0 { break }  // hand over what is whole before telling of a hole
            let resume = head - UInt64(ring.capacity) + UInt64(ring.capacity / 8) + 1
            let lost = min(resume, limit + 1) - next
            batch.missed += lost
            missed += lost
            next += lost
            batch.first = next
        }
        return batch
    }
}

/// How a reader waits: first by looking again, then by parking on the ring's doorbell.
public struct WaitStrategy: Sendable {
    public let spins: Int

    /// Parks at once: right where threads share cores.
    public static let park = WaitStrategy(spins: 0)
    /// Looks `spins` times before it parks: right where a core is its own.
    public static func spinThenPark(_ spins: Int) -> WaitStrategy { WaitStrategy(spins: spins) }
}
