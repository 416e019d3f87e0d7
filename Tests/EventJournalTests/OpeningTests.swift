import DeliveryPlan
import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Testing

@testable import EventJournal

@Suite struct `Opening a journal` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    @Test func `two processes never write one journal: the second is told the pid of the first`() throws {
        let first = try folder.open()
        let fault = #expect(throws: JournalFault.self) { try folder.open() }
        #expect(fault == .heldElsewhere(pid: getpid()))
        #expect(fault?.exitStatus == 75)
        try first.close()
        _ = try folder.open()
    }

    @Test func `a journal of a newer hazardd is refused and stays as it is`() throws {
        try folder.open().close()
        try folder.tamper { try $0.execute(sql: "PRAGMA user_version = 99") }
        let bytes = FileManager.default.contents(atPath: folder.paths.file)
        let fault = #expect(throws: JournalFault.self) { try folder.open() }
        #expect(fault == .newerSchema(found: 99, known: JournalSchema.version))
        #expect(fault?.exitStatus == 65)
        #expect(FileManager.default.contents(atPath: folder.paths.file) == bytes)
        #expect(throws: JournalFault.newerSchema(found: 99, known: JournalSchema.version)) {
            try JournalReader(file: folder.paths.file)
        }
    }

    @Test func `every journal has an id of its own, which stays`() throws {
        let journal = try folder.open()
        let id = try journal.head().journalID
        #expect(id.utf8.count == 32)
        try journal.close()
        #expect(try folder.open().head().journalID == id)
        #expect(try StateFolder().open().head().journalID != id)
    }

    @Test func `a file of noise is set aside, and the numbers of the head file are not used again`() throws {
        let journal = try folder.open()
        _ = try journal.commit(raises(1...3), at: .start)
        let head = try journal.head()
        try journal.close()
        let noise = Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 131) })
        #expect(FileManager.default.createFile(atPath: folder.paths.file, contents: noise))
        let next = try folder.open()
        let findings = next.takeFindings()
        #expect(findings.map(\.word) == ["JOURNAL_SUSPECT", "JOURNAL_SUSPECT"])
        #expect(findings.last == .setAside(file: folder.paths.file + ".suspect-1", continuedFrom: nil))
        #expect(FileManager.default.contents(atPath: folder.paths.file + ".suspect-1") == noise)
        #expect(try next.commit(raises(4...4), at: .start).map(\.sequence) == [4])
        #expect(try JournalVerifier.verify(file: folder.paths.file).predecessor == head)
    }

    @Test func `a journal that is gone is missed`() throws {
        let journal = try folder.open()
        _ = try journal.commit(raises(1...3), at: .start)
        try journal.close()
        try FileManager.default.removeItem(atPath: folder.paths.file)
        let next = try folder.open()
        #expect(next.takeFindings() == [.short(missing: 1...3)])
        #expect(try next.commit(raises(1...1), at: .start).map(\.sequence) == [4])
    }

    @Test func `a page that was destroyed is found, and open alarms, answers and messages go on`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit(raises(1...200), at: .start)
        _ = try journal.commit([anEvent(.acknowledge, of: "R-7", at: 5, by: "wang", command: "K7")], at: .start)
        let row = try #require(
            try journal.dueRows(at: .start, channel: "to-wang", limit: 500).first { $0.record.rule == "R-9" })
        try journal.note(.accepted(answer: "200"), forRow: row.id, at: .start)
        try journal.noteConfirmed(150, platform: "county")
        let pending = try journal.backlog(at: .start).pending
        let standings = try journal.standings()
        try journal.close()

        try Self.destroyEventPage(folder.paths.file)
        let next = try folder.open(plan: telling("wang", "li"))
        #expect(next.takeFindings().map(\.word) == ["JOURNAL_SUSPECT", "JOURNAL_SUSPECT"])
        #expect(try next.standings() == standings)
        #expect(try next.alarm(rule: "R-7", occurrence: 1)?.acknowledgedBy == "wang")
        // Messages whose record was on the page end as undelivered when their turn comes; the others are all there.
        #expect(try next.backlog(at: .start).pending == pending)
        let due = try next.dueRows(at: .start, limit: 1_000)
        let after = try next.backlog(at: .start)
        #expect(due.count > 200)
        #expect(after.pending == due.count + 2, "two acknowledgements stand in line")
        #expect(after.pending + after.undelivered == pending)
        #expect(try next.confirmedSequence(platform: "county") == 150)
        // Whoever had been told of a raise is told of its clear, across the files.
        _ = try next.commit([anEvent(.clear, of: "R-9", at: 9)], at: .start)
        let told = try next.pool.read { try JournalQuery.messages($0, rule: "R-9", occurrence: 1) }
        #expect(told.map(\.addressee.recipient) == ["wang", "li", "wang", "li"])
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)
        #expect(try next.head().sequence == 202)
    }

    @Test func `whoever was told of a raise whose record is lost is told of the clear`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit(raises(1...3), at: .start)
        for row in try journal.dueRows(at: .start, channel: "to-wang", limit: 9) {
            try journal.note(.accepted(answer: "200"), forRow: row.id, at: .start)
        }
        try journal.close()
        try folder.tamper {
            try $0.execute(sql: "UPDATE event SET body = replace(body, '51.5', '41.5') WHERE sequence = 2")
        }
        let next = try folder.open(plan: telling("wang", "li"))
        #expect(try next.record(forKey: anEvent(.raise, of: "R-2").key) == nil, "its record is lost")
        _ = try next.commit([anEvent(.clear, of: "R-2", at: 9)], at: .start)
        let told = try next.dueRows(at: .start, channel: "to-wang", limit: 9)
        #expect(told.map(\.record.key) == [anEvent(.clear, of: "R-2", at: 9).key])
    }

    @Test(arguments: ["UPDATE event SET sequence = 1 << 60 WHERE sequence = 3", "SELECT 1"])
    func `numbers that no journal reaches are not gone on from, and messages go out`(sql: String) throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit(raises(1...3), at: .start)
        let head = try journal.head()
        try journal.close()
        try folder.tamper { try $0.execute(sql: sql) }
        let strange = JournalHead(journalID: head.journalID, sequence: 1 << 60, hash: head.hash)
        try Data(HeadFile.line(for: strange)).write(to: URL(fileURLWithPath: folder.paths.head))
        let next = try folder.open(plan: telling("wang"))
        let raise = try next.commit([anEvent(.raise, of: "NEW")], at: .start)
        #expect(raise[0].sequence < 10)
        #expect(try next.dueRows(at: .start, channel: "to-wang", limit: 9).contains { $0.record == raise[0] })
    }

    @Test func `what was derived before the break is recognised after it`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit(raises(1...20), at: .start)
        try journal.close()
        try folder.tamper {
            try $0.execute(sql: "UPDATE event SET body = replace(body, '51.5', '41.5') WHERE sequence = 4")
        }
        let next = try folder.open(plan: telling("wang"))
        // The altered row is no record of anything: the event is written again, under its key and a number of its own.
        #expect(try next.commit(raises(1...20), at: .start).map(\.sequence) == [1, 2, 3, 21] + (5...20))
        #expect(try next.records(after: 18, limit: 9).map(\.sequence) == [19, 20, 21])
    }

    @Test func `a head file of another journal is said, and the file goes on`() throws {
        try folder.open().close()
        let strange = JournalHead(journalID: "strange", sequence: 7, hash: String(repeating: "a", count: 64))
        try Data(HeadFile.line(for: strange)).write(to: URL(fileURLWithPath: folder.paths.head), options: .atomic)
        let journal = try folder.open()
        #expect(journal.takeFindings().map(\.word) == ["JOURNAL_SUSPECT"])
        #expect(try journal.commit(raises(1...1), at: .start).map(\.sequence) == [1])
    }

    @Test func `a replacement that was cut short before it was in place is put there`() throws {
        let journal = try folder.open()
        _ = try journal.commit(raises(1...3), at: .start)
        try journal.close()
        try FileManager.default.moveItem(atPath: folder.paths.file, toPath: folder.paths.next)
        let next = try folder.open()
        #expect(next.takeFindings().map(\.word) == ["JOURNAL_SUSPECT"])
        #expect(try next.head().sequence == 3)
    }

    @Test func `a reader sees everything beside a running journal and can write nothing`() throws {
        let journal = try folder.open()
        _ = try journal.commit(raises(1...3), at: .start)
        let reader = try JournalReader(file: folder.paths.file)
        #expect(try reader.head() == (try journal.head()))
        #expect(try reader.records(after: 0, limit: 10) == (try journal.records(after: 0, limit: 10)))
        #expect(try reader.openAlarms().count == 3)
        _ = try journal.commit(raises(4...4), at: .start)
        #expect(try reader.head().sequence == 4)
    }

    /// Zeroes the header of a leaf page of the `event` table, as a lost write would.
    private static func destroyEventPage(_ path: String) throws {
        let queue = try DatabaseQueue(path: path)
        let (size, root) = try queue.read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096,
                try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'event'") ?? 0
            )
        }
        try queue.close()
        var bytes = try #require(FileManager.default.contents(atPath: path))
        // The root is an inner page: its first cell's first four bytes name a leaf.
        let page = (root - 1) * size
        let cell = page + Int(bytes[page + 12]) << 8 + Int(bytes[page + 13])
        let leaf = bytes[cell..<cell + 4].reduce(0) { $0 << 8 | Int($1) }
        bytes.replaceSubrange((leaf - 1) * size..<(leaf - 1) * size + 8, with: [UInt8](repeating: 0, count: 8))
        #expect(FileManager.default.createFile(atPath: path, contents: bytes))
    }
}
