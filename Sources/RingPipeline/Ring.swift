// The contract of the hall; see Documentation for the drawing. The types are completed in their own files.
import Synchronization

/// A ring of fixed-size slots: any number of publishers, one gating reader that nobody may overtake, and any number of
/// following readers that notice when they have been overtaken.
@safe public final class Ring<Slot: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // @unchecked Sendable: a slot is written only by the owner of its claimed sequence and read only after its turn was
    // published (release) and seen (acquire); all shared numbers are atomics.
    public let capacity: Int
    let slots: UnsafeMutablePointer<Slot>
    let turns: UnsafeMutablePointer<Atomic<UInt64>>
    let claimed = Atomic<UInt64>(0)
    let released = Atomic<UInt64>(0)

    /// - Parameter capacity: a power of two, at least 8. Memory: capacity x (slot + 8 bytes).
    public init(capacity: Int) {
        precondition(capacity >= 8 && capacity & (capacity - 1) == 0, "a ring's capacity is a power of two, at least 8")
        self.capacity = capacity
        unsafe slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe turns = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: capacity)
        for index in 0..<capacity { unsafe (turns + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe turns.deallocate()
    }

    /// The last sequence that a publisher has claimed: sequences start at 1.
    public var head: UInt64 { claimed.load(ordering: .acquiring) }
    /// The last sequence that the gating reader is done with.
    public var tail: UInt64 { released.load(ordering: .acquiring) }
    /// Slots in use of `capacity`.
    public var depth: Int { Int(head - tail) }

    /// A publishing end for one thread; other threads take ends of their own.
    public func sharedPublisher() -> SharedPublisher<Slot> { SharedPublisher(ring: self) }
    /// The one reader that publishers wait for. Once per ring.
    public func gatingReader() -> Reader<Slot> { Reader(ring: self, next: 1, gates: true) }
    /// A reader that publishers do not wait for; starts at the next sequence to be published.
    public func followingReader(from sequence: UInt64? = nil) -> Reader<Slot> {
        Reader(ring: self, next: sequence ?? head + 1, gates: false)
    }
}

public struct SharedPublisher<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    let ring: Ring<Slot>

    /// Publishes a batch in order, all or nothing, keeping `reserve` slots free.
    /// - Returns: the sequence of its last slot, or nil when it does not fit. Never blocks, allocates nothing.
    public mutating func publish(_ batch: Span<Slot>, keepingFree reserve: Int = 0) -> UInt64? {
        let count = UInt64(batch.count)
        guard count > 0 else { return ring.head }
        var claimed = ring.claimed.load(ordering: .relaxed)
        while true {
            // Acquire: the reader's last look at the slots we are about to overwrite has happened.
            let released = ring.released.load(ordering: .acquiring)
            guard claimed + count + UInt64(reserve) <= released + UInt64(ring.capacity) else { return nil }
            let (exchanged, found) = ring.claimed.weakCompareExchange(
                expected: claimed, desired: claimed + count, ordering: .relaxed)
            if exchanged { break }
            claimed = found
        }
        for offset in 0..<batch.count {
            let sequence = claimed + 1 + UInt64(offset)
            let place = Int(sequence) & (ring.capacity - 1)
            unsafe (ring.slots + place).initialize(to: batch[offset])
            // Release: whoever sees the turn sees the slot.
            unsafe (ring.turns + place).pointee.store(sequence, ordering: .releasing)
        }
        return claimed + count
    }
}

public struct Reader<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    let ring: Ring<Slot>
    /// The next sequence it will read.
    public private(set) var next: UInt64
    let gates: Bool
    /// Slots it missed because publishers went a whole ring past it (following readers only).
    public private(set) var overrun: UInt64 = 0

    init(ring: Ring<Slot>, next: UInt64, gates: Bool) {
        self.ring = ring
        self.next = next
        self.gates = gates
    }

    /// How many slots can be read now, at most `limit`.
    public func available(upTo limit: Int) -> Int {
        var count = 0
        while count < limit {
            let sequence = next + UInt64(count)
            let turn = unsafe (ring.turns + Int(sequence) & (ring.capacity - 1)).pointee.load(ordering: .acquiring)
            if turn != sequence { break }
            count += 1
        }
        return count
    }
}

/// A number that only grows, published by one side and waited for by others.
public final class Mark: Sendable {
    let value = Atomic<UInt64>(0)

    public init() {}

    public var current: UInt64 { value.load(ordering: .acquiring) }
    /// Moves the mark forward; a smaller number changes nothing.
    public func advance(to number: UInt64) { _ = value.max(number, ordering: .acquiringAndReleasing) }
}
