import DeviceMap
import MonitorCore
import ParkSimulator
import PlantModel
import PlantTime
import RingPipeline
import SiteProfile
import StationPorts
import Testing

@testable import StationAssembly

@Suite struct `A pre-alarm at the door` {
    @Test func `is seen under new rules as well, whatever their numbers are now`() throws {
        let site = try StationFolder().load()
        let point = try #require(site.description.point(tagged: "GAS-1.conc"))
        let board = Board(points: site.description.points.count, rules: 2 * site.rules.rules.count)
        let urgency = BoardUrgency(board: board, site: site)
        var monitor = try Monitor(
            site: "hall", points: site.description.points.map(\.tag), rules: site.rules, startingAt: .start)
        func show() {
            for rule in 0..<monitor.ruleCount {
                board.rules.write(monitor.ruleStanding(RuleIndex(offset: rule)), at: rule)
            }
        }
        func judge(_ value: Double, second: Int64) {
            monitor.step([sample(value, point.index, second: second)].span, firstSequence: UInt64(second + 1))
            show()
        }
        judge(10, second: 0)
        #expect(!urgency.isUrgent(point.index))
        judge(80, second: 1)
        #expect(urgency.isUrgent(point.index), "the on-delay of GAS-1.HH is running")
        judge(10, second: 2)
        #expect(!urgency.isUrgent(point.index))

        // The same rules behind as many new ones that stay calm: GAS-1.HH has a number that the old rules did not have.
        let more = site.rules.rules.indices.map { number in
            Rule(
                id: "NEW.\(number)", point: point.tag, kind: .threshold(.init(level: .L, limit: 1, deadband: 0.5)),
                onDelay: .zero, offDelay: .zero, maxAge: nil, priority: .low, isSilent: false, latching: false,
                location: SourceLocation(file: "new.yaml", line: 1, column: 1))
        }
        let next = RuleSet(rules: more + site.rules.rules)
        try monitor.adopt(next, at: .start + .seconds(3))
        urgency.adopt(next)
        show()
        judge(10, second: 4)
        #expect(!urgency.isUrgent(point.index))
        judge(80, second: 5)
        #expect(monitor.ruleIndex("GAS-1.HH")?.offset ?? 0 >= site.rules.rules.count)
        #expect(urgency.isUrgent(point.index))

        // The alarm stands through bad readings, and more of them would say no more.
        let instant = PlantInstant.start + .seconds(8)
        var bad = InputSlot(
            Sample(point: point.index, at: instant, .bad(.deviceFault)), source: 4, published: instant,
            deviceSequence: 0)
        bad.judgedAt = instant
        judge(80, second: 7)
        let found = monitor.ruleIndex("GAS-1.HH")
        let raised = try #require(found)
        #expect(board.rules.read(raised.offset).isActive)
        monitor.step([bad].span, firstSequence: 9)
        show()
        #expect(board.rules.read(raised.offset).isActive)
        #expect(!urgency.isUrgent(point.index))
        judge(80, second: 9)
        #expect(urgency.isUrgent(point.index))
    }

