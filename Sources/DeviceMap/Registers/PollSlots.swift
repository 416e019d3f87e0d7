package import PlantTime

/// The instants at which a block is read: slot n is origin + phase + n x period. Nothing drifts, because the next slot is
/// computed from a slot and never from a completion.
package struct PollSlots: Sendable, Equatable {
    /// Slot 0: the origin moved by the device's phase.
    package let first: PlantInstant
    package let period: Duration

    /// - Parameters:
    ///   - device: spreads devices of equal period over the period, the same way at every start.
    ///   - origin: the start of the station.
    ///   - period: above zero.
    package init(device: String, period: Duration, origin: PlantInstant) {
        precondition(period > .zero, "a block has a period above zero")
        self.period = period
        first = origin.advanced(byNanoseconds: Int64(Self.hash(device) % UInt64(period.nanoseconds)))
    }

    /// The first slot strictly after an instant.
    package func slot(after instant: PlantInstant) -> PlantInstant {
        guard instant >= first else { return first }
        let step = period.nanoseconds
        let passed = (instant.nanoseconds - first.nanoseconds) / step
        return first.advanced(byNanoseconds: (passed + 1) * step)
    }

    /// What to do about a slot that is due: read it, or, when a whole period or more has gone by, skip to the next future
    /// slot and count what was missed. No catch-up bursts.
    package func verdict(onSlot slot: PlantInstant, at now: PlantInstant) -> Verdict {
        guard now >= slot + period else { return .read }
        let missed = (now.nanoseconds - slot.nanoseconds) / period.nanoseconds + 1
        return .skip(to: slot.advanced(byNanoseconds: missed * period.nanoseconds), missed: Int(missed))
    }

    package enum Verdict: Sendable, Equatable {
        case read
        case skip(to: PlantInstant, missed: Int)
    }

    /// FNV-1a, finished so that its low digits are spread: a phase must not differ from start to start, so no seeded hash.
    package static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mixed(hash)
    }

    /// The finaliser of SplitMix64: every input bit reaches every output bit.
    package static func mixed(_ number: UInt64) -> UInt64 {
        var z = number &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
