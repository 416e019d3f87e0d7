import DeliveryPlan
import EventJournal
import Foundation
import MonitorCore
import PlantModel
import PlantTime
import SampleHistory
import SiteProfile
import StationPorts
import Testing

@testable import StationAssembly

@Suite struct `A restart` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let point: PointIndex
    /// The log speaks of the last minute: the core's line of time begins with the process.
    private let begin = (SteadyClock().now() + .seconds(-60)).wholeMillisecond

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
        point = try #require(site.description.point(tagged: "GAS-1.conc")).index
    }

    private func log(_ values: [(second: Int64, value: Double)], first: UInt64, in history: History) throws {
        history.append(
            LoggedBatch(
                first: first, slots: values.map { sample($0.value, point, second: $0.second, after: begin) },
                commands: [:]))
        _ = try history.flush(at: .start)
    }

    /// What a restart decides of the limit from the log.
    private func restart(base: UInt64 = 0, _ journal: Journal, _ history: History) throws -> (
        told: [String], base: UInt64
    ) {
        let restart = try Restart.replay(
            site: site, journal: journal, history: history, base: base, logger: quietLogger)
        let told = restart.decided.flatMap(\.events).filter { $0.kindOfRule(in: site) == "HH" }.map { event in
            "\(site.rules.rules[event.rule.offset].id) \(event.transition.word) \(event.occurrence)"
                + (event.marks.contains(.afterRestart) ? " afterRestart" : "")
        }
        return (told, restart.inputBase)
    }

    @Test func `begins at nothing on the first day`() throws {
        let (journal, history) = (try folder.journal(), try folder.history())
        let (told, base) = try restart(journal, history)
        #expect(told == [])
        #expect(base == 0)
    }

    @Test func `replays the log: an on-delay that ran when the process died still ends`() throws {
        let (journal, history) = (try folder.journal(), try folder.history())
        try log([(0, 10), (1, 80), (3, 80)], first: 1, in: history)
        let (told, base) = try restart(journal, history)
        #expect(told == ["GAS-1.HH raise 1 afterRestart"])
        #expect(base == 3)
    }

    /// Whoever watches the stream has seen the journal of the run before, and comes back with that place.
    @Test func `tells streams what it decided, though nothing else happens in the plant`() throws {
        let history = try folder.history()
        try log([(0, 10), (1, 80), (3, 80)], first: 1, in: history)
        try history.close()
        let station = try Station.wire(folder.options, site: site, logger: quietLogger)
        let head = station.rooms.journal.committedHead.sequence
        #expect(try station.rooms.journal.records(after: 0, limit: 10).contains { $0.rule == "GAS-1.HH" })
        #expect(station.rooms.news.committed() == head)
    }

    /// The guard looks as soon as the doors are asked to open, and would wake somebody at every start.
    @Test func `takes no door that is just opening for one that stalls`() throws {
        try folder.write(
            StationFolder.site + "brokers: {post: {host: 127.0.0.1, port: 1}}\n", to: "site.yaml")
        let station = try Station.wire(folder.options, site: folder.load(), logger: quietLogger)
        let beats = station.rooms.health.health().beats
        #expect(beats.contains { $0.stage == "mqtt:post" })
        #expect(beats.filter { !$0.isAlive }.map(\.stage) == [])
    }

    /// Otherwise a delay that was running would end an hour late, and new samples be taken for late ones.
    @Test func `goes on behind what was judged, though the host's clock was set back after an orderly end`() throws {
        let (journal, history) = (try folder.journal(), try folder.history())
        let ahead = (SteadyClock().now() + .seconds(3600)).wholeMillisecond
        history.append(LoggedBatch(first: 1, slots: [sample(80, point, second: 0, after: ahead)], commands: [:]))
        _ = try history.flush(at: .start)
        func replay() throws -> (last: PlantInstant?, snapshot: [UInt8]) {
            let restart = try Restart.replay(
                site: site, journal: journal, history: history, base: 0, logger: quietLogger)
            return (restart.lastJudged, restart.monitor.snapshot())
        }
        let first = try replay()
        #expect(first.last == ahead)
        try history.store(StoredSnapshot(inputSequence: 1, bytes: first.snapshot), at: .start)
        #expect(try replay().last == ahead, "nothing is left to replay behind the snapshot")
    }

    /// systemd begins again behind most codes, and for good not behind 64, 65, 77 and 78.
    @Test func `says by its exit code that the input log is of a newer program`() throws {
        let history = try folder.history()
        history.checkpoint()
        try history.close()
        let path = "\(folder.options.historyFolder)/history.sqlite"
        for beside in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + beside) }
        // The schema's version, where SQLite has it in the head of a file.
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: [0, 0, 0, 99])
        try file.close()
        let fault = #expect(throws: StationFault.self) {
            _ = try Station.wire(folder.options, site: site, logger: quietLogger)
        }
        #expect(fault?.exitStatus == 65)
    }

    @Test func `passes over what the log lost, and numbers on above what the journal knows`() throws {
        let journal = try folder.journal()
        let history = try folder.history()
        try log([(0, 10)], first: 1, in: history)
        try log([(10, 80), (12, 80)], first: 6, in: history)
        let (told, base) = try restart(base: 9, journal, history)
        #expect(told == ["GAS-1.HH raise 1 afterRestart"])
        #expect(base == 9)
    }

    @Test func `takes the journal's word where it is ahead of the log`() throws {
        let (journal, history) = (try folder.journal(), try folder.history())
        let rule = try #require(site.rules.rules.firstIndex { $0.id == "GAS-1.HH" })
        var scribe = RecordScribe(site: site.description, rules: site.rules, raisedAt: [:])
        let raise = scribe.record(of: event(.raise, rule: rule, occurrence: 4), command: nil, wall: SteadyClock().wall)
        _ = try journal.commit([raise], at: .start)
        let restart = try Restart.replay(
            site: site, journal: journal, history: history, base: 7, logger: quietLogger)
        let standing = restart.monitor.ruleStanding(RuleIndex(offset: rule))
        #expect(standing.state == .unacknowledged)
        #expect(standing.occurrence == 4)
        #expect(restart.inputBase == 7)
    }
}

extension AlarmEvent {
    fileprivate func kindOfRule(in site: LoadedSite) -> String { site.rules.rules[rule.offset].kind.word }
}