    /// Two devices that are read in 2 s, or in 100 ms in a pre-alarm, and both say 30. Each reload changes whose limit is
    /// below that and exchanges the places of the rules: a door that goes on with old places reads the other device faster.
    @Test(.timeLimit(.minutes(2)))
    func `is read faster as the rules in force say, also those of a reload`() async throws {
        let park = try ModbusPark(
            devices: ["GAS-1", "GAS-2"].map { ParkDevice(id: $0, units: [1: RegisterBank(holdingRegisters: 1)]) })
        defer { park.stop() }
        for device in park.deviceIDs { park.update(device, unit: 1) { $0[.holdingRegister, 0] = 30 } }
        let folder = try StationFolder()
        try folder.write(Self.site(park), to: "site.yaml")
        try folder.write(
            StationFolder.profile.replacing(
                "{fast: 1s}}", with: "{fast: 2s}, burst: 100ms, response: {floor: 50ms, ceil: 400ms}}"),
            to: "profiles/gas/tx.yaml")
        try folder.write(Self.rules(("GAS-1", 50), ("GAS-2", 50)), to: "rules/r.yaml")
        let station = try Station.wire(folder.options, site: folder.load(), logger: quietLogger)
        _ = try await station.start()
        let seen = Result {
            try folder.write(Self.rules(("GAS-2", 50), ("GAS-1", 20)), to: "rules/r.yaml")
            #expect(station.reload() == .accepted(warnings: []))
            expect(park, reads: "GAS-1", fasterThan: "GAS-2")
            try folder.write(Self.rules(("GAS-1", 50), ("GAS-2", 20)), to: "rules/r.yaml")
            #expect(station.reload() == .accepted(warnings: []))
            expect(park, reads: "GAS-2", fasterThan: "GAS-1")
        }
        await station.stop()
        try seen.get()
    }

    /// From the first sign of it on: a request every 100 ms of one device, hardly any of the other.
    private func expect(_ park: ModbusPark, reads fast: String, fasterThan slow: String) {
        func requests(_ device: String) -> Int { park.tally(of: device).requests }
        func waits(forMore count: Int) -> Bool {
            let before = requests(fast)
            return Poll.until(within: .seconds(15)) { requests(fast) >= before + count }
        }
        #expect(waits(forMore: 4), "\(fast) is read faster")
        let before = requests(slow)
        #expect(waits(forMore: 15), "\(fast) is read faster")
        #expect(requests(slow) < before + 5, "\(slow) is not")
    }

    private static func site(_ park: ModbusPark) -> String {
        let ports = ["GAS-1", "GAS-2"].map { park.port(of: $0) ?? 0 }
        return """
            schema: hazardd.site/v1
            site: {id: hall, name: {zh-CN: 厅, en: hall}}
            hazard_sources: {ROOM: {name: {zh-CN: 机房, en: machine room}, level: 3}}
            endpoints: {one: {host: 127.0.0.1, port: \(ports[0])}, two: {host: 127.0.0.1, port: \(ports[1])}}
            devices:
              GAS-1: {profile: gas/tx@1, endpoint: one, unit: 1, hazard_source: ROOM, area: north}
              GAS-2: {profile: gas/tx@1, endpoint: two, unit: 1, hazard_source: ROOM, area: north}
            people: {zhang: {name: 张伟, role: dutyOfficer}}
            console: {host: 127.0.0.1, port: 0}

            """
    }

    /// A limit for each device, in this order.
    private static func rules(_ limits: (device: String, limit: Int)...) -> String {
        let guidance = StationFolder.rules.split(separator: "\n").drop { !$0.hasPrefix("  guidance:") }.prefix(5)
            .joined(separator: "\n")
        let high = limits.map { device, limit in
            """
            - id: \(device).HH
              point: \(device).conc
              kind: HH
              limit: \(limit)
              priority: CRITICAL
              basis: "the test"
              approved_by: test
            \(guidance)
            """
        }
        let others = limits.map(\.device).sorted().flatMap { device in
            [
                "- {id: \(device).STALE, point: \(device).conc, kind: STALE, max_age_s: 60, priority: HIGH}",
                "- {id: \(device).BAD, point: \(device).conc, kind: BAD_QUALITY, priority: HIGH}",
            ]
        }
        return (high + others).joined(separator: "\n") + "\n"
    }
}

/// The rules of a park of one transmitter as a board of the test's own shows them.
private struct Shown {
    let board: Board
    let urgency: BoardUrgency
    let concentration: PointIndex
    let temperature: PointIndex

