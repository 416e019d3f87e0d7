import GRDB
import PlantModel
package import PlantTime
package import StationPorts

/// The messages that are owed, as rows: each stands in the line of its rule, channel and recipient, and only the first
/// of a line can be sent. Lines of other channels and other people never wait for it.
enum Outbox {
    /// No journal comes to so many events; a message's id has no room for more.
    static let sequenceEnd: UInt64 = 1 << 46

    /// The id of a message: the sequence of its event, and its place among the messages about it, of which there
    /// are as many as channels at the most. So they stand side by side, in the order of the journal, and need no index.
    static func id(of sequence: UInt64, place: Int) -> Int64 { Int64(sequence) << 16 + Int64(place) }

    /// The sequence of the event that a message is about; 0, which no event has, for an id that only somebody else can have
    /// written.
    static func sequence(ofID id: Int64) -> UInt64 { UInt64(clamping: id >> 16) }

    static func messages(_ db: Database, about sequence: UInt64) throws -> [Row] {
        let sequence = min(sequence, sequenceEnd)
        // Files of schemas before 4 that are looked at as they are number their messages otherwise.
        let isNumberedByEvent = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 >= 4
        return try isNumberedByEvent
            ? Row.fetchAll(
                db.cachedStatement(sql: "SELECT * FROM outbox WHERE id BETWEEN ? AND ? ORDER BY id"),
                arguments: [id(of: sequence, place: 0), id(of: sequence, place: 0xFFFF)])
            : Row.fetchAll(db, sql: "SELECT * FROM outbox WHERE sequence = ? ORDER BY id", arguments: [sequence])
    }

    static func pending(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox WHERE stage < 2") ?? 0
    }

    /// Rows whose time has come: of one channel most urgent first, of all channels oldest first.
    /// - Parameter record: reads the record of a sequence.
    static func due(
        _ db: Database, at now: WallTime, channel: String?, limit: Int, record: (UInt64) throws -> AlarmRecord?
    ) throws -> [DueRow] {
        var due: [DueRow] = []
        try db.each(
            channel == nil ? dueOfAll : dueOfChannel,
            { values in
                if let channel { values.add(channel) }
                values.add(now.nanoseconds)
                values.add(limit)
            }
        ) { row in
            let id = row.integer(0)
            let sequence = sequence(ofID: id)
            let found: AlarmRecord?
            do {
                found = try record(sequence)
            } catch let fault where JournalFault.mayPass(fault) {
                due.append(.unread(fault))
                return
            } catch {
                found = nil
            }
            guard let record = found else {
                due.append(.unreadable(id: id))
                return
            }
            let owed = OutboxRow(
                id: id, record: record, channel: row.text(1), recipient: row.text(2),
                dueAt: WallTime(nanoseconds: row.integer(3)), attempts: Int(row.integer(4)),
                lastAnswer: row.optionalText(5),
                endedAt: row.optionalInteger(6).map { WallTime(nanoseconds: $0) },
                committedAt: row.optionalInteger(8).map { PlantInstant(nanoseconds: $0) })
            due.append(row.integer(7) == 0 ? .open(owed) : .fixed(owed))
        }
        return due
    }

    static let dueOfChannel = """
        SELECT \(dueColumns) FROM outbox o WHERE o.stage = 1 AND o.channel = ? AND o.due_at <= ?
        ORDER BY o.priority DESC, o.due_at, o.id LIMIT ?
        """

    private static let dueOfAll = """
        SELECT \(dueColumns) FROM outbox o WHERE o.stage = 1 AND o.due_at <= ? ORDER BY o.due_at, o.id LIMIT ?
        """

    private static let dueColumns = """
        o.id, o.channel, o.recipient, o.due_at, o.attempts, o.last_answer, o.ended_at, o.handed_out,
        (SELECT committed_at FROM stamp s WHERE s.sequence = o.sequence)
        """

    static func nextDue(_ db: Database, channel: String?) throws -> WallTime? {
        let due =
            if let channel {
                try db.first(
                    "SELECT min(due_at) FROM outbox WHERE stage = 1 AND channel = ?", { $0.add(channel) },
                    { $0.optionalInteger(0) })
            } else {
                try db.first("SELECT min(due_at) FROM outbox WHERE stage = 1", { _ in }, { $0.optionalInteger(0) })
            }
        return due.flatMap { $0 }.map { WallTime(nanoseconds: $0) }
    }

    /// Ends a row whose record cannot be read: it can never be sent, and is counted as undelivered instead of standing in
    /// the way.
    /// - Returns: whether the row has left the outbox by it.
    static func endUnreadable(_ db: Database, row id: Int64, at now: WallTime) throws -> Bool {
        try settle(db, row: id, as: .refused, "its record cannot be read", at: now)
    }

    /// - Returns: whether the row has left the outbox by it.
    static func note(
        _ db: Database, _ outcome: AttemptOutcome, row id: Int64, at now: WallTime, _ stamps: AttemptStamps?
    ) throws -> Bool {
        if let stamps {
            try db.run("UPDATE outbox SET sent_at = ?, answered_at = ? WHERE id = ? AND stage < 2") { values in
                values.add(stamps.sent.nanoseconds)
                values.add(stamps.answered.nanoseconds)
                values.add(id)
            }
        }
        switch outcome {
        case .accepted(let answer): return try settle(db, row: id, as: .accepted, answer, at: now)
        case .refused(let answer): return try settle(db, row: id, as: .refused, answer, at: now)
        case .failed(let answer, let nextAt):
            let sql = """
                UPDATE outbox SET attempts = attempts + 1, last_answer = ?, due_at = ?, handed_out = 1
                WHERE id = ? AND stage < 2
                """
            try db.run(sql) { values in
                values.add(answer)
                values.add(nextAt.nanoseconds)
                values.add(id)
            }
            return false
        }
    }

