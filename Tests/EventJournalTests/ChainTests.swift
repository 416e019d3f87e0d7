import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Testing

@testable import EventJournal

/// One way of laying hands on a journal of ten rows, and what a verification must say.
struct Tampering: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var sql: [String]
    var found: ChainBreak

    static let all = [
        Tampering(
            testDescription: "a value in a body",
            sql: ["UPDATE event SET body = replace(body, '51.5', '41.5') WHERE sequence = 4"],
            found: ChainBreak(sequence: 4, cause: .altered)),
        Tampering(
            testDescription: "one flipped bit in a body",
            sql: ["UPDATE event SET body = replace(body, 'ammonia', 'amionia') WHERE sequence = 7"],
            found: ChainBreak(sequence: 7, cause: .altered)),
        Tampering(
            testDescription: "a body and its hash",
            sql: [
                "UPDATE event SET body = body || ' ', hash = '\(String(repeating: "0", count: 64))' WHERE sequence = 4"
            ],
            found: ChainBreak(sequence: 4, cause: .altered)),
        Tampering(
            testDescription: "the key beside a body",
            sql: ["UPDATE event SET key = 'demo/other/1/raise/0/1' WHERE sequence = 2"],
            found: ChainBreak(sequence: 2, cause: .mislabelled)),
        Tampering(
            testDescription: "the rule beside a body", sql: ["UPDATE event SET rule = 'other' WHERE sequence = 3"],
            found: ChainBreak(sequence: 3, cause: .mislabelled)),
        Tampering(
            testDescription: "the occurrence beside a body, with what none can be",
            sql: ["UPDATE event SET occurrence = -1 WHERE sequence = 3"],
            found: ChainBreak(sequence: 3, cause: .mislabelled)),
        Tampering(
            testDescription: "the command beside a body",
            sql: ["UPDATE event SET idempotency_key = 'K' WHERE sequence = 3"],
            found: ChainBreak(sequence: 3, cause: .mislabelled)),
        Tampering(
            testDescription: "what a platform is owed", sql: ["UPDATE event SET to_platform = 0 WHERE sequence = 3"],
            found: ChainBreak(sequence: 3, cause: .mislabelled)),
        Tampering(
            testDescription: "a row taken out of the middle", sql: ["DELETE FROM event WHERE sequence = 5"],
            found: ChainBreak(sequence: 5, cause: .missing(next: 6))),
        Tampering(
            testDescription: "a row taken out and the others moved up",
            sql: [
                "DELETE FROM event WHERE sequence = 5", "UPDATE event SET sequence = sequence - 1 WHERE sequence > 5",
            ],
            found: ChainBreak(sequence: 5, cause: .notContinued)),
        Tampering(
            testDescription: "the first row taken out", sql: ["DELETE FROM event WHERE sequence = 1"],
            found: ChainBreak(sequence: 1, cause: .missing(next: 2))),
        Tampering(
            testDescription: "two rows exchanged",
            sql: [
                "UPDATE event SET sequence = 99 WHERE sequence = 6", "UPDATE event SET sequence = 6 WHERE sequence = 7",
                "UPDATE event SET sequence = 7 WHERE sequence = 99",
            ], found: ChainBreak(sequence: 6, cause: .notContinued)),
        Tampering(
            testDescription: "the last rows cut off", sql: ["DELETE FROM event WHERE sequence > 8"],
            found: ChainBreak(sequence: 9, cause: .cutOff(head: 10))),
        Tampering(
            testDescription: "all rows cut off", sql: ["DELETE FROM event"],
            found: ChainBreak(sequence: 1, cause: .cutOff(head: 10))),
        Tampering(
            testDescription: "the journal's id", sql: ["UPDATE genesis SET journal_id = 'another'"],
            found: ChainBreak(sequence: 0, cause: .genesis)),
    ]
}

@Suite struct `The chain of the journal` {
    let folder: StateFolder

    /// Ten rows of ten rules, closed.
    init() throws {
        folder = try StateFolder()
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit(raises(1...6), at: .start)
        _ = try journal.commit(raises(7...10), at: .start)
        try journal.close()
    }

    @Test func `is unbroken from the first row to the head`() throws {
        let report = try JournalVerifier.verify(file: folder.paths.file)
        #expect(report.isUnbroken)
        #expect(report.rows == 10)
        #expect(report.first == 1)
        #expect(report.verified == HeadFile.read(path: folder.paths.head))
    }

