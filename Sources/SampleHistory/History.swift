import Digests
import FoundationEssentials
import GRDB
import PlantModel
package import PlantTime
package import StationPorts
import Synchronization

/// The input log: every slot that the core took, in its order, with the commands they name and the core's snapshots
/// (decisions.md 17). What a restart goes on from, and what a replay replays.
///
/// ``append(_:)`` only buffers; ``flush()`` writes what is buffered in one transaction. One thread logs; any thread reads.
/// A damaged file is set aside and a new one begins: a history never stops the watch.
package final class History: Sendable {
    package let path: String
    let options: Options
    private let present: Mutex<Present>
    /// Held while the write-ahead file is copied, and while the file is changed for another: the copy must not meet both.
    private let keeping = Mutex(())
    /// Pages written since the last ``checkpoint()``; an estimate.
    private let pagesWritten = Atomic(0)
    /// One writer at a time: the logging thread, or a change of file.
    private let turn = Mutex(())

    package struct Options: Sendable {
        /// Slots that are held while the file cannot be written, 64 bytes each; beyond it the oldest are dropped and counted.
        package var bufferedSlots = 262_144
        /// Slots in one segment at most.
        package var segmentSlots = 4_096
        /// How many snapshots are kept: the newest, and others should it be unreadable.
        package var snapshots = 3
        /// Bound of the file in SQLite's pages, as a quota would set it; nil: the disk decides.
        package var maximumPages: Int?
        /// For fault injection: called before (false) and after (true) each commit, and may throw what a disk would.
        package var disturb: (@Sendable (_ isCommitted: Bool) throws -> Void)?
        /// For fault injection: called before each question to the open file, and may throw what a disk would.
        package var disturbReading: (@Sendable () throws -> Void)?

        package init() {}
    }

    private struct Present {
        var pool: DatabasePool
        var waiting: [LoggedBatch] = []
        var waitingSlots = 0
        /// Slots that were dropped because the file could not be written.
        var dropped: UInt64 = 0
        /// After an I/O error: the inputs up to here may or may not be on disk.
        var unsureThrough: UInt64 = 0
        /// The connection is opened again before the next write.
        var isDistrusted = false
        /// The highest input that is known to be on disk: where a file that has to be started over begins.
        var logged: UInt64
        var findings: [String] = []
    }

    /// Opens `history.sqlite` in a folder, or makes it.
    /// - Parameter base: the highest input sequence that is known otherwise (from the journal); a new file begins above it, and
    ///   so does what is added to one that ends before it.
    /// - Throws: when the file cannot be opened and is not damaged, or not even a new one can be made; with the exit code of a
    ///   daemon that cannot start.
    package init(
        folder: String, base: UInt64 = 0, now: WallTime, options: Options = Options()
    ) throws(HistoryFault) {
        path = "\(folder)/history.sqlite"
        self.options = options
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .notWritable("\(folder): cannot be made: \(error)")
        }
        var findings: [String] = []
        let pool: DatabasePool
        do throws(HistoryFault) {
            pool = try HistoryFile.open(path, base: base, now: now, maximumPages: options.maximumPages)
        } catch {
            guard case .damaged(let what) = error else { throw error }
            let aside = try HistoryFile.setAside(path)
            findings = ["the history was damaged and has been set aside as \(aside): \(what)"]
            pool = try HistoryFile.open(path, base: base, now: now, maximumPages: options.maximumPages)
        }
        do {
            let logged = try pool.read { try HistoryFile.loggedThrough($0) }
            present = Mutex(Present(pool: pool, logged: logged, findings: findings))
        } catch {
            throw HistoryFault.of(error)
        }
    }

    /// Writes what is buffered, if it can be, and closes the file.
    package func close() throws(HistoryFault) {
        try flush()
        do {
            try present.withLock { $0.pool }.close()
        } catch {
            throw HistoryFault.of(error)
        }
    }

    /// Takes a batch into the buffer. Never blocks on the disk and never fails: beyond the buffer's bound the oldest batches
    /// are dropped and counted, and a replay will say where.
    package func append(_ batch: LoggedBatch) {
        guard !batch.slots.isEmpty else { return }
        present.withLock { present in
            present.waiting.append(batch)
            present.waitingSlots += batch.slots.count
            var gone = 0
            while present.waitingSlots > options.bufferedSlots, gone < present.waiting.count - 1 {
                present.waitingSlots -= present.waiting[gone].slots.count
                present.dropped += UInt64(present.waiting[gone].slots.count)
                gone += 1
            }
            present.waiting.removeFirst(gone)
        }
    }

    package var bufferedSlots: Int { present.withLock { $0.waitingSlots } }
    /// The last input sequence in the buffer; nil when it is empty.
    package var bufferedThrough: UInt64? {
        present.withLock { $0.waiting.last?.lastInput }
    }
    package var droppedSlots: UInt64 { present.withLock { $0.dropped } }

    /// What came to light since the last call, in words.
    package func takeFindings() -> [String] {
        present.withLock { present in
            defer { present.findings = [] }
            return present.findings
        }
    }

    /// Writes everything that is buffered in one transaction. What cannot be written stays buffered.
    /// - Parameter now: what a file that has to be started over records as its beginning; nil: the newest input's stamp.
    /// - Returns: the highest input sequence that is on disk now.
    @discardableResult
    package func flush(at now: WallTime? = nil) throws(HistoryFault) -> UInt64 {
        do {
            return try turn.withLock { _ in try flushInTurn(at: now) }
        } catch {
            throw HistoryFault.of(error)
        }
    }

    /// So much was written that ``checkpoint()`` is worth its while.
    package var isCheckpointDue: Bool { pagesWritten.load(ordering: .relaxed) >= HistoryFile.walPages }

    /// Copies the write-ahead file into the file: some milliseconds, in which ``flush()`` goes on, so it is called from another thread
    /// than the one that logs. A failure is no harm: the next commits make up for it.
    package func checkpoint() {
        keeping.withLock { _ in
            guard !present.withLock({ $0.isDistrusted }) else { return }
            pagesWritten.store(0, ordering: .relaxed)
            try? HistoryFile.checkpoint(path)
        }
    }

    private func flushInTurn(at now: WallTime?) throws -> UInt64 {
        let batches = present.withLock { $0.waiting }
        let newest = batches.last?.slots.last?.published.nanoseconds ?? 0
        do {
            return try write(batches, at: now ?? WallTime(nanoseconds: newest))
        } catch {
            switch HistoryFault.of(error) {
            case .damaged(let what):
                try startOver(because: what)
                return try write(batches, at: now ?? WallTime(nanoseconds: newest))
            case .disturbed(let what):
                // Whether it is on disk is not known: the next flush looks at what the reopened file holds.
                present.withLock { present in
                    present.unsureThrough = max(present.unsureThrough, batches.last?.lastInput ?? 0)
                    present.isDistrusted = true
                }
                throw HistoryFault.disturbed(what)
            case let fault: throw fault
            }
        }
    }

    private func write(_ batches: [LoggedBatch], at now: WallTime) throws -> UInt64 {
        let pool = try trustedPool(at: now)
        let logged = try write(batches, to: pool, unsureThrough: present.withLock { $0.unsureThrough })
        present.withLock { $0.logged = logged }
        forget(batches)
        return logged
    }

    /// The connection, opened again after an error that says nothing of what is in the file.
    private func trustedPool(at now: WallTime) throws -> DatabasePool {
        let (pool, isDistrusted, logged) = present.withLock { ($0.pool, $0.isDistrusted, $0.logged) }
        guard isDistrusted else { return pool }
        return try keeping.withLock { _ in
            try? pool.close()
            let reopened = try HistoryFile.open(path, base: logged, now: now, maximumPages: options.maximumPages)
            present.withLock { present in
                present.pool = reopened
                present.isDistrusted = false
            }
            return reopened
        }
    }

    private func write(_ batches: [LoggedBatch], to pool: DatabasePool, unsureThrough: UInt64) throws -> UInt64 {
        try pool.writeWithoutTransaction { db in
            var logged = try HistoryFile.loggedThrough(db)
            guard !batches.isEmpty else { return logged }
            try db.inTransaction(.immediate) {
                // What an earlier flush wrote without being able to say so is not written again.
                let written = min(logged, unsureThrough)
                let segments = try segments(of: batches.compactMap { $0.after(written) })
                if let first = segments.first?.first, first <= logged {
                    throw HistoryFault.refused(
                        "input \(first) comes again: the log is at \(logged), nothing is logged twice")
                }
                let insert = try db.cachedStatement(sql: "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?)")
                for segment in segments {
                    try insert.execute(arguments: [
                        segment.first, segment.last, segment.firstTime.nanoseconds, segment.lastTime.nanoseconds,
                        segment.commands, segment.digest, Data(segment.blob),
                    ])
                    logged = segment.last
                    // Relaxed: an estimate that only says when to ask.
                    pagesWritten.wrappingAdd(4 + segment.blob.count / 4096, ordering: .relaxed)
                }
                try options.disturb?(false)
                return .commit
            }
            try options.disturb?(true)
            return logged
        }
    }

    /// As few segments as possible: batches that follow each other share one, unless a command number comes twice.
    private func segments(of batches: [LoggedBatch]) throws -> [Segment] {
        var segments: [Segment] = []
        var open: [LoggedBatch] = []
        var count = 0
        var named: Set<UInt32> = []
        for batch in batches {
            if let last = open.last {
                let follows = batch.first == last.lastInput + 1
                let fits = count + batch.slots.count <= options.segmentSlots
                if !follows || !fits || !named.isDisjoint(with: batch.commands.keys) {
                    segments.append(try Segment(open))
                    (open, count, named) = ([], 0, [])
                }
            }
            open.append(batch)
            count += batch.slots.count
            named.formUnion(batch.commands.keys)
        }
        if !open.isEmpty { segments.append(try Segment(open)) }
        return segments
    }

    private func forget(_ batches: [LoggedBatch]) {
        guard let last = batches.last else { return }
        present.withLock { present in
            // Batches may have come, or been dropped, while these were written.
            let kept = present.waiting.drop { $0.first <= last.first }
            present.waitingSlots = kept.reduce(0) { $0 + $1.slots.count }
            present.waiting = Array(kept)
        }
    }

    /// Sets the damaged file aside; the next write makes a new one, whose inputs begin above those of the old.
    private func startOver(because what: String) throws {
        let old = present.withLock { $0.pool }
        let aside = try keeping.withLock { _ in
            present.withLock { $0.isDistrusted = true }
            try? old.close()
            return try HistoryFile.setAside(path)
        }
        present.withLock { $0.findings.append("the history was damaged and has been set aside as \(aside): \(what)") }
    }

    func read<Answer>(_ question: (Database) throws -> Answer) throws(HistoryFault) -> Answer {
        do {
            try options.disturbReading?()
            return try present.withLock { $0.pool }.read(question)
        } catch {
            throw HistoryFault.of(error)
        }
    }

    func write<Answer>(_ change: (Database) throws -> Answer) throws(HistoryFault) -> Answer {
        do {
            return try present.withLock { $0.pool }.write(change)
        } catch {
            throw HistoryFault.of(error)
        }
    }
}

extension LoggedBatch {
    /// Input sequence of the last slot; of the one before the first when there is none.
    var lastInput: UInt64 { first + UInt64(slots.count) - 1 }

    /// The part after an input sequence; nil when there is none.
    func after(_ sequence: UInt64) -> LoggedBatch? {
        guard lastInput > sequence else { return nil }
        guard first <= sequence else { return self }
        var rest = self
        rest.slots.removeFirst(Int(sequence + 1 - first))
        rest.first = sequence + 1
        return rest
    }
}
