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
    /// How alarms stand that were written lately.
    private let standings: [String: AlarmStanding]
    /// Those that this transaction has moved.
    private(set) var changed: [String: AlarmStanding] = [:]

    /// - Parameter memory: what need not be read from the file.
    init(_ db: Database, plan: @escaping OutboxPlan, now: WallTime, outboxRoom: Int, memory: CommitMemory?) throws {
        self.db = db
        self.plan = plan
        self.now = now
        self.outboxRoom = outboxRoom
        standings = memory?.standings ?? [:]
        head = try memory?.head ?? JournalQuery.head(db)
    }

    /// Writes one draft, or finds that it has been written before.
    mutating func record(_ draft: AlarmRecord) throws -> AlarmRecord {
        let before = try changed[draft.rule] ?? standings[draft.rule] ?? AlarmStanding.fetch(db, rule: draft.rule)
        // A raise that begins an occurrence cannot have been written, nor has anybody been told of it: nothing to look for.
        let begins =
            draft.transition == AlarmEvent.Transition.raise.word
            && (before.map { $0.occurrence < draft.occurrence } ?? false)
        if !begins, let known = try known(draft) { return known }
        var record = draft
        record.sequence = head.sequence + 1
        try append(record)
        if let standing = AlarmStanding.folding(record, into: before) {
            try standing.save(db)
            changed[record.rule] = standing
        }
        try owe(
            record, before: begins ? [] : JournalQuery.messages(db, rule: record.rule, occurrence: record.occurrence))
        return record
    }

    /// The record of a draft that has been written before.
    private func known(_ draft: AlarmRecord) throws -> AlarmRecord? {
        if let known = try JournalQuery.record(db, of: draft) { return known }
        // A command that comes again changes nothing and is not written again. One that did change an alarm always is:
        // its key is another, and the core has gone on from it.
        guard draft.stateBefore == draft.stateAfter, let command = draft.idempotencyKey else { return nil }
        return try JournalQuery.record(db, idempotencyKey: command)
    }

    private mutating func append(_ record: AlarmRecord) throws {
        let body = RecordText.body(of: record)
        let labels = RecordLabels(of: record)
        let hash = Chain.link(previous: head.hash, body: body)
        try db.run("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") { values in
            values.add(record.sequence)
            values.add(labels.key)
            values.add(labels.rule)
            values.add(labels.occurrence)
            values.add(labels.idempotencyKey)
            values.add(labels.toPlatform)
            values.add(body)
            values.add(head.hash)
            values.add(hash)
        }
        head.sequence = record.sequence
        head.hash = hash
    }

    /// - Parameter before: the messages about the same occurrence.
    private mutating func owe(_ record: AlarmRecord, before: [OwedMessage]) throws {
        if record.transition == AlarmEvent.Transition.clear.word { try noteEnd(of: record, in: before) }
        var seen: Set<Addressee> = []
        let told = before.map(\.addressee).filter { seen.insert($0).inserted }
        for (place, draft) in plan(record, told, now).enumerated() {
            let hasRoom = outboxRoom > 0 || record.priority >= .high
            // Without a stage of its own it takes its place in the line: next, or behind another.
            let stage: OutboxStage? = hasRoom ? nil : .notTold
            try db.run(Self.oweMessage) { values in
                values.add(Outbox.id(of: record.sequence, place: place))
                values.add(record.rule)
                values.add(record.occurrence)
                values.add(record.priority.rawValue)
                values.add(draft.channel)
                values.add(draft.recipient)
                values.add(now.nanoseconds)
                values.add(draft.dueAt.nanoseconds)
                values.add(stage.map { Int64($0.rawValue) })
            }
            if hasRoom { outboxRoom -= 1 }
        }
    }

    private static let oweMessage = """
        INSERT INTO outbox (id, rule, occurrence, priority, channel, recipient, made_at, due_at, stage)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, NOT EXISTS (
            SELECT 1 FROM outbox WHERE rule = ?2 AND channel = ?5 AND recipient = ?6 AND stage < 2)))
        """

    /// Messages of this occurrence that nobody has tried to send will say that it is over (semantics.md C). Those that a
    /// sender has are marked already: ``Debts`` were written first.
    private func noteEnd(of record: AlarmRecord, in messages: [OwedMessage]) throws {
        for message in messages where message.isUntried {
            try db.run("UPDATE outbox SET ended_at = ? WHERE id = ?") { values in
                values.add(record.occurredAt.nanoseconds)
                values.add(message.id)
            }
        }
    }
}

/// What the committing thread knows of the file without reading it: this process alone writes it.
struct CommitMemory: Sendable {
    /// The end of the chain, as of the last commit.
    var head: JournalHead
    /// How the alarms stand whose rules have moved lately.
    var standings: [String: AlarmStanding] = [:]
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
