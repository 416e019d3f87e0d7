package import DeliveryPlan
import GRDB
package import PlantModel
package import PlantTime
import StationPorts

/// Who is owed a message about an event, given who was owed one about the same occurrence before; made by `DeliveryPlan`.
/// Called inside the transaction that writes the event: pure and quick.
package typealias OutboxPlan = @Sendable (_ record: AlarmRecord, _ told: [Addressee], _ now: WallTime) -> [OutboxDraft]

/// What one transaction writes: events with their links, how the alarms stand after them, and the messages they owe.
struct CommitTransaction {
    let db: Database
    let plan: OutboxPlan
    let now: WallTime
    /// Rows that the outbox may still take; beyond it, messages below HIGH are written as not told.
    var outboxRoom: Int
    private(set) var head: JournalHead
    /// How alarms stand that were read or written lately.
    private let standings: [String: AlarmStanding]
    /// Those that this transaction has moved.
    private(set) var changed: [String: AlarmStanding] = [:]

    init(
        _ db: Database, plan: @escaping OutboxPlan, now: WallTime, outboxRoom: Int, standings: [String: AlarmStanding]
    ) throws {
        self.db = db
        self.plan = plan
        self.now = now
        self.outboxRoom = outboxRoom
        self.standings = standings
        head = try JournalQuery.head(db)
    }

    /// Writes one draft, or finds that it has been written before.
    mutating func record(_ draft: AlarmRecord) throws -> AlarmRecord {
        if let known = try JournalQuery.record(db, key: draft.key) { return known }
        // A command that comes again changes nothing and is not written again. One that did change an alarm always is:
        // its key is another, and the core has gone on from it.
        if draft.stateBefore == draft.stateAfter, let command = draft.idempotencyKey,
            let known = try JournalQuery.record(db, idempotencyKey: command)
        {
            return known
        }
        var record = draft
        record.sequence = head.sequence + 1
        try append(record)
        let before = try changed[record.rule] ?? standings[record.rule] ?? AlarmStanding.fetch(db, rule: record.rule)
        if let standing = AlarmStanding.folding(record, into: before) {
            try standing.save(db)
            changed[record.rule] = standing
        }
        try owe(record)
        return record
    }

    private mutating func append(_ record: AlarmRecord) throws {
        let body = RecordText.body(of: record)
        let hash = Chain.link(previous: head.hash, body: body)
        try db.cachedStatement(sql: "INSERT INTO event (sequence, key, body, previous, hash) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [record.sequence, record.key, body, head.hash, hash])
        head.sequence = record.sequence
        head.hash = hash
    }

    private mutating func owe(_ record: AlarmRecord) throws {
        if record.transition == AlarmEvent.Transition.clear.word {
            try noteEnd(of: record)
        }
        let told = try JournalQuery.told(db, rule: record.rule, occurrence: record.occurrence)
        for draft in plan(record, told, now) {
            let hasRoom = outboxRoom > 0 || record.priority >= .high
            let stage: OutboxStage =
                if !hasRoom { .notTold } else if try isBehindAnother(draft, of: record.rule) { .inLine } else { .next }
            try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO outbox
                        (sequence, rule, occurrence, priority, channel, recipient, stage, made_at, due_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                record.sequence, record.rule, record.occurrence, record.priority.rawValue, draft.channel,
                draft.recipient, stage.rawValue, now.nanoseconds, draft.dueAt.nanoseconds,
            ])
            if hasRoom { outboxRoom -= 1 }
        }
    }

    /// Messages of this occurrence that nobody has tried to send will say that it is over (semantics.md C). Those that a
    /// sender has are marked already: ``Debts`` were written first.
    private func noteEnd(of record: AlarmRecord) throws {
        try db.cachedStatement(
            sql: """
                UPDATE outbox SET ended_at = ?
                WHERE rule = ? AND occurrence = ? AND stage < 2 AND handed_out = 0 AND ended_at IS NULL
                """
        ).execute(arguments: [record.occurredAt.nanoseconds, record.rule, record.occurrence])
    }

    private func isBehindAnother(_ draft: OutboxDraft, of rule: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (
                        SELECT 1 FROM outbox WHERE rule = ? AND channel = ? AND recipient = ? AND stage < 2)
                    """), arguments: [rule, draft.channel, draft.recipient]) ?? false
    }
}

/// Where a message stands. Raw values are written in the file: never renumbered.
enum OutboxStage: Int {
    /// Behind an earlier message of the same rule to the same recipient by the same channel.
    case inLine = 0
    /// The next of its line: sent when due.
    case next = 1
    case accepted = 2
    /// The receiver will never take it.
    case refused = 3
    /// The outbox was full: shown as undelivered.
    case notTold = 4
}
