import GRDB
import PlantModel
package import PlantTime
package import StationPorts

/// The messages that are owed, as rows: each stands in the line of its rule, channel and recipient, and only the first
/// of a line can be sent. Lines of other channels and other people never wait for it.
enum Outbox {
    static func pending(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM outbox WHERE stage < 2") ?? 0
    }

    /// Rows whose time has come: of one channel most urgent first, of all channels oldest first.
    /// - Parameter known: records that need not be read again.
    static func due(
        _ db: Database, at now: WallTime, channel: String?, limit: Int, known: (UInt64) -> AlarmRecord?
    ) throws -> [DueRow] {
        if let channel {
            return try rows(
                db, "o.channel = ? AND o.due_at <= ? ORDER BY o.priority DESC, o.due_at, o.id LIMIT ?",
                [channel, now.nanoseconds, limit], known)
        }
        return try rows(db, "o.due_at <= ? ORDER BY o.due_at, o.id LIMIT ?", [now.nanoseconds, limit], known)
    }

    static func nextDue(_ db: Database, channel: String?) throws -> WallTime? {
        let due: Int64? =
            if let channel {
                try Int64.fetchOne(
                    db.cachedStatement(sql: "SELECT min(due_at) FROM outbox WHERE stage = 1 AND channel = ?"),
                    arguments: [channel])
            } else {
                try Int64.fetchOne(db.cachedStatement(sql: "SELECT min(due_at) FROM outbox WHERE stage = 1"))
            }
        return due.map { WallTime(nanoseconds: $0) }
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
            try db.cachedStatement(sql: "UPDATE outbox SET sent_at = ?, answered_at = ? WHERE id = ? AND stage < 2")
                .execute(arguments: [stamps.sent.nanoseconds, stamps.answered.nanoseconds, id])
        }
        switch outcome {
        case .accepted(let answer): return try settle(db, row: id, as: .accepted, answer, at: now)
        case .refused(let answer): return try settle(db, row: id, as: .refused, answer, at: now)
        case .failed(let answer, let nextAt):
            try db.cachedStatement(
                sql: """
                    UPDATE outbox SET attempts = attempts + 1, last_answer = ?, due_at = ?, handed_out = 1
                    WHERE id = ? AND stage < 2
                    """
            ).execute(arguments: [answer, nextAt.nanoseconds, id])
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
        try db.cachedStatement(
            sql: """
                UPDATE outbox SET stage = ?, attempts = attempts + 1, last_answer = ?, settled_at = ?
                WHERE id = ? AND stage < 2
                """
        ).execute(arguments: [stage.rawValue, answer, now.nanoseconds, id])
        guard db.changesCount > 0 else { return false }
        try db.cachedStatement(
            sql: """
                UPDATE outbox SET stage = 1 WHERE id = (
                    SELECT o.id FROM outbox o JOIN outbox settled ON settled.id = ?
                    WHERE o.rule = settled.rule AND o.channel = settled.channel AND o.recipient = settled.recipient
                        AND o.stage < 2
                    ORDER BY o.id LIMIT 1)
                """
        ).execute(arguments: [id])
        return true
    }

    private static func rows(
        _ db: Database, _ condition: String, _ arguments: StatementArguments, _ known: (UInt64) -> AlarmRecord?
    ) throws -> [DueRow] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT o.id, o.sequence, o.channel, o.recipient, o.due_at, o.attempts, o.last_answer, o.ended_at, o.handed_out,
                    (SELECT committed_at FROM stamp s WHERE s.sequence = o.sequence) AS committed_at
                FROM outbox o WHERE o.stage = 1 AND \(condition)
                """)
        // By position and without copies: a look for columns by name takes longer than SQLite for the rest.
        let cursor = try Row.fetchCursor(statement, arguments: arguments)
        var due: [DueRow] = []
        while let row = try cursor.next() {
            let id: Int64 = row[0]
            let sequence: UInt64 = row[1]
            guard let record = try? known(sequence) ?? JournalQuery.record(db, sequence: sequence) else {
                due.append(.unreadable(id: id))
                continue
            }
            let found = OutboxRow(
                id: id, record: record, channel: row[2], recipient: row[3], dueAt: WallTime(nanoseconds: row[4]),
                attempts: row[5], lastAnswer: row[6], endedAt: (row[7] as Int64?).map { WallTime(nanoseconds: $0) },
                committedAt: (row[9] as Int64?).map { PlantInstant(nanoseconds: $0) })
            due.append(row[8] == 0 ? .open(found) : .fixed(found))
        }
        return due
    }
}

/// A row whose time has come.
enum DueRow {
    /// Handed to a sender before: its body stays as it is.
    case fixed(OutboxRow)
    /// Not handed out yet: a clear may still add the end to it.
    case open(OutboxRow)
    case unreadable(id: Int64)

    var row: OutboxRow? {
        switch self {
        case .fixed(let row), .open(let row): row
        case .unreadable: nil
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
    private func handOut(at now: WallTime, channel: String?, limit: Int) throws(JournalFault) -> [OutboxRow] {
        let due: [DueRow]
        do {
            due = try pool.writeWithoutTransaction { db in
                let due = try Outbox.due(db, at: now, channel: channel, limit: limit, known: recent)
                noteHandedOut(due.compactMap(\.opened))
                return due
            }
        } catch {
            throw JournalFault.reading(error)
        }
        for case .unreadable(let id) in due where try note({ try Outbox.endUnreadable($0, row: id, at: now) }) {
            countSettled()
        }
        let stamps = debts.stamps
        return due.compactMap(\.row).map { row in
            var row = row
            row.committedAt = row.committedAt ?? stamps.last { $0.sequence == row.record.sequence }?.committed
            return row
        }
    }
}
