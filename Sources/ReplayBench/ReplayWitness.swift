package import MonitorCore
package import PlantModel
package import PlantTime

/// Watches a replay as it runs, and may ask the core anything between two steps. It changes nothing: events, values,
/// states and order are the same with it and without it. Only what an ending delay is ascribed to (`decidedAt`,
/// `inputSequence`) is the look that let it pass instead of the next slot, as it is a tick in the station.
package protocol ReplayWitness {
    /// The core has taken these slots; called before the events that they made.
    mutating func took(_ slots: Span<InputSlot>, firstSequence: UInt64)
    /// The core has decided these events, in this order.
    /// - Parameter commands: those that the events may name.
    mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor)
    /// The next instant at which it wants to see the core, behind everything that happens at that instant; nil: none.
    /// Asked before each step.
    var nextLook: PlantInstant? { get }
    /// The core at the instant that ``nextLook`` named. Afterwards ``nextLook`` must be later, or nil.
    mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor)
    /// The line has ended, its last instant included. Looks that lie behind it do not come.
    mutating func ended(at instant: PlantInstant, _ monitor: borrowing Monitor)
}

extension ReplayWitness {
    package mutating func took(_ slots: Span<InputSlot>, firstSequence: UInt64) {}
    package mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {}
    package var nextLook: PlantInstant? { nil }
    package mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {}
    package mutating func ended(at instant: PlantInstant, _ monitor: borrowing Monitor) {}
}

/// Two witnesses of one run; for three, one of them is a pair again.
package struct WitnessPair<First: ReplayWitness, Second: ReplayWitness>: ReplayWitness {
    package var first: First
    package var second: Second

    package init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    package mutating func took(_ slots: Span<InputSlot>, firstSequence: UInt64) {
        first.took(slots, firstSequence: firstSequence)
        second.took(slots, firstSequence: firstSequence)
    }

    package mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        first.decided(events, commands: commands, by: monitor)
        second.decided(events, commands: commands, by: monitor)
    }

    package var nextLook: PlantInstant? {
        guard let one = first.nextLook else { return second.nextLook }
        return second.nextLook.map { min(one, $0) } ?? one
    }

    package mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        if first.nextLook == instant { first.look(at: instant, monitor) }
        if second.nextLook == instant { second.look(at: instant, monitor) }
    }

    package mutating func ended(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        first.ended(at: instant, monitor)
        second.ended(at: instant, monitor)
    }
}
