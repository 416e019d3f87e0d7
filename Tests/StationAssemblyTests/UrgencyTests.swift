import MonitorCore
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
}
