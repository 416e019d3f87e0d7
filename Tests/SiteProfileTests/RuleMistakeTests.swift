import SiteProfile
import Testing

private func rule(_ keys: String) -> String { "- {id: X, point: A, priority: LOW, \(keys)}" }
private let member = "- {id: M, point: A, kind: H, limit: 1, priority: LOW}\n"

/// A text, and the one line it must bring.
struct Mistake: Sendable, CustomTestStringConvertible {
    let text: String
    let line: String

    var testDescription: String { line }

    init(_ text: String, _ line: String) {
        self.text = text
        self.line = line
    }
}

private func withMember(_ keys: String) -> String { "\(member)\(rule(keys))" }
private func memberBelow(_ keys: String) -> String { "\(rule(keys))\n\(member)" }
private func derivedBelow(_ keys: String) -> String { "\(rule(keys))\n- {derived: A, op: linear, of: [B]}" }

private let table: [Mistake] = [
    // What a rule must say.
    Mistake("- {point: A, kind: H, limit: 1, priority: LOW}", "1:3: error: a rule needs \"id\""),
    Mistake("- {id: X, point: A, limit: 1, priority: LOW}", "1:3: error: a rule needs \"kind\""),
    Mistake("- {id: X, point: A, kind: H, limit: 1}", "1:3: error: a rule needs \"priority\""),
    Mistake(rule("kind: H"), "1:3: error: kind H needs \"limit\""),
    Mistake(rule("kind: STALE"), "1:3: error: kind STALE needs \"max_age_s\""),
    Mistake(rule("kind: ROC, limit: 1"), "1:3: error: kind ROC needs \"window_s\""),
    Mistake(rule("kind: STATE"), "1:3: error: kind STATE needs \"states\" or \"bit\""),
    Mistake(
        rule("kind: STATE, bit: 1, states: [1]"), "1:54: error: kind STATE takes \"states\" or \"bit\", found both"),
    Mistake(rule("kind: STATE, states: []"), "1:57: error: states must name at least one number"),
    Mistake(
        rule("kind: STATE, states: [1], invert: true"),
        "1:70: error: invert goes with \"bit\"; leaving it out would do"
    ),
    // Keys.
    Mistake(
        rule("kind: BAD_QUALITY, deadband: 0"),
        "1:55: error: kind BAD_QUALITY does not use \"deadband\"; leaving it out would do"
    ),
    Mistake(
        rule("kind: EXPECT, on_delay_s: 1, when: M, within_s: 1, states: [1]"),
        "1:50: error: kind EXPECT does not use \"on_delay_s\"; leaving it out would do"
    ),
    Mistake(rule("kind: H, limit: 1, dead_band: 2"), "1:55: error: unknown key \"dead_band\"; \"deadband\" is known"),
    Mistake(
        rule("kind: ROC, limit: 1, method: ewma, tau_s: 3, window_s: 3"),
        "1:91: error: method ewma does not use \"window_s\"; \"tau_s\" would do"
    ),
    Mistake(
        rule("kind: ROC, limit: 1, tau_s: 3, window_s: 3"),
        "1:64: error: method least_squares does not use \"tau_s\"; \"window_s\" would do"
    ),
    // Numbers.
    Mistake(rule("kind: H, limit: .nan"), "1:52: error: limit must be a finite number, found .nan"),
    Mistake(rule("kind: H, limit: 1e400"), "1:52: error: limit must be a finite number, found 1e400"),
    Mistake(rule("kind: H, limit: 0x1p3"), "1:52: error: limit must be a number, found 0x1p3"),
    Mistake(rule("kind: H, limit: \"10\""), "1:52: error: limit must be a number, found the text \"10\""),
    Mistake(rule("kind: H, limit: "), "1:52: error: limit must be a number, found nothing"),
    Mistake(rule("kind: H, limit: [1]"), "1:52: error: limit must be a number, found a list"),
    Mistake(rule("kind: ROC, limit: 0, window_s: 5"), "1:54: error: limit of ROC must be more than 0, found 0"),
    Mistake(rule("kind: STATE, bit: 53"), "1:54: error: bit must lie in 0 to 52, found 53"),
    Mistake(rule("kind: STATE, bit: 1.5"), "1:54: error: bit must be a whole number, found 1.5"),
    Mistake(rule("kind: H, limit: 1, silent: yes"), "1:63: error: silent must be true or false, found yes"),
    Mistake(
        rule("kind: TWA, limit: 1, window_s: 9, max_age_s: 1, min_good: 2"),
        "1:94: error: min_good must lie in 0 to 1, found 2"
    ),
    Mistake(
        rule("kind: TIME_TO, limit: 1, horizon_s: 9, clear_horizon_s: 8, window_s: 5"),
        "1:92: error: clear_horizon_s must be at least horizon_s 9 s, found 8 s"
    ),
    // Spans of time.
    Mistake(
        rule("kind: H, limit: 1, on_delay_s: 0.0005"),
        "1:67: error: on_delay_s must be a whole number of milliseconds, found 0.0005 s"
    ),
    Mistake(rule("kind: H, limit: 1, on_delay_s: -1"), "1:67: error: on_delay_s must not be negative, found -1"),
    Mistake(rule("kind: STALE, max_age_s: 0"), "1:60: error: max_age_s must be more than 0, found 0"),
    Mistake(
        rule("kind: STALE, max_age_s: 1e12"),
        "1:60: error: max_age_s must be at most 100 years, found 1000000000000 s"
    ),
    // References.
    Mistake(rule("kind: VOTE, of: [M], m: 1"), "1:53: error: of names \"M\", and no rule has that id"),
    Mistake(rule("kind: VOTE, of: [], m: 1"), "1:52: error: of must name at least one rule"),
    Mistake(
        withMember("kind: VOTE, of: [M], m: 2"),
        "2:60: error: m must lie in 1 to 1, the number of rules in \"of\"; found 2"
    ),
    Mistake(withMember("kind: VOTE, of: [M, M], m: 1"), "2:56: error: of names \"M\" twice; once would do"),
    Mistake(rule("kind: VOTE, of: [X], m: 1"), "1:53: error: of names itself; above its use would do"),
    Mistake(
        memberBelow("kind: VOTE, of: [M], m: 1"),
        "1:53: error: of names rule \"M\", which stands below; above its use would do"
    ),
    Mistake(
        withMember("kind: LADDER, levels: [M]"),
        "2:59: error: levels names \"M\", which writes events of its own; \"silent: true\" there would do"
    ),
    Mistake(
        rule("kind: DEVIATION, other: A, limit: 1, max_age_s: 1"),
        "1:60: error: other must be another point than \"A\""
    ),
    Mistake(
        derivedBelow("kind: H, limit: 1"),
        "1:18: error: point names derived point \"A\", which stands below; above its use would do"
    ),
    // Derived points.
    Mistake("- {derived: D, of: [A]}", "1:3: error: a derived point needs \"op\""),
    Mistake(
        "- {derived: D, op: root, of: [A]}",
        "1:20: error: op must be one of sum difference linear table mean counter unwrap product inverse min max slope, "
            + "found root"
    ),
    Mistake("- {derived: D, op: sum, of: [A, B]}", "1:3: error: a derived point of several inputs needs \"max_age_s\""),
    Mistake("- {derived: D, op: difference, of: [A]}", "1:36: error: op difference takes 2 points, found 1"),
    Mistake("- {derived: D, op: table, of: [A], x: [0, 0], y: [1, 2]}", "1:39: error: x must rise from entry to entry"),
    Mistake(
        "- {derived: D, op: table, of: [A], x: [0], y: [1, 2]}",
        "1:47: error: x and y must have the same number of entries, found 1 and 2"
    ),
    Mistake("- {derived: D, op: unwrap, of: [A], period: 0}", "1:45: error: period must be more than 0, found 0"),
    Mistake(
        "- {derived: D, op: sum, of: [A], scale: 2}",
        "1:34: error: op sum does not use \"scale\"; leaving it out would do"
    ),
    // The file itself.
    Mistake("", "1:1: error: the file is empty"),
    Mistake("# nothing but a comment\n", "1:1: error: the file is empty"),
    Mistake("[]", "1:1: error: the list of rules is empty"),
    Mistake("id: X", "1:1: error: a rule file must be a list of rules, found a mapping"),
    Mistake("- 5", "1:3: error: an entry must be a mapping, found 5"),
    Mistake("- {id: X, id: Y}", "1:4: error: key \"id\" stands more than once in one mapping; once would do"),
    Mistake("- {id: X\n- {id: Y}", "2:3: error: not YAML: did not find expected ',' or '}'"),
    Mistake("- a\n--- \n- b", "2:1: error: not YAML: but found another document"),
    Mistake("- {[1]: 2}", "1:4: error: found a list as a key; a plain word would do"),
    Mistake("- *nobody", "1:3: error: not YAML: found undefined alias"),
]

