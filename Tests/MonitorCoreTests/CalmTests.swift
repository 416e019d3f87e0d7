import AlarmLogic
import MonitorCore
import PlantModel
import PlantTime
import Testing

/// What a row in the band of a calm point leaves unwritten must be there for whoever asks.
@Suite struct `A calm point` {
    private static let rules = [
        high(10, deadband: 1), .threshold(.init(level: .L, limit: 0, deadband: 1)), .badQuality,
    ]

    @Test func `shows each of its rules the newest row`() throws {
        var plant = try TestPlant(Self.rules.map { rule($0) })
        for second in 0..<5 { plant.row(0, .good(Double(second) + 1), at: Double(second)) }
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).value == 5)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).value == 5)
        #expect(plant.monitor.ruleStanding(RuleIndex(2)).value == 0)
    }

    @Test func `keeps the value last judged when a bad row ends its calm`() throws {
        var plant = try TestPlant(Self.rules.map { rule($0) })
        for second in 0..<5 { plant.row(0, .good(Double(second) + 1), at: Double(second)) }
        plant.row(0, .bad(.deviceFault), at: 5)
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).value == 5)
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).isUnknown)
        #expect(plant.said() == ["5 A.BAD_QUALITY raise 1"])
    }

    @Test func `says the newest row when an old alarm is acknowledged`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 0)
        plant.row(0, .good(9), at: 1)
        plant.row(0, .good(8), at: 2)
        plant.row(0, .good(7), at: 3)
        plant.command(.acknowledge, "A.H", occurrence: 1, version: 2, at: 4)
        #expect(plant.said() == ["0 A.H raise 12", "1 A.H clear 9", "4 A.H acknowledge 7"])
    }

    @Test func `goes on from a snapshot with what it saw last`() throws {
        var plant = try TestPlant(Self.rules.map { rule($0) })
        for second in 0..<5 { plant.row(0, .good(Double(second) + 1), at: Double(second)) }
        var other = try TestPlant(Self.rules.map { rule($0) })
        try other.monitor.restore(plant.monitor.snapshot())
        #expect(other.monitor.ruleStanding(RuleIndex(0)).value == 5)
        #expect(other.monitor.snapshot() == plant.monitor.snapshot())
    }

    @Test func `goes stale for all its rules, and hears the next row`() throws {
        var plant = try TestPlant([
            rule(high(10), maxAge: 3), rule(.stale, maxAge: 3),
            rule(
                .rateOfChange(.init(direction: .either, limit: 5, estimator: .leastSquares(window: .seconds(4)))),
                maxAge: 3),
        ])
        for second in 0..<5 { plant.row(0, .good(Double(second) + 1), at: Double(second)) }
        plant.tick(7)
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).isUnknown)
        #expect(plant.monitor.ruleStanding(RuleIndex(2)).isUnknown)
        plant.row(0, .good(6), at: 8)
        plant.row(0, .good(7), at: 9)
        #expect(!plant.monitor.ruleStanding(RuleIndex(0)).isUnknown)
        plant.tick(12)
        #expect(plant.said() == ["7 A.STALE raise 3", "8 A.STALE clear 0", "12 A.STALE raise 3"])
        #expect(plant.monitor.ruleStanding(RuleIndex(2)).isUnknown)
    }

    @Test func `is raised by a late sample that it did not see`() throws {
        var plant = try TestPlant([rule(high(10))])
        for second in 0..<5 { plant.row(0, .good(1), at: Double(second) * 2) }
        plant.row(0, .good(11), at: 5, judgedAt: 9)
        plant.row(0, .good(2), at: 10)
        #expect(plant.said() == ["5 A.H raise 11", "10 A.H clear 2"])
    }

    // MARK: Steady: its rates are at rest as well

    private static let steady = [
        rule(high(100)),
        rule(.rateOfChange(.init(direction: .either, limit: 5, estimator: .leastSquares(window: .seconds(4))))),
    ]

    @Test func `shows the rule on its rate the newest slope`() throws {
        var plant = try TestPlant(Self.steady)
        for second in 0..<8 { plant.row(0, .good(Double(second * second) / 4), at: Double(second)) }
        // Slope of t^2/4 over 3...7: that at the middle, 2 * 5 / 4.
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).value == 2.5)
        var other = try TestPlant(Self.steady)
        try other.monitor.restore(plant.monitor.snapshot())
        #expect(other.monitor.ruleStanding(RuleIndex(1)).value == 2.5)
        #expect(other.monitor.snapshot() == plant.monitor.snapshot())
    }

    @Test func `raises its rate at the row that is too steep`() throws {
        var plant = try TestPlant(Self.steady)
        for second in 0..<8 { plant.row(0, .good(1), at: Double(second)) }
        plant.row(0, .good(26), at: 8)
        plant.row(0, .good(26), at: 9)
        #expect(plant.said() == ["8 A.ROC raise 5"])
    }

    @Test func `keeps the slope last judged when a bad row or a gap makes it unknown`() throws {
        var plant = try TestPlant(Self.steady)
        for second in 0..<8 { plant.row(0, .good(Double(second)), at: Double(second)) }
        plant.row(0, .bad(.deviceFault), at: 8)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).value == 1)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).isUnknown)
        for second in 9..<16 { plant.row(0, .good(Double(second) * 2), at: Double(second)) }
        plant.row(0, .good(0), at: 30)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).value == 2)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).isUnknown)
        #expect(plant.said().isEmpty)
    }

    @Test func `keeps the slope last judged when its source's clock jumps back`() throws {
        var plant = try TestPlant(Self.steady)
        for second in 0..<8 { plant.row(0, .good(Double(second)), at: 100 + Double(second)) }
        for second in 0..<3 { plant.row(0, .good(50), at: Double(second), judgedAt: 108 + Double(second)) }
        #expect(plant.monitor.reAnchorings == 1)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).value == 1)
        #expect(plant.monitor.ruleStanding(RuleIndex(1)).isUnknown)
    }

    @Test func `hands one row to a slope that several rules read`() throws {
        let window = RuleKind.Estimator.leastSquares(window: .seconds(4))
        var plant = try TestPlant([
            rule(.rateOfChange(.init(direction: .either, limit: 5, estimator: window))),
            rule(
                .timeTo(
                    .init(limit: 20, direction: .up, horizon: .seconds(4), clearHorizon: .seconds(4), estimator: window)
                )),
        ])
        for second in 0..<20 { plant.row(0, .good(Double(second)), at: Double(second)) }
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).value == 1)
        #expect(plant.said() == ["16 A.TIME_TO raise 4"])
    }
}
