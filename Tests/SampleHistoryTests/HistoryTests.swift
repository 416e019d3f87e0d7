import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import SampleHistory

@Suite struct `The input log` {
    let folder: HistoryFolder
    init() throws { folder = try HistoryFolder() }

    @Test func `is on disk before a flush returns: synchronous FULL and WAL`() throws {
        let history = try folder.open()
        let (synchronous, mode) = try history.write { db in
            (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2)
        #expect(mode == "wal")
    }

    @Test func `gives back every slot of every kind, with its command, after a restart`() throws {
        let history = try folder.open()
        let slots = everyKindOfSlot
        let batch = LoggedBatch(first: 1, slots: slots, commands: [0xDEAD_BEEF: aCommand("K1")])
        try history.log(batch)
        try history.close()
        let replayed = try folder.open().replayed()
        #expect(replayed.count == 1)
        #expect(replayed.first?.slots == slots)
        #expect(replayed.first?.commands == [0xDEAD_BEEF: aCommand("K1")])
        #expect(replayed.first?.first == 1)
    }

    @Test func `holds what was flushed and nothing that was only buffered`() throws {
        let history = try folder.open()
        try history.log(inputs(1...10))
        history.append(inputs(11...20))
        #expect(history.bufferedSlots == 10)
        #expect(history.bufferedThrough == 20)
        #expect(try history.loggedThrough() == 10)
        #expect(try history.replayed().map(\.sequences) == [1...10])
        #expect(try history.flush() == 20)
        #expect(history.bufferedSlots == 0)
        #expect(try history.loggedThrough() == 20)
    }

    @Test func `puts what follows into one segment, up to its size`() throws {
        var options = History.Options()
        options.segmentSlots = 25
        let history = try folder.open(options)
        try history.log(inputs(1...10), inputs(11...20), inputs(21...25), inputs(26...30))
        #expect(try history.replayed().map(\.sequences) == [1...25, 26...30])
    }

    @Test func `keeps commands apart that came under one number`() throws {
        let history = try folder.open()
        try history.log(command(5, at: 1, "K1"), inputs(2...3), command(5, at: 4, "K2"), command(6, at: 5, "K3"))
        let commands = try history.replayed().map(\.commands)
        #expect(commands == [[5: aCommand("K1")], [5: aCommand("K2"), 6: aCommand("K3")]])
    }

    @Test(arguments: [(0, 1...30), (1, 2...30), (14, 15...30), (29, 30...30)] as [(UInt64, ClosedRange<UInt64>)])
    func `is replayed from the middle of a segment too`(after: UInt64, expected: ClosedRange<UInt64>) throws {
        let history = try folder.open()
        try history.log(inputs(1...20))
        try history.log(inputs(21...30))
        let replayed = try history.replayed(after: after)
        #expect(replayed.flatMap(\.slots) == inputs(expected).slots)
        #expect(replayed.first?.first == expected.lowerBound)
        #expect(try history.replayed(after: 30).isEmpty)
        #expect(try history.replayed(after: .max).isEmpty)
    }

    @Test func `says where inputs are missing instead of passing over them`() throws {
        let history = try folder.open()
        try history.log(inputs(1...10), inputs(15...20))
        var reached: [ClosedRange<UInt64>] = []
        #expect(throws: HistoryFault.hole(after: 10, next: 15)) {
            try history.replay(after: 0) { reached.append($0.sequences) }
        }
        #expect(reached == [1...10])
        #expect(try history.replayed(after: 14).map(\.sequences) == [15...20])
    }

    @Test func `a log that lost its end goes on above what the journal knows, from a snapshot behind the hole`() throws
    {
        let first = try folder.open()
        try first.log(inputs(1...10))
        try first.close()
        // The process died: the journal names input 14, the log ends at 10.
        let second = try folder.open(base: 14)
        #expect(try second.loggedThrough() == 14)
        try second.store(StoredSnapshot(inputSequence: 14, bytes: [1, 2, 3]), at: .start)
        try second.log(inputs(15...20))
        #expect(throws: HistoryFault.hole(after: 10, next: 15)) { try second.replayed() }
        let snapshot = try #require(try second.latestSnapshot())
        #expect(snapshot.inputSequence == 14)
        #expect(try second.replayed(after: snapshot.inputSequence).map(\.sequences) == [15...20])
        try second.close()
        // What lies behind is never taken back.
        #expect(try folder.open(base: 3).loggedThrough() == 20)
    }