    init(_ entries: [RuleSet.Entry]) throws {
        let folder = try StationFolder()
        try folder.write(
            StationFolder.profile
                + "  temp: {name: {zh-CN: 温度, en: temperature}, at: hr:1, type: u16, unit: degC, class: other, rate: fast}\n",
            to: "profiles/gas/tx.yaml")
        let site = try folder.load()
        board = Board(points: site.description.points.count, rules: 64)
        urgency = BoardUrgency(board: board, site: site)
        urgency.adopt(RuleSet(entries: entries))
        concentration = try #require(site.description.point(tagged: "GAS-1.conc")).index
        temperature = try #require(site.description.point(tagged: "GAS-1.temp")).index
    }

    func show(active: Bool = false, pending: Bool = false, unknown: Bool = false, rule: Int = 0) {
        var standing = RuleStanding.quiet
        standing.isActive = active
        standing.isPending = pending
        standing.isUnknown = unknown
        board.rules.write(standing, at: rule)
    }

    /// The points that the door would read faster.
    var urgent: [String] {
        [(concentration, "conc"), (temperature, "temp")].filter { urgency.isUrgent($0.0) }.map(\.1)
    }
}

private func rule(_ kind: RuleKind, on point: String = "GAS-1.conc") -> RuleSet.Entry {
    .rule(Rule(id: "X.\(kind.word)", point: point, kind: kind, maxAge: .seconds(60), priority: .high))
}

private func derived(_ name: String, of inputs: [String], _ operation: DerivedPoint.Operation = .sum) -> RuleSet.Entry {
    .derived(
        DerivedPoint(
            name: name, operation: operation, inputs: inputs, maxAge: .seconds(60),
            location: SourceLocation(file: "r.yaml", line: 1, column: 1)))
}

private let high = RuleKind.threshold(.init(level: .H, limit: 50))
private let window = RuleKind.Estimator.leastSquares(window: .seconds(60))

@Suite struct `A point is read faster` {
    @Test func `while a limit on a point derived from it is reached, through every step`() throws {
        let shown = try Shown([
            derived("twice", of: ["GAS-1.conc"], .linear(scale: 2, offset: 0)),
            rule(.badQuality),
            derived("both", of: ["twice", "GAS-1.temp"]),
            rule(high, on: "both"),
            rule(.threshold(.init(level: .HH, limit: 90)), on: "twice"),
        ])
        #expect(shown.urgent == [])
        shown.show(pending: true, rule: 1)
        #expect(shown.urgent == ["conc", "temp"])
        shown.show(rule: 1)
        #expect(shown.urgent == [])
        shown.show(active: true, rule: 2)
        #expect(shown.urgent == ["conc"])
    }

    @Test(
        arguments: [
            high, .rateOfChange(.init(direction: .rise, limit: 1, estimator: window)),
            .timeTo(
                .init(limit: 90, direction: .up, horizon: .seconds(60), clearHorizon: .seconds(60), estimator: window)),
            .deviation(other: "GAS-1.temp", limit: 5, deadband: 0, turn: nil),
        ] as [RuleKind])
    func `while a limit on it is reached or about to be, and not while nobody can judge it`(_ kind: RuleKind) throws {
        let shown = try Shown([rule(kind)])
        let read = kind.word == "DEVIATION" ? ["conc", "temp"] : ["conc"]
        shown.show(pending: true)
        #expect(shown.urgent == read)
        shown.show(active: true)
        #expect(shown.urgent == read)
        shown.show(active: true, unknown: true)
        #expect(shown.urgent == [], "bad readings do not get better by being more")
    }

    @Test(
        arguments: [
            .stale, .badQuality, .frozen(window: .seconds(60), minSpan: 0, unless: nil),
            .state(.states([1])), .expect(when: "X", within: .seconds(9), .states([1])),
            .timeWeightedAverage(limit: 5, deadband: 0, window: .seconds(900), minGood: 0.75),
            .vote(of: ["X"], needed: 1, onBad: .hold),
        ] as [RuleKind])
    func `for limits alone: not for silence, bad quality, states and means over a shift`(_ kind: RuleKind) throws {
        let shown = try Shown([rule(kind)])
        shown.show(active: true, pending: true)
        #expect(shown.urgent == [])
    }
}
