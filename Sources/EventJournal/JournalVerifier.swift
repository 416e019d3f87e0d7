import GRDB
package import StationPorts

/// Reads a journal's chain from its first row to its head and says whether every row is as it was written.
package enum JournalVerifier {
    /// What was found. Everything before ``firstBreak`` is as it was written.
    package struct Report: Sendable, Equatable {
        package var journalID: String
        /// After which head of which file this one comes; nil for the first of a station.
        package var predecessor: JournalHead?
        /// Rows whose links were checked.
        package var rows: UInt64
        /// Sequence of the first row that was checked; nil for an empty journal.
        package var first: UInt64?
        /// The end of the unbroken part; nil when not even the genesis is right.
        package var verified: JournalHead?
        package var firstBreak: ChainBreak?

        package var isUnbroken: Bool { firstBreak == nil }
    }

    /// Verifies a whole file, read-only, in memory that does not grow with it; it may be in use.
    /// - Parameter announced: an outside copy of the head to compare with; by default the `head` file beside it.
    package static func verify(file: String) throws(JournalFault) -> Report {
        try verify(file: file, announced: HeadFile.read(path: JournalPaths.head(besideFile: file)))
    }

    package static func verify(file: String, announced: JournalHead?) throws(JournalFault) -> Report {
        let queue = try JournalFile.openReadOnly(file)
        do {
            return try queue.read { try verify($0, tail: nil, announced: announced) }
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// - Parameter tail: how many of the newest rows to check; nil for all.
    static func verify(_ db: Database, tail: UInt64?, announced: JournalHead?) throws -> Report {
        guard let genesis = try Genesis.fetch(db) else { throw JournalFault.damaged("the file has no genesis row") }
        var report = Report(
            journalID: genesis.journalID, predecessor: genesis.predecessor, rows: 0, first: nil, verified: nil)
        guard try genesis.isAsWritten(db) else {
            report.firstBreak = ChainBreak(sequence: genesis.baseSequence, cause: .genesis)
            return report
        }
        var end = JournalHead(journalID: genesis.journalID, sequence: genesis.baseSequence, hash: genesis.hash)
        if let tail, let start = try Self.start(db, ofTail: tail, after: genesis.baseSequence) {
            end.sequence = start.sequence
            end.hash = start.hash
        }
        // The head file of another journal file says nothing about the rows of this one.
        let announced = announced.flatMap { $0.journalID == genesis.journalID ? $0 : nil }
        do {
            try walk(db, from: &end, announced: announced, &report)
        } catch let error as DatabaseError {
            report.firstBreak = ChainBreak(
                sequence: end.sequence + 1, cause: .unreadable(error.message ?? "\(error.extendedResultCode)"))
        }
        report.verified = end
        if report.firstBreak == nil, let announced, announced.sequence > end.sequence {
            report.firstBreak = ChainBreak(sequence: end.sequence + 1, cause: .cutOff(head: announced.sequence))
        }
        return report
    }

    private static func walk(
        _ db: Database, from end: inout JournalHead, announced: JournalHead?, _ report: inout Report
    ) throws {
        let rows = try Row.fetchCursor(
            db, sql: "SELECT * FROM event WHERE sequence > ? ORDER BY sequence",
            arguments: [JournalQuery.bounded(end.sequence)])
        while let row = try rows.next() {
            let found = ChainRow(
                sequence: row["sequence"], labels: RecordLabels(row), body: row["body"], previous: row["previous"],
                hash: row["hash"])
            var cause = Chain.fault(of: found, expecting: end.sequence + 1, after: end.hash)
            if cause == nil, let announced, announced.sequence == found.sequence, announced.hash != found.hash {
                cause = .rewritten
            }
            if let cause {
                report.firstBreak = ChainBreak(sequence: end.sequence + 1, cause: cause)
                return
            }
            report.rows += 1
            report.first = report.first ?? found.sequence
            end.sequence = found.sequence
            end.hash = found.hash
        }
    }

    /// The row before the tail, whose hash is taken as it stands; nil when the whole file is not longer than the tail.
    private static func start(_ db: Database, ofTail tail: UInt64, after base: UInt64) throws -> JournalHead? {
        guard let last = try UInt64.fetchOne(db, sql: "SELECT max(sequence) FROM event"), last > base,
            last - base > tail
        else { return nil }
        return try Row.fetchOne(
            db, sql: "SELECT sequence, hash FROM event WHERE sequence = ?", arguments: [last - tail]
        ).map { JournalHead(journalID: "", sequence: $0["sequence"], hash: $0["hash"]) }
    }
}

/// The row that a file's chain starts from.
struct Genesis {
    var journalID: String
    var baseSequence: UInt64
    var predecessor: JournalHead?
    var carriedHash: String
    var hash: String

    static func fetch(_ db: Database) throws -> Genesis? {
        try Row.fetchOne(db, sql: "SELECT * FROM genesis").map { row in
            var predecessor: JournalHead?
            if let id: String = row["predecessor_id"], let sequence: UInt64 = row["predecessor_sequence"],
                let hash: String = row["predecessor_hash"]
            {
                predecessor = JournalHead(journalID: id, sequence: sequence, hash: hash)
            }
            return Genesis(
                journalID: row["journal_id"], baseSequence: row["base_sequence"], predecessor: predecessor,
                carriedHash: row["carried_hash"], hash: row["hash"])
        }
    }

    /// Whether the id, the predecessor and the carried records are those that the chain was started over.
    func isAsWritten(_ db: Database) throws -> Bool {
        let bodies = try String.fetchAll(db, sql: "SELECT body FROM carried ORDER BY sequence")
        return Chain.carried(bodies) == carriedHash
            && hash
                == Chain.genesis(
                    journalID: journalID, predecessor: predecessor, baseSequence: baseSequence, carriedHash: carriedHash
                )
    }
}