    @Test func `takes no input twice`() throws {
        let history = try folder.open()
        try history.log(inputs(1...10))
        history.append(inputs(8...12))
        #expect(throws: HistoryFault.self) { try history.flush() }
        #expect(try history.loggedThrough() == 10)
    }

    @Test(arguments: [
        "UPDATE segment SET slots = zeroblob(length(slots))", "UPDATE segment SET first = 2, last = 11",
        "UPDATE segment SET slots = substr(slots, 1, length(slots) - 1)", "UPDATE segment SET commands = '{}'",
    ])
    func `never replays a segment that is not as it was written`(sql: String) throws {
        let history = try folder.open()
        try history.log(inputs(1...10))
        try history.close()
        try folder.tamper(sql)
        let again = try folder.open()
        let fault = #expect(throws: HistoryFault.self) { try again.replayed(after: 1) }
        guard case .unreadable = fault else {
            Issue.record("expected unreadable, found \(String(describing: fault))")
            return
        }
    }

    @Test func `lets whole old segments go, a few at a time, but never the newest`() throws {
        let history = try folder.open()
        for step in UInt64(0)..<10 { try history.log(inputs(step * 10 + 1...step * 10 + 10)) }
        let cutoff = PlantInstant.start + .seconds(45)
        #expect(try history.prune(endedBefore: cutoff, atMost: 3) == 3)
        #expect(try history.prune(endedBefore: cutoff, atMost: 3) == 1)
        #expect(try history.replayed(after: 40).first?.first == 41)
        #expect(throws: HistoryFault.hole(after: 0, next: 41)) { try history.replayed() }
        #expect(try history.prune(endedBefore: .distantFuture) == 5)
        #expect(try history.loggedThrough() == 100)
    }
}

@Suite struct `Snapshots of the core` {
    let folder: HistoryFolder
    init() throws { folder = try HistoryFolder() }

    @Test func `the newest is found after a restart, and only a few are kept`() throws {
        let history = try folder.open()
        #expect(try history.latestSnapshot() == nil)
        try history.log(inputs(1...100))
        for sequence in stride(from: UInt64(10), through: 50, by: 10) {
            try history.store(StoredSnapshot(inputSequence: sequence, bytes: [UInt8(sequence), 0, 255]), at: .start)
        }
        try history.close()
        let again = try folder.open()
        #expect(try again.latestSnapshot() == StoredSnapshot(inputSequence: 50, bytes: [50, 0, 255]))
        #expect(
            try again.read { try UInt64.fetchAll($0, sql: "SELECT input_sequence FROM snapshot ORDER BY 1") } == [
                30, 40, 50,
            ])
        #expect(try again.replayed(after: 50).flatMap(\.slots) == inputs(51...100).slots)
    }

    @Test func `a large one is stored in pieces, which go with it, and is none without each of them`() throws {
        let history = try folder.open()
        try history.log(inputs(1...100))
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        for sequence in stride(from: UInt64(10), through: 50, by: 10) {
            try history.store(StoredSnapshot(inputSequence: sequence, bytes: bytes), at: .start)
        }
        #expect(try history.latestSnapshot() == StoredSnapshot(inputSequence: 50, bytes: bytes))
        let parts = "SELECT count(*) FROM snapshot_part"
        #expect(
            try history.read { try Int.fetchOne($0, sql: parts) } == 9, "three pieces of each of the newest three"
        )
        // A smaller one in its place takes none of its pieces over.
        try history.store(StoredSnapshot(inputSequence: 50, bytes: [1]), at: .start)
        #expect(try history.latestSnapshot() == StoredSnapshot(inputSequence: 50, bytes: [1]))
        try history.close()
        try folder.tamper("DELETE FROM snapshot_part WHERE input_sequence = 40 AND part = 1")
        try folder.tamper("UPDATE snapshot SET digest = '' WHERE input_sequence = 50")
        #expect(try folder.open().latestSnapshot()?.inputSequence == 30)
    }

    @Test func `one that is damaged gives way to the one before it`() throws {
        let history = try folder.open()
        try history.log(inputs(1...100))
        for sequence in [UInt64(10), 20] {
            try history.store(StoredSnapshot(inputSequence: sequence, bytes: [1, 2, 3]), at: .start)
        }
        try history.close()
        try folder.tamper("UPDATE snapshot SET bytes = x'010204' WHERE input_sequence = 20")
        #expect(try folder.open().latestSnapshot()?.inputSequence == 10)
    }

    @Test func `one of inputs that are not logged is refused`() throws {
        let history = try folder.open()
        try history.log(inputs(1...9))
        history.append(inputs(10...20))
        #expect(throws: HistoryFault.snapshotAhead(of: 9)) {
            try history.store(StoredSnapshot(inputSequence: 10, bytes: []), at: .start)
        }
        try history.flush()
        try history.store(StoredSnapshot(inputSequence: 10, bytes: []), at: .start)
        #expect(try history.latestSnapshot()?.bytes == [])
    }
}

