import GRDB
import PlantModel
import PlantTime
import StationPorts

/// One row of `standing`: how the alarm of a rule stands after the latest event of its newest occurrence.
struct AlarmStanding: Equatable {
    var rule: String
    var state: AlarmState
    var occurrence: UInt32
    var version: UInt32
    var level: UInt8
    var value: Double?
    var occurredAt: WallTime
    var counts: [String: UInt32]
    var raiseSequence: UInt64
    var latestSequence: UInt64
    var acknowledgedBy: String?
    var acknowledgedAt: WallTime?

    /// What the core is told after a restart.
    var forCore: JournalStanding {
        var transitions: [AlarmEvent.Transition: UInt32] = [:]
        for (word, count) in counts {
            if let transition = AlarmEvent.Transition(word: word) { transitions[transition] = count }
        }
        return JournalStanding(
            rule: rule, state: state, occurrence: occurrence, version: version, level: level, counts: transitions,
            value: value, occurredAt: occurredAt)
    }
}

// MARK: - Folding

extension AlarmStanding {
    /// The standing after one more record; unchanged by records that are about no alarm or about an older occurrence.
    ///
    /// The journal keeps its table by this one function, and makes it again by it from the records alone.
    static func folding(_ record: AlarmRecord, into standing: AlarmStanding?) -> AlarmStanding? {
        guard let transition = AlarmEvent.Transition(word: record.transition), !record.rule.isEmpty,
            let state = AlarmState(word: record.stateAfter)
        else { return standing }
        guard var next = standing, next.occurrence >= record.occurrence else {
            // A refusal opens no occurrence: it may name one that never was.
            return transition == .refused ? standing : AlarmStanding(opening: record, transition, state)
        }
        guard next.occurrence == record.occurrence else { return standing }
        next.counts[record.transition] = max(next.counts[record.transition] ?? 0, record.nth)
        switch transition {
        case .refused, .comment: return next
        case .acknowledge:
            next.acknowledgedBy = record.actor
            next.acknowledgedAt = record.decidedAt
        case .raise, .clear, .escalate, .deescalate, .unacknowledge, .reset, .reAlarm, .retire, .shelve, .unshelve:
            if state == .unacknowledged {
                next.acknowledgedBy = nil
                next.acknowledgedAt = nil
            }
        }
        next.state = state
        next.version = record.version
        next.level = record.level
        next.value = record.value
        next.occurredAt = record.occurredAt
        next.latestSequence = record.sequence
        return next
    }

    private init(opening record: AlarmRecord, _ transition: AlarmEvent.Transition, _ state: AlarmState) {
        rule = record.rule
        self.state = state
        occurrence = record.occurrence
        version = record.version
        level = record.level
        value = record.value
        occurredAt = record.occurredAt
        counts = [record.transition: record.nth]
        raiseSequence = record.sequence
        latestSequence = record.sequence
        if transition == .acknowledge {
            acknowledgedBy = record.actor
            acknowledgedAt = record.decidedAt
        }
    }
}

// MARK: - The table

extension AlarmStanding {
    static func fetch(_ db: Database, rule: String) throws -> AlarmStanding? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM standing WHERE rule = ?"), arguments: [rule]
        ).map { try AlarmStanding($0) }
    }

    static func fetchAll(_ db: Database) throws -> [AlarmStanding] {
        try Row.fetchAll(db, sql: "SELECT * FROM standing ORDER BY rule").map { try AlarmStanding($0) }
    }

    static func fetchOpen(_ db: Database) throws -> [AlarmStanding] {
        try Row.fetchAll(db, sql: "SELECT * FROM standing WHERE state <> 0 ORDER BY rule").map { try AlarmStanding($0) }
    }

    private init(_ row: Row) throws {
        rule = row["rule"]
        guard let state = AlarmState(rawValue: row["state"]) else {
            throw JournalFault.damaged("the standing of rule \(rule) has no known state")
        }
        self.state = state
        occurrence = row["occurrence"]
        version = row["version"]
        level = row["level"]
        value = row["value"]
        occurredAt = WallTime(nanoseconds: row["occurred_at"])
        let text: String = row["counts"]
        counts = try CountsText.counts(in: text)
        raiseSequence = row["raise_sequence"]
        latestSequence = row["latest_sequence"]
        acknowledgedBy = row["acknowledged_by"]
        acknowledgedAt = (row["acknowledged_at"] as Int64?).map { WallTime(nanoseconds: $0) }
    }

    func save(_ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (rule) DO UPDATE SET state = excluded.state, occurrence = excluded.occurrence,
                    version = excluded.version, level = excluded.level, value = excluded.value,
                    occurred_at = excluded.occurred_at, counts = excluded.counts,
                    raise_sequence = excluded.raise_sequence, latest_sequence = excluded.latest_sequence,
                    acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at
                """)
        try statement.execute(arguments: [
            rule, state.rawValue, occurrence, version, level, value.flatMap { $0.isFinite ? $0 : nil },
            occurredAt.nanoseconds, CountsText.text(of: counts), raiseSequence, latestSequence, acknowledgedBy,
            acknowledgedAt?.nanoseconds,
        ])
    }
}
