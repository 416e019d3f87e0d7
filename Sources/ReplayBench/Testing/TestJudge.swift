import PlantModel
import PlantTime
import SiteProfile

/// Holds the assertions of one test against what a run gave.
struct TestJudge {
    let line: TestLine
    let rules: RuleTable
    /// In the order of decision.
    let events: [AlarmEvent]
    let answers: [TestWitness.Question: RuleStanding]
    /// Writes the events as a golden journal has them.
    let sheet: () -> String

    func failures() -> [TestFailure] { line.test.assertions.compactMap(failure) }

    private func failure(_ assertion: RuleTestAssertion) -> TestFailure? {
        func miss(_ miss: TestMiss, at instant: PlantInstant?, _ rule: RuleIndex?) -> TestFailure {
            TestFailure(assertion, miss, at: instant, rule: rule)
        }
        switch assertion.kind {
        case .state(let time, let name, let state, let isNegated):
            let instant = line.instant(time)
            guard let rule = rules.number(of: name) else { return nil }
            guard instant >= line.first, instant <= line.last,
                let standing = answers[TestWitness.Question(instant: instant, rule: rule)]
            else { return miss(.outsideTheLine(instant), at: nil, rule) }
            guard state.isMet(by: standing) == isNegated else { return nil }
            return miss(.stood(standing), at: instant, rule)
        case .never(let event, let span):
            let matches = matches(event, in: span)
            return matches.first.map { miss(.came($0, times: matches.count), at: $0.occurredAt, $0.rule) }
        case .count(let event, let comparison, let count, let span):
            let matches = matches(event, in: span)
            guard !comparison.holds(matches.count, count) else { return nil }
            return miss(
                .counted(matches), at: matches.last?.occurredAt ?? span?.to.map(line.instant) ?? line.last,
                rules.number(of: event.rule))
        case .before(let first, let second): return order(first, second, miss)
        case .within(let event, let span, let side, let anchor): return distance(event, span, side, anchor, miss)
        case .quietWhileBad(let name):
            var bad = BadTimes(line: line, rules: rules)
            return bad.firstTransition(of: name, among: events).map { event, point, since in
                miss(.movedWhileBad(event, point: point, since: since), at: event.occurredAt, event.rule)
            }
        case .sequence(let steps, let isExact, let of): return sequence(steps, isExact: isExact, of: of, miss)
        case .golden(let path, _):
            guard let expected = line.golden[path] else { return miss(.noGolden(path: path), at: nil, nil) }
            guard let difference = GoldenDifference(expected: expected, found: sheet()) else { return nil }
            return miss(
                .differs(difference), at: difference.instant, difference.rule.flatMap { rules.number(of: $0) })
        }
    }

    // MARK: Events

    private func matches(_ event: RuleTestEvent, in span: RuleTestSpan? = nil) -> [AlarmEvent] {
        guard let rule = rules.number(of: event.rule) else { return [] }
        return events.filter { event.matches($0, rule: rule) && line.holds(span, $0.occurredAt) }
    }

    private typealias Miss = (TestMiss, PlantInstant?, RuleIndex?) -> TestFailure

    private func order(_ first: RuleTestEvent, _ second: RuleTestEvent, _ miss: Miss) -> TestFailure? {
        guard let one = place(of: first) else { return miss(.absent(first), line.last, rules.number(of: first.rule)) }
        guard let other = place(of: second) else {
            return miss(.absent(second), line.last, rules.number(of: second.rule))
        }
        guard one >= other else { return nil }
        return miss(
            .otherOrder(first: events[one], second: events[other]), events[one].occurredAt, events[one].rule)
    }

    /// Where the first such event stands in the order of decision.
    private func place(of event: RuleTestEvent) -> Int? {
        guard let rule = rules.number(of: event.rule) else { return nil }
        return events.firstIndex { event.matches($0, rule: rule) }
    }