@Suite struct `A mistake in a rule file` {
    @Test(arguments: table)
    func `is told in one line that says where, what was found and what would do`(mistake: Mistake) {
        #expect(mistakes(mistake.text) == ["rules.yaml:\(mistake.line)"])
    }

    @Test(arguments: [
        (
            [0x2D, 0x20, 0xB0, 0xB1],
            "1:3: error: found byte 0xB0 that is not UTF-8 (a GBK file?); saving the file as UTF-8 would do"
        ),
        (
            [0x2D, 0x0A, 0x2D, 0x20, 0xC4],
            "2:3: error: found byte 0xC4 that is not UTF-8 (a GBK file?); saving the file as UTF-8 would do"
        ),
        ([0x2D, 0x20, 0x00], "1:3: error: found a NUL byte; a text file in UTF-8 would do"),
    ])
    func `of encoding is told at its byte`(bytes: [UInt8], line: String) {
        #expect(
            RuleFile.read(bytes: bytes, file: "rules.yaml").diagnostics.map(\.description) == ["rules.yaml:\(line)"])
    }

    @Test func `a file of more than 16 MiB is not parsed`() {
        let bytes = [UInt8](repeating: 0x23, count: 16_777_217)
        #expect(
            RuleFile.read(bytes: bytes, file: "rules.yaml").diagnostics.map(\.description) == [
                "rules.yaml:1:1: error: the file has 16777217 bytes; 16 MiB is the most that is read"
            ])
    }

    @Test func `nesting beyond 32 levels is refused, however deep it goes`() {
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(mistakes(deep) == ["rules.yaml:1:33: error: nested deeper than 32 levels"])
        let deeper = String(repeating: "[", count: 100_000)
        #expect(mistakes(deeper).map { $0.hasSuffix("nested deeper than 32 levels") } == [true])
    }

    @Test func `a bomb of aliases is refused before it unfolds`() {
        var text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "- &a\(level) [\(uses)]\n"
        }
        #expect(mistakes(text) == ["rules.yaml:1:3: error: aliases are used more than 1000 times"])
        #expect(
            mistakes(text + "- {? *a12 : boom}\n") == [
                "rules.yaml:14:4: error: found a key that is an alias, a list or a mapping; a plain word would do"
            ])
    }

    @Test func `a large value that few aliases multiply is refused too`() {
        let long = Array(repeating: "x", count: 50_000).joined(separator: ", ")
        #expect(
            mistakes("- &a [\(long)]\n- [*a, *a, *a, *a]").map {
                $0.hasSuffix("aliases add more than 200000 values to the file")
            }
                == [true])
    }
}
