import GRDB
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import EventJournal

@Suite struct `The outbox` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    @Test func `holds one message per event, channel and recipient, due when the event was committed`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit(raises(1...2), at: .start.plus(seconds: 3))
        #expect(try journal.dueRows(at: .start, limit: 10).isEmpty)
        #expect(try journal.nextDue() == .start.plus(seconds: 3))
        let rows = try journal.dueRows(at: .start.plus(seconds: 3), limit: 10)
        #expect(
            rows.map { "\($0.record.rule) \($0.channel) \($0.recipient)" }
                == ["R-1 to-wang wang", "R-1 to-li li", "R-2 to-wang wang", "R-2 to-li li"])
        #expect(Set(rows.map(\.idempotencyKey)).count == 4)
        #expect(
            try journal.backlog(at: .start.plus(seconds: 5))
                == OutboxBacklog(pending: 4, oldest: .seconds(2), undelivered: 0))
    }

    @Test func `keeps the order of events per rule and recipient: a clear waits for its raise`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit([anEvent(.raise), anEvent(.escalate, at: 1), anEvent(.clear, at: 2)], at: .start)
        var sent: [String] = []
        var now = WallTime.start
        // The raise fails twice; nothing of its rule may pass it, and nothing is due while it waits.
        for _ in 0..<2 {
            let rows = try journal.dueRows(at: now, limit: 10)
            #expect(rows.map(\.record.transition) == ["raise"])
            try journal.note(.failed(answer: "500", nextAt: now + .seconds(5)), forRow: rows[0].id, at: now)
            #expect(try journal.dueRows(at: now, limit: 10).isEmpty)
            #expect(try journal.nextDue() == now + .seconds(5))
            now = now + .seconds(5)
        }
        while let row = try journal.dueRows(at: now, limit: 10).first {
            sent.append(row.record.transition)
            try journal.note(.accepted(answer: "200"), forRow: row.id, at: now)
        }
        #expect(sent == ["raise", "escalate", "clear"])
        #expect(try journal.nextDue() == nil)
    }

    @Test func `a deaf channel holds up nobody else, and no other rule`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit([anEvent(.raise, of: "R-1"), anEvent(.clear, of: "R-1", at: 1)], at: .start)
        let first = try journal.dueRows(at: .start, channel: "to-wang", limit: 10)
        try journal.note(
            .failed(answer: "no answer", nextAt: .start.plus(seconds: 60)), forRow: first[0].id, at: .start)
        _ = try journal.commit([anEvent(.raise, of: "R-2", at: 2)], at: .start)
        #expect(try journal.dueRows(at: .start, channel: "to-wang", limit: 10).map(\.record.rule) == ["R-2"])
        let li = try journal.dueRows(at: .start, channel: "to-li", limit: 10)
        #expect(li.map { "\($0.record.rule) \($0.record.transition)" } == ["R-1 raise", "R-2 raise"])
        try journal.note(.accepted(answer: "200"), forRow: li[0].id, at: .start)
        #expect(try journal.dueRows(at: .start, channel: "to-li", limit: 1).map(\.record.transition) == ["clear"])
    }

    /// A sector that is read at the second try must not cost an alarm its message.
    @Test func `a record that the disk does not give now is told later, and holds up nothing that can be read`() throws
    {
        do {
            let journal = try folder.open(plan: telling("wang"))
            _ = try journal.commit(raises(1...2), at: .start)
            try journal.close()
        }
        let failures = Mutex(0)
        var options = Journal.Options()
        options.disturbReading = {
            try failures.withLock { left in
                guard left > 0 else { return }
                left -= 1
                throw DatabaseError(resultCode: .SQLITE_IOERR)
            }
        }
        let journal = try folder.open(plan: telling("wang"), options)
        func rules() throws -> [String] {
            try journal.dueRows(at: .start, channel: "to-wang", limit: 10).map(\.record.rule)
        }
        failures.withLock { $0 = 1 }
        #expect(try rules() == ["R-2"])
        failures.withLock { $0 = 2 }
        #expect(throws: JournalFault.self) { try rules() }
        #expect(try rules() == ["R-1", "R-2"])
        #expect(try journal.backlog(at: .start) == OutboxBacklog(pending: 2, oldest: .zero, undelivered: 0))
    }

    @Test func `the most urgent leaves first`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit(
            [
                anEvent(.raise, of: "LOW", priority: .low), anEvent(.raise, of: "RED", priority: .critical),
                anEvent(.raise, of: "MID", priority: .medium), anEvent(.raise, of: "RED-2", priority: .critical),
            ], at: .start)
        #expect(
            try journal.dueRows(at: .start, channel: "to-wang", limit: 10).map(\.record.rule) == [
                "RED", "RED-2", "MID", "LOW",
            ])
    }

    @Test func `a clear and an acknowledgement go to exactly those who were told of the raise`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit([anEvent(.raise, of: "R-1")], at: .start)
        try journal.close()
        // The site file has changed meanwhile: li has left, zhao has come.
        let next = try folder.open(plan: telling("wang", "zhao"))
        _ = try next.commit(
            [
                anEvent(.acknowledge, of: "R-1", by: "wang", command: "K"), anEvent(.clear, of: "R-1"),
                anEvent(.raise, of: "R-2"),
            ], at: .start)
        var told: [String: [String]] = [:]
        while let row = try next.dueRows(at: .start, limit: 1).first {
            told["\(row.record.rule) \(row.record.transition)", default: []].append(row.recipient)
            try next.note(.accepted(answer: "200"), forRow: row.id, at: .start)
        }
        #expect(
            told == [
                "R-1 raise": ["wang", "li"], "R-1 acknowledge": ["wang", "li"], "R-1 clear": ["wang", "li"],
                "R-2 raise": ["wang", "zhao"],
            ])
    }

    @Test func `who could not be told of the raise is not told of the clear`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit([anEvent(.raise)], at: .start)
        for row in try journal.dueRows(at: .start, limit: 10) {
            let outcome: AttemptOutcome =
                row.recipient == "li" ? .refused(answer: "410 gone") : .accepted(answer: "200")
            try journal.note(outcome, forRow: row.id, at: .start)
        }
        _ = try journal.commit([anEvent(.clear)], at: .start)
        #expect(try journal.dueRows(at: .start, limit: 10).map(\.recipient) == ["wang"])
        #expect(try journal.backlog(at: .start).undelivered == 1)
    }

    @Test func `an event that comes again owes nothing again`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit([anEvent(.raise)], at: .start)
        let row = try #require(try journal.dueRows(at: .start, limit: 1).first)
        try journal.note(.accepted(answer: "200"), forRow: row.id, at: .start)
        _ = try journal.commit([anEvent(.raise)], at: .start)
        #expect(try journal.backlog(at: .start).pending == 0)
    }

    @Test func `a raise that its clear has overtaken says so, unless somebody is sending it already`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit([anEvent(.raise)], at: .start)
        let wang = try #require(try journal.dueRows(at: .start, channel: "to-wang", limit: 1).first)
        #expect(wang.endedAt == nil)
        _ = try journal.commit([anEvent(.clear, at: 40)], at: .start.plus(seconds: 40))
        // wang's was handed out before: whatever is sent again is the same. li's was not: it tells the whole story.
        let again = try #require(try journal.dueRows(at: .start.plus(seconds: 40), channel: "to-wang", limit: 1).first)
        #expect(again == wang)
        let li = try #require(try journal.dueRows(at: .start.plus(seconds: 40), channel: "to-li", limit: 1).first)
        #expect(li.record.transition == "raise")
        #expect(li.endedAt == .start.plus(seconds: 40))
        try journal.note(.accepted(answer: "200"), forRow: li.id, at: .start.plus(seconds: 41))
        let clear = try #require(try journal.dueRows(at: .start.plus(seconds: 41), channel: "to-li", limit: 1).first)
        #expect(clear.record.transition == "clear")
        #expect(clear.endedAt == nil)
    }

    @Test func `after a crash whatever could have been sent keeps its body, after an orderly end only what was`() throws
    {
        for isOrderly in [false, true] {
            let folder = try StateFolder()
            let journal = try folder.open(plan: telling("wang", "li"))
            _ = try journal.commit([anEvent(.raise)], at: .start)
            // wang's is being sent; nobody has looked for li's, and nothing is written about either.
            let wang = try #require(try journal.dueRows(at: .start, channel: "to-wang", limit: 1).first)
            if isOrderly { try journal.close() }
            let after = try StateFolder()
            try folder.copyFiles(to: after)
            let next = try after.open(plan: telling("wang", "li"))
            _ = try next.commit([anEvent(.clear, at: 40)], at: .start.plus(seconds: 40))
            let again = try #require(try next.dueRows(at: .start.plus(seconds: 40), channel: "to-wang", limit: 1).first)
            #expect(again == wang, "an attempt may have left with this body")
            let li = try #require(try next.dueRows(at: .start.plus(seconds: 40), channel: "to-li", limit: 1).first)
            #expect(li.endedAt == (isOrderly ? .start.plus(seconds: 40) : nil))
            try next.close()
        }
    }

    @Test func `handing out waits for no disk: a message goes out while a commit is refused`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit([anEvent(.raise)], at: .start)
        let other = try folder.anotherConnection()
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(try journal.dueRows(at: .start, channel: "to-wang", limit: 1).count == 1)
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
    }

    @Test func `stage stamps are written by the next transaction, or in a quiet moment`() throws {
        let journal = try folder.open(plan: telling("wang"))
        func instant(_ microseconds: Int64) -> PlantInstant { PlantInstant(nanoseconds: microseconds * 1000) }
        func stamps(_ sequence: UInt64) -> StageStamps {
            StageStamps(
                sequence: sequence, read: instant(1), published: instant(2), judged: instant(3), committed: instant(400)
            )
        }
        let record = try journal.commit([anEvent(.raise)], at: .start)[0]
        journal.keep([stamps(record.sequence)])
        let reader = try JournalReader(file: folder.paths.file)
        #expect(try reader.stamps(of: record.sequence) == nil)
        let row = try #require(try journal.dueRows(at: .start, channel: "to-wang", limit: 1).first)
        #expect(row.committedAt == instant(400), "the sender knows it before the file does")
        let attempt = AttemptStamps(sent: instant(600), answered: instant(900))
        try journal.note(.accepted(answer: "200"), forRow: row.id, at: .start, attempt)
        #expect(try reader.stamps(of: record.sequence) == stamps(record.sequence))
        #expect(try reader.messages(about: record.sequence).map(\.lastAttempt) == [attempt])
        let clear = try journal.commit([anEvent(.clear)], at: .start)[0]
        journal.keep([stamps(clear.sequence)])
        try journal.writeStamps()
        #expect(try reader.stamps(of: clear.sequence) == stamps(clear.sequence))
        journal.keep([stamps(record.sequence)])
        #expect(try journal.records(after: 0, limit: 9).count == 2)
        try journal.close()
    }

    @Test func `a journal of schema 1 is brought forward, and can be asked before`() throws {
        let journal = try folder.open(plan: telling("wang"))
        let record = try journal.commit([anEvent(.raise)], at: .start)[0]
        try journal.close()
        try folder.age(toSchema: 1)
        let reader = try JournalReader(file: folder.paths.file)
        #expect(try reader.stamps(of: record.sequence) == nil)
        #expect(try reader.messages(about: record.sequence).map(\.lastAttempt) == [nil])
        let next = try folder.open(plan: telling("wang"))
        #expect(try next.dueRows(at: .start, channel: "to-wang", limit: 1).map(\.record) == [record])
        _ = try next.commit([anEvent(.clear, at: 9)], at: .start.plus(seconds: 9))
        try next.close()
    }

    @Test(arguments: 1...3)
    func `a journal of an older schema is brought forward: who was told of a raise is told of the clear`(schema: Int)
        throws
    {
        let journal = try folder.open(plan: telling("wang", "li"))
        let raise = try journal.commit([anEvent(.raise, command: "K")], at: .start)
        let row = try #require(try journal.dueRows(at: .start, channel: "to-wang", limit: 1).first)
        try journal.note(.accepted(answer: "204"), forRow: row.id, at: .start)
        try journal.close()
        try folder.age(toSchema: schema)
        let asItIs = try JournalReader(file: folder.paths.file)
        #expect(try asItIs.messages(about: 1).map(\.recipient) == ["wang", "li"])
        #expect(try asItIs.record(forKey: raise[0].key) == raise[0])
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)

        let told = Mutex<[Int]>([])
        var options = Journal.Options()
        options.bringingForward = { schema, events in told.withLock { $0 += [schema, events] } }
        let next = try folder.open(plan: telling("wang", "li"), options)
        #expect(told.withLock { $0 } == [schema, 1])
        #expect(next.takeFindings().isEmpty)
        #expect(try next.backlog(at: .start.plus(seconds: 7)).oldest == .seconds(7))
        #expect(try next.commit([anEvent(.raise, command: "K")], at: .start) == raise, "it is recognised")
        #expect(try next.record(forIdempotencyKey: "K") == raise[0])
        #expect(try next.platformRecords(after: 0, limit: 9) == raise)
        _ = try next.commit([anEvent(.clear, at: 9)], at: .start.plus(seconds: 9))
        let due = try next.dueRows(at: .start.plus(seconds: 9), channel: "to-wang", limit: 9)
        #expect(due.map(\.record.transition) == ["clear"])
        #expect(try next.backlog(at: .start.plus(seconds: 9)).pending == 3, "li has not answered for the raise yet")
        try next.close()
        #expect(try JournalVerifier.verify(file: folder.paths.file).isUnbroken)
        #expect(try JournalReader(file: folder.paths.file).messages(about: 1).map(\.stage) == [.accepted, .next])
    }

    @Test func `messages about one event are found beside those of its neighbours`() throws {
        let journal = try folder.open(plan: telling("wang", "li"))
        _ = try journal.commit(raises(1...3), at: .start)
        try journal.close()
        let reader = try JournalReader(file: folder.paths.file)
        #expect(try reader.messages(about: 2).map(\.recipient) == ["wang", "li"])
        #expect(try reader.messages(about: 4).isEmpty)
        #expect(try reader.messages(about: .max).isEmpty)
    }

    @Test(arguments: [-5, Int64.max])
    func `a message whose id no event has is undelivered, and stops nobody`(id: Int64) throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit(raises(1...2), at: .start)
        try journal.close()
        try folder.tamper { try $0.execute(sql: "UPDATE outbox SET id = ? WHERE rule = 'R-1'", arguments: [id]) }
        let next = try folder.open(plan: telling("wang"))
        #expect(try next.dueRows(at: .start, channel: "to-wang", limit: 9).map(\.record.rule) == ["R-2"])
        #expect(try next.backlog(at: .start).undelivered == 1)
        _ = try next.commit([anEvent(.clear, of: "R-1", at: 9)], at: .start.plus(seconds: 9))
        try next.close()
    }

    @Test func `a hand-out reads in the order of urgency and sorts nothing, however much is owed`() throws {
        let journal = try folder.open()
        let steps = try journal.read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN \(Outbox.dueOfChannel)", arguments: ["to-wang", 0, 1]
            ).map { $0["detail"] as String }
        }
        #expect(steps.contains { $0.contains("outbox_next (channel=?)") }, "\(steps)")
        #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        try journal.close()
    }

    @Test func `a commit looks for those who were told without reading the whole outbox`() throws {
        let journal = try folder.open()
        let steps = try journal.read { db in
            try Row.fetchAll(
                db, sql: "EXPLAIN QUERY PLAN \(JournalQuery.messagesOfAlarm)", arguments: ["NH3-101.HH", 1]
            ).map { $0["detail"] as String }
        }
        #expect(steps.contains { $0.hasPrefix("SEARCH o USING INTEGER PRIMARY KEY") }, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN o") || $0.hasPrefix("SCAN event") }, "\(steps)")
        #expect(!steps.contains { $0.contains("TEMP B-TREE") || $0.contains("AUTOMATIC") }, "\(steps)")
        try journal.close()
    }

    @Test func `attempts, answers and due times survive a restart`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit([anEvent(.raise)], at: .start)
        let row = try #require(try journal.dueRows(at: .start, limit: 1).first)
        try journal.note(.failed(answer: "503", nextAt: .start.plus(seconds: 4)), forRow: row.id, at: .start)
        try journal.close()
        let next = try folder.open()
        let again = try #require(try next.dueRows(at: .start.plus(seconds: 4), limit: 1).first)
        #expect(again.attempts == 1)
        #expect(again.lastAnswer == "503")
        #expect(again.record == row.record)
        #expect(again.idempotencyKey == row.idempotencyKey)
    }

    @Test func `a second answer for one row changes nothing`() throws {
        let journal = try folder.open(plan: telling("wang"))
        _ = try journal.commit([anEvent(.raise), anEvent(.clear)], at: .start)
        let row = try #require(try journal.dueRows(at: .start, limit: 1).first)
        for _ in 0..<2 { try journal.note(.accepted(answer: "200"), forRow: row.id, at: .start) }
        try journal.note(.failed(answer: "late", nextAt: .start.plus(seconds: 9)), forRow: row.id, at: .start)
        #expect(try journal.dueRows(at: .start, limit: 10).map(\.record.transition) == ["clear"])
        #expect(try journal.backlog(at: .start).pending == 1)
    }

    @Test func `when it is full, the urgent are still owed and the others are shown as undelivered`() throws {
        var options = Journal.Options()
        options.outboxRows = 2
        let journal = try folder.open(plan: telling("wang"), options)
        _ = try journal.commit(
            [
                anEvent(.raise, of: "A", priority: .low), anEvent(.raise, of: "B", priority: .low),
                anEvent(.raise, of: "C", priority: .medium), anEvent(.raise, of: "D", priority: .critical),
            ], at: .start)
        _ = try journal.commit(
            [anEvent(.raise, of: "E", priority: .low), anEvent(.raise, of: "F", priority: .high)], at: .start)
        #expect(try journal.dueRows(at: .start, limit: 10).map(\.record.rule) == ["A", "B", "D", "F"])
        #expect(try journal.backlog(at: .start).undelivered == 2)
        #expect(try journal.records(after: 0, limit: 10).count == 6)
    }
}

