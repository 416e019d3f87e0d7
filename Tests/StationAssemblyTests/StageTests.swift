import DeliveryPlan
import EventJournal
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import SampleHistory
import SiteProfile
import StationPorts
import Synchronization
import Testing

@testable import StationAssembly

/// The stages that write, on real files and threads of their own.
@Suite struct `Stages that write` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let marks = StationMarks()
    private let table = CommandTable(capacity: 16)
    private let clock = SteadyClock()

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
    }

    @Test func `the journal commits first, then moves the mark, answers the command and wakes who tells`() async throws
    {
        let journal = try folder.journal()
        let ring = Ring<AlarmEvent>(capacity: 64)
        let news = CommitNews(committed: 0)
        let woken = Atomic(0)
        let seen = Mutex<[UInt64]>([])
        let stage = JournalStage(
            ring: ring, journal: journal, marks: marks, table: table, news: news,
            scribe: RecordScribe(site: site.description, rules: site.rules, raisedAt: [:]), clock: clock,
            logger: quietLogger,
            announce: {
                woken.wrappingAdd(1, ordering: .relaxed)
                seen.withLock { $0.append(journal.committedHead.sequence) }
            })
        let thread = WorkerThread(named: "journal") { stage.run() }
        var events = ring.publisher()
        let number = try #require(table.enter(acknowledgement("k-1")))
        let rule = try #require(site.rules.rules.firstIndex { $0.id == "GAS-1.HH" })
        _ = events.publish(event(.raise, rule: rule))
        #expect(marks.committed.wait(for: 1, atMost: .seconds(20)))
        _ = events.publish(event(.acknowledge, rule: rule, command: number))
        #expect(marks.committed.wait(for: 2, atMost: .seconds(20)))
        stage.watch.askToStop()
        thread.join()
        #expect(news.committed() == 2)
        #expect(seen.withLock { $0.allSatisfy { $0 > 0 } }, "nobody is woken before the commit")
        #expect(woken.load(ordering: .relaxed) >= 1)
        let records = try journal.records(after: 0, limit: 10)
        #expect(records.map(\.transition) == ["raise", "acknowledge"])
        #expect(records.last?.idempotencyKey == "k-1")
        #expect(await table.record(of: number) == records.last)
        try journal.close()
    }

    @Test func `the log follows what is judged, commits when a door waits, and keeps the snapshot behind it`() throws {
        let history = try folder.history(base: 100)
        let ring = Ring<InputSlot>(capacity: 64)
        let tray = SnapshotTray()
        let stage = historyStage(history, ring, said: Ring(capacity: 8), clock: clock, tray: tray, base: 100)
        let door = RingOutlet(ring: ring)
        let point = try #require(site.description.point(tagged: "GAS-1.conc")).index
        let number = try #require(table.enter(acknowledgement("k-1", comment: "text of it")))
        #expect(
            door.publish(
                [sample(1, point, second: 0), InputSlot(.command, at: .start, auxiliary: number)], safety: true)
                == .accepted(through: 2))
        let thread = WorkerThread(named: "history") { stage.run() }
        let (before, behind) = (SnapshotPlace(input: 99, events: 0), SnapshotPlace(input: 102, events: 0))
        tray.lay(SnapshotPiece(place: before, number: 0, isLast: false, bytes: [1]))
        tray.lay(SnapshotPiece(place: behind, number: 0, isLast: false, bytes: [7]))
        tray.lay(SnapshotPiece(place: behind, number: 1, isLast: true, bytes: [8, 9]))
        marks.judge(through: 2, events: 0)
        #expect(marks.waitUntilSettled(through: 2, atMost: .seconds(20)))
        #expect(try history.loggedThrough() == 102)
        stage.watch.askToStop()
        thread.join()
        #expect(try history.latestSnapshot()?.bytes == [7, 8, 9])
        var commands: [UInt32: OperatorCommand] = [:]
        try history.replay(after: 100) { commands.merge($0.commands) { $1 } }
        #expect(commands[number]?.comment == "text of it")
        try history.close()
    }

    /// An MQTT broker must not be held for ever by a log that cannot write, and nobody may go on thinking that it can.
    @Test func `a log that cannot be written says so, and after two seconds no door waits for it any longer`() throws {
        let isBroken = Atomic(true)
        var options = History.Options()
        options.disturb = { _ in if isBroken.load(ordering: .relaxed) { throw HistoryFault.full } }
        let history = try History(folder: folder.options.historyFolder, now: .start, options: options)
        let (ring, said) = (Ring<InputSlot>(capacity: 64), Ring<InputSlot>(capacity: 64))
        var ear = said.gatingReader()
        let clock = ManualClock()
        let stage = historyStage(history, ring, said: said, clock: clock)
        let point = try #require(site.description.point(tagged: "GAS-1.conc")).index
        #expect(RingOutlet(ring: ring).publish([sample(1, point, second: 0)], safety: true) == .accepted(through: 1))
        let thread = WorkerThread(named: "history") { stage.run() }
        marks.judge(through: 1, events: 0)
        let start = clock.now()
        for _ in 0..<600 where !marks.waitUntilSettled(through: 1, atMost: .milliseconds(100)) {
            clock.advance(by: .milliseconds(100))
        }
        #expect(marks.waitUntilSettled(through: 1, atMost: .zero))
        #expect(clock.now() - start >= .seconds(2), "a short trouble is waited out")
        #expect(try history.loggedThrough() == 0)
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [1])
        isBroken.store(false, ordering: .relaxed)
        for _ in 0..<600 where !ear.hasInput {
            clock.advance(by: .milliseconds(100))
            _ = ear.wait(atMost: .milliseconds(100))
        }
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [0], "and it says when it can again")
        #expect(try history.loggedThrough() == 1)
        stage.watch.askToStop()
        thread.join()
        try history.close()
    }

    /// Each would keep its place in the table, and when that is full nobody can answer an alarm any more.
    @Test(arguments: [true, false])
    func `a log that cannot write, or was overtaken, keeps no command in the table`(isBroken: Bool) throws {
        var options = History.Options()
        if isBroken { options.disturb = { _ in throw HistoryFault.full } }
        let history = try History(folder: folder.options.historyFolder, now: .start, options: options)
        let ring = Ring<InputSlot>(capacity: 8)
        var core = ring.gatingReader()
        let stage = historyStage(history, ring, said: Ring(capacity: 64), clock: clock)
        let door = RingOutlet(ring: ring)
        let number = try #require(table.enter(acknowledgement("k-1")))
        #expect(
            door.publish([InputSlot(.command, at: .start, auxiliary: number)], safety: true) == .accepted(through: 1))
        table.notePublished(number, at: 1)
        table.giveUp(number)
        var scribe = RecordScribe(site: site.description, rules: site.rules, raisedAt: [:])
        let answer = scribe.record(
            of: event(.acknowledge, command: number), command: acknowledgement("k-1"), wall: clock.wall)
        table.answer(number, with: answer)
        #expect(table.command(number) != nil, "the log has not read it yet")
        let count: UInt64 = isBroken ? 1 : 20
        for sequence in 1...count {
            if sequence > 1 { #expect(door.publish([InputSlot(.tick, at: .start)], safety: true) != .full) }
            core.release(drainCount(&core))
        }
        marks.judge(through: count, events: 0)
        let thread = WorkerThread(named: "history") { stage.run() }
        for _ in 0..<2_000 where table.command(number) != nil {
            _ = marks.logged.wait(for: .max, atMost: .milliseconds(10))
        }
        #expect(table.command(number) == nil)
        stage.watch.askToStop()
        thread.join()
    }

    /// The file says where the log goes on; a thread that gave up would leave every door waiting for it.
    @Test func `a log that cannot be read at first is asked until it can, and holds up no door for long`() throws {
        let isUnreadable = Atomic(true)
        var options = History.Options()
        options.disturbReading = {
            if isUnreadable.load(ordering: .relaxed) { throw HistoryFault.damaged("as a disk would say") }
        }
        let history = try History(folder: folder.options.historyFolder, now: .start, options: options)
        let (ring, said) = (Ring<InputSlot>(capacity: 64), Ring<InputSlot>(capacity: 64))
        var ear = said.gatingReader()
        let clock = ManualClock()
        let stage = historyStage(history, ring, said: said, clock: clock)
        let point = try #require(site.description.point(tagged: "GAS-1.conc")).index
        #expect(RingOutlet(ring: ring).publish([sample(1, point, second: 0)], safety: true) == .accepted(through: 1))
        let thread = WorkerThread(named: "history") { stage.run() }
        marks.judge(through: 1, events: 0)
        let isSaid = ear.wait(atMost: .seconds(20))
        #expect(isSaid)
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [1])
        for _ in 0..<600 where !marks.waitUntilSettled(through: 1, atMost: .milliseconds(100)) {
            clock.advance(by: .milliseconds(100))
        }
        #expect(marks.waitUntilSettled(through: 1, atMost: .zero))
        isUnreadable.store(false, ordering: .relaxed)
        let isUnsaid = ear.wait(atMost: .seconds(20))
        #expect(isUnsaid)
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [0])
        stage.watch.askToStop()
        thread.join()
        #expect(try history.loggedThrough() == 1, "what the ring still held is logged after all")
        try history.close()
    }

    /// It is over in a moment, and somebody must have the time to see it.
    @Test func `a log that was overtaken says so for a minute, and then no longer`() throws {
        let history = try folder.history()
        let (ring, said) = (Ring<InputSlot>(capacity: 8), Ring<InputSlot>(capacity: 64))
        var ear = said.gatingReader()
        var core = ring.gatingReader()
        let clock = ManualClock()
        let stage = historyStage(history, ring, said: said, clock: clock)
        // Twenty slots go through a ring of eight before the log looks for the first time.
        let door = RingOutlet(ring: ring)
        let point = try #require(site.description.point(tagged: "GAS-1.conc")).index
        for second in 0..<20 {
            #expect(
                door.publish([sample(1, point, second: Int64(second))], safety: true)
                    == .accepted(through: UInt64(second + 1)))
            core.release(drainCount(&core))
        }
        marks.judge(through: 20, events: 0)
        let thread = WorkerThread(named: "history") { stage.run() }
        let isSaid = ear.wait(atMost: .seconds(20))
        #expect(isSaid)
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [1])
        clock.advance(by: .milliseconds(59_999))
        marks.logWanted.advance(to: 20)
        #expect(marks.logged.wait(for: 20, atMost: .seconds(20)))
        let isUnsaid = ear.hasInput
        #expect(!isUnsaid, "a commit that succeeds does not unsay it")
        clock.advance(by: .milliseconds(1))
        for _ in 0..<600 where !ear.hasInput {
            marks.logBell.ring()
            _ = ear.wait(atMost: .milliseconds(100))
        }
        #expect(drain(&ear).map(\.sample.reading.usableValue) == [0])
        let missed = stage.metrics().first { $0.name == "hazardd_history_missed_total" }?.value ?? 0
        #expect(missed > 0)
        stage.watch.askToStop()
        thread.join()
        try history.close()
    }

    /// The stage that logs what goes through a ring.
    /// - Parameters:
    ///   - said: where its troubles are said.
    ///   - base: input sequences of the log begin above it.
    private func historyStage(
        _ history: History, _ ring: Ring<InputSlot>, said: Ring<InputSlot>, clock: any PlantClock,
        tray: SnapshotTray = SnapshotTray(), base: UInt64 = 0
    ) -> HistoryStage {
        let tag = "sys.history.overrun"
        let voice = SystemVoice(
            points: [tag: PointIndex(offset: 9)], outlet: RingOutlet(ring: said), clock: clock, source: 2)
        return HistoryStage(
            ring: ring, history: history, marks: marks, table: table, tray: tray,
            trouble: TroubleBook(tag: tag, voice: voice), inputBase: base, clock: clock, logger: quietLogger)
    }

    private func drainCount(_ reader: inout GatingReader<InputSlot>) -> Int {
        var batch = [InputSlot](repeating: InputSlot(.tick, at: .start), count: 64)
        return reader.copy(into: &batch)
    }
}
