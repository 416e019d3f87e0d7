package import PlantTime

/// How the alarm of one rule stands by the journal: all that a restart needs when there is no snapshot, and what a
/// snapshot is checked against. One per rule that was ever raised, also when it is normal again, so that occurrence
/// numbers go on where they stopped.
package struct JournalStanding: Sendable, Equatable {
    package var rule: String
    package var state: AlarmState
    /// The newest occurrence of the rule.
    package var occurrence: UInt32
    package var version: UInt32
    package var level: UInt8
    /// Key of the raise of this occurrence.
    package var raiseKey: String
    package var raisedAt: WallTime
    /// Of the latest event of this occurrence: where it stands in the journal, when it happened, the value it showed.
    package var latestSequence: UInt64
    package var latestAt: WallTime
    package var value: Double?
    package var priority: Priority
    package var acknowledgedBy: String?
    package var acknowledgedAt: WallTime?
    /// How often each transition has happened within this occurrence: the `nth` of the next one is one more.
    package var counts: [AlarmEvent.Transition: UInt32]

    package init(
        rule: String, state: AlarmState, occurrence: UInt32, version: UInt32, level: UInt8, raiseKey: String,
        raisedAt: WallTime, latestSequence: UInt64, latestAt: WallTime, value: Double?, priority: Priority,
        acknowledgedBy: String? = nil, acknowledgedAt: WallTime? = nil, counts: [AlarmEvent.Transition: UInt32]
    ) {
        self.rule = rule
        self.state = state
        self.occurrence = occurrence
        self.version = version
        self.level = level
        self.raiseKey = raiseKey
        self.raisedAt = raisedAt
        self.latestSequence = latestSequence
        self.latestAt = latestAt
        self.value = value
        self.priority = priority
        self.acknowledgedBy = acknowledgedBy
        self.acknowledgedAt = acknowledgedAt
        self.counts = counts
    }
}

extension JournalStanding {
    /// The standing after one more record of the journal; nil as long as the rule has no occurrence.
    ///
    /// Refused commands change nothing. The journal folds every record into its table by this one function, and a check
    /// can fold the whole journal by it again.
    package static func folding(_ record: AlarmRecord, into standing: JournalStanding?) -> JournalStanding? {
        guard let transition = AlarmEvent.Transition(word: record.transition), transition != .refused,
            let state = AlarmState(word: record.stateAfter), !record.rule.isEmpty
        else { return standing }
        var next: JournalStanding
        if let standing, standing.occurrence == record.occurrence {
            next = standing
        } else if let standing, standing.occurrence > record.occurrence {
            // A late word about an older occurrence: the newer one stands.
            return standing
        } else {
            next = JournalStanding(
                rule: record.rule, state: state, occurrence: record.occurrence, version: record.version,
                level: record.level, raiseKey: record.key, raisedAt: record.raisedAt ?? record.occurredAt,
                latestSequence: record.sequence, latestAt: record.occurredAt, value: record.value,
                priority: record.priority, counts: [:])
        }
        next.state = state
        next.version = record.version
        next.level = record.level
        next.latestSequence = record.sequence
        next.latestAt = record.occurredAt
        next.value = record.value
        next.priority = record.priority
        next.counts[transition] = max(next.counts[transition] ?? 0, record.nth)
        if transition == .acknowledge {
            next.acknowledgedBy = record.actor
            next.acknowledgedAt = record.decidedAt
        } else if state == .unacknowledged {
            next.acknowledgedBy = nil
            next.acknowledgedAt = nil
        }
        return next
    }
}
