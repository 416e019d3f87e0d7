package import PlantTime

/// The instants at which a block is read: slot n is origin + phase + n x period. Nothing drifts, because the next slot is
/// computed from a slot and never from a completion.
package struct PollSlots: Sendable, Equatable {
    /// Slot 0: the origin moved by the device's phase.
    package let first: PlantInstant
    package let period: Duration

    /// Phases stand on a grid, a fiftieth of the period and at most this wide: devices that are due within a few milliseconds
    /// are read in one waking of the thread, and their values judged in one of the core's.
    private static let widestGrid = Duration.milliseconds(20)

    /// - Parameters:
    ///   - device: spreads devices of equal period over the period, the same way at every start.
    ///   - origin: the start of the station.
    ///   - period: above zero.
    package init(device: String, period: Duration, origin: PlantInstant) {
        precondition(period > .zero, "a block has a period above zero")
        self.period = period
        let grid = max(min(period / 50, Self.widestGrid).nanoseconds, 1)
        let phase = Int64(StableHash.spread(device) % UInt64(period.nanoseconds))
        first = origin.advanced(byNanoseconds: phase / grid * grid)
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
}
