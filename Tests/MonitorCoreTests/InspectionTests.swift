import AlarmLogic
import MonitorCore
import PlantModel
import PlantTime
import Testing

@Suite struct `A look at a rule` {
    private func look(_ plant: borrowing TestPlant, _ id: String) throws -> RuleInspection {
        // Outside the macro, which would copy the core.
        let rule = plant.monitor.ruleIndex(id)
        return plant.monitor.inspect(try #require(rule))
    }

    @Test func `before anything was said nothing is claimed`() throws {
        var plant = try TestPlant([rule(high(10), maxAge: 30)])
        plant.tick(4)
        let seen = try look(plant, "A.H")
        #expect(seen.sight == .neverJudged)
        #expect(seen.row == nil && seen.value == nil && seen.delay == nil && !seen.isActive)
        #expect(seen.silenceEnds == TestPlant.instant(30))
    }

    @Test func `the three zones are told apart, with the number that was compared`() throws {
        var plant = try TestPlant([rule(high(10, deadband: 2))])
        for (second, value, zone) in [(1.0, 11.0, Verdict.raise), (2, 8, .hold), (3, 7.9, .clear)] {
            plant.row(0, .good(value), at: second)
            #expect(try look(plant, "A.H").sight == .zone(zone, compared: value))
        }
    }

    @Test func `an on-delay tells what it has served, over a pause`() throws {
        var plant = try TestPlant([rule(high(10), on: 5)])
        plant.row(0, .good(12), at: 1)
        plant.tick(3)
        var delay = try #require(try look(plant, "A.H").delay)
        #expect(delay.side == .on && delay.length == .seconds(5) && delay.served == .seconds(2))
        #expect(delay.ends == TestPlant.instant(6) && delay.startIfUnbroken == TestPlant.instant(1))
        plant.row(0, .bad(.linkDown), at: 4)
        plant.tick(60)
        let seen = try look(plant, "A.H")
        delay = try #require(seen.delay)
        #expect(delay.isPaused && delay.served == .seconds(3) && delay.left == .seconds(2))
        #expect(seen.sight == .unknown(.badRow(PointIndex(0), .bad(.linkDown))))
        plant.row(0, .good(12), at: 61)
        #expect(try look(plant, "A.H").delay?.ends == TestPlant.instant(63))
    }

    @Test func `an off-delay runs the same way`() throws {
        var plant = try TestPlant([rule(high(10), off: 5)])
        plant.row(0, .good(12), at: 1)
        plant.row(0, .good(3), at: 2)
        plant.tick(4)
        let seen = try look(plant, "A.H")
        #expect(seen.isActive && seen.state == .unacknowledged && seen.occurrence == 1)
        #expect(seen.delay?.side == .off && seen.delay?.served == .seconds(2))
    }

    @Test func `silence is named as such, and its end before that`() throws {
        var plant = try TestPlant([rule(high(10), maxAge: 3), rule(.badQuality, maxAge: 3), rule(.stale, maxAge: 3)])
        plant.row(0, .good(1), at: 1)
        #expect(try look(plant, "A.H").silenceEnds == TestPlant.instant(4))
        plant.tick(4)
        #expect(try look(plant, "A.H").sight == .unknown(.silent(PointIndex(0))))
        #expect(try look(plant, "A.H").silenceEnds == nil)
        #expect(try look(plant, "A.BAD_QUALITY").sight == .zone(.raise, compared: 2))
        #expect(try look(plant, "A.STALE").sight == .zone(.raise, compared: 3))
    }

    @Test func `a slope without enough rows says how many, or how much of the window, it has`() throws {
        let rate = RuleKind.rateOfChange(
            .init(direction: .rise, limit: 1, estimator: .leastSquares(window: .seconds(10))))
        var plant = try TestPlant([rule(rate)])
        plant.row(0, .good(0), at: 0)
        #expect(try look(plant, "A.ROC_RISE").sight == .unknown(.tooFewRows(1)))
        plant.row(0, .good(4), at: 2)
        #expect(
            try look(plant, "A.ROC_RISE").sight == .unknown(.windowNotCovered(.seconds(2), needed: .seconds(5))))
        plant.row(0, .good(12), at: 6)
        let seen = try look(plant, "A.ROC_RISE")
        #expect(seen.sight == .zone(.raise, compared: 2))
        let window = try #require(seen.window)
        #expect(window.length == .seconds(10) && window.rows == 3 && window.covered == .seconds(6))
        #expect(window.slope == 2)
    }