@Suite struct `A history in trouble` {
    let folder: HistoryFolder
    init() throws { folder = try HistoryFolder() }

    @Test func `a file of noise is set aside, and inputs go on above what is known otherwise`() throws {
        let noise = Data((0..<9_000).map { UInt8(truncatingIfNeeded: $0 &* 77) })
        #expect(FileManager.default.createFile(atPath: folder.file, contents: noise))
        let history = try folder.open(base: 500)
        #expect(history.takeFindings().count == 1)
        #expect(history.takeFindings().isEmpty)
        #expect(FileManager.default.contents(atPath: folder.file + ".suspect-1") == noise)
        #expect(try history.loggedThrough() == 500)
        try history.log(inputs(501...510))
        #expect(try history.replayed(after: 500).map(\.sequences) == [501...510])
    }

    @Test func `a file that breaks in use is set aside in use, and nothing buffered is lost`() throws {
        let breaks = Mutex(false)
        var options = History.Options()
        options.disturb = { isCommitted in
            let now = breaks.withLock { breaks in
                defer { breaks = false }
                return breaks
            }
            if now { throw databaseError(.SQLITE_CORRUPT) }
        }
        let history = try folder.open(options)
        try history.log(inputs(1...10))
        breaks.withLock { $0 = true }
        try history.log(inputs(11...20))
        #expect(history.takeFindings().count == 1)
        #expect(try history.loggedThrough() == 20)
        #expect(try history.replayed(after: 10).map(\.sequences) == [11...20])
    }

    @Test(arguments: [false, true])
    func `after an fsync error every input is there exactly once, wherever it struck`(isCommitted: Bool) throws {
        let strikes = Mutex(1)
        var options = History.Options()
        options.disturb = { moment in
            guard moment == isCommitted else { return }
            let hit = strikes.withLock { left in
                left -= 1
                return left == 0
            }
            if hit { throw databaseError(.SQLITE_IOERR_FSYNC) }
        }
        let history = try folder.open(options)
        history.append(inputs(1...10))
        let fault = #expect(throws: HistoryFault.self) { try history.flush() }
        guard case .disturbed = fault else {
            Issue.record("expected disturbed, found \(String(describing: fault))")
            return
        }
        history.append(inputs(11...15))
        #expect(try history.flush() == 15)
        #expect(try history.replayed().flatMap(\.slots) == inputs(1...15).slots)
    }

    @Test func `when the disk is full the buffer holds on, and drops the oldest beyond its bound, counted`() throws {
        var options = History.Options()
        options.maximumPages = 40
        options.bufferedSlots = 1_000
        let history = try folder.open(options)
        var next: UInt64 = 1
        let fault = #expect(throws: HistoryFault.self) {
            for _ in 0..<1_000 {
                history.append(inputs(next...next + 99))
                next += 100
                try history.flush()
            }
        }
        #expect(fault == .full)
        let logged = try history.loggedThrough()
        #expect(logged > 0)
        #expect(history.bufferedSlots == 100)
        for _ in 0..<20 {
            history.append(inputs(next...next + 99))
            next += 100
        }
        #expect(history.bufferedSlots == 1_000)
        #expect(history.droppedSlots == 1_100)
        // Room again: what was held is written, and the replay says what was not.
        _ = try history.write { db in try db.execute(sql: "PRAGMA max_page_count = 100000") }
        #expect(try history.flush() == next - 1)
        #expect(throws: HistoryFault.hole(after: logged, next: logged + 1_101)) { try history.replayed() }
    }

    @Test func `of schema 1, with 64 bytes a slot, is read and goes on`() throws {
        try folder.open().close()
        let old = inputs(1...10)
        let segment = Segment(
            old.sequences, blob: [1] + old.slots.flatMap(fixedBytes), commands: "", firstTime: .start, lastTime: .start)
        let hex = segment.blob.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        try folder.tamper("PRAGMA user_version = 1; DROP TABLE snapshot_part")
        try folder.tamper("INSERT INTO segment VALUES (1, 10, 0, 0, '', '\(segment.digest)', x'\(hex)')")
        let history = try folder.open()
        #expect(try history.loggedThrough() == 10)
        try history.log(inputs(11...15))
        #expect(try history.replayed().flatMap(\.slots) == inputs(1...15).slots)
        let version = try history.write { db in try Int.fetchOne(db, sql: "PRAGMA user_version") }
        #expect(version == 2)
    }

    @Test func `a newer file is not touched`() throws {
        try folder.open().close()
        try folder.tamper("PRAGMA user_version = 9")
        #expect(throws: HistoryFault.newerSchema(found: 9, known: 2)) { try folder.open() }
    }

    /// A daemon that ended for good because somebody copied the file at that moment would leave the plant unwatched.
    @Test func `that is locked when the station starts is asked again by the next start`() throws {
        try folder.open().close()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file, configuration: configuration)
        try other.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE origin SET made_at = made_at")
        }
        let fault = #expect(throws: HistoryFault.self) { try folder.open() }
        #expect(fault == .busy && fault?.exitStatus == 70)
        try other.close()
        try folder.open().close()
    }

    @Test(arguments: ["/proc/hazardd-history", "/dev/null/history"])
    func `a folder that cannot be written is named`(path: String) throws {
        let fault = #expect(throws: HistoryFault.self) { try History(folder: path, now: .start) }
        #expect("\(try #require(fault))".contains(path))
    }
}

