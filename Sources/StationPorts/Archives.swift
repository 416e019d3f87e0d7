package import PlantModel
package import PlantTime

/// The end of the journal: what outside copies are compared with.
package struct JournalHead: Sendable, Equatable, Codable {
    /// Made once per journal file; part of every platform record's identity (decisions.md 11).
    package var journalID: String
    package var sequence: UInt64
    /// SHA-256 of the chain up to `sequence`, lower-case hexadecimal.
    package var hash: String

    package init(journalID: String, sequence: UInt64, hash: String) {
        self.journalID = journalID
        self.sequence = sequence
        self.hash = hash
    }
}

/// One alarm as it stands in the journal: its raise, its latest change, and who answered.
package struct AlarmView: Sendable, Equatable, Codable {
    package var raise: AlarmRecord
    package var latest: AlarmRecord
    package var acknowledgedBy: String?
    package var acknowledgedAt: WallTime?

    package init(
        raise: AlarmRecord, latest: AlarmRecord, acknowledgedBy: String? = nil, acknowledgedAt: WallTime? = nil
    ) {
        self.raise = raise
        self.latest = latest
        self.acknowledgedBy = acknowledgedBy
        self.acknowledgedAt = acknowledgedAt
    }
}

/// The journal as its readers see it. Everything it returns has been committed. Any thread; each call reads the file.
package protocol AlarmArchive: Sendable {
    func head() throws -> JournalHead
    /// Every alarm whose state is not normal, most urgent first.
    func openAlarms() throws -> [AlarmView]
    func alarm(rule: String, occurrence: UInt32) throws -> AlarmView?
    /// Records after a sequence, in order, at most `limit`.
    func records(after sequence: UInt64, limit: Int) throws -> [AlarmRecord]
    /// - Complexity: linear in the journal: an event of a known alarm is found among the alarm's.
    func record(forKey key: String) throws -> AlarmRecord?
    func record(forIdempotencyKey key: String) throws -> AlarmRecord?
}

/// One message owed to one recipient: made inside the transaction that wrote the event (decisions.md 16).
package struct OutboxRow: Sendable, Equatable {
    package var id: Int64
    /// What the message says; the body is encoded from it when it is sent, so every attempt sends the same body.
    package var record: AlarmRecord
    package var channel: String
    package var recipient: String
    package var dueAt: WallTime
    package var attempts: Int
    package var lastAnswer: String?
    /// When the occurrence had already ended before this message's first attempt: the clear's `occurredAt`. The message
    /// then says "was active from ... to ..." (semantics.md C). Fixed once by the archive, in the transaction that writes
    /// the clear, and only on rows that were never handed out, so that all attempts of a row still send the same body.
    package var endedAt: WallTime?
    /// When the event was committed, on the plant's time line, if that is known: for the latency histograms.
    package var committedAt: PlantInstant?

    package init(
        id: Int64, record: AlarmRecord, channel: String, recipient: String, dueAt: WallTime, attempts: Int,
        lastAnswer: String? = nil, endedAt: WallTime? = nil, committedAt: PlantInstant? = nil
    ) {
        self.id = id
        self.record = record
        self.channel = channel
        self.recipient = recipient
        self.dueAt = dueAt
        self.attempts = attempts
        self.lastAnswer = lastAnswer
        self.endedAt = endedAt
        self.committedAt = committedAt
    }

    /// Sent as `Idempotency-Key`: the same on every attempt (decisions.md 10).
    package var idempotencyKey: String { "\(record.key)/\(recipient)" }
}

package enum AttemptOutcome: Sendable, Equatable {
    /// The receiver accepted it (which is not yet "read").
    case accepted(answer: String)
    /// Try again at this time.
    case failed(answer: String, nextAt: WallTime)
    /// Given up for good: the receiver will never take it. Shown as undelivered.
    case refused(answer: String)
}