    private func distance(
        _ event: RuleTestEvent, _ span: Int64, _ side: RuleTestSide, _ anchor: RuleTestAnchor, _ miss: Miss
    ) -> TestFailure? {
        let from: PlantInstant
        switch anchor {
        case .time(let time): from = line.instant(time)
        case .event(let other):
            guard let place = place(of: other) else {
                return miss(.absent(other), line.last, rules.number(of: other.rule))
            }
            from = events[place].occurredAt
        }
        guard let place = place(of: event) else {
            return miss(.absent(event), from + .milliseconds(span), rules.number(of: event.rule))
        }
        let apart = (events[place].occurredAt - from).nanoseconds / 1_000_000
        let range: ClosedRange<Int64> =
            switch side {
            case .of: -span...span
            case .after: 0...span
            case .before: -span...0
            }
        guard !range.contains(apart) else { return nil }
        return miss(
            .apart(events[place], from: from, milliseconds: apart), events[place].occurredAt, events[place].rule)
    }

    // MARK: Sequences

    private func sequence(
        _ steps: [RuleTestStep], isExact: Bool, of names: [String], _ miss: Miss
    ) -> TestFailure? {
        // What people did stands in an exact sequence only where the sequence speaks of it.
        let verbs = Set(steps.map(\.event.transition)).union([.raise, .clear, .escalate, .deescalate])
        let watched = Set(names.compactMap { rules.number(of: $0) })
        var left = events.filter { (names.isEmpty || watched.contains($0.rule)) && verbs.contains($0.transition) }[...]
        for (number, step) in steps.enumerated() {
            let present = left.first
            if isExact {
                guard let present, matches(step, present) else {
                    return stepMiss(number, step, present, miss)
                }
                left.removeFirst()
            } else {
                guard let place = left.firstIndex(where: { matches(step, $0) }) else {
                    let near = left.first { event in
                        rules.number(of: step.event.rule).map { step.event.matches(event, rule: $0) } ?? false
                    }
                    return stepMiss(number, step, near, miss)
                }
                left = left[(place + 1)...]
            }
        }
        guard isExact, let more = left.first else { return nil }
        return miss(.tooMuch(more), more.occurredAt, more.rule)
    }

    private func stepMiss(_ number: Int, _ step: RuleTestStep, _ found: AlarmEvent?, _ miss: Miss) -> TestFailure {
        let instant = step.time.map(line.instant) ?? found?.occurredAt ?? line.last
        return miss(
            .stepMissing(number + 1, step, found: found), min(max(instant, line.first), line.last),
            rules.number(of: step.event.rule))
    }

    private func matches(_ step: RuleTestStep, _ event: AlarmEvent) -> Bool {
        guard let rule = rules.number(of: step.event.rule), step.event.matches(event, rule: rule) else { return false }
        return step.time.map { line.instant($0) == event.occurredAt } ?? true
    }
}

extension RuleTestEvent {
    func matches(_ event: AlarmEvent, rule: RuleIndex) -> Bool {
        event.rule == rule && event.transition == transition && (occurrence.map { $0 == event.occurrence } ?? true)
            && (level.map { $0 == event.level } ?? true)
    }
}

extension RuleTestState {
    func isMet(by standing: RuleStanding) -> Bool {
        switch self {
        case .active: standing.isActive
        case .inactive: !standing.isActive
        case .pending: standing.isPending
        case .unknown: standing.isUnknown
        case .lifecycle(let state): standing.state == state
        case .level(let level): standing.level == level
        case .value(.equal, let number): Self.isNear(standing.value, number)
        case .value(.notEqual, let number): !Self.isNear(standing.value, number)
        case .value(let comparison, let number): comparison.holds(standing.value, number)
        }
    }

    /// Equal as semantics.md compares values.
    private static func isNear(_ found: Double, _ expected: Double) -> Bool {
        abs(found - expected) <= 1e-9 + 1e-6 * abs(expected)
    }
}
