import AlarmLogic
import PlantTime
import Testing

@Suite struct `A condition with its delays` {
    struct Story: CustomTestStringConvertible, Sendable {
        var name: String
        var on = 0
        var off = 0
        var seen: String
        var becomes: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Story(name: "comes at once and goes at once", seen: "v ^ ^ - v v", becomes: ". A a a R ."),
        Story(name: "the hold zone never makes an alarm", seen: "v - - ^ - v", becomes: ". . . A a R"),
        Story(name: "unknown neither raises nor clears", seen: "? ^ ? v ? v", becomes: ". A a R . ."),
        Story(name: "an on-delay ends between rows", on: 3, seen: "v ^ _ _ _", becomes: ". p p p A"),
        Story(name: "the hold zone cancels an on-delay", on: 3, seen: "^ ^ - ^ _ _ _", becomes: "p p . p p p A"),
        Story(name: "a row at the end of the on-delay cancels it", on: 3, seen: "^ _ _ v _", becomes: "p p p . ."),
        Story(name: "a row at the end of the on-delay confirms it", on: 3, seen: "^ _ _ ^ _", becomes: "p p p A a"),
        Story(
            name: "unknown pauses an on-delay, time served is kept", on: 3, seen: "^ _ ? _ _ ^ _",
            becomes: "p p s s s p A"),
        Story(
            name: "unknown at the very end leaves nothing to run", on: 3, seen: "^ _ _ ? _ ^", becomes: "p p p s s A"),
        Story(name: "a row outside cancels a paused on-delay", on: 3, seen: "^ ? v ^ _ _ _", becomes: "p s . p p p A"),
        Story(name: "an off-delay ends between rows", off: 2, seen: "^ v _ _ _", becomes: "A r r R ."),
        Story(name: "the hold zone cancels an off-delay", off: 2, seen: "^ v - v _ _", becomes: "A r a r r R"),
        Story(name: "unknown cancels an off-delay", off: 2, seen: "^ v ? _ v _ _", becomes: "A r a a r r R"),
        Story(
            name: "unknown at the end of an off-delay cancels it", off: 2, seen: "^ v _ ? _ _", becomes: "A r r a a a"),
        Story(name: "a row in the raise zone ends the return", off: 2, seen: "^ v ^ v _ _", becomes: "A r a r r R"),
    ])
    func `goes as it is drawn`(_ story: Story) {
        var line = TimeLine(on: story.on, off: story.off)
        #expect(line.drawing(of: story.seen) == story.becomes, "\(story.name): \(story.seen)")
    }

    @Test func `a late sample raises past any delay`() {
        var condition = AlarmCondition()
        _ = condition.judge(.raise, at: PlantInstant(milliseconds: 0), Delays(on: .seconds(9)))
        condition.raiseNow()
        #expect(condition == AlarmCondition(isActive: true, timer: .idle))
    }
}

@Suite struct `A limit` {
    @Test(arguments: [(9.0, Verdict.hold), (10, .raise), (10.5, .raise), (8, .hold), (7.9, .clear)])
    func `above raises at the set-point and clears strictly below the deadband`(_ value: Double, _ zone: Verdict) {
        #expect(Limit(above: 10, deadband: 2).zone(of: value) == zone)
    }

    @Test(arguments: [(5.0, Verdict.raise), (4.9, .raise), (6, .hold), (7, .hold), (7.1, .clear)])
    func `below is the mirror image`(_ value: Double, _ zone: Verdict) {
        #expect(Limit(below: 5, deadband: 2).zone(of: value) == zone)
    }

    @Test func `mirrored compares a fall with a limit written positive`() {
        let fall = Limit(mirroredAbove: 0.5, deadband: 0.1)
        #expect(fall.zone(of: -0.5) == .raise)
        #expect(fall.zone(of: -0.45) == .hold)
        #expect(fall.zone(of: 2) == .clear)
    }

    @Test func `a clamped reading is in the raise zone whatever the limit`() {
        let limit = Limit(above: 200, deadband: 0, clamp: 100)
        #expect(limit.zone(of: 100) == .raise)
        #expect(limit.zone(of: 99.9) == .clear)
    }

    @Test func `without deadband there is no hold zone`() {
        #expect(Limit(above: 0.1 + 0.2, deadband: 0).zone(of: 0.3) == .clear)
        #expect(Limit(above: 0.3, deadband: 0).zone(of: 0.1 + 0.2) == .raise)
    }
}
