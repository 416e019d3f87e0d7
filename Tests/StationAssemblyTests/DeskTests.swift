import DeliveryPlan
import EventJournal
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import SiteProfile
import StationPorts
import Testing

@testable import StationAssembly

@Suite struct `Reading rules again` {
    private let folder: StationFolder
    private let ring = Ring<InputSlot>(capacity: 8)
    private let configurations = ConfigurationTable()
    private let desk: ReloadDesk

    init() throws {
        folder = try StationFolder()
        desk = ReloadDesk(
            site: try folder.load(), options: folder.options, outlet: RingOutlet(ring: ring),
            configurations: configurations, clock: ManualClock(), source: 3, logger: quietLogger)
    }

    private static let changed = StationFolder.rules.replacing("limit: 50", with: "limit: 40")

    @Test func `the same files change nothing`() {
        #expect(desk.reload() == .unchanged)
        #expect(ring.head == 0)
    }

    @Test func `changed rules go into the ring as one slot`() throws {
        var reader = ring.gatingReader()
        try folder.write(Self.changed, to: "rules/r.yaml")
        #expect(desk.reload() == .accepted(warnings: []))
        let slots = drain(&reader)
        #expect(slots.map(\.kind) == [.configuration])
        let slot = try #require(slots.first)
        let rules = try #require(configurations.take(slot.auxiliary))
        #expect(rules.rules.first { $0.id == "GAS-1.HH" }?.kind.shownLimit == 40)
        #expect(configurations.take(slot.auxiliary) == nil, "each is taken once")
        #expect(
            desk.reload() == .refused(["the reload before this one is still under way; try again"]),
            "nobody knows yet whether the core takes them")
        configurations.settle(slot.auxiliary, isAdopted: true)
        #expect(desk.reload() == .unchanged)
    }

    @Test func `rules that the core refused are not taken for those in force`() throws {
        var reader = ring.gatingReader()
        try folder.write(Self.changed, to: "rules/r.yaml")
        #expect(desk.reload() == .accepted(warnings: []))
        configurations.settle(try #require(drain(&reader).first).auxiliary, isAdopted: false)
        #expect(desk.reload() == .accepted(warnings: []), "the same files are tried again")
        configurations.settle(try #require(drain(&reader).first).auxiliary, isAdopted: false)
        try folder.write(StationFolder.rules, to: "rules/r.yaml")
        #expect(desk.reload() == .unchanged, "the old rules were in force all the time")
    }

    @Test func `a mistake refuses the whole, with its line`() throws {
        try folder.write(Self.changed + "- {id: X}\n", to: "rules/r.yaml")
        guard case .refused(let lines) = desk.reload() else {
            Issue.record("a broken file was accepted")
            return
        }
        #expect(lines.contains { $0.hasPrefix("rules/r.yaml:17:") })
        #expect(ring.head == 0)
        try folder.write(Self.changed, to: "rules/r.yaml")
        #expect(desk.reload() == .accepted(warnings: []))
    }

    @Test func `points and links do not change while running`() throws {
        try folder.write(StationFolder.site.replacing("unit: 1", with: "unit: 2"), to: "site.yaml")
        guard case .refused(let lines) = desk.reload() else {
            Issue.record("another device was accepted")
            return
        }
        #expect(lines.count == 1 && lines[0].contains("everything else needs a restart"))
    }

    @Test func `a full ring says so, and another try may succeed`() throws {
        var reader = ring.gatingReader()
        let door = RingOutlet(ring: ring)
        for _ in 0..<8 { _ = door.publish([InputSlot(.tick, at: .start)], safety: true) }
        try folder.write(Self.changed, to: "rules/r.yaml")
        #expect(desk.reload() == .refused(["the input ring is full; try again"]))
        _ = drain(&reader)
        #expect(desk.reload() == .accepted(warnings: []))
    }
}

@Suite struct `Whether we still watch` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let clock = ManualClock(.start)
    private let board: Board
    private let journal: Journal

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
        board = Board(points: site.description.points.count, rules: site.rules.rules.count)
        journal = try folder.journal()
    }

    private func desk(
        stages: [StageWatch] = [], outside: [HealthDesk.Outside] = [], doorTroubles: [String] = []
    ) -> HealthDesk {
        let stage = JournalStage(
            ring: Ring<AlarmEvent>(capacity: 8), journal: journal, marks: StationMarks(),
            table: CommandTable(capacity: 1),
            news: CommitNews(committed: 0),
            scribe: RecordScribe(site: site.description, rules: site.rules, raisedAt: [:]), clock: clock,
            logger: quietLogger, announce: {})
        return HealthDesk(
            HealthDesk.Sources(
                board: BoardView(board: board, site: site.description, clock: clock), journal: journal,
                journalStage: stage, stages: stages, outside: outside, links: Array(site.systemPoints.links.values),
                meters: [], outlets: [], clock: clock,
                doorTroubles: { doorTroubles }))
    }

    private func show(_ tag: String, _ value: Double, payload: Payload? = nil) throws {
        let point = try #require(site.description.point(tagged: tag)).index
        let sample = Sample(point: point, at: clock.now(), .good(value))
        let standing = PointStanding(
            payload: payload ?? sample.payload, quality: sample.quality, flags: sample.flags, time: sample.time,
            arrival: sample.arrival, lastUsable: value, count: 1)
        board.points.write(standing, at: point.offset)
    }

    @Test func `a counter is shown with the bits that were sampled`() throws {
        let count = Payload(UInt64(1) << 53 + 1)
        try show("GAS-1.conc", count.number, payload: count)
        let view = BoardView(board: board, site: site.description, clock: clock)
        #expect(view.point(tagged: "GAS-1.conc")?.value == count)
    }

    @Test func `before the start it says so, and that no source is up`() {
        let health = desk().health()
        #expect(!health.isReady)
        #expect(health.reasons == ["starting", "no source is up"])
    }

    @Test func `a port that devices cannot call is a reason`() {
        #expect(desk(doorTroubles: ["port 9502"]).health().reasons == ["starting", "port 9502", "no source is up"])
    }

    @Test func `with a source up and everybody beating it is ready`() throws {
        let watch = StageWatch("core", at: clock.now())
        let desk = desk(stages: [watch])
        desk.noteStarted()
        try show("sys.GAS-1.link", 1)
        try show("GAS-1.conc", 12)
        let health = desk.health()
        #expect(health.isReady, "\(health.reasons)")
        #expect(health.sourcesUp == 1)
        #expect(health.pointsLive == 1)
        #expect(health.pointsTotal == 1)
    }

    @Test func `a stage that does not beat is named`() throws {
        let core = StageWatch("core", limit: .seconds(5), at: clock.now())
        let last = clock.now()
        let desk = desk(
            stages: [core], outside: [HealthDesk.Outside(stage: "modbus", limit: .seconds(10)) { last }])
        desk.noteStarted()
        clock.advance(by: .seconds(6))
        try show("sys.GAS-1.link", 1)
        #expect(desk.health().reasons == ["stage core does not beat"])
        core.beat(at: clock.now())
        #expect(desk.health().isReady)
        clock.advance(by: .seconds(5))
        core.beat(at: clock.now())
        #expect(desk.health().reasons == ["stage modbus does not beat"])
    }

    @Test func `a value that has grown old is not live`() throws {
        try show("GAS-1.conc", 12)
        let desk = desk()
        #expect(desk.health().pointsLive == 1)
        clock.advance(by: .seconds(3600))
        #expect(desk.health().pointsLive == 0)
        #expect(desk.health().newestSampleAgeSeconds == 3600)
    }
}

