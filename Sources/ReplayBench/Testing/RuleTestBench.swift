package import MonitorCore
import PlantModel
import PlantTime
import SiteProfile

/// Plays tests through the core of the station and says which of their assertions do not hold.
package struct RuleTestBench: Sendable {
    private let replay: Replay
    package let table: RuleTable

    /// - Throws: the first mistake of the rules, located.
    package init(_ replay: Replay) throws(RuleRefusal) {
        self.replay = replay
        table = RuleTable(replay.rules, names: try replay.names())
    }

    /// The same points under other rules, for a mutant: their numbers stay, so lines can be played again.
    func with(_ rules: RuleSet) throws(RuleRefusal) -> RuleTestBench {
        try RuleTestBench(Replay(rules: rules, points: replay.points, site: replay.site))
    }

    // MARK: Playing

    /// Plays a test and finds the evidence for what does not hold.
    /// - Parameter coverage: what this run adds to it.
    package func failures(of line: TestLine, coverage: inout RuleCoverage) throws -> [TestFailure] {
        let pair = WitnessPair(
            TestWitness(asking: questions(of: line)), RuleCoverage.Witness(coverage, along: line.line.slots))
        let witness = try played(line, pair)
        coverage = witness.second.coverage
        let failures = judge(line, witness.first).failures()
        return failures.isEmpty ? [] : try explained(failures, line)
    }

    /// Whether any assertion fails: all that a mutant asks.
    func notices(_ line: TestLine) throws -> Bool {
        let witness = try played(line, TestWitness(asking: questions(of: line)))
        return !judge(line, witness).failures().isEmpty
    }

    /// The journal of a test as golden files have it.
    package func sheet(of line: TestLine) throws -> [UInt8] {
        var sheet = try played(line, EventSheet(ruleNames: table.names.rules, pointNames: table.names.points))
        return sheet.finish()
    }

    private func played<Witness: ReplayWitness>(_ line: TestLine, _ witness: Witness) throws -> Witness {
        var witness = witness
        var source = line.line
        _ = try replay.run(&source, witness: &witness)
        return witness
    }

    private func judge(_ line: TestLine, _ witness: TestWitness) -> TestJudge {
        TestJudge(line: line, rules: table, events: witness.events, answers: witness.answers) {
            var sheet = EventSheet(ruleNames: table.names.rules, pointNames: table.names.points)
            for event in witness.events where table.knows(event.rule) { sheet.add(event) }
            return String(decoding: sheet.finish(), as: UTF8.self)
        }
    }

    /// How the rules must stand, where assertions ask for it.
    private func questions(of line: TestLine) -> [TestWitness.Question] {
        line.test.assertions.compactMap { assertion in
            guard case .state(let time, let name, _, _) = assertion.kind, let rule = table.number(of: name) else {
                return nil
            }
            let instant = line.instant(time)
            guard instant >= line.first, instant <= line.last else { return nil }
            return TestWitness.Question(instant: instant, rule: rule)
        }
    }

    // MARK: Evidence

    /// A second run that looks where the failures lie.
    private func explained(_ failures: [TestFailure], _ line: TestLine) throws -> [TestFailure] {
        let questions = failures.compactMap { failure -> TestWitness.Question? in
            guard let instant = failure.instant, let rule = failure.rule else { return nil }
            return TestWitness.Question(instant: min(max(instant, line.first), line.last), rule: rule)
        }
        let witness = try played(line, TestWitness(asking: questions, inspects: true))
        return failures.map { failure in
            guard let instant = failure.instant.map({ min(max($0, line.first), line.last) }), let rule = failure.rule,
                let inspection = witness.inspections[TestWitness.Question(instant: instant, rule: rule)]
            else { return failure }
            var failure = failure
            failure.evidence = TestEvidence(
                at: instant, rule: rule, inspection: inspection, line: line, rules: table, events: witness.events)
            return failure
        }
    }
}
