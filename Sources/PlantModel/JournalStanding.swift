package import PlantTime

/// What the journal last wrote about one rule: the core is reconciled with it after a restart (house.md, "Restart is a
/// replay").
///
/// One value per rule that has ever had an event. It speaks of the rule's newest occurrence; refused commands and comments
/// count in ``counts`` but change nothing else.
package struct JournalStanding: Sendable, Equatable {
    package var rule: String
    /// `stateAfter` of the newest record of the newest occurrence.
    package var state: AlarmState
    package var occurrence: UInt32
    package var version: UInt32
    /// The level of a LADDER; 0 elsewhere.
    package var level: UInt8
    /// The highest `nth` written for each transition within the newest occurrence; absent means none.
    package var counts: [AlarmEvent.Transition: UInt32]
    /// The value of its newest record; nil when that had none.
    package var value: Double?
    /// When its newest record happened.
    package var occurredAt: WallTime

    package init(
        rule: String, state: AlarmState, occurrence: UInt32, version: UInt32, level: UInt8 = 0,
        counts: [AlarmEvent.Transition: UInt32] = [:], value: Double? = nil, occurredAt: WallTime
    ) {
        self.rule = rule
        self.state = state
        self.occurrence = occurrence
        self.version = version
        self.level = level
        self.counts = counts
        self.value = value
        self.occurredAt = occurredAt
    }
}
