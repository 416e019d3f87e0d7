import DeliveryPlan
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import EventJournal

@Suite struct `A commit` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    @Test func `is on disk before it returns: the connection says synchronous FULL and WAL`() throws {
        let journal = try folder.open()
        let kept = try journal.pool.writeWithoutTransaction { try JournalFile.durability($0) }
        #expect(kept.synchronous == 2)
        #expect(kept.journalMode == "wal")
        let busy = try journal.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA busy_timeout") }
        #expect(busy == 250)
    }

    @Test func `numbers its records from 1 without a hole, and writes the head outside`() throws {
        let journal = try folder.open()
        let first = try journal.commit(raises(1...3), at: .start)
        let second = try journal.commit(raises(4...4), at: .start)
        #expect((first + second).map(\.sequence) == [1, 2, 3, 4])
        #expect(try journal.head().sequence == 4)
        #expect(HeadFile.read(path: folder.paths.head) == (try journal.head()))
        #expect(journal.committedHead == (try journal.head()))
        #expect(journal.headFileFailures == 0)
    }

    @Test func `gives back every field as it was handed in`() throws {
        let journal = try folder.open()
        var draft = anEvent(.raise)
        draft.guidance.action = BilingualText(chinese: "关闭阀门 \"V-1\"\n并撤离", english: "close \\ leave / now")
        draft.comment = "line\u{2028}separator, \u{1F6A8}, tab\t"
        draft.value = 0.1 + 0.2
        let committed = try journal.commit([draft], at: .start)
        draft.sequence = 1
        #expect(committed == [draft])
        #expect(try journal.records(after: 0, limit: 10) == [draft])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `is not refused because a value is no number`(value: Double) throws {
        let journal = try folder.open()
        let committed = try journal.commit([anEvent(.raise, value: value)], at: .start)
        #expect(committed.count == 1)
        #expect(try journal.record(forKey: committed[0].key)?.value == nil)
    }

    @Test func `recognises a key that was written before, in the same batch, before, and after a restart`() throws {
        let journal = try folder.open()
        var again = anEvent(.raise)
        again.comment = "derived again"
        let batch = try journal.commit([anEvent(.raise), again], at: .start)
        #expect(batch.map(\.sequence) == [1, 1])
        #expect(try journal.commit([again, anEvent(.clear)], at: .start).map(\.sequence) == [1, 2])
        try journal.close()
        let reopened = try folder.open()
        #expect(try reopened.commit([again, anEvent(.clear)], at: .start).map(\.sequence) == [1, 2])
        #expect(try reopened.records(after: 0, limit: 10).map(\.comment) == [nil, nil])
    }

    @Test func `answers a repeated command with its first record, but never drops a change`() throws {
        let journal = try folder.open()
        _ = try journal.commit([anEvent(.raise)], at: .start)
        let accepted = try journal.commit([anEvent(.acknowledge, by: "wang", command: "K1")], at: .start)
        let refusedAgain = anEvent(.refused, command: "K1", refusal: .alarmChanged)
        #expect(try journal.commit([refusedAgain], at: .start) == accepted)
        // The same idempotency key on an event that did change the alarm: it is written all the same.
        let changed = anEvent(.acknowledge, nth: 2, by: "wang", command: "K1")
        #expect(try journal.commit([changed], at: .start).map(\.sequence) == [3])
        #expect(try journal.record(forIdempotencyKey: "K1")?.sequence == 2)
    }

    @Test func `is all or nothing`() throws {
        var options = Journal.Options()
        options.disturb = { moment in if moment == .beforeCommit { throw databaseError(.SQLITE_FULL) } }
        let journal = try folder.open(plan: telling("wang"), options)
        #expect(throws: JournalFault.full) { try journal.commit(raises(1...5), at: .start) }
        #expect(try journal.head().sequence == 0)
        #expect(try journal.records(after: 0, limit: 10).isEmpty)
        #expect(try journal.standings().isEmpty)
        #expect(try journal.nextDue() == nil)
        #expect(HeadFile.read(path: folder.paths.head)?.sequence == 0)
    }

    @Test func `an empty batch changes nothing`() throws {
        let journal = try folder.open()
        #expect(try journal.commit([], at: .start).isEmpty)
        #expect(try journal.head().sequence == 0)
    }

    @Test(arguments: [
        "UPDATE event SET body = '{}' WHERE sequence = 1",
        "DELETE FROM event WHERE sequence = 2",
        "INSERT OR REPLACE INTO event VALUES (1, 'k', 'r', 1, NULL, 0, '{}', '', '')",
        "INSERT OR REPLACE INTO event SELECT 9, key, rule, occurrence, NULL, 0, '{}', '', '' FROM event LIMIT 1",
        "UPDATE genesis SET journal_id = 'other'",
        "DELETE FROM genesis",
    ])
    func `can not be taken back, not even by a statement of our own`(sql: String) throws {
        let journal = try folder.open()
        _ = try journal.commit(raises(1...2), at: .start)
        #expect(throws: (any Error).self) { try journal.pool.write { try $0.execute(sql: sql) } }
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)
        #expect(try journal.head().sequence == 2)
    }
}
