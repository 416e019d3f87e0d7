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
        try db.first("SELECT \(columns) FROM standing WHERE rule = ?", { $0.add(rule) }, AlarmStanding.init)
    }

    static func fetchAll(_ db: Database) throws -> [AlarmStanding] {
        try fetch(db, "ORDER BY rule")
    }

    static func fetchOpen(_ db: Database) throws -> [AlarmStanding] {
        try fetch(db, "WHERE state <> 0 ORDER BY rule")
    }

    private static func fetch(_ db: Database, _ condition: String) throws -> [AlarmStanding] {
        var found: [AlarmStanding] = []
        try db.each("SELECT \(columns) FROM standing \(condition)", { _ in }) { found.append(try AlarmStanding($0)) }
        return found
    }

    private static let columns = """
        rule, state, occurrence, version, level, value, occurred_at, counts, raise_sequence, latest_sequence, acknowledged_by,
        acknowledged_at
        """

    private init(_ row: Columns) throws {
        rule = row.text(0)
        guard let state = UInt8(exactly: row.integer(1)).flatMap({ AlarmState(rawValue: $0) }) else {
            throw JournalFault.damaged("the standing of rule \(rule) has no known state")
        }
        self.state = state
        occurrence = UInt32(clamping: row.integer(2))
        version = UInt32(clamping: row.integer(3))
        level = UInt8(clamping: row.integer(4))
        value = row.optionalDouble(5)
        occurredAt = WallTime(nanoseconds: row.integer(6))
        counts = try CountsText.counts(in: row.text(7))
        raiseSequence = UInt64(clamping: row.integer(8))
        latestSequence = UInt64(clamping: row.integer(9))
        acknowledgedBy = row.optionalText(10)
        acknowledgedAt = row.optionalInteger(11).map { WallTime(nanoseconds: $0) }
    }

    func save(_ db: Database) throws {
        let sql = """
            INSERT INTO standing (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (rule) DO UPDATE SET state = excluded.state, occurrence = excluded.occurrence,
                version = excluded.version, level = excluded.level, value = excluded.value,
                occurred_at = excluded.occurred_at, counts = excluded.counts,
                raise_sequence = excluded.raise_sequence, latest_sequence = excluded.latest_sequence,
                acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at
            """
        try db.run(sql) { values in
            values.add(rule)
            values.add(state.rawValue)
            values.add(occurrence)
            values.add(version)
            values.add(level)
            values.add(value.flatMap { $0.isFinite ? $0 : nil })
            values.add(occurredAt.nanoseconds)
            values.add(CountsText.text(of: counts))
            values.add(raiseSequence)
            values.add(latestSequence)
            values.add(acknowledgedBy)
            values.add(acknowledgedAt?.nanoseconds)
        }
    }
}