@Suite struct `The desk for commands` {
    private let folder: StationFolder
    private let site: LoadedSite
    private let journal: Journal

    init() throws {
        folder = try StationFolder()
        site = try folder.load()
        journal = try folder.journal()
    }

    private func counter(_ ring: Ring<InputSlot>) -> CommandCounter {
        CommandCounter(
            table: CommandTable(capacity: 4), outlet: RingOutlet(ring: ring), archive: journal,
            clock: ManualClock(.start),
            source: 1, patience: .milliseconds(1))
    }

    /// A page that sends the same key for each occurrence must not be told "acknowledged" of an alarm that nobody has answered.
    @Test func `takes an answered key for a repetition only of the same alarm`() async throws {
        var scribe = RecordScribe(site: site.description, rules: site.rules, raisedAt: [:])
        let rule = try #require(site.rules.rules.firstIndex { $0.id == "GAS-1.HH" })
        let first = acknowledgement("k-1")
        let written = try journal.commit(
            [
                scribe.record(of: event(.raise, rule: rule), command: nil) { WallTime(nanoseconds: $0.nanoseconds) },
                scribe.record(of: event(.acknowledge, rule: rule, command: 1), command: first) {
                    WallTime(nanoseconds: $0.nanoseconds)
                },
            ], at: .start)
        let ring = Ring<InputSlot>(capacity: 8)
        let counter = counter(ring)
        guard case .repeated(let record) = await counter.submit(first) else {
            Issue.record("a repetition is answered with its place in the journal")
            return
        }
        #expect(record == written.last)
        var second = first
        second.occurrence = 2
        guard case .keyReused = await counter.submit(second) else {
            Issue.record("another occurrence is another alarm")
            return
        }
        #expect(ring.head == 0)
    }
}