    @Test func `a mean over time says how much of its window is covered`() throws {
        let average = RuleKind.timeWeightedAverage(limit: 5, deadband: 0, window: .seconds(10), minGood: 0.5)
        var plant = try TestPlant([rule(average, maxAge: 2)])
        plant.row(0, .good(8), at: 0)
        plant.row(0, .good(8), at: 1)
        plant.row(0, .good(8), at: 6)
        #expect(
            try look(plant, "A.TWA").sight == .unknown(.windowNotCovered(.seconds(3), needed: .seconds(5))))
        plant.row(0, .good(8), at: 7)
        plant.row(0, .good(8), at: 8)
        #expect(try look(plant, "A.TWA").sight == .zone(.raise, compared: 8))
        #expect(try look(plant, "A.TWA").window?.covered == .seconds(5))
    }

    @Test func `stillness is told in seconds`() throws {
        var plant = try TestPlant([rule(.frozen(window: .seconds(4), minSpan: 0.5, unless: nil))])
        for second in 0...3 { plant.row(0, .good(5), at: Double(second)) }
        var seen = try look(plant, "A.FROZEN")
        #expect(seen.sight == .zone(.clear, compared: 5) && seen.window?.covered == .seconds(3))
        plant.row(0, .good(5), at: 4)
        seen = try look(plant, "A.FROZEN")
        #expect(seen.sight == .zone(.raise, compared: 5) && seen.isActive)
    }

    @Test func `a comparison names the side that cannot be seen`() throws {
        var plant = try TestPlant([rule(.deviation(other: "B", limit: 3, deadband: 0, turn: nil), maxAge: 60)])
        plant.row(0, .good(5), at: 0)
        #expect(try look(plant, "A.DEVIATION").sight == .unknown(.noRow(PointIndex(1))))
        plant.row(1, .good(9), at: 1)
        #expect(try look(plant, "A.DEVIATION").sight == .zone(.raise, compared: -4))
    }

    @Test func `a vote shows its members, and what a blind one does to the number needed`() throws {
        let members = ["A", "B", "C"].map { rule(high(10), id: "\($0)", point: $0) }
        var plant = try TestPlant(
            members + [rule(.vote(of: ["A", "B", "C"], needed: 2, onBad: .drop), id: "V")])
        #expect(try look(plant, "V").sight == .neverJudged)
        plant.row(0, .good(12), at: 1)
        plant.row(1, .bad(.deviceFault), at: 2)
        plant.row(2, .good(3), at: 3)
        let seen = try look(plant, "V")
        #expect(seen.members.map(\.isActive) == [true, false, false])
        #expect(seen.members.map(\.isUnknown) == [false, true, false])
        #expect(seen.needed == 1 && seen.sight == .zone(.raise, compared: 1) && seen.row == nil)
    }

    @Test func `a count tells its raises, and which member blinds it`() throws {
        let members = [rule(high(10), id: "A"), rule(high(10), id: "B", point: "B")]
        var plant = try TestPlant(
            members + [rule(.count(of: ["A", "B"], needed: 2, window: .seconds(60)), id: "N")])
        plant.row(0, .good(12), at: 1)
        plant.row(1, .good(2), at: 1)
        #expect(try look(plant, "N").sight == .zone(.clear, compared: 1))
        plant.row(1, .bad(.warmUp), at: 2)
        #expect(try look(plant, "N").sight == .unknown(.members([RuleIndex(1)])))
        plant.row(1, .good(12), at: 3)
        let seen = try look(plant, "N")
        #expect(seen.sight == .zone(.raise, compared: 2) && seen.needed == 2)
        let window = try #require(seen.window)
        #expect(window.length == .seconds(60) && window.rows == 2 && window.covered == .seconds(2))
    }

    @Test func `a ladder shows its level, an expectation what it waits for`() throws {
        let levels = [rule(high(10), id: "1", isSilent: true), rule(high(20), id: "2", isSilent: true)]
        var plant = try TestPlant(
            levels + [
                rule(.ladder(levels: ["1", "2"]), id: "L"),
                rule(.expect(when: "1", within: .seconds(10), .states([1])), id: "E", point: "B"),
            ])
        plant.row(0, .good(25), at: 1)
        plant.row(1, .good(0), at: 2)
        let ladder = try look(plant, "L")
        #expect(ladder.level == 2 && ladder.sight == .zone(.raise, compared: 25) && ladder.members.count == 2)
        let expectation = try look(plant, "E")
        #expect(expectation.sight == .zone(.raise, compared: 0))
        #expect(expectation.members.map(\.isActive) == [true] && expectation.delay?.ends == TestPlant.instant(11))
    }

    @Test func `looking changes nothing`() throws {
        var plant = try TestPlant([rule(high(10), on: 2, maxAge: 5)])
        plant.row(0, .good(12), at: 1)
        let before = plant.monitor.snapshot()
        _ = try look(plant, "A.H")
        #expect(plant.monitor.snapshot() == before)
        plant.tick(3)
        #expect(plant.said() == ["3 A.H raise 12"])
    }
}