    static func backlog(_ db: Database, at now: WallTime) throws -> OutboxBacklog {
        // Both by one walk along the lines, which hold nothing but what is owed.
        let owed = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT pending, (SELECT made_at FROM outbox WHERE id = oldest) FROM (
                        SELECT count(*) AS pending, min(id) AS oldest FROM outbox INDEXED BY outbox_line WHERE stage < 2)
                    """))
        return OutboxBacklog(
            pending: owed?[0] ?? 0,
            oldest: (owed?[1] as Int64?).map { max(.zero, now - WallTime(nanoseconds: $0)) } ?? .zero,
            undelivered: try Int.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) FROM outbox WHERE stage > 2")) ?? 0)
    }

    /// Ends a row, and lets the next of its line step forward. A second answer for the same row changes nothing.
    private static func settle(
        _ db: Database, row id: Int64, as stage: OutboxStage, _ answer: String, at now: WallTime
    ) throws -> Bool {
        let end = """
            UPDATE outbox SET stage = ?, attempts = attempts + 1, last_answer = ?, settled_at = ?
            WHERE id = ? AND stage < 2
            """
        try db.run(end) { values in
            values.add(stage.rawValue)
            values.add(answer)
            values.add(now.nanoseconds)
            values.add(id)
        }
        guard db.changesCount > 0 else { return false }
        let stepForward = """
            UPDATE outbox SET stage = 1 WHERE id = (
                SELECT o.id FROM outbox o JOIN outbox settled ON settled.id = ?
                WHERE o.rule = settled.rule AND o.channel = settled.channel AND o.recipient = settled.recipient
                    AND o.stage < 2
                ORDER BY o.id LIMIT 1)
            """
        try db.run(stepForward) { $0.add(id) }
        return true
    }
}

/// A row whose time has come.
enum DueRow {
    /// Handed to a sender before: its body stays as it is.
    case fixed(OutboxRow)
    /// Not handed out yet: a clear may still add the end to it.
    case open(OutboxRow)
    /// There is no record for it, or not one that can be understood.
    case unreadable(id: Int64)
    /// The disk did not give its record this time.
    case unread(any Error)

    var row: OutboxRow? {
        switch self {
        case .fixed(let row), .open(let row): row
        case .unreadable, .unread: nil
        }
    }

    /// The id of a row that goes out for the first time.
    var opened: Int64? { if case .open(let row) = self { row.id } else { nil } }
}

extension Journal: OutboxArchive {
    package func dueRows(at now: WallTime, limit: Int) throws(JournalFault) -> [OutboxRow] {
        try handOut(at: now, channel: nil, limit: limit)
    }

    package func dueRows(at now: WallTime, channel: String, limit: Int) throws(JournalFault) -> [OutboxRow] {
        try handOut(at: now, channel: channel, limit: limit)
    }

    package func nextDue() throws(JournalFault) -> WallTime? { try read { try Outbox.nextDue($0, channel: nil) } }

    package func nextDue(channel: String) throws(JournalFault) -> WallTime? {
        try read { try Outbox.nextDue($0, channel: channel) }
    }

    package func note(
        _ outcome: AttemptOutcome, forRow id: Int64, at now: WallTime, _ stamps: AttemptStamps?
    ) throws(JournalFault) {
        if try note({ try Outbox.note($0, outcome, row: id, at: now, stamps) }) { countSettled() }
    }

    package func backlog(at now: WallTime) throws(JournalFault) -> OutboxBacklog {
        try read { try Outbox.backlog($0, at: now) }
    }

    /// Reads what is due, and fixes the bodies of new rows before a sender gets them.
    ///
    /// It looks on the writing connection, between two transactions: no clear is being committed between the look and the
    /// note that the rows are out, and every later one writes that note first. So nothing waits for the disk here.
    ///
    /// What the disk does not give now is asked for again, and holds up nothing that can be read: only when there is no other is
    /// its fault the answer.
    private func handOut(at now: WallTime, channel: String?, limit: Int) throws(JournalFault) -> [OutboxRow] {
        let due: [DueRow]
        do {
            due = try pool.writeWithoutTransaction { db in
                let due = try Outbox.due(db, at: now, channel: channel, limit: limit) { sequence in
                    if let known = recent(sequence) { return known }
                    try options.disturbReading?()
                    return try JournalQuery.record(db, sequence: sequence)
                }
                noteHandedOut(due.compactMap(\.opened))
                return due
            }
        } catch {
            throw JournalFault.reading(error)
        }
        for case .unreadable(let id) in due where try note({ try Outbox.endUnreadable($0, row: id, at: now) }) {
            countSettled()
        }
        if !due.contains(where: { $0.row != nil }) {
            for case .unread(let fault) in due { throw JournalFault.reading(fault) }
        }
        let stamps = debts.stamps
        return due.compactMap(\.row).map { row in
            var row = row
            row.committedAt = row.committedAt ?? stamps.last { $0.sequence == row.record.sequence }?.committed
            return row
        }
    }
}