@Suite struct `Standings and views` {
    let folder: StateFolder
    init() throws { folder = try StateFolder() }

    @Test func `say state, occurrence, version and counts as the last event left them`() throws {
        let journal = try folder.open()
        _ = try journal.commit(
            [
                anEvent(.raise, of: "A", occurrence: 6), anEvent(.escalate, of: "A", occurrence: 6, nth: 1, version: 2),
                anEvent(.escalate, of: "A", occurrence: 6, nth: 2, version: 3, at: 8, value: 99),
                anEvent(.refused, of: "A", occurrence: 6, command: "K", refusal: .alarmChanged),
                anEvent(.raise, of: "B", occurrence: 1), anEvent(.clear, of: "B", occurrence: 1),
                anEvent(.raise, of: "B", occurrence: 2),
                anEvent(.acknowledge, of: "B", occurrence: 2, by: "wang", command: "L"),
            ], at: .start)
        try journal.close()
        let standings = try folder.open().standings()
        #expect(
            standings == [
                JournalStanding(
                    rule: "A", state: .unacknowledged, occurrence: 6, version: 3,
                    counts: [.raise: 1, .escalate: 2, .refused: 1], value: 99, occurredAt: .start.plus(seconds: 8)),
                JournalStanding(
                    rule: "B", state: .acknowledged, occurrence: 2, version: 1, counts: [.raise: 1, .acknowledge: 1],
                    value: 51.5, occurredAt: .start),
            ])
    }

    @Test func `open alarms come most urgent first, oldest first among equals, with raise, latest change and answer`()
        throws
    {
        let journal = try folder.open()
        _ = try journal.commit(
            [
                anEvent(.raise, of: "LOW", priority: .low), anEvent(.raise, of: "RED-1"), anEvent(.raise, of: "RED-2"),
                anEvent(.raise, of: "GONE"), anEvent(.retire, of: "GONE"),
                anEvent(.acknowledge, of: "RED-1", at: 7, by: "wang", command: "K"),
                anEvent(.refused, of: "RED-1", command: "L", refusal: .alarmChanged),
            ], at: .start)
        let open = try journal.openAlarms()
        #expect(open.map(\.raise.rule) == ["RED-1", "RED-2", "LOW"])
        #expect(open[0].raise.transition == "raise")
        #expect(open[0].latest.transition == "acknowledge")
        #expect(open[0].acknowledgedBy == "wang")
        #expect(open[0].acknowledgedAt == .start.plus(seconds: 7))
        #expect(try journal.openRaises().map(\.rule) == ["LOW", "RED-1", "RED-2"])
    }

    @Test func `an earlier occurrence is still found, and one that never was is not`() throws {
        let journal = try folder.open()
        _ = try journal.commit(
            [
                anEvent(.raise, occurrence: 1), anEvent(.acknowledge, occurrence: 1, by: "wang", command: "K"),
                anEvent(.raise, occurrence: 2),
            ], at: .start)
        #expect(try journal.alarm(rule: "NH3-101.HH", occurrence: 1)?.acknowledgedBy == "wang")
        #expect(try journal.alarm(rule: "NH3-101.HH", occurrence: 2)?.acknowledgedBy == nil)
        #expect(try journal.alarm(rule: "NH3-101.HH", occurrence: 3) == nil)
        #expect(try journal.alarm(rule: "other", occurrence: 1) == nil)
    }

    @Test func `the platform is owed what carries the duty, after what it confirmed`() throws {
        let journal = try folder.open()
        _ = try journal.commit(
            [anEvent(.raise), anEvent(.comment, by: "wang", command: "C"), anEvent(.clear)], at: .start)
        #expect(try journal.platformRecords(after: 0, limit: 10).map(\.sequence) == [1, 3])
        #expect(try journal.confirmedSequence(platform: "county") == 0)
        try journal.noteConfirmed(1, platform: "county")
        #expect(
            try journal.platformRecords(after: journal.confirmedSequence(platform: "county"), limit: 10).map(\.sequence)
                == [3])
        try journal.close()
        let next = try folder.open()
        #expect(try next.confirmedSequence(platform: "county") == 1)
        #expect(try next.confirmedSequence(platform: "city") == 0)
        #expect(try next.platformRecords(after: .max, limit: 10).isEmpty)
    }
}
