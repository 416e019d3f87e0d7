import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// What came of tests, in words.
struct TestText {
    let table: RuleTable
    let language: Language

    func say(_ phrase: TestPhrase, _ values: KeyValuePairs<String, String> = [:]) -> String {
        phrase(language, values)
    }

    func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }

    // MARK: Tests

    func outcome(of test: RuleTest, isGood: Bool, inColour: Bool) -> String {
        let word = say(isGood ? .passed : .failed)
        let shown = inColour && !isGood ? Paint.badge(word, colour: 1) : word
        let place = "\(test.location.file):\(test.location.line)"
        return
            "\(shown)\(String(repeating: " ", count: max(1, 8 - CharacterWidth.columns(word))))\(test.name)  \(place)"
    }

    func summary(passed: Int, failed: Int) -> String { say(.summary, ["passed": "\(passed)", "failed": "\(failed)"]) }

    func golden(_ file: String, isNew: Bool) -> String { say(isNew ? .goldenWritten : .goldenSame, ["file": file]) }

    /// The assertion at its place, what came instead, and what the plant showed there.
    func failure(_ failure: TestFailure, of line: TestLine) -> String {
        let head = "\(failure.assertion.location): \(failure.assertion.text)"
        var parts = [head, indented(said(failure, of: line))]
        if case .differs(let difference) = failure.miss { parts.append(indented(GoldenText.text(difference, self))) }
        if let evidence = failure.evidence { parts.append(indented(EvidenceText.text(evidence, of: line, self))) }
        return parts.joined(separator: "\n")
    }

    private func said(_ failure: TestFailure, of line: TestLine) -> String {
        switch failure.miss {
        case .stood(let standing):
            let instant = failure.instant ?? line.first
            return say(.stood, ["time": time(instant, of: line), "found": shown(standing)])
        case .outsideTheLine(let instant):
            return say(
                .outside,
                [
                    "time": time(instant, of: line), "first": time(line.first, of: line),
                    "last": time(line.last, of: line),
                ])
        case .came(let event, let times):
            return say(.came, ["times": "\(times)", "event": shown(event, of: line)])
        case .counted(let events):
            let list = events.prefix(5).map { shown($0, of: line) } + (events.count > 5 ? ["..."] : [])
            return say(
                .counted,
                ["count": "\(events.count)", "events": list.isEmpty ? "" : ": " + list.joined(separator: "; ")])
        case .absent(let event): return say(.absent, ["event": event.text])
        case .otherOrder(let first, let second):
            return say(.otherOrder, ["first": shown(first, of: line), "second": shown(second, of: line)])
        case .apart(let event, let from, let milliseconds):
            let span = (milliseconds < 0 ? "-" : "+") + Self.span(milliseconds: abs(milliseconds))
            return say(.apart, ["event": shown(event, of: line), "span": span, "time": time(from, of: line)])
        case .movedWhileBad(let event, let point, let since):
            let known = since.map { time($0, of: line) }
            return say(
                known == nil ? .neverHadRow : .movedWhileBad,
                ["event": shown(event, of: line), "point": table.tag(point), "since": known ?? ""])
        case .stepMissing(let number, let step, let found):
            let instead = found.map { say(.stepInstead, ["event": shown($0, of: line)]) } ?? ""
            return say(.stepMissing, ["number": "\(number)", "step": step.text, "instead": instead])
        case .tooMuch(let event): return say(.tooMuch, ["event": shown(event, of: line)])
        case .differs(let difference):
            return say(
                .differs,
                [
                    "missing": "\(difference.missing)", "extra": "\(difference.extra)",
                    "changed": "\(difference.changed)",
                ])
        case .noGolden(let path): return say(.noGolden, ["file": path])
        }
    }

    // MARK: Parts

    /// `+22s (2026-01-01T00:00:22.000Z)`.
    func time(_ instant: PlantInstant, of line: TestLine) -> String {
        "\(offset(instant, of: line)) (\(TimeText.utc(instant)))"
    }

    func offset(_ instant: PlantInstant, of line: TestLine) -> String {
        let milliseconds = line.offset(of: instant).nanoseconds / 1_000_000
        return (milliseconds < 0 ? "-" : "+") + Self.span(milliseconds: abs(milliseconds))
    }

    /// `1h2m3.5s`, as a test would write it.
    static func span(milliseconds: Int64) -> String {
        var text = ""
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        if hours > 0 { text += "\(hours)h" }
        if minutes > 0 { text += "\(minutes)m" }
        let seconds = milliseconds % 60_000
        if seconds > 0 || text.isEmpty { text += "\(ShownText.number(Double(seconds) / 1000))s" }
        return text
    }

    /// `NH3-301.L1/1 raise at +22s, 37`.
    func shown(_ event: AlarmEvent, of line: TestLine) -> String {
        let value = event.value.isNaN ? "" : " (\(Self.number(event.value)))"
        return "\(name(event)) at \(offset(event.occurredAt, of: line))\(value)"
    }

    func name(_ event: AlarmEvent) -> String {
        let rule = table.knows(event.rule) ? table.rule(event.rule).id : "?"
        let level = event.level == 0 || event.transition == .clear ? "" : ":\(event.level)"
        let reason = event.refusal == .none ? "" : " (\(event.refusal.word))"
        return "\(rule)/\(event.occurrence) \(event.transition.word)\(level)\(reason)"
    }

    /// Everything that a test can ask of it.
    func shown(_ standing: RuleStanding) -> String {
        var words = [say(standing.isActive ? .isActive : .isInactive), standing.state.word]
        if standing.isPending { words.append(say(.isPending)) }
        if standing.isUnknown { words.append(say(.isUnknown)) }
        if standing.level > 0 { words.append(say(.level, ["level": "\(standing.level)"])) }
        words.append(
            standing.value.isNaN ? say(.noValue) : say(.value, ["value": Self.number(standing.value)]))
        return words.joined(separator: ", ")
    }

    /// With every digit: a test is about the exact value.
    static func number(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    // MARK: Coverage and mutants

    func coverage(_ coverage: RuleCoverage) -> [String] {
        let paused = coverage.tally(.paused)
        var lines = [
            say(
                .coverage,
                [
                    "rules": "\(coverage.counted)", "raised": "\(coverage.tally(.raised).did)",
                    "cleared": "\(coverage.tally(.cleared).did)", "paused": "\(paused.did)",
                    "pausable": "\(paused.can)",
                ])
        ]
        for offset in table.rules.indices {
            let gaps = coverage.gaps(of: RuleIndex(offset: offset)).map(gap)
            guard !gaps.isEmpty else { continue }
            let rule = table.rules[offset]
            lines.append(
                "  "
                    + say(
                        .gap,
                        ["place": place(of: rule.location), "rule": rule.id, "gaps": gaps.joined(separator: ", ")]))
        }
        if coverage.left > 0 { lines.append(say(.stationRules, ["count": "\(coverage.left)"])) }
        return lines
    }

    private func gap(_ gap: RuleCoverage.Gap) -> String {
        switch gap {
        case .raised: say(.neverRaised)
        case .cleared: say(.neverCleared)
        case .paused: say(.neverPaused)
        }
    }

    private func place(of location: SourceLocation) -> String { "\(location.file):\(location.line)" }

    func survivor(_ mutant: Mutant) -> String {
        "  "
            + say(
                .survivor,
                ["place": place(of: mutant.location), "rule": mutant.name, "change": mutant.change])
    }

    func mutants(noticed: Int, survived: Int, tried: Int, of all: Int, seed: UInt64) -> String {
        var more = ""
        if tried < all { more += say(.chosen, ["tried": "\(tried)", "all": "\(all)", "seed": "\(seed)"]) }
        let notViable = tried - noticed - survived
        if notViable > 0 { more += say(.notViable, ["count": "\(notViable)"]) }
        return say(
            .hunted,
            ["tried": "\(tried)", "noticed": "\(noticed)", "survived": "\(survived)", "more": more])
    }
}
