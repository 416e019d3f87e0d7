import DeliveryPlan
import GRDB
import PlantModel
import PlantTime
import StationPorts

/// Questions to one connection: the same for the running journal, a read-only reader, and a transaction that is being made.
enum JournalQuery {
    static func head(_ db: Database) throws -> JournalHead {
        guard let genesis = try Row.fetchOne(db.cachedStatement(sql: "SELECT * FROM genesis")) else {
            throw JournalFault.damaged("the file has no genesis row")
        }
        let id: String = genesis["journal_id"]
        let last = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT sequence, hash FROM event ORDER BY sequence DESC LIMIT 1"))
        guard let last else {
            return JournalHead(journalID: id, sequence: genesis["base_sequence"], hash: genesis["hash"])
        }
        return JournalHead(journalID: id, sequence: last["sequence"], hash: last["hash"])
    }

    /// - Complexity: linear in the journal; ``record(_:of:)`` and the events of an alarm are not.
    static func record(_ db: Database, key: String) throws -> AlarmRecord? {
        try one(db, "SELECT body FROM record WHERE key = ?") { $0.add(key) }
    }

    /// The record that has a draft's key.
    static func record(_ db: Database, of draft: AlarmRecord) throws -> AlarmRecord? {
        try one(db, "SELECT body FROM record WHERE rule = ? AND occurrence = ? AND key = ?") { values in
            values.add(draft.rule)
            values.add(draft.occurrence)
            values.add(draft.key)
        }
    }

    static func record(_ db: Database, idempotencyKey: String) throws -> AlarmRecord? {
        try one(db, "SELECT body FROM record WHERE idempotency_key = ? ORDER BY sequence LIMIT 1") {
            $0.add(idempotencyKey)
        }
    }

    static func record(_ db: Database, sequence: UInt64) throws -> AlarmRecord? {
        try one(db, "SELECT body FROM record WHERE sequence = ?") { $0.add(sequence) }
    }

    static func records(_ db: Database, after sequence: UInt64, limit: Int) throws -> [AlarmRecord] {
        try many(db, "SELECT body FROM record WHERE sequence > ? ORDER BY sequence LIMIT ?") { values in
            values.add(sequence)
            values.add(limit)
        }
    }

    /// - Complexity: linear in the records after the sequence, up to the last that is returned.
    static func platformRecords(_ db: Database, after sequence: UInt64, limit: Int) throws -> [AlarmRecord] {
        try many(db, "SELECT body FROM record WHERE to_platform = 1 AND sequence > ? ORDER BY sequence LIMIT ?") {
            values in
            values.add(sequence)
            values.add(limit)
        }
    }

    /// Every record of one occurrence, in order.
    static func records(_ db: Database, rule: String, occurrence: UInt32) throws -> [AlarmRecord] {
        try many(db, "SELECT body FROM record WHERE rule = ? AND occurrence = ? ORDER BY sequence") { values in
            values.add(rule)
            values.add(occurrence)
        }
    }

    static func openAlarms(_ db: Database) throws -> [AlarmView] {
        var views: [AlarmView] = []
        for standing in try AlarmStanding.fetchOpen(db) {
            guard let latest = try record(db, sequence: standing.latestSequence) else { continue }
            views.append(
                AlarmView(
                    raise: try record(db, sequence: standing.raiseSequence) ?? latest, latest: latest,
                    acknowledgedBy: standing.acknowledgedBy, acknowledgedAt: standing.acknowledgedAt))
        }
        return views.sorted { ($1.latest.priority, $0.raise.sequence) < ($0.latest.priority, $1.raise.sequence) }
    }

    static func alarm(_ db: Database, rule: String, occurrence: UInt32) throws -> AlarmView? {
        let records = try records(db, rule: rule, occurrence: occurrence)
        let standing = records.reduce(nil) { AlarmStanding.folding($1, into: $0) }
        guard let standing, let raise = records.first(where: { $0.sequence == standing.raiseSequence }),
            let latest = records.first(where: { $0.sequence == standing.latestSequence })
        else { return nil }
        return AlarmView(
            raise: raise, latest: latest, acknowledgedBy: standing.acknowledgedBy,
            acknowledgedAt: standing.acknowledgedAt)
    }

    /// The messages about an occurrence, in the order in which they came to be owed; not those that were refused for good or
    /// never told.
    static func messages(_ db: Database, rule: String, occurrence: UInt32) throws -> [OwedMessage] {
        var messages: [OwedMessage] = []
        try db.each(
            messagesOfAlarm,
            { values in
                values.add(rule)
                values.add(occurrence)
            }
        ) { row in
            messages.append(
                OwedMessage(
                    id: row.integer(0), addressee: Addressee(channel: row.text(1), recipient: row.text(2)),
                    isUntried: row.integer(3) != 0))
        }
        return messages.sorted { $0.id < $1.id }
    }

    /// By the messages' own order (``Outbox/id(of:place:)``): however many others are owed of the same rule, none is looked at.
    /// Sorted by who asks: for a handful of rows SQLite's temporary tables cost more than the rest.
    static let messagesOfAlarm = """
        SELECT o.id, o.channel, o.recipient, o.stage < 2 AND o.handed_out = 0 AND o.ended_at IS NULL
        FROM (
            SELECT sequence FROM event WHERE rule = ?1 AND occurrence = ?2
            UNION ALL
            SELECT sequence FROM carried WHERE rule = ?1 AND occurrence = ?2
            UNION ALL
            SELECT sequence FROM lost WHERE rule = ?1 AND occurrence = ?2) e
        JOIN outbox o ON o.id BETWEEN e.sequence << 16 AND (e.sequence << 16) + 65535 AND o.stage <= 2
        """

    /// SQLite's integers end at Int64.max: nothing is ever after that.
    static func bounded(_ sequence: UInt64) -> Int64 { Int64(clamping: sequence) }

    private static func one(
        _ db: Database, _ sql: String, _ bind: (inout Bindings) -> Void
    ) throws -> AlarmRecord? {
        try db.first(sql, bind) { try RecordText.record(from: $0.text(0)) }
    }

    private static func many(
        _ db: Database, _ sql: String, _ bind: (inout Bindings) -> Void
    ) throws -> [AlarmRecord] {
        var records: [AlarmRecord] = []
        try db.each(sql, bind) { records.append(try RecordText.record(from: $0.text(0))) }
        return records
    }
}

/// A message about an occurrence, as far as a later event of the occurrence is concerned.
struct OwedMessage {
    var id: Int64
    var addressee: Addressee
    /// Nobody has tried to send it, and it does not say yet that its alarm is over.
    var isUntried: Bool
}
