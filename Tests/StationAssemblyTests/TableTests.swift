import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

@testable import StationAssembly

@Suite struct `Commands on their way` {
    private let table = CommandTable(capacity: 2)

    private func record(_ key: String) -> AlarmRecord {
        AlarmRecord(
            sequence: 9, key: key, site: "hall", transition: "acknowledge", rule: "GAS-1.HH", kind: "HH", occurrence: 1,
            version: 2, point: "GAS-1.conc", value: nil, priority: .critical, colour: .red,
            stateBefore: "unacknowledged", stateAfter: "acknowledged", occurredAt: .start, decidedAt: .start)
    }

    @Test func `a full table is busy until one is answered, handed over and logged`() async throws {
        let first = try #require(table.enter(acknowledgement("a")))
        let second = try #require(table.enter(acknowledgement("b")))
        #expect(first != second)
        #expect(table.enter(acknowledgement("c")) == nil)
        table.answer(first, with: record("a"))
        #expect(await table.record(of: first)?.key == "a", "the journal may be quicker than the asking")
        #expect(table.enter(acknowledgement("c")) == nil, "its text is not logged yet")
        table.noteLogged([first])
        #expect(table.command(first) == nil)
        #expect(table.enter(acknowledgement("c")) != nil)
    }

    @Test func `logged before it is answered it stays, with its text`() async throws {
        let number = try #require(table.enter(acknowledgement("a", comment: "gone to look")))
        table.noteLogged([number])
        #expect(table.command(number)?.comment == "gone to look")
        table.answer(number, with: record("a"))
        #expect(await table.record(of: number)?.key == "a")
        #expect(table.command(number) == nil)
    }

    @Test func `whoever waits gets the committed record, whoever comes first`() async throws {
        for _ in 0..<200 {
            let number = try #require(table.enter(acknowledgement("a")))
            async let answer = table.record(of: number)
            table.noteLogged([number])
            table.answer(number, with: record("a"))
            #expect(await answer?.key == "a")
            #expect(table.command(number) == nil)
        }
    }

    @Test func `giving up ends the waiting, not the command`() async throws {
        let number = try #require(table.enter(acknowledgement("a")))
        async let answer = table.record(of: number)
        table.giveUp(number)
        #expect(await answer == nil)
        #expect(table.command(number) != nil)
        table.noteLogged([number])
        table.answer(number, with: record("a"))
        #expect(table.command(number) == nil, "nobody waits for it")
    }

    /// Otherwise each of them would take a place for good, and in the end nobody could answer an alarm.
    @Test(arguments: [false, true])
    func `one that the log was overtaken at makes room all the same`(isOvertakenFirst: Bool) async throws {
        let number = try #require(table.enter(acknowledgement("a")))
        let later = try #require(table.enter(acknowledgement("b")))
        if isOvertakenFirst { table.noteMissed(before: 6) }
        table.notePublished(number, at: 5)
        table.notePublished(later, at: 6)
        if !isOvertakenFirst { table.noteMissed(before: 6) }
        for (number, key) in [(number, "a"), (later, "b")] {
            table.answer(number, with: record(key))
            #expect(await table.record(of: number)?.key == key)
        }
        #expect(table.command(number) == nil)
        #expect(table.command(later) != nil, "the log will have this one")
    }

    @Test func `one that could not be published is taken out again`() throws {
        let number = try #require(table.enter(acknowledgement("a")))
        table.withdraw(number)
        #expect(table.command(number) == nil)
    }
}

@Suite struct `News of commits` {
    @Test func `wakes who waits for a later sequence, and only then`() async {
        let news = CommitNews(committed: 5)
        #expect(await news.waitForCommit(after: 4, atMost: .seconds(60)) == 5, "it is there already")
        async let later = news.waitForCommit(after: 5, atMost: .seconds(60))
        news.advance(to: 4)
        #expect(news.committed() == 5, "it never goes back")
        news.advance(to: 8)
        #expect(await later == 8)
    }

    @Test func `answers what stands when the time is over, and when the waiter goes`() async {
        let news = CommitNews(committed: 5)
        #expect(await news.waitForCommit(after: 5, atMost: .milliseconds(20)) == 5)
        let waiting = Task { await news.waitForCommit(after: 5, atMost: .seconds(60)) }
        waiting.cancel()
        #expect(await waiting.value == 5)
    }
}

@Suite struct `The station's own voice` {
    private let ring = Ring<InputSlot>(capacity: 64)
    private let clock = ManualClock()

    private func voice() -> SystemVoice {
        SystemVoice(
            points: ["sys.a": PointIndex(offset: 3), "sys.b": PointIndex(offset: 4)], outlet: RingOutlet(ring: ring),
            clock: clock, source: 2)
    }

    @Test func `says a change once, and nothing for a point that the site lacks`() {
        var reader = ring.gatingReader()
        let voice = voice()
        voice.say("sys.a", 1)
        voice.say("sys.a", 1)
        voice.say("sys.none", 1)
        let slots = drain(&reader)
        #expect(slots.map(\.point) == [3])
        #expect(slots.map(\.sample.reading.usableValue) == [1])
        voice.say("sys.a", 0)
        #expect(drain(&reader).map(\.sample.reading.usableValue) == [0])
    }

    @Test func `speaks of trouble until the last of several has recovered`() {
        var reader = ring.gatingReader()
        let book = TroubleBook(tag: "sys.b", voice: voice())
        let steps: [(String, isTroubled: Bool, said: [Double?])] = [
            ("duty", false, [0]), ("duty", true, [1]), ("park", true, []), ("duty", false, []), ("duty", false, []),
            ("park", false, [0]),
        ]
        for (number, step) in steps.enumerated() {
            book.note(step.0, isTroubled: step.isTroubled)
            #expect(drain(&reader).map(\.sample.reading.usableValue) == step.said, "step \(number)")
        }
    }

    @Test func `repeats everything, so that its points are never stale`() {
        var reader = ring.gatingReader()
        let voice = voice()
        voice.say("sys.b", 1)
        _ = drain(&reader)
        voice.repeatAll()
        let slots = drain(&reader)
        #expect(slots.map(\.point) == [3, 4])
        #expect(slots.map(\.sample.reading.usableValue) == [0, 1])
    }
}
