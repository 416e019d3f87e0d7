import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import EventJournal

@Suite struct `A disk that misbehaves` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    @Test func `when it is full nothing is committed, and everything is when it has room again`() throws {
        var options = Journal.Options()
        options.maximumPages = 60
        options.checkpointAfterPages = 1
        let journal = try folder.open(plan: telling("wang"), options)
        var committed = 0
        let fault = #expect(throws: JournalFault.self) {
            for number in 1...10_000 {
                _ = try journal.commit(raises(number...number), at: .start)
                committed = number
            }
        }
        #expect(fault == .full)
        #expect(committed > 10)
        #expect(try journal.head().sequence == UInt64(committed))
        try journal.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        let refused = try journal.commit(raises(committed + 1...committed + 1), at: .start)
        #expect(refused.map(\.sequence) == [UInt64(committed + 1)])
        #expect(try journal.backlog(at: .start).pending == committed + 1)
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)
    }

    @Test func `the write-ahead file is copied into the file beside the commits, after every few of them`() throws {
        let journal = try folder.open(plan: telling("wang"))
        func walBytes() throws -> UInt64 {
            try FileManager.default.attributesOfItem(atPath: folder.paths.file + "-wal")[.size] as? UInt64 ?? 0
        }
        var number = 0
        func commitNext() throws {
            number += 1
            _ = try journal.commit(raises(number...number), at: .start)
        }
        while !journal.isCheckpointDue { try commitNext() }
        #expect(number == 32)
        let full = try walBytes()
        journal.checkpoint()
        #expect(!journal.isCheckpointDue)
        for _ in 1...16 { try commitNext() }
        #expect(try walBytes() == full, "it was begun anew")
        while !journal.isCheckpointOverdue { try commitNext() }
        #expect(try walBytes() > full)
        #expect(try JournalVerifier.verify(file: folder.paths.file).rows == UInt64(number))
    }

    @Test func `commits go on while the write-ahead file is copied, and nothing is lost`() async throws {
        let journal = try folder.open(plan: telling("wang"))
        let copying = Task.detached {
            for _ in 1...30 { journal.checkpoint() }
        }
        for number in 1...120 { _ = try journal.commit(raises(number...number), at: .start) }
        await copying.value
        #expect(try JournalVerifier.verify(file: folder.paths.file).rows == 120)
        #expect(try journal.backlog(at: .start).pending == 120)
    }

    @Test func `what a failed commit has left in memory is read from the file again`() throws {
        let strikes = Strikes([.beforeCommit])
        var options = Journal.Options()
        options.disturb = { try strikes.strike($0, as: .SQLITE_FULL) }
        let journal = try folder.open(plan: telling("wang"), options)
        #expect(throws: JournalFault.full) { try journal.commit(raises(1...2), at: .start) }
        #expect(try journal.commit(raises(2...3), at: .start).map(\.sequence) == [1, 2])
        #expect(try journal.commit(raises(4...4), at: .start).map(\.sequence) == [3])
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)
    }

    @Test(arguments: [Journal.CommitMoment.beforeCommit, .afterCommit])
    func `an fsync error leaves one row and one message, wherever it struck`(moment: Journal.CommitMoment) throws {
        let strikes = Strikes([moment])
        var options = Journal.Options()
        options.disturb = { try strikes.strike($0) }
        let journal = try folder.open(plan: telling("wang"), options)
        let records = try journal.commit(raises(1...2), at: .start)
        #expect(records.map(\.sequence) == [1, 2])
        #expect(try journal.backlog(at: .start).pending == 2)
        #expect(journal.takeFindings().map(\.word) == ["JOURNAL_SUSPECT"])
        #expect(try JournalVerifier.verify(file: folder.paths.file).rows == 2)
        // Everything is in the file itself: the WAL was emptied.
        let wal = try FileManager.default.attributesOfItem(atPath: folder.paths.file + "-wal")[.size] as? UInt64
        #expect(wal == 0)
    }

    @Test(arguments: [Journal.CommitMoment.beforeCommit, .afterCommit])
    func `a second error is said to be unknown, and committing again settles it`(moment: Journal.CommitMoment) throws {
        let strikes = Strikes([moment, moment])
        var options = Journal.Options()
        options.disturb = { try strikes.strike($0) }
        let journal = try folder.open(plan: telling("wang"), options)
        let fault = #expect(throws: JournalFault.self) { try journal.commit(raises(1...2), at: .start) }
        guard case .unknown = fault else {
            Issue.record("expected unknown, found \(String(describing: fault))")
            return
        }
        #expect(try journal.commit(raises(1...2), at: .start).map(\.sequence) == [1, 2])
        #expect(try journal.backlog(at: .start).pending == 2)
        #expect(try JournalVerifier.verify(file: folder.paths.file).rows == 2)
    }

    @Test func `an error that could not be looked into is looked into by the next commit`() throws {
        let other = Mutex<DatabaseQueue?>(nil)
        var options = Journal.Options()
        options.busyTries = 1
        options.busyTimeout = .milliseconds(20)
        options.disturb = { moment in
            // The disk fails once, and just then somebody takes the lock.
            guard moment == .afterCommit, let queue = other.withLock({ $0 }) else { return }
            other.withLock { $0 = nil }
            try queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            throw databaseError(.SQLITE_IOERR_FSYNC)
        }
        let journal = try folder.open(plan: telling("wang"), options)
        let queue = try folder.anotherConnection()
        other.withLock { $0 = queue }
        for _ in 1...2 {
            let fault = #expect(throws: JournalFault.self) { try journal.commit(raises(1...2), at: .start) }
            guard case .unknown = fault else {
                Issue.record("expected unknown, found \(String(describing: fault))")
                return
            }
        }
        try queue.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try journal.commit(raises(1...3), at: .start).map(\.sequence) == [1, 2, 3])
        #expect(journal.takeFindings().map(\.word) == ["JOURNAL_SUSPECT"])
        #expect(try journal.backlog(at: .start).pending == 3)
    }

    @Test func `a file that breaks in use is replaced in use`() throws {
        let isBroken = Mutex(false)
        var options = Journal.Options()
        options.disturb = { moment in
            let breaks = isBroken.withLock { isBroken in
                defer { isBroken = false }
                return isBroken
            }
            if breaks, moment == .beforeCommit { throw databaseError(.SQLITE_CORRUPT) }
        }
        let journal = try folder.open(plan: telling("wang"), options)
        _ = try journal.commit(raises(1...2), at: .start)
        let head = try journal.head()
        isBroken.withLock { $0 = true }
        #expect(try journal.commit(raises(1...3), at: .start).map(\.sequence) == [1, 2, 3])
        #expect(journal.takeFindings().map(\.word) == ["JOURNAL_SUSPECT", "JOURNAL_SUSPECT"])
        #expect(try journal.backlog(at: .start).pending == 3)
        #expect(try JournalVerifier.verify(file: folder.paths.file).predecessor == head)
        #expect(HeadFile.read(path: folder.paths.head) == (try journal.head()))
    }

    @Test func `while another connection holds the lock the journal is busy, and goes on after it`() throws {
        var options = Journal.Options()
        options.busyTries = 2
        options.busyTimeout = .milliseconds(20)
        let journal = try folder.open(options)
        let other = try folder.anotherConnection()
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(throws: JournalFault.busy) { try journal.commit(raises(1...1), at: .start) }
        #expect(try journal.head().sequence == 0)
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try journal.commit(raises(1...1), at: .start).map(\.sequence) == [1])
    }

    @Test func `a lock that is let go within the patience is not noticed`() throws {
        var options = Journal.Options()
        options.busyTries = 1_000
        options.busyTimeout = .milliseconds(10)
        let journal = try folder.open(options)
        let other = try folder.anotherConnection()
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let thread = Thread {
            while journal.busyRetries < 3 { sched_yield() }
            try? other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        }
        thread.start()
        #expect(try journal.commit(raises(1...1), at: .start).map(\.sequence) == [1])
        #expect(journal.busyRetries >= 3)
    }

    @Test(arguments: ["/proc/hazardd-journal", "/dev/null/journal"])
    func `a folder that cannot be written is named`(path: String) throws {
        let fault = #expect(throws: JournalFault.self) {
            try Journal(folder: path, plan: tellingNobody, now: .start)
        }
        #expect(fault?.exitStatus == 77)
        #expect("\(try #require(fault))".contains(path))
    }

    @Test(arguments: [
        (ResultCode.SQLITE_BUSY, JournalFault.Verdict.failed(.busy)), (.SQLITE_LOCKED, .failed(.busy)),
        (.SQLITE_FULL, .failed(.full)),
        (.SQLITE_READONLY, .failed(.notWritable("as a disk would say (8)"))),
        (.SQLITE_CORRUPT, .failed(.damaged("as a disk would say (11)"))),
        (.SQLITE_NOTADB, .failed(.damaged("as a disk would say (26)"))),
        (.SQLITE_IOERR, .unknown("as a disk would say (10)")),
        (.SQLITE_IOERR_FSYNC, .unknown("as a disk would say (1034)")),
        (.SQLITE_CONSTRAINT, .failed(.refused("as a disk would say (19)"))),
    ])
    func `is judged by what its error says of the transaction`(code: ResultCode, verdict: JournalFault.Verdict) {
        #expect(JournalFault.verdict(on: databaseError(code)) == verdict)
    }
}

/// Errors that a disk will give, one at each named moment, in order.
final class Strikes: Sendable {
    private let waiting: Mutex<[Journal.CommitMoment]>

    init(_ moments: [Journal.CommitMoment]) { waiting = Mutex(moments) }

    func strike(_ moment: Journal.CommitMoment, as code: ResultCode = .SQLITE_IOERR_FSYNC) throws {
        let strikes = waiting.withLock { waiting in
            guard waiting.first == moment else { return false }
            waiting.removeFirst()
            return true
        }
        if strikes { throw databaseError(code) }
    }
}
