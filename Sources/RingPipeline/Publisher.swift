/// The publishing end of a ring that one thread fills. It cannot be copied: that *is* the single-producer rule.
public struct Publisher<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    @usableFromInline let view: RingView<Slot>
    @usableFromInline let doorbell: Doorbell
    @usableFromInline var next: UInt64 = 1
    /// The gating reader's cursor when last looked at: read anew only when the ring seems full.
    @usableFromInline var seenReleased: UInt64 = 0

    init(ring: Ring<Slot>) {
        self.ring = ring
        view = RingView(ring)
        doorbell = ring.doorbell
    }

    /// Publishes a batch in order, all or nothing.
    /// - Returns: the sequence of its last slot, or nil when it does not fit. Never blocks, allocates nothing.
    @inlinable @inline(__always) public mutating func publish(_ batch: Span<Slot>) -> UInt64? {
        let first = next
        let last = first &+ UInt64(batch.count) &- 1
        guard hasRoom(through: last) else { return nil }
        view.claimed = last
        view.write(batch, from: first)
        next = last &+ 1
        unsafe Doorbell.ring(view.parked, doorbell)
        return last
    }

    /// Publishes one slot; nil when the ring is full.
    @inlinable @inline(__always) public mutating func publish(_ slot: Slot) -> UInt64? {
        let sequence = next
        guard hasRoom(through: sequence) else { return nil }
        view.claimed = sequence
        unsafe withUnsafeBytes(of: slot) { bytes in
            if let first = bytes.baseAddress { unsafe view.write(first, at: sequence) }
        }
        next = sequence &+ 1
        unsafe Doorbell.ring(view.parked, doorbell)
        return sequence
    }

    @inlinable @inline(__always) mutating func hasRoom(through last: UInt64) -> Bool {
        if last <= seenReleased &+ view.capacity { return true }
        seenReleased = view.released
        return last <= seenReleased &+ view.capacity
    }
}

/// One thread's publishing end of a ring that several threads fill. Each thread has its own; none can be copied.
public struct SharedPublisher<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    @usableFromInline let view: RingView<Slot>
    @usableFromInline let doorbell: Doorbell

    init(ring: Ring<Slot>) {
        self.ring = ring
        view = RingView(ring)
        doorbell = ring.doorbell
    }

    /// Publishes a batch in order and without another thread's slots in between, all or nothing.
    /// - Parameter reserve: slots that must stay free behind it: what ordinary publishers leave to the safety path.
    /// - Returns: the sequence of its last slot, or nil when it does not fit. Never blocks, allocates nothing.
    @inlinable @inline(__always) public mutating func publish(_ batch: Span<Slot>, keepingFree reserve: Int = 0)
        -> UInt64?
    {
        let count = UInt64(batch.count)
        guard let last = claim(count, keepingFree: UInt64(reserve)) else { return nil }
        view.write(batch, from: last &- count &+ 1)
        unsafe Doorbell.ring(view.parked, doorbell)
        return last
    }

    @inlinable @inline(__always) func claim(_ count: UInt64, keepingFree reserve: UInt64) -> UInt64? {
        var claimed = view.claimed
        while true {
            guard claimed &+ count &+ reserve <= view.released &+ view.capacity else {
                // The claim that was looked at may be older than the release: only a fresh pair says "full".
                let fresh = view.claimed
                if fresh == claimed { return nil }
                claimed = fresh
                continue
            }
            guard let found = view.claim(count, behind: claimed) else { return claimed &+ count }
            claimed = found
        }
    }
}
