import MonitorCore
import PlantModel
import PlantTime
import Testing

@Suite struct `The live order` {
    @Test func `a delay ends at its exact instant, decided when the clock gets there`() throws {
        var plant = try TestPlant([rule(high(10), on: 5)])
        plant.row(0, .good(12), at: 1)
        plant.tick(9)
        let event = try #require(plant.monitor.takeEvents().first)
        #expect(event.occurredAt == TestPlant.instant(6))
        #expect(event.decidedAt == TestPlant.instant(9))
        #expect(event.inputSequence == 2)
    }

    @Test func `buffered samples in order are each judged at their own time`() throws {
        var plant = try TestPlant([rule(high(10), on: 3)])
        // A gateway was cut off for ten seconds and sends its buffer at once.
        for (second, value) in [12.0, 12, 12, 12, 12, 5].enumerated() {
            plant.row(0, .good(value), at: Double(second), judgedAt: 10)
        }
        #expect(plant.said() == ["3 A.H raise 12", "5 A.H clear 5"])
    }

    @Test func `a sample that speaks for the future lets the rule's own delay end first`() throws {
        var plant = try TestPlant([rule(high(10), on: 2)])
        plant.row(0, .good(12), at: 0)
        plant.row(0, .good(5), at: 4, judgedAt: 1)
        #expect(plant.said() == ["2 A.H raise 12", "4 A.H clear 5"])
    }

    @Test func `a sample that speaks for the future passes nobody else's deadline`() throws {
        var plant = try TestPlant([rule(high(10), point: "B", on: 2), rule(high(10))])
        plant.row(1, .good(12), at: 0)
        plant.row(0, .good(5), at: 4, judgedAt: 1)
        #expect(plant.said() == [])
        plant.tick(2)
        #expect(plant.said() == ["2 B.H raise 12"])
    }

    @Test func `silence counts from arrival, windows from the time that is spoken for`() throws {
        var plant = try TestPlant([rule(.stale, maxAge: 5)])
        plant.row(0, .good(1), at: 0, judgedAt: 4)
        plant.tick(8)
        #expect(plant.said() == [])
        plant.tick(9)
        #expect(plant.said() == ["9 A.STALE raise 5"])
    }

    @Test func `rows of an instant come before delays, delays before silence, commands last`() throws {
        var plant = try TestPlant([rule(.stale, maxAge: 3), rule(high(10), on: 3)])
        plant.row(0, .good(12), at: 0)
        plant.command(.acknowledge, "A.H", at: 3)
        #expect(plant.said() == ["3 A.H raise 12", "3 A.STALE raise 3", "3 A.H acknowledge 12"])
    }

    @Test func `what a broker kept is shown and never judged`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 1, flags: .retained)
        #expect(plant.said() == [])
        #expect(plant.monitor.pointStanding(PointIndex(0)).payload.number == 12)
        plant.row(0, .good(5), at: 2)
        plant.row(0, .good(12), at: 1, flags: .retained)
        #expect(plant.monitor.pointStanding(PointIndex(0)).payload.number == 5)
    }

    @Test func `the next deadline is never later than the true one`() throws {
        var plant = try TestPlant([rule(high(10), on: 5), rule(.stale, maxAge: 60)])
        #expect(plant.monitor.nextDeadline == TestPlant.instant(60))
        plant.row(0, .good(12), at: 1)
        #expect(plant.monitor.nextDeadline == TestPlant.instant(6))
        plant.tick(6)
        #expect(plant.said() == ["6 A.H raise 12"])
        plant.tick(60)
        #expect(plant.monitor.nextDeadline == TestPlant.instant(61))
    }

    @Test func `of a large plant's silences only a few are put right at once, and none is missed`() throws {
        let points = (0..<200).map { "P\($0)" }
        let rules = points.map { rule(.stale, point: $0, maxAge: 60) }
        var plant = try TestPlant(RuleSet(entries: rules.map { .rule($0) }), points: points)
        for number in 0..<200 { plant.row(UInt32(number), .good(1), at: Double(number + 1) / 10) }
        // All of them stand in the queue for second 60 and have been heard since: those are put right at once.
        plant.tick(60)
        for number in 0..<200 { plant.row(UInt32(number), .good(1), at: 60 + Double(number) / 1000) }
        plant.tick(60.5)
        let next = plant.monitor.nextDeadline ?? .distantFuture
        #expect(
            next > TestPlant.instant(60.5) && next < TestPlant.instant(70), "not all of them: nothing ends before 120")
        plant.tick(119.999)
        #expect(plant.said() == [])
        plant.tick(121)
        let expected = (0..<200).map { "\(plant.text(120 + Double($0) / 1000)) P\($0).STALE raise 60" }
        #expect(plant.said() == expected)
    }

    @Test func `a station that starts holds no silence against its points`() throws {
        var plant = try TestPlant([rule(.stale, maxAge: 5)])
        plant.row(0, .good(1), at: 0)
        var started = InputSlot(.tick, at: TestPlant.instant(100), auxiliary: InputSlot.stationStarted)
        started.judgedAt = started.time
        plant.put(started)
        plant.tick(104)
        #expect(plant.said() == [])
        plant.tick(105)
        #expect(plant.said() == ["105 A.STALE raise 5"])
    }

    @Test func `changes are told to the board once`() throws {
        var plant = try TestPlant([rule(high(10), on: 2)])
        plant.row(0, .good(12), at: 0)
        plant.row(0, .good(13), at: 1)
        var told: [String] = []
        plant.monitor.drainChanges(
            points: { told.append("point \($0.number)") }, rules: { told.append("rule \($0.number)") })
        #expect(told == ["point 0", "rule 0"])
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).isPending)
        told = []
        plant.monitor.drainChanges(
            points: { told.append("point \($0.number)") }, rules: { told.append("rule \($0.number)") })
        #expect(told == [])
    }

    @Test func `samples of points that no rule set knows are counted`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(77, .good(12), at: 1)
        #expect(plant.monitor.unknownSamples == 1)
    }
}