    @Test func `can be computed again by anybody: SHA-256 of the previous hash and the body`() throws {
        let queue = try JournalFile.openReadOnly(folder.paths.file)
        let rows = try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM event ORDER BY sequence") }
        for (row, next) in zip(rows, rows.dropFirst()) {
            #expect(next["previous"] as String == row["hash"] as String)
            #expect(Chain.link(previous: next["previous"], body: next["body"]) == next["hash"])
        }
        // printf '%s%s' 00..00 '{}' | sha256sum
        let known = Chain.link(previous: String(repeating: "0", count: 64), body: "{}")
        #expect(known == "5508d2b710e64bc470079e1b211d9c58e21011e59d0559e422345dc19d659a75")
    }

    @Test func `has the same bytes for the same record, keys in order`() throws {
        let body = RecordText.body(of: anEvent(.raise))
        let again = try RecordText.body(of: RecordText.record(from: body))
        #expect(body == again)
        #expect(body.hasPrefix(#"{"area":"","colour":1,"decidedAt":1767225600000000000,"duties":"#))
        #expect(!body.contains("\n"))
    }

    @Test(arguments: Tampering.all)
    func `breaks at the very row that was touched`(tampering: Tampering) throws {
        try folder.tamper { db in for sql in tampering.sql { try db.execute(sql: sql) } }
        let report = try JournalVerifier.verify(file: folder.paths.file)
        #expect(report.firstBreak == tampering.found)
        if tampering.found.sequence > 0 {
            #expect(report.verified?.sequence == tampering.found.sequence - 1)
        }
    }

    @Test(arguments: Tampering.all)
    func `a broken one is set aside untouched, and the watch goes on after its last verified row`(
        tampering: Tampering
    ) throws {
        try folder.tamper { db in for sql in tampering.sql { try db.execute(sql: sql) } }
        let before = try JournalVerifier.verify(file: folder.paths.file)
        let announced = HeadFile.read(path: folder.paths.head)
        let bytes = FileManager.default.contents(atPath: folder.paths.file)
        let journal = try folder.open()
        let findings = journal.takeFindings()
        #expect(findings.count == 2)
        switch tampering.found.cause {
        case .cutOff(let head): #expect(findings.first == .short(missing: tampering.found.sequence...head))
        default: #expect(findings.first == .tampered(tampering.found))
        }
        let aside = folder.paths.file + ".suspect-1"
        #expect(findings.last == .setAside(file: aside, continuedFrom: before.verified))
        #expect(FileManager.default.contents(atPath: aside) == bytes)
        #expect(journal.takeFindings().isEmpty)

        // Numbers go on above everything that was ever announced, in a journal with an id of its own.
        let committed = try journal.commit(raises(11...12), at: .start)
        #expect(committed.map(\.sequence) == [11, 12])
        let report = try JournalVerifier.verify(file: folder.paths.file)
        #expect(report.isUnbroken)
        #expect(report.journalID != before.journalID)
        #expect(report.predecessor == before.verified ?? announced)
        try journal.close()
        #expect(try folder.open().takeFindings().isEmpty)
    }

    @Test func `a long journal is verified from its tail, and whole on demand`() throws {
        var options = Journal.Options()
        options.verifiedTail = 3
        try folder.tamper {
            try $0.execute(sql: "UPDATE event SET body = replace(body, '51.5', '41.5') WHERE sequence = 4")
        }
        #expect(try folder.open(options).takeFindings().isEmpty)
        #expect(try JournalVerifier.verify(file: folder.paths.file).firstBreak?.sequence == 4)
        options.verifiedTail = 7
        #expect(try folder.open(options).takeFindings().first == .tampered(ChainBreak(sequence: 4, cause: .altered)))
    }

    @Test func `a journal written anew from some row on is found by the head file`() throws {
        let head = try #require(HeadFile.read(path: folder.paths.head))
        // The forger starts over with the same id and a chain that is right in itself.
        try folder.tamper { db in
            let genesis = try #require(try Genesis.fetch(db))
            var previous = genesis.hash
            for row in try Row.fetchAll(db, sql: "SELECT sequence, body FROM event ORDER BY sequence") {
                let body = (row["body"] as String).replacingOccurrences(of: "51.5", with: "41.5")
                let hash = Chain.link(previous: previous, body: body)
                try db.execute(
                    sql: "UPDATE event SET body = ?, previous = ?, hash = ? WHERE sequence = ?",
                    arguments: [body, previous, hash, row["sequence"] as Int64])
                previous = hash
            }
        }
        #expect(try JournalVerifier.verify(file: folder.paths.file, announced: nil).isUnbroken)
        let found = try JournalVerifier.verify(file: folder.paths.file, announced: head).firstBreak
        #expect(found == ChainBreak(sequence: 10, cause: .rewritten))
    }
}
