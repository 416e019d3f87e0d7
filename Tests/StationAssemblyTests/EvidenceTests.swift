import DeliveryPlan
import EventJournal
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import SampleHistory
import SiteProfile
import StationPorts
import Testing

@testable import StationAssembly

/// A journal and a log as a station leaves them, written by its own rooms, and asked for why.
@Suite struct `The records of a station` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let point: PointIndex

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
        point = try #require(site.description.point(tagged: "GAS-1.conc")).index
    }

    private var replay: Replay {
        Replay(rules: site.rules, points: site.description.points.map(\.tag), site: site.description.id)
    }

    /// Runs the core over values, one a second, ten to a segment of the log; everything that it decides is journalled.
    private func live(_ values: [Double]) throws {
        let history = try folder.history()
        let journal = try Journal(
            folder: folder.options.journalFolder,
            plan: { record, _, _ in
                record.transition == "raise"
                    ? [OutboxDraft(channel: "duty", recipient: "zhang", dueAt: record.decidedAt)] : []
            }, now: .start)
        var monitor = try Monitor(
            site: site.description.id, points: site.description.points.map(\.tag), rules: site.rules,
            startingAt: .start)
        var scribe = RecordScribe(site: site.description, rules: site.rules, raisedAt: [:])
        var sequence: UInt64 = 1
        for start in stride(from: 0, to: values.count, by: 10) {
            var slots: [InputSlot] = []
            for place in start..<min(start + 10, values.count) {
                slots.append(sample(values[place], point, second: Int64(place)))
                var tick = InputSlot(.tick, at: .start + .milliseconds(Int64(place) * 1000 + 500))
                tick.judgedAt = tick.time
                slots.append(tick)
            }
            monitor.step(slots.span, firstSequence: sequence)
            history.append(LoggedBatch(first: sequence, slots: slots, commands: [:]))
            _ = try history.flush(at: .start)
            sequence += UInt64(slots.count)
            let records = monitor.takeEvents().map { scribe.record(of: $0, command: nil, wall: Self.wall) }
            if !records.isEmpty { _ = try journal.commit(records, at: .start) }
        }
        try history.close()
    }

    /// Shown time that follows the plant's line exactly.
    private static func wall(_ instant: PlantInstant) -> WallTime { WallTime(nanoseconds: instant.nanoseconds) }

    private func journal() throws -> JournalReader {
        try JournalReader(file: JournalPaths(folder: folder.options.journalFolder).file)
    }

    private func evidence() throws -> LogEvidence {
        LogEvidence(try HistoryReader(folder.options.stateFolder), journal: try journal(), replay: replay)
    }

    private func why(_ event: String) throws -> [String] {
        let journal = try journal()
        let record = try #require(try EventReference(event).record(in: journal))
        let inquiry = WhyInquiry(
            record, companions: try journal.records(rule: record.rule, occurrence: record.occurrence),
            messages: try journal.messages(about: record.sequence), people: ["zhang": "张伟"],
            manner: WhyManner(utcOffsetSeconds: 0, unit: "ppm"))
        let answer = inquiry.answer(.trace(try evidence().trace(of: record)))
        #expect(answer.isAnswered)
        return answer.lines.map { $0.text.text(.english) }
    }

    private func whyNot(_ rule: String, at second: Int64) throws -> WhyAnswer {
        let instant = PlantInstant.start + .seconds(second)
        let trace = try evidence().trace(
            rule, from: instant - .seconds(30), at: instant, through: instant + .seconds(30))
        return WhyNot(trace, at: instant, manner: WhyManner(utcOffsetSeconds: 0, unit: "ppm")).answer()
    }

    /// Half an hour of quiet, over the limit at 2000 s until 2400 s, quiet to 3000 s.
    private static let day = (0..<3000).map { (2000..<2400).contains($0) ? 80.0 : 12 }

    @Test func `tell why an alarm was raised: row, clause, delay, rule, messages`() throws {
        try live(Self.day)
        let said = try why("GAS-1.HH/1")
        #expect(said[0].hasPrefix("GAS-1.HH, occurrence 1, was raised at 2027-01-15 08:33:21"))
        #expect(
            said.contains { $0.hasPrefix("GAS-1.conc at 2027-01-15 08:33:2") && $0.contains(": 80 ppm, quality good") })
        #expect(said.contains("80 ppm ≥ 50 ppm: the raise zone"))
        #expect(said.contains("on-delay 1 s: ran from 2027-01-15 08:33:20, was over at 08:33:21"))
        #expect(said.contains { $0.hasPrefix("zhang by duty: not accepted yet") })
        #expect(said.contains("nobody has answered it"))
    }

    @Test func `tell why it cleared, though the replay begins in the middle of the log`() throws {
        try live(Self.day)
        let said = try why("GAS-1.HH/1/clear")
        #expect(said.contains("12 ppm < 50 ppm: the clear zone"))
        #expect(said.contains("no off-delay: it came with that very row"))
    }

    @Test func `tell that it was active already, from the journal's word where the log is entered behind the raise`()
        throws
    {
        try live(Self.day)
        let answer = try whyNot("GAS-1.HH", at: 2390)
        #expect(answer.lines[0].text.text(.english).contains("was active already"))
        #expect(answer.lines[0].text.text(.english).contains("occurrence 1"))
    }

    @Test func `tell why not: how near it came`() throws {
        var day = Self.day
        day[1500] = 49
        try live(day)
        let answer = try whyNot("GAS-1.HH", at: 1510)
        #expect(answer.lines[0].text.text(.english).contains("was not in the raise zone"))
        #expect(answer.lines.contains { $0.text.text(.english).contains("49 ppm at 2027-01-15 08:25:00") })
    }

    @Test func `say so when the log no longer reaches back`() throws {
        try live(Self.day)
        let history = try folder.history()
        try history.prune(endedBefore: .start + .seconds(2600), atMost: 10_000)
        try history.close()
        let record = try #require(try EventReference("GAS-1.HH/1").record(in: try journal()))
        #expect(try EventReference(record.key).record(in: try journal()) == record)
        #expect(throws: LogEvidence.OutOfReach.self) { try evidence().trace(of: record) }
        let answer = try whyNot("GAS-1.HH", at: 2000)
        #expect(!answer.isAnswered && answer.lines[0].text.text(.english).contains("what is kept begins at"))
    }

    @Test func `are found by sequence and by key as well`() throws {
        try live(Self.day)
        let record = try #require(try EventReference("GAS-1.HH/1").record(in: try journal()))
        let said = try why("GAS-1.HH/1")
        #expect(try why("\(record.sequence)") == said)
        #expect(try why("hall/GAS-1.HH/1/raise/0/1") == said)
    }
}