@Suite struct `Late samples` {
    @Test func `raise an inactive limit once, marked late, past its delay`() throws {
        var plant = try TestPlant([rule(high(10), on: 30)])
        plant.row(0, .good(5), at: 10)
        plant.row(0, .good(12), at: 4, judgedAt: 11)
        let event = try #require(plant.monitor.takeEvents().first)
        #expect(event.marks == .late)
        #expect(event.occurredAt == TestPlant.instant(4))
        // The same message again, and an older one, are no news once the alarm has cleared.
        plant.row(0, .good(5), at: 12)
        plant.row(0, .good(12), at: 4, judgedAt: 13)
        plant.row(0, .good(12), at: 3, judgedAt: 13)
        #expect(plant.said() == ["12 A.H clear 5"])
    }

    @Test func `never clear`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 10)
        plant.row(0, .good(5), at: 9, judgedAt: 11)
        #expect(plant.said() == ["10 A.H raise 12"])
    }

    @Test func `enter no window`() throws {
        let rate = RuleKind.rateOfChange(
            .init(direction: .rise, limit: 1, estimator: .leastSquares(window: .seconds(4))))
        var plant = try TestPlant([rule(rate)])
        for second in 0...3 { plant.row(0, .good(0), at: Double(second)) }
        plant.row(0, .good(500), at: 2, judgedAt: 3)
        plant.row(0, .good(0), at: 4)
        #expect(plant.said() == [])
    }

    @Test func `that the source itself calls past never clear, however many come and whatever their stamps`() throws {
        var plant = try TestPlant([rule(high(10), off: 5), rule(.stale, maxAge: 30)])
        plant.row(0, .good(12), at: 10)
        for second in 1...4 { plant.row(0, .good(5), at: Double(second), judgedAt: 11, flags: .historical) }
        // Stored until the line came back: newer than the newest live row, and still no word on now.
        for second in 12...16 { plant.row(0, .good(5), at: Double(second), judgedAt: 20, flags: .historical) }
        #expect(plant.said() == ["10 A.H raise 12"])
        #expect(plant.monitor.reAnchorings == 0)
        #expect(plant.monitor.lateSamples == 9)
        #expect(plant.monitor.pointStanding(PointIndex(0)).payload.number == 12, "the board shows what is live")
        plant.tick(40)
        #expect(plant.said() == ["40 A.STALE raise 30"], "nor do they end silence")
    }

    @Test func `that the source itself calls past raise once, and live ones clear`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(5), at: 10)
        for second in 1...4 { plant.row(0, .good(12), at: Double(second), judgedAt: 11, flags: .historical) }
        let raise = try #require(plant.monitor.takeEvents().first)
        #expect(raise.marks == .late && raise.occurredAt == TestPlant.instant(1))
        plant.row(0, .good(5), at: 12)
        plant.row(0, .good(12), at: 1, judgedAt: 13, flags: .historical)
        #expect(plant.said() == ["12 A.H clear 5"])
    }

    @Test func `that the source itself calls past neither make nor break a run of late ones`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(5), at: 1000)
        plant.row(0, .good(5), at: 11, judgedAt: 1001)
        plant.row(0, .good(5), at: 7, judgedAt: 1001, flags: .historical)
        plant.row(0, .good(5), at: 12, judgedAt: 1002)
        #expect(plant.monitor.reAnchorings == 0)
        plant.row(0, .good(5), at: 13, judgedAt: 1003)
        #expect(plant.monitor.reAnchorings == 1, "a source whose clock jumped must not go unheard for its history")
    }

    @Test func `three in a row show that the source's clock has jumped`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(5), at: 1000)
        plant.row(0, .good(5), at: 11, judgedAt: 1001)
        plant.row(0, .good(5), at: 12, judgedAt: 1002)
        #expect(plant.monitor.reAnchorings == 0)
        plant.row(0, .good(12), at: 13, judgedAt: 1003)
        #expect(plant.monitor.reAnchorings == 1)
        plant.row(0, .good(5), at: 14, judgedAt: 1004)
        #expect(plant.said() == ["13 A.H raise 12", "14 A.H clear 5"])
    }
}
