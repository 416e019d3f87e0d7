import GRDB
import PlantModel
import StationPorts

/// What can still be read of a journal file that is about to be set aside: enough to go on with every open alarm, every
/// message that is owed, and every answer that people gave. Nothing here throws: what cannot be read is not there.
struct Salvage {
    /// The end of the part that is as it was written; nil when not even the genesis is.
    private(set) var verifiedHead: JournalHead?
    private(set) var highestSequence: UInt64 = 0
    private(set) var carried: [ChainRow] = []
    private(set) var standings: [AlarmStanding] = []
    /// Rows of the outbox, in the order of its columns.
    private(set) var messages: [[DatabaseValue]] = []
    private(set) var uplinks: [(platform: String, confirmed: UInt64)] = []

    /// - Parameter keepingNewest: how many of the newest records to carry, beside those that something is owed for.
    init(of file: String, keepingNewest newest: Int) {
        guard let queue = try? JournalFile.openReadOnly(file) else { return }
        // Each part by itself: damage to one table leaves the others readable.
        let report = try? queue.read { try JournalVerifier.verify($0, tail: nil, announced: nil) }
        verifiedHead = report?.verified
        var folded: [String: AlarmStanding] = [:]
        try? queue.read { db in try Self.fold(db, into: &folded) }
        highestSequence =
            (try? queue.read {
                // A number that no journal reaches was written by somebody else, and is not gone on from.
                try UInt64.fetchOne(
                    $0, sql: "SELECT max(sequence) FROM event WHERE sequence BETWEEN 0 AND ?",
                    arguments: [Outbox.sequenceEnd - 1]) ?? 0
            }) ?? 0
        highestSequence = max(highestSequence, report?.verified?.sequence ?? 0)
        highestSequence = max(
            highestSequence, folded.values.map(\.latestSequence).filter { $0 < Outbox.sequenceEnd }.max() ?? 0)
        let kept = (try? queue.read { try AlarmStanding.fetchAll($0) }) ?? []
        standings = Self.standings(folded: folded, kept: kept)
        messages = (try? queue.read { try Self.messages($0) }) ?? []
        uplinks = (try? queue.read { try Self.uplinks($0) }) ?? []
        var needed = Set(standings.filter { $0.state != .normal }.flatMap { [$0.raiseSequence, $0.latestSequence] })
        needed.formUnion(messages.compactMap { Int64.fromDatabaseValue($0[0]).map(Outbox.sequence(ofID:)) })
        carried = Self.rows(queue, newest: newest, needed: needed)
        try? queue.close()
    }

    /// Makes the standings again from the records, as far as they can be read.
    private static func fold(_ db: Database, into standings: inout [String: AlarmStanding]) throws {
        let rows = try Row.fetchCursor(db, sql: "SELECT body FROM event ORDER BY sequence")
        while let row = try rows.next() {
            guard let record = try? RecordText.record(from: row["body"]) else { continue }
            standings[record.rule] = AlarmStanding.folding(record, into: standings[record.rule])
        }
    }

    /// The records speak louder than the table, but only about occurrences whose raise is among them.
    private static func standings(folded: [String: AlarmStanding], kept: [AlarmStanding]) -> [AlarmStanding] {
        var standings = Dictionary(kept.map { ($0.rule, $0) }, uniquingKeysWith: { first, _ in first })
        for (rule, standing) in folded {
            let beginsHere = standing.counts[AlarmEvent.Transition.raise.word] != nil
            if beginsHere || standings[rule] == nil { standings[rule] = standing }
        }
        return standings.values.sorted { $0.rule < $1.rule }
    }

    /// Pending messages, and those of open alarms: so that a clear still goes to those who were told of the raise. Whatever
    /// stood next in its line may have been sent.
    private static func messages(_ db: Database) throws -> [[DatabaseValue]] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT (sequence << 16) + row_number() OVER (PARTITION BY sequence ORDER BY id) - 1, rule, occurrence,
                    priority, channel, recipient, stage, made_at, due_at, attempts,
                    handed_out OR stage = 1, last_answer, ended_at, settled_at
                FROM outbox o WHERE stage < 2 OR EXISTS (
                    SELECT 1 FROM standing s WHERE s.rule = o.rule AND s.occurrence = o.occurrence AND s.state <> 0)
                ORDER BY id
                """
        ).map { row in row.databaseValues.map { $0 } }
    }

    private static func uplinks(_ db: Database) throws -> [(String, UInt64)] {
        try Row.fetchAll(db, sql: "SELECT platform, confirmed FROM uplink").map { ($0["platform"], $0["confirmed"]) }
    }

    private static func rows(_ queue: DatabaseQueue, newest: Int, needed: Set<UInt64>) -> [ChainRow] {
        var rows: [UInt64: ChainRow] = [:]
        func keep(_ row: Row) {
            // An altered body is not passed on: what it says was never decided.
            let body: String = row["body"]
            guard let record = try? RecordText.record(from: body), Int64(exactly: record.sequence) == row["sequence"],
                row["hash"] == nil || row["hash"] == Chain.link(previous: row["previous"], body: body)
            else { return }
            rows[record.sequence] = ChainRow(
                sequence: record.sequence, labels: RecordLabels(of: record), body: body, previous: "", hash: "")
        }
        let events = "SELECT sequence, body, previous, hash FROM event"
        let carried = "SELECT sequence, body, NULL AS previous, NULL AS hash FROM carried"
        for table in [events, carried] {
            // From the newest back until damage stops it.
            try? queue.read { db in
                let cursor = try Row.fetchCursor(
                    db, sql: "\(table) ORDER BY sequence DESC LIMIT ?", arguments: [newest])
                while let row = try cursor.next() { keep(row) }
            }
        }
        for sequence in needed where rows[sequence] == nil {
            for table in [events, carried] {
                try? queue.read { db in
                    try Row.fetchOne(db, sql: "\(table) WHERE sequence = ?", arguments: [sequence]).map(keep)
                }
            }
        }
        return rows.values.sorted { $0.sequence < $1.sequence }
    }
}