@Suite struct `The logger of inputs` {
    let folder: HistoryFolder
    init() throws { folder = try HistoryFolder() }

    @Test func `commits 200 ms after the first buffered input, and not before`() throws {
        let history = try folder.open()
        var logger = try InputLogger(history)
        #expect(logger.deadline == nil)
        logger.took(inputs(1...3), at: .start)
        logger.took(inputs(4...6), at: .start + .milliseconds(150))
        #expect(logger.deadline == .start + .milliseconds(200))
        #expect(try logger.commitIfDue(at: .start + .milliseconds(199), wall: .start) == 0)
        #expect(try logger.commitIfDue(at: .start + .milliseconds(200), wall: .start) == 6)
        #expect(logger.deadline == nil)
        #expect(try history.loggedThrough() == 6)
    }

    @Test func `commits at once when somebody waits, and not for those who have been served`() throws {
        let history = try folder.open()
        var logger = try InputLogger(history)
        logger.took(inputs(1...3), at: .start)
        #expect(try logger.commitIfDue(at: .start, wall: .start, wanted: 2) == 3)
        logger.took(inputs(4...6), at: .start)
        #expect(try logger.commitIfDue(at: .start, wall: .start, wanted: 3) == 3)
        #expect(try logger.commitIfDue(at: .start, wall: .start, wanted: 4) == 6)
    }

    @Test func `tries again one interval after a failure, with everything it holds`() throws {
        let fails = Mutex(true)
        var options = History.Options()
        options.disturb = { _ in if fails.withLock({ $0 }) { throw databaseError(.SQLITE_FULL) } }
        let history = try folder.open(options)
        // The loop below is the logging thread's.
        var logger = try InputLogger(history)
        logger.took(inputs(1...3), at: .start)
        do throws(HistoryFault) {
            try logger.commitIfDue(at: .start + .milliseconds(200), wall: .start)
            Issue.record("a full disk committed")
        } catch {
            #expect(error == .full)
        }
        #expect(logger.deadline == .start + .milliseconds(400))
        logger.took(inputs(4...6), at: .start + .milliseconds(300))
        fails.withLock { $0 = false }
        #expect(try logger.commitIfDue(at: .start + .milliseconds(400), wall: .start) == 6)
        #expect(try history.replayed().flatMap(\.slots) == inputs(1...6).slots)
    }

    @Test func `lets inputs go that are older than their retention`() throws {
        let history = try folder.open()
        var logger = try InputLogger(history, policy: .init(retention: .seconds(60), pruning: .seconds(10)))
        for step in UInt64(0)..<20 {
            let now = PlantInstant.start + .seconds(Int64(step) * 10 + 10)
            logger.took(inputs(step * 10 + 1...step * 10 + 10), at: now)
            try logger.commitIfDue(at: now + .milliseconds(200), wall: .start)
        }
        let oldest = try #require(try history.read { try UInt64.fetchOne($0, sql: "SELECT min(first) FROM segment") })
        #expect(oldest > 120 && oldest <= 141, "about sixty of two hundred seconds are left: \(oldest)")
        #expect(try history.loggedThrough() == 200)
    }
}
