import PlantModel

/// From the words of an assertion to what it asks: `at +22s NH3-301.L1 is active`.
struct AssertionSentence {
    var sentence: TestSentence
    let names: TestNames

    private static let forms =
        "at TIME RULE is STATE; never EVENT in A..B; count EVENT = n; EVENT before EVENT; EVENT within 10s of TIME or "
        + "EVENT; no transition while bad"
    private static let transitions = AlarmEvent.Transition.allCases.map(\.word).joined(separator: " ")

    mutating func kind() throws(SentenceRefusal) -> RuleTestAssertion.Kind {
        let kind: RuleTestAssertion.Kind
        if sentence.take("at") {
            kind = try state()
        } else if sentence.take("never") {
            kind = .never(try event(), in: try span())
        } else if sentence.take("count") {
            kind = .count(
                try event(), try comparison(), try take("a whole number", Self.count), in: try span())
        } else if sentence.take("no") {
            kind = try quiet()
        } else {
            kind = try order()
        }
        try finish()
        return kind
    }

    func finish() throws(SentenceRefusal) {
        if !sentence.isAtEnd { throw expected("the end of the line") }
    }

    // MARK: Forms

    private mutating func state() throws(SentenceRefusal) -> RuleTestAssertion.Kind {
        let time = try time()
        let rule = try rule()
        guard sentence.take("is") else { throw expected("is") }
        let isNegated = sentence.take("not")
        return .state(at: time, rule: rule, try stand(), isNegated: isNegated)
    }

    private mutating func stand() throws(SentenceRefusal) -> RuleTestState {
        let words: [(String, RuleTestState)] =
            [("active", .active), ("inactive", .inactive), ("pending", .pending), ("unknown", .unknown)]
            + AlarmState.allCases.map { ($0.word, .lifecycle($0)) }
        for (word, state) in words where sentence.take(word) { return state }
        if sentence.take("level") { return .level(try take("a level from 0 to 255") { UInt8($0) }) }
        if sentence.take("value") {
            let comparison = try? comparison()
            return .value(comparison ?? .equal, try take("a number", Self.number))
        }
        throw expected("one of \(words.map(\.0).joined(separator: " ")) value level")
    }

    private mutating func quiet() throws(SentenceRefusal) -> RuleTestAssertion.Kind {
        guard sentence.take("transition") else { throw expected("transition") }
        let rule = sentence.take("of") ? try rule() : nil
        guard sentence.take("while"), sentence.take("bad") else { throw expected("while bad") }
        return .quietWhileBad(rule: rule)
    }

    private mutating func order() throws(SentenceRefusal) -> RuleTestAssertion.Kind {
        // A slip in the first word makes any sentence an event; then the forms say more than a missing rule does.
        guard let first = sentence.first, first.isQuoted || names.couldBeRule(first.text) else {
            throw SentenceRefusal(sentence.next, "an assertion is one of: \(Self.forms); found \(sentence.found)")
        }
        let event = try event()
        if sentence.take("before") { return .before(event, try self.event()) }
        guard sentence.take("within") else { throw expected("before or within") }
        let span = try take("a time such as 10s or 1m30s") { TestTimeText.span($0) }
        guard let side = RuleTestSide.allCases.first(where: { sentence.take($0.rawValue) }) else {
            throw expected("of, after or before")
        }
        if let word = sentence.first, !word.isQuoted, let time = TestTimeText.time(word.text) {
            _ = sentence.word()
            return .within(event, milliseconds: span, side, .time(time))
        }
        return .within(event, milliseconds: span, side, .event(try self.event()))
    }

    // MARK: Parts

    /// `RULE[/occurrence] transition[:level]`.
    mutating func event() throws(SentenceRefusal) -> RuleTestEvent {
        let place = sentence.next
        guard let word = sentence.word() else { throw expected("an event such as RULE raise") }
        var (rule, occurrence) = (word.text, UInt32?.none)
        if !names.hasRule(rule), let slash = rule.lastIndex(of: "/"),
            let number = UInt32(rule[rule.index(after: slash)...])
        {
            (rule, occurrence) = (String(rule[..<slash]), number)
        }
        try names.checkRule(rule, at: place)
        let text = sentence.first.map { "\(word.text) \($0.text)" } ?? word.text
        let (transition, level) = try take("one of \(Self.transitions)", Self.transition)
        return RuleTestEvent(rule: rule, occurrence: occurrence, transition: transition, level: level, text: text)
    }

    mutating func time() throws(SentenceRefusal) -> RuleTestTime {
        try take("a time, \(TestTimeText.advice)") { TestTimeText.time($0) }
    }

    private mutating func rule() throws(SentenceRefusal) -> String {
        let place = sentence.next
        guard let word = sentence.word() else { throw expected("the name of a rule") }
        try names.checkRule(word.text, at: place)
        return word.text
    }

    private mutating func span() throws(SentenceRefusal) -> RuleTestSpan? {
        guard sentence.take("in") else { return nil }
        return try take("a range such as +0s..+21s") { TestTimeText.range($0) }
    }

    private mutating func comparison() throws(SentenceRefusal) -> TestComparison {
        guard let match = TestComparison.allCases.first(where: { sentence.take($0.rawValue) }) else {
            throw expected("one of \(TestComparison.allCases.map(\.rawValue).joined(separator: " "))")
        }
        return match
    }

    // MARK: Words

    /// Takes the next word as the thing it must be.
    private mutating func take<Value>(
        _ what: String, _ read: (String) -> Value?
    ) throws(SentenceRefusal) -> Value {
        guard let word = sentence.first, let value = read(word.text) else { throw expected(what) }
        _ = sentence.word()
        return value
    }

    private func expected(_ words: String) -> SentenceRefusal {
        SentenceRefusal(sentence.next, "expected \(words), found \(sentence.found)")
    }

    private static func count(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }

    private static func number(_ text: String) -> Double? {
        TableReader.decimal(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The word of an event, or the same said of the past, and its level: `raise`, `raised`, `escalate:2`.
    private static func transition(_ text: String) -> (AlarmEvent.Transition, level: UInt8?)? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let match = AlarmEvent.Transition.allCases.first {
            parts[0] == $0.word || parts[0] == $0.word + ($0.word.hasSuffix("e") ? "d" : "ed")
        }
        guard let match else { return nil }
        guard parts.count > 1 else { return (match, nil) }
        return UInt8(parts[1]).flatMap { $0 > 0 ? (match, $0) : nil }
    }
}
