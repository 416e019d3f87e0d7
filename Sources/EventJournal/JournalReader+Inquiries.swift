import GRDB
package import PlantModel
import PlantTime
package import StationPorts

extension JournalReader: InquiryArchive {
    package func record(sequence: UInt64) throws(JournalFault) -> AlarmRecord? {
        try read { try JournalQuery.record($0, sequence: sequence) }
    }

    package func records(rule: String, occurrence: UInt32) throws(JournalFault) -> [AlarmRecord] {
        try read { try JournalQuery.records($0, rule: rule, occurrence: occurrence) }
    }

    package func messages(about sequence: UInt64) throws(JournalFault) -> [MessageView] {
        try read { db in
            try Outbox.messages(db, about: sequence).map { row in
                MessageView(
                    channel: row["channel"], recipient: row["recipient"],
                    stage: MessageView.Stage(rawValue: row["stage"]) ?? .notTold, attempts: row["attempts"],
                    lastAnswer: row["last_answer"], madeAt: WallTime(nanoseconds: row["made_at"]),
                    dueAt: WallTime(nanoseconds: row["due_at"]),
                    settledAt: (row["settled_at"] as Int64?).map { WallTime(nanoseconds: $0) },
                    lastAttempt: Self.attempt(row))
            }
        }
    }

    package func stamps(of sequence: UInt64) throws(JournalFault) -> StageStamps? {
        try read { db in
            // A file of schema 1 keeps none.
            guard try db.tableExists("stamp"),
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: "SELECT * FROM stamp WHERE sequence = ?"),
                    arguments: [JournalQuery.bounded(sequence)])
            else { return nil }
            func instant(_ column: String) -> PlantInstant { PlantInstant(nanoseconds: row[column]) }
            return StageStamps(
                sequence: sequence, read: instant("read_at"), published: instant("published_at"),
                judged: instant("judged_at"), committed: instant("committed_at"))
        }
    }

    private static func attempt(_ row: Row) -> AttemptStamps? {
        guard row.hasColumn("sent_at"), let sent: Int64 = row["sent_at"], let answered: Int64 = row["answered_at"]
        else { return nil }
        return AttemptStamps(
            sent: PlantInstant(nanoseconds: sent), answered: PlantInstant(nanoseconds: answered))
    }

    /// - Complexity: linear in the records of the rule that are younger than the input.
    package func standing(of rule: String, throughInput sequence: UInt64) throws(JournalFault) -> JournalStanding? {
        try read { db in
            let bodies = try String.fetchCursor(
                db.cachedStatement(
                    sql: "SELECT body FROM record WHERE rule = ? ORDER BY occurrence DESC, sequence DESC"),
                arguments: [rule])
            var known: [AlarmRecord] = []
            while let body = try bodies.next() {
                let record = try RecordText.record(from: body)
                guard record.inputSequence <= sequence else { continue }
                // The newest occurrence by then is enough: the table of standings knows no other.
                if let newest = known.first, record.occurrence != newest.occurrence { break }
                known.append(record)
            }
            return known.reversed().reduce(nil) { AlarmStanding.folding($1, into: $0) }?.forCore
        }
    }
}