/// The outbox as the delivery worker sees it. Rows of one channel and recipient come strictly in the order of events
/// per rule: a row is not due while an earlier one of the same rule and recipient is pending.
package protocol OutboxArchive: Sendable {
    /// Rows whose time has come, oldest first, at most `limit`.
    func dueRows(at now: WallTime, limit: Int) throws -> [OutboxRow]
    /// When the next pending row is due; nil when nothing is pending.
    func nextDue() throws -> WallTime?
    /// Rows of one channel whose time has come, most urgent priority first, then oldest, at most `limit`; never two of one
    /// rule and recipient. Each lane asks for its own, so that a deaf channel's backlog cannot fill the batch of the others.
    func dueRows(at now: WallTime, channel: String, limit: Int) throws -> [OutboxRow]
    /// When the next pending row of one channel is due.
    func nextDue(channel: String) throws -> WallTime?
    /// - Parameter stamps: when the request left and was answered, if one left.
    func note(_ outcome: AttemptOutcome, forRow id: Int64, at now: WallTime, _ stamps: AttemptStamps?) throws
    /// Pending rows and the age of the oldest: for metrics and /readyz.
    func backlog(at now: WallTime) throws -> OutboxBacklog
}

extension OutboxArchive {
    /// For archives that keep no index by channel: reads everything that is due and picks.
    package func dueRows(at now: WallTime, channel: String, limit: Int) throws -> [OutboxRow] {
        let rows = try dueRows(at: now, limit: .max).filter { $0.channel == channel }
        let urgentFirst = rows.enumerated().sorted { left, right in
            (right.element.record.priority, left.offset) < (left.element.record.priority, right.offset)
        }
        return urgentFirst.prefix(limit).map(\.element)
    }

    package func nextDue(channel: String) throws -> WallTime? { try nextDue() }

    /// An outcome without an attempt, such as a message for a channel that is gone.
    package func note(_ outcome: AttemptOutcome, forRow id: Int64, at now: WallTime) throws {
        try note(outcome, forRow: id, at: now, nil)
    }
}

package struct OutboxBacklog: Sendable, Equatable {
    package var pending: Int
    package var oldest: Duration
    package var undelivered: Int

    package init(pending: Int, oldest: Duration, undelivered: Int) {
        self.pending = pending
        self.oldest = oldest
        self.undelivered = undelivered
    }
}

/// What the platform uplink needs of the journal (decisions.md 11): the records that owe a report, and how far the
/// platform has said it stored them.
package protocol UplinkArchive: Sendable {
    func head() throws -> JournalHead
    /// Records that carry `Duties.reportToPlatform`, after a sequence, in order.
    /// - Complexity: linear in all records from there to the last that is returned.
    func platformRecords(after sequence: UInt64, limit: Int) throws -> [AlarmRecord]
    /// The highest sequence that the platform has confirmed for this journal; 0 when none.
    func confirmedSequence(platform: String) throws -> UInt64
    func noteConfirmed(_ sequence: UInt64, platform: String) throws
    /// The raises of all alarms that are open now: sent again after a mismatch.
    func openRaises() throws -> [AlarmRecord]
}

/// The input log as restart and replay see it.
package protocol InputArchive: Sendable {
    /// The newest stored snapshot of the core, or nil.
    func latestSnapshot() throws -> StoredSnapshot?
    /// Logged slots after an input sequence, in order; each batch is handed to `body` with the commands it names.
    func replay(after inputSequence: UInt64, _ body: (LoggedBatch) throws -> Void) throws
    /// The highest input sequence that is safely on disk; 0 when none.
    func loggedThrough() throws -> UInt64
}

package struct StoredSnapshot: Sendable, Equatable {
    /// The last input the core had taken when it was made.
    package var inputSequence: UInt64
    /// Opaque to the archive: written and read by the core.
    package var bytes: [UInt8]

    package init(inputSequence: UInt64, bytes: [UInt8]) {
        self.inputSequence = inputSequence
        self.bytes = bytes
    }
}

package struct LoggedBatch: Sendable {
    /// Input sequence of the first slot; the others follow without a hole.
    package var first: UInt64
    package var slots: [InputSlot]
    /// The commands that slots of kind `.command` name by `auxiliary`.
    package var commands: [UInt32: OperatorCommand]

    package init(first: UInt64, slots: [InputSlot], commands: [UInt32: OperatorCommand]) {
        self.first = first
        self.slots = slots
        self.commands = commands
    }
}
