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
