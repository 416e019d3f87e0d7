package import PlantModel
package import PlantTime
package import SiteProfile

/// Why an assertion does not hold: what came instead.
package enum TestMiss: Sendable {
    /// `at`: how the rule stood.
    case stood(RuleStanding)
    /// `at`: the line begins after it or ends before it.
    case outsideTheLine(PlantInstant)
    /// `never`: it came, so often, first with this event.
    case came(AlarmEvent, times: Int)
    /// `count`: so many came.
    case counted([AlarmEvent])
    /// `before`, `within`: no such event came.
    case absent(RuleTestEvent)
    /// `before`: the second came first, or nothing lies between them.
    case otherOrder(first: AlarmEvent, second: AlarmEvent)
    /// `within`: so far behind the other instant, in milliseconds; negative is before it.
    case apart(AlarmEvent, from: PlantInstant, milliseconds: Int64)
    /// `no transition while bad`: the point's newest row was bad, or none had come for too long.
    case movedWhileBad(AlarmEvent, point: PointIndex, since: PlantInstant?)
    /// `sequence`: the step that did not come, counted from 1; found is what stood in its place, if something did.
    case stepMissing(Int, RuleTestStep, found: AlarmEvent?)
    /// `sequence`, exact: what came behind its end.
    case tooMuch(AlarmEvent)
    /// `golden`: the differences.
    case differs(GoldenDifference)
    /// `golden`: there is no such file yet.
    case noGolden(path: String)
}

/// One assertion that does not hold.
package struct TestFailure: Sendable {
    package var assertion: RuleTestAssertion
    package var miss: TestMiss
    /// Where on the line to look for the reason, and at which rule.
    package var instant: PlantInstant?
    package var rule: RuleIndex?
    /// What the plant showed there; filled in by a second run, which knows what it looks for.
    package var evidence: TestEvidence?

    init(_ assertion: RuleTestAssertion, _ miss: TestMiss, at instant: PlantInstant?, rule: RuleIndex?) {
        self.assertion = assertion
        self.miss = miss
        self.instant = instant
        self.rule = rule
    }
}
