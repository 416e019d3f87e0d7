import GRDB
package import PlantModel
package import PlantTime
package import StationPorts
import Synchronization

/// The record of the plant's alarms: append-only, chained by hashes, committed before anyone is told.
///
/// One transaction writes the events of a batch, how the alarms stand after them, and the messages they owe. One thread
/// commits; any thread reads, and notes what receivers answered. What a commit returned survives a power cut.
package final class Journal: Sendable {
    package let paths: JournalPaths
    let options: Options
    private let plan: OutboxPlan
    /// One commit, or one change of file, at a time. It is held across the disk's work, so only writers take it.
    private let turn = Mutex(())
    private let present: Mutex<Present>
    /// One copy of the write-ahead file, or one change of file, at a time. Taken inside a turn, never the other way round.
    private let keeping = Mutex(())
    private let busyCount = Atomic<UInt64>(0)
    /// Transactions since the last ``checkpoint()``.
    private let uncopied = Atomic(0)

    package struct Options: Sendable {
        /// How many of the newest rows are verified when the journal is opened; a smaller journal is verified whole.
        package var verifiedTail = 10_000
        /// SQLite looks for damage in the whole file when it is opened, if the file is at most this large.
        package var quickCheckBytes: UInt64 = 64 << 20
        /// How long SQLite waits for a lock before it says busy.
        package var busyTimeout = Duration.milliseconds(250)
        /// How often a busy commit is tried before the caller hears of it: 8 x 250 ms is when storage counts as lost.
        package var busyTries = 8
        /// Pending messages that the outbox holds (site capacities). Beyond it, messages below HIGH are written as not told.
        package var outboxRows = 1_000_000
        /// How many records the successor of a broken file keeps at hand, so that they are recognised when they are
        /// derived again.
        package var carriedRecords = 10_000
        /// Bound of the file in SQLite's pages, as a quota would set it; nil: the disk decides.
        package var maximumPages: Int?
        /// WAL pages after which a commit moves them into the file itself, because no ``Journal/checkpoint()`` has: 16 MiB.
        package var checkpointAfterPages = 4000
        /// Called before a file of an older schema is brought forward, which takes some 40 s for a million events: with its schema
        /// and how many there are.
        package var bringingForward: (@Sendable (_ schema: Int, _ events: Int) -> Void)?
        /// For fault injection: called in the middle of every commit, and may throw what a disk would.
        package var disturb: (@Sendable (CommitMoment) throws -> Void)?
        /// For fault injection: called before a record is read for a sender, and may throw what a disk would.
        package var disturbReading: (@Sendable () throws -> Void)?

        package init() {}
    }

    /// Where a disk can fail a commit.
    package enum CommitMoment: Sendable, Equatable {
        /// Everything is written to the transaction, nothing is committed.
        case beforeCommit
        /// The transaction is committed; the caller does not know it yet.
        case afterCommit
    }

    /// Everything that changes together when the file changes.
    private struct Present: ~Copyable {
        var pool: DatabasePool
        var head: JournalHead
        var headFile: HeadFile
        /// nil once closed.
        var lock: LockFile?
        var findings: [JournalFinding]
        var debts = Debts()
        /// The newest records, by sequence: who is told of them soon need not read them from the file.
        var recent: [UInt64: AlarmRecord] = [:]
        var outboxPending: Int
        var headFileFailures: UInt64 = 0
        /// An error after which the connection is not trusted: the next commit opens the file again first.
        var distrust: String?
        /// nil at the beginning and after anything that went wrong: the file says.
        var memory: CommitMemory?

        /// Keeps the records of a commit beside those of the last few: at most ``recentRecords`` and one commit.
        mutating func remember(_ records: [AlarmRecord], _ standings: [String: AlarmStanding], _ head: JournalHead) {
            self.head = head
            var known = memory?.standings ?? [:]
            memory = nil
            if known.count > Journal.recentRecords { known = [:] }
            known.merge(standings) { _, new in new }
            memory = CommitMemory(head: head, standings: known)
            if recent.count + records.count > Journal.recentRecords { recent.removeAll(keepingCapacity: true) }
            for record in records { recent[record.sequence] = record }
        }
    }

    private static let recentRecords = 512

    /// A committed record, if it is among the newest.
    func recent(_ sequence: UInt64) -> AlarmRecord? { present.withLock { $0.recent[sequence] } }

    /// Opens the journal of a state folder, verified, or makes one.
    ///
    /// A broken file never stops the watch: it is set aside and a new one continues from its last verified row
    /// (decisions.md 7); ``takeFindings()`` says so.
    /// - Throws: ``JournalFault`` with the exit code of a daemon that cannot start.
    package init(
        folder: String, plan: @escaping OutboxPlan, now: WallTime, options: Options = Options()
    ) throws(JournalFault) {
        paths = JournalPaths(folder: folder)
        self.plan = plan
        self.options = options
        try paths.makeFolder()
        let lock = try LockFile(path: paths.lock)
        let announced = HeadFile.read(path: paths.head)
        let opened = try JournalOpening(paths: paths, options: options, now: now).open(announced: announced)
        let headFile = try HeadFile(path: paths.head)
        let head: JournalHead
        let pending: Int
        do {
            try opened.pool.write { try Debts.begin($0) }
            (head, pending) = try opened.pool.read { (try JournalQuery.head($0), try Outbox.pending($0)) }
        } catch {
            throw JournalFault.reading(error)
        }
        _ = headFile.write(head)
        present = Mutex(
            Present(
                pool: opened.pool, head: head, headFile: headFile, lock: lock, findings: opened.findings,
                outboxPending: pending))
    }

    /// Moves the WAL into the file, closes it and lets go of the lock. A journal that is not closed loses nothing.
    package func close() throws(JournalFault) {
        do {
            try turn.withLock { _ in
                try keeping.withLock { _ in
                    // What could not be written at the end is taken for the worst at the next beginning.
                    let debts = debts
                    try? pool.write { try debts.end($0) }
                    // A log that cannot be emptied, on a full disk or beside a reader, is read when the file is opened again.
                    try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                    try pool.close()
                    present.withLock { $0.lock = nil }
                }
            }
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// What came to light since the last call: for the system alarms that raise it.
    package func takeFindings() -> [JournalFinding] {
        present.withLock { present in
            defer { present.findings = [] }
            return present.findings
        }
    }

    /// How often the head file could not be written: the outside copy of the head is then older than the journal.
    package var headFileFailures: UInt64 { present.withLock { $0.headFileFailures } }

    /// How often a commit was tried again because another connection held the lock: the journal lags.
    package var busyRetries: UInt64 { busyCount.load(ordering: .relaxed) }

    /// The head as of the last commit, without reading the file.
    package var committedHead: JournalHead { present.withLock { $0.head } }

    var pool: DatabasePool { present.withLock { $0.pool } }

    func read<Answer>(_ question: (Database) throws -> Answer) throws(JournalFault) -> Answer {
        do {
            return try pool.read(question)
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// Writes something that is no event: outbox answers, uplink cursors.
    func note<Answer>(_ change: (Database) throws -> Answer) throws(JournalFault) -> Answer {
        do {
            let (answer, paid) = try pool.writeWithoutTransaction { db in
                try db.committing {
                    let debts = debts
                    try debts.write(db)
                    return (try change(db), debts)
                }
            }
            settle(paid)
            uncopied.wrappingAdd(1, ordering: .relaxed)
            return answer
        } catch {
            throw JournalFault.reading(error)
        }
    }

    /// What the next transaction will write beside its own.
    var debts: Debts { present.withLock { $0.debts } }

    private func settle(_ written: Debts) {
        if !written.isEmpty { present.withLock { $0.debts.settle(written) } }
    }

    /// Keeps the stamps of events that have just been committed; the next transaction writes them. The committing thread.
    package func keep(_ stamps: [StageStamps]) { present.withLock { $0.debts.stamps += stamps } }

    /// Writes stamps that no other transaction has taken with it: for a quiet moment.
    package func writeStamps() throws(JournalFault) {
        if !debts.stamps.isEmpty { try note { _ in } }
    }

    func noteHandedOut(_ ids: some Sequence<Int64>) { present.withLock { $0.debts.handedOut.formUnion(ids) } }
    func countSettled() { present.withLock { $0.outboxPending -= 1 } }
}

// MARK: - Commit

extension Journal {
    /// Commits a batch: all of it or nothing. Only when this returns may anyone be told.
    ///
    /// A draft whose key is in the journal already is recognised, and its recorded form is returned in its place; so is
    /// a command that changed nothing and whose idempotency key was answered before.
    /// - Parameter drafts: in the order of decision, `sequence` 0.
    /// - Parameter now: the time at which messages become due.
    /// - Returns: the records as they stand in the journal, in the order of the drafts.
    /// - Throws: after ``JournalFault/busy`` and ``JournalFault/full`` nothing was committed; after
    ///   ``JournalFault/unknown(_:)`` it is not known. The same drafts may be committed again in every case.
    package func commit(_ drafts: [AlarmRecord], at now: WallTime) throws(JournalFault) -> [AlarmRecord] {
        do {
            return try turn.withLock { _ in try commitInTurn(drafts, at: now) }
        } catch {
            throw JournalFault.reading(error)
        }
    }

    private func commitInTurn(_ drafts: [AlarmRecord], at now: WallTime) throws -> [AlarmRecord] {
        let distrust = present.withLock { $0.distrust }
        do {
            guard let distrust else { return try transact(drafts, at: now) }
            present.withLock { $0.memory = nil }
            return try findOut(drafts, after: distrust, at: now)
        } catch {
            present.withLock { $0.memory = nil }
            switch JournalFault.verdict(on: error) {
            case .failed(.damaged(let what)):
                present.withLock { $0.distrust = what }
                try replaceFile(because: what, at: now)
                return try transact(drafts, at: now)
            case .failed(let fault): throw fault
            case .unknown(let what):
                present.withLock { $0.distrust = what }
                return try findOut(drafts, after: what, at: now)
            }
        }
    }

    private func transact(_ drafts: [AlarmRecord], at now: WallTime) throws -> [AlarmRecord] {
        for _ in 1..<options.busyTries {
            do {
                return try transactOnce(drafts, at: now)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                // Relaxed: a count that is shown.
                busyCount.wrappingAdd(1, ordering: .relaxed)
            }
        }
        return try transactOnce(drafts, at: now)
    }

    private func transactOnce(_ drafts: [AlarmRecord], at now: WallTime) throws -> [AlarmRecord] {
        let (pool, room, memory) = present.withLock { ($0.pool, options.outboxRows - $0.outboxPending, $0.memory) }
        var records: [AlarmRecord] = []
        records.reserveCapacity(drafts.count)
        var result: (head: JournalHead, room: Int, standings: [String: AlarmStanding])?
        var paid = Debts()
        try pool.writeWithoutTransaction { db in
            try db.committing {
                // First, and in the writer's turn: a message that a sender has taken by now keeps its body.
                paid = debts
                try paid.write(db)
                var transaction = try CommitTransaction(db, plan: plan, now: now, outboxRoom: room, memory: memory)
                for draft in drafts { records.append(try transaction.record(draft)) }
                result = (transaction.head, transaction.outboxRoom, transaction.changed)
                try options.disturb?(.beforeCommit)
            }
            try options.disturb?(.afterCommit)
        }
        if let result {
            settle(paid)
            uncopied.wrappingAdd(1, ordering: .relaxed)
            present.withLock { present in
                present.remember(records, result.standings, result.head)
                present.outboxPending += room - result.room
                if !present.headFile.write(result.head) { present.headFileFailures += 1 }
            }
        }
        return records
    }

    /// So much was written that ``checkpoint()`` is worth its while in a quiet moment: some 400 pages.
    package var isCheckpointDue: Bool { uncopied.load(ordering: .relaxed) >= 32 }
    /// So much that it cannot wait for one: some 2,000 pages.
    package var isCheckpointOverdue: Bool { uncopied.load(ordering: .relaxed) >= 160 }

    /// Copies the write-ahead file into the file on a connection of its own: some milliseconds, in which commits and hand-outs
    /// go on, so it is called from another thread than theirs. SQLite would do it in the middle of a commit, which then takes
    /// some 20 ms longer. A failure is no harm: the next commit meets what caused it, and says so.
    package func checkpoint() {
        keeping.withLock { _ in
            guard present.withLock({ $0.lock != nil && $0.distrust == nil }) else { return }
            // Relaxed: a count that only says when.
            uncopied.store(0, ordering: .relaxed)
            try? JournalFile.checkpoint(paths.file)
        }
    }

    /// An I/O error: close, open again, write what is not there, and move everything into the file. Only the success of
    /// all of that makes the batch committed (decisions.md 15).
    private func findOut(_ drafts: [AlarmRecord], after what: String, at now: WallTime) throws -> [AlarmRecord] {
        do {
            return try keeping.withLock { _ in try reopenAndCommit(drafts, after: what, at: now) }
        } catch {
            let fault = JournalFault.reading(error)
            if case .damaged = fault { throw fault }
            throw JournalFault.unknown("\(what); then \(fault)")
        }
    }

    private func reopenAndCommit(_ drafts: [AlarmRecord], after what: String, at now: WallTime) throws -> [AlarmRecord]
    {
        try? pool.close()
        let reopened = try JournalFile.open(paths.file, options: options)
        present.withLock { $0.pool = reopened }
        let records = try transact(drafts, at: now)
        let isMoved = try reopened.writeWithoutTransaction { db in
            try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)").map { $0[0] == 0 } ?? false
        }
        guard isMoved else { throw JournalFault.unknown("\(what); then the checkpoint found the file locked") }
        present.withLock { present in
            present.distrust = nil
            present.findings.append(.suspect("an I/O error during a commit, recovered: \(what)"))
        }
        return records
    }

    /// Sets a file aside that broke while it was in use, and goes on in a new one.
    private func replaceFile(because what: String, at now: WallTime) throws {
        try keeping.withLock { _ in try replaceFileInTurn(because: what, at: now) }
    }

    private func replaceFileInTurn(because what: String, at now: WallTime) throws {
        try? pool.close()
        let announced = committedHead
        let opened = try JournalOpening(paths: paths, options: options, now: now)
            .succeed(announced: announced, because: [.suspect("SQLite finds the journal damaged: \(what)")])
        let (head, pending) = try opened.pool.read { (try JournalQuery.head($0), try Outbox.pending($0)) }
        present.withLock { present in
            present.pool = opened.pool
            present.head = head
            present.outboxPending = pending
            present.debts = Debts()
            present.recent = [:]
            present.memory = nil
            present.distrust = nil
            present.findings += opened.findings
        }
    }
}
