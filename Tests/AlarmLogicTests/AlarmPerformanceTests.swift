import AlarmLogic
import PlantModel
import PlantTime
import Testing

private func instant(_ seconds: Double) -> PlantInstant {
    PlantInstant(milliseconds: 1_704_067_200_000 + Int64((seconds * 1000).rounded()))
}

@Suite struct `A flood of alarms` {
    @Test func `starts with the eleventh raise in ten minutes, not with the tenth`() {
        var flood = FloodDetector()
        for second in 1...10 { #expect(flood.raise(at: instant(Double(second))) == nil) }
        #expect(flood.floodSince == nil)
        _ = flood.raise(at: instant(600))
        #expect(flood.floodSince == instant(600))
    }

    @Test func `does not start when the first of eleven has just left the window`() {
        var flood = FloodDetector()
        for second in 1...10 { _ = flood.raise(at: instant(Double(second))) }
        _ = flood.raise(at: instant(601))
        #expect(flood.floodSince == nil)
    }

    @Test func `ends when fewer than five are left in the window`() {
        var flood = FloodDetector()
        for second in 1...11 { _ = flood.raise(at: instant(Double(second))) }
        // The fifth newest came at second 7.
        #expect(flood.nextEnd == instant(607))
        #expect(flood.pass(to: instant(606.999)) == nil)
        #expect(flood.pass(to: instant(900)) == .init(from: instant(11), to: instant(607)))
        #expect(flood.floodSince == nil && flood.nextEnd == nil)
    }

    @Test func `goes on as long as five raises stay within ten minutes`() {
        var flood = FloodDetector()
        for second in 1...11 { _ = flood.raise(at: instant(Double(second))) }
        for number in 1...20 { #expect(flood.raise(at: instant(Double(number) * 120)) == nil) }
        #expect(flood.floodSince == instant(11))
        #expect(flood.raise(at: instant(4000)) == .init(from: instant(11), to: instant(16 * 120 + 600)))
    }

    @Test func `agrees with counting the window at every second`() {
        var source = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let raises = (0..<60).map { _ in Int.random(in: 0..<4000, using: &source) }.sorted()
            var flood = FloodDetector()
            var isFlooding = false
            for second in 0..<5000 {
                for _ in raises.filter({ $0 == second }) { _ = flood.raise(at: instant(Double(second))) }
                _ = flood.pass(to: instant(Double(second)))
                let inside = raises.count { $0 > second - 600 && $0 <= second }
                if inside > 10 { isFlooding = true } else if inside < 5 { isFlooding = false }
                #expect((flood.floodSince != nil) == isFlooding, "at \(second) with \(inside) of \(raises)")
            }
        }
    }
}

@Suite struct `The figures of a desk` {
    private func performance(_ count: Int = 3) -> AlarmPerformance {
        AlarmPerformance(
            priorities: (0..<count).map { [.critical, .high, .low][$0 % 3] }, startingAt: instant(0))
    }

    @Test func `rates are per hour and per day of the whole span`() {
        var desk = performance()
        for number in 0..<6 { desk.raised(RuleIndex(1), at: instant(Double(number) * 1000)) }
        let figures = desk.figures(through: instant(7200))
        #expect(figures.raisesPerHour == 3 && figures.raisesPerDay == 72 && figures.raisesPerTenMinutes == 0.5)
        #expect(desk.figures(through: instant(5000)).bins == [1, 1, 0, 1, 0, 1, 1, 0, 1])
    }

    @Test func `no rate is told from a few seconds`() {
        var desk = performance()
        desk.raised(RuleIndex(0), at: instant(1))
        #expect(desk.figures(through: instant(59)).raisesPerHour == nil)
    }

    @Test func `the sliding peak sees what fixed bins cut in two`() {
        var desk = performance()
        for second in [590, 595, 605, 610, 1100] { desk.raised(RuleIndex(0), at: instant(Double(second))) }
        let figures = desk.figures(through: instant(1300))
        #expect(figures.peakFixed == .init(raises: 3, at: instant(600)))
        #expect(figures.peakSliding == .init(raises: 5, at: instant(1100)))
    }

    @Test func `three raises within a minute are one spell of chattering, however long it goes on`() {
        var desk = performance()
        for second in [0, 30, 59, 70, 80, 1000, 1030, 1060] {
            desk.raised(RuleIndex(2), at: instant(Double(second)))
            desk.cleared(RuleIndex(2), at: instant(Double(second) + 6))
        }
        let figures = desk.figures(through: instant(2000))
        // 1000, 1030, 1060 are a whole minute: no third raise within it.
        #expect(figures.all.chatters == 1 && figures.all.chatteringRules == 1 && figures.all.fleeting == 0)
        #expect(figures.chattersByRule == [0, 0, 1])
    }

    @Test func `gone within five seconds is fleeting, up for more than a day is standing`() {
        var desk = performance()
        desk.raised(RuleIndex(0), at: instant(0))
        desk.cleared(RuleIndex(0), at: instant(5))
        desk.raised(RuleIndex(1), at: instant(10))
        desk.cleared(RuleIndex(1), at: instant(15.001))
        desk.raised(RuleIndex(2), at: instant(20))
        #expect(desk.figures(through: instant(86_420)).all.standing == 0)
        let figures = desk.figures(through: instant(86_421))
        #expect(figures.all.fleeting == 1 && figures.all.standing == 1 && figures.all.activeAtEnd == 1)
        #expect(figures.byPriority.map(\.priority) == [.critical, .high, .medium, .low])
        #expect(figures.byPriority.map(\.counts.raises) == [1, 1, 0, 1])
        #expect(figures.byPriority.map(\.counts.standing) == [0, 0, 0, 1])
    }

    @Test func `a flood that lasts is counted up to the end of the span`() {
        var desk = performance()
        for second in 0..<11 { desk.raised(RuleIndex(0), at: instant(Double(second))) }
        let figures = desk.figures(through: instant(110))
        #expect(figures.floodTime == .seconds(100) && figures.crowdedBinShare == 1)
        #expect(desk.figures(through: instant(6000)).floodTime == .seconds(596))
        #expect(desk.figures(through: instant(6000)).floodShare == 596.0 / 6000)
    }

    @Test func `the busiest rules come first, in the order of the file where equal`() {
        var desk = performance(4)
        for (rule, raises) in [(0, 2), (2, 5), (3, 2)] {
            for number in 0..<raises { desk.raised(RuleIndex(offset: rule), at: instant(Double(number) * 100)) }
        }
        let figures = desk.figures(through: instant(3600))
        #expect(figures.busiest(2).map(\.rule.offset) == [2, 0])
        #expect(figures.busiestShare(2) == 7.0 / 9)
        #expect(figures.busiest().count == 3)
    }
}
