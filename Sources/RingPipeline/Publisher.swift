/// The publishing end of a ring that one thread fills. It cannot be copied: that *is* the single-producer rule.
public struct Publisher<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>
    @usableFromInline var next: UInt64 = 1
    /// The gating reader's cursor when last looked at: read anew only when the ring seems full.
    @usableFromInline var seenReleased: UInt64 = 0

    @usableFromInline init(ring: Ring<Slot>) { self.ring = ring }

    /// Publishes a batch in order, all or nothing.
    /// - Returns: the sequence of its last slot, or nil when it does not fit. Never blocks, allocates nothing.
    @inlinable public mutating func publish(_ batch: Span<Slot>) -> UInt64? {
        let last = next + UInt64(batch.count) - 1
        if last > seenReleased + UInt64(ring.capacity) {
            seenReleased = ring.cursors.released
            guard last <= seenReleased + UInt64(ring.capacity) else { return nil }
        }
        ring.cursors.claimed = last
        for index in 0..<batch.count { ring.write(batch[index], at: next + UInt64(index)) }
        next = last + 1
        ring.doorbell.ring()
        return last
    }

    /// Publishes one slot; false when the ring is full.
    @inlinable public mutating func publish(_ slot: Slot) -> UInt64? {
        if next > seenReleased + UInt64(ring.capacity) {
            seenReleased = ring.cursors.released
            guard next <= seenReleased + UInt64(ring.capacity) else { return nil }
        }
        ring.cursors.claimed = next
        ring.write(slot, at: next)
        next += 1
        ring.doorbell.ring()
        return next - 1
    }
}

/// One thread's publishing end of a ring that several threads fill. Each thread has its own; none can be copied.
public struct SharedPublisher<Slot: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline let ring: Ring<Slot>

    @usableFromInline init(ring: Ring<Slot>) { self.ring = ring }

    /// Publishes a batch in order and without another thread's slots in between, all or nothing.
    /// - Parameter reserve: slots that must stay free behind it: what ordinary publishers leave to the safety path.
    /// - Returns: the sequence of its last slot, or nil when it does not fit. Never blocks, allocates nothing.
    @inlinable public mutating func publish(_ batch: Span<Slot>, keepingFree reserve: Int = 0) -> UInt64? {
        let count = UInt64(batch.count)
        guard let last = claim(count, keepingFree: UInt64(reserve)) else { return nil }
        for index in 0..<batch.count { ring.write(batch[index], at: last - count + 1 + UInt64(index)) }
        ring.doorbell.ring()
        return last
    }

    @inlinable func claim(_ count: UInt64, keepingFree reserve: UInt64) -> UInt64? {
        var claimed = ring.cursors.claimed
        while true {
            let released = ring.cursors.released
            guard claimed + count + reserve <= released + UInt64(ring.capacity) else {
                // The claim that was looked at may be older than the release: only a fresh pair says "full".
                let fresh = ring.cursors.claimed
                if fresh == claimed { return nil }
                claimed = fresh
                continue
            }
            guard let found = ring.cursors.claim(count, behind: claimed) else { return claimed + count }
            claimed = found
        }
    }
}
