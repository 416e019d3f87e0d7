import Foundation
import PlantModel
import SiteProfile
import Testing

private let rules = RuleFile.read(
    text: """
        - {derived: TWICE, op: linear, scale: 2, of: [LT-1]}
        - {id: LT-1.H, point: LT-1, kind: H, limit: 10, priority: HIGH}
        - {id: Tank 3 high, point: LT-3, kind: H, limit: 10, priority: HIGH}
        - {id: at, point: TWICE, kind: H, limit: 10, priority: HIGH}
        """, file: "rules.yaml"
).rules

private func read(_ text: String, file: String = "t.yaml") -> RuleTestFileResult {
    RuleTestFile.read(text: text, file: file, rules: rules)
}

private func assertion(_ sentence: String) throws -> RuleTestAssertion.Kind {
    let result = read("tests:\n- name: x\n  every: 1s\n  series: {LT-1: 1}\n  expect:\n  - \(sentence)\n")
    #expect(result.diagnostics.map(\.description) == [])
    return try #require(result.tests.first?.assertions.first).kind
}

private func event(
    _ rule: String, _ transition: AlarmEvent.Transition, of occurrence: UInt32? = nil, level: UInt8? = nil,
    _ text: String
) -> RuleTestEvent {
    RuleTestEvent(rule: rule, occurrence: occurrence, transition: transition, level: level, text: text)
}

private let raise = event("LT-1.H", .raise, "LT-1.H raise")

@Suite struct `An assertion` {
    @Test(
        arguments: [
            ("at +1m30s LT-1.H is active", .active, false),
            ("at +1m30s LT-1.H is not active", .active, true),
            ("at +1m30s LT-1.H is pending", .pending, false),
            ("at +1m30s LT-1.H is unknown", .unknown, false),
            ("at +1m30s LT-1.H is returnedUnacknowledged", .lifecycle(.returnedUnacknowledged), false),
            ("at +1m30s LT-1.H is value 12.5", .value(.equal, 12.5), false),
            ("at +1m30s LT-1.H is value >= -3", .value(.atLeast, -3), false),
            ("at +1m30s LT-1.H is level 2", .level(2), false),
        ] as [(String, RuleTestState, Bool)])
    func `asks how a rule stands`(sentence: String, state: RuleTestState, isNegated: Bool) throws {
        #expect(
            try assertion(sentence) == .state(at: .offset(90_000), rule: "LT-1.H", state, isNegated: isNegated))
    }

    @Test(
        arguments: [
            (
                "never LT-1.H raised in +0s..+21s",
                .never(
                    event("LT-1.H", .raise, "LT-1.H raised"), in: RuleTestSpan(from: .offset(0), to: .offset(21_000)))
            ),
            ("never LT-1.H raise", .never(raise, in: nil)),
            (
                "count LT-1.H raise <= 2 in +1h..",
                .count(
                    raise, .atMost, 2, in: RuleTestSpan(from: .offset(3_600_000), to: nil))
            ),
            ("LT-1.H raise before LT-1.H clear", .before(raise, event("LT-1.H", .clear, "LT-1.H clear"))),
            (
                "LT-1.H/2 raise within 1.5s after at/1 escalate:3",
                .within(
                    event("LT-1.H", .raise, of: 2, "LT-1.H/2 raise"), milliseconds: 1500, .after,
                    .event(event("at", .escalate, of: 1, level: 3, "at/1 escalate:3")))
            ),
            (
                "LT-1.H raise within 10s of 2026-01-01T00:00:22.000Z",
                .within(
                    raise, milliseconds: 10_000, .of, .time(.instant(1_767_225_622_000)))
            ),
            ("no transition while bad", .quietWhileBad(rule: nil)),
            ("no transition of LT-1.H while bad", .quietWhileBad(rule: "LT-1.H")),
            ("'never \"Tank 3 high\" raise'", .never(event("Tank 3 high", .raise, "Tank 3 high raise"), in: nil)),
            ("golden: out.csv", .golden(path: "out.csv", shown: "out.csv")),
        ] as [(String, RuleTestAssertion.Kind)])
    func `asks for events`(sentence: String, kind: RuleTestAssertion.Kind) throws {
        #expect(try assertion(sentence) == kind)
    }

    @Test func `lists a sequence, whole or in part`() throws {
        let kind = try assertion("{sequence: [LT-1.H raise at +5s, LT-1.H clear], exact: true, of: [LT-1.H]}")
        guard case .sequence(let steps, true, ["LT-1.H"]) = kind else {
            Issue.record("\(kind)")
            return
        }
        #expect(steps.map(\.text) == ["LT-1.H raise at +5s", "LT-1.H clear"])
        #expect(steps.map(\.time) == [.offset(5000), nil])
    }

    @Test(arguments: [
        (
            "at 22 LT-1.H is active",
            "6:8: error: expected a time, an offset such as +1m30s, or 2026-01-01T00:00:22.000Z, found \"22\""
        ),
        (
            "at +5x LT-1.H is active",
            "6:8: error: expected a time, an offset such as +1m30s, or 2026-01-01T00:00:22.000Z, found \"+5x\""
        ),
        ("at +5s LT-1.HH is active", "6:12: error: no rule is called \"LT-1.HH\"; \"LT-1.H\" is one"),
        ("at +5s LT-1.H was active", "6:19: error: expected is, found \"was\""),
        (
            "at +5s LT-1.H is known",
            "6:22: error: expected one of active inactive pending unknown normal unacknowledged acknowledged returnedUnacknowledged latchedUnacknowledged latchedAcknowledged value level, found \"known\""
        ),
        ("at +5s LT-1.H is value high", "6:28: error: expected a number, found \"high\""),
        (
            "never LT-1.H rises",
            "6:18: error: expected one of raise clear escalate de-escalate acknowledge unacknowledge reset re-alarm comment retire shelve unshelve refused, found \"rises\""
        ),
        ("never LT-1.H raise in 5s", "6:27: error: expected a range such as +0s..+21s, found \"5s\""),
        ("count LT-1.H raise 2", "6:24: error: expected one of = != >= <= > <, found \"2\""),
        ("count LT-1.H raise = two", "6:26: error: expected a whole number, found \"two\""),
        ("LT-1.H raise after LT-1.H clear", "6:18: error: expected before or within, found \"after\""),
        ("LT-1.H raise within 5 of +1s", "6:25: error: expected a time such as 10s or 1m30s, found \"5\""),
        ("LT-1.H raise within 5s", "6:27: error: expected of, after or before, found the end of the line"),
        ("no transition when bad", "6:19: error: expected while bad, found \"when\""),
        ("no transition while bad weather", "6:29: error: expected the end of the line, found \"weather\""),
        ("golden: 5\n    exact: true", "7:5: error: unknown key \"exact\"; the keys here are golden"),
        (
            "sequence: [LT-1.H raise, at raise]\n    of: [LT-1.H]",
            "6:30: error: the sequence is of other rules; adding at there would do"
        ),
        ("sequence: []", "6:15: error: the sequence is empty; with \"exact: true\" it means that nothing may come"),
        ("[1]", "6:5: error: an assertion must be a line of words, found a list"),
    ])
    func `that cannot be read is refused at the very word`(sentence: String, line: String) {
        let result = read("tests:\n- name: x\n  every: 1s\n  series: {LT-1: 1}\n  expect:\n  - \(sentence)\n")
        #expect(result.diagnostics.map(\.description) == ["t.yaml:\(line)"])
    }

    @Test func `of no known form names the forms`() throws {
        let result = read("tests:\n- name: x\n  every: 1s\n  series: {LT-1: 1}\n  expect: [whatever comes]\n")
        let message = try #require(result.diagnostics.first?.description)
        #expect(message.hasPrefix("t.yaml:5:12: error: an assertion is one of: at TIME RULE is STATE; never EVENT"))
    }
}

@Suite struct `The input of a test` {
    private func rows(_ input: String) throws -> [RuleTestRow] {
        let result = read("tests:\n- name: x\n\(input)\n  expect: [no transition while bad]\n")
        #expect(result.diagnostics.map(\.description) == [])
        guard case .rows(let rows) = try #require(result.tests.first).input else { return [] }
        return rows
    }

    @Test func `is drawn in columns, one for each step`() throws {
        let found = try rows("  every: 500ms\n  series: {LT-1: 8 26x2 9+4x3 ? 7~, LT-3: _x6 5-0.5x2}")
        let drawn = found.map { row in
            guard case .offset(let time) = row.time else { return "?" }
            return
                "\(time) \(row.point) \(row.quality == .bad ? "?" : "\(row.value)\(row.quality == .good ? "" : "~")")"
        }
        #expect(
            drawn == [
                "0 LT-1 8.0", "500 LT-1 26.0", "1000 LT-1 26.0", "1500 LT-1 9.0", "2000 LT-1 13.0", "2500 LT-1 17.0",
                "3000 LT-1 ?", "3000 LT-3 5.0", "3500 LT-1 7.0~", "3500 LT-3 4.5",
            ])
    }

    @Test func `stands in rows as a recording has them`() throws {
        let found = try rows(
            """
              rows: |
                time,point,value,quality
                +0s,LT-1,8

                +1.5s,LT-1,,BAD
                +2s,LT-3,9.5,UNCERTAIN
            """)
        #expect(found.map(\.time) == [.offset(0), .offset(1500), .offset(2000)])
        #expect(found.map(\.point) == ["LT-1", "LT-1", "LT-3"])
        #expect(found.map(\.quality) == [.good, .bad, .uncertain])
        #expect(found[0].value == 8 && found[1].value.isNaN && found[2].value == 9.5)
    }

    @Test func `every mistake of a file is told at once, at its line`() {
        let result = read(
            """
            tests:
              - name: rows
                rows: |
                  +0s,LT-1,8
                  +1,LT-1,8
                  +2s,LT-9,8
                  +3s,TWICE,8
                  +4s,LT-1,8,good
                  +5s,LT-1
                  +3s,LT-1,1
                expect: [no transition while bad]
              - name: series
                every: 0s
                series: {LT-2: 5 6y, LT-1: 5x0}
                expect: []
              - name: files
                recording: nowhere.csv
                rows: |
                  +0s,LT-1,8
                expect: [no transition while bad]
              - recording: nowhere.csv
                every: 1s
                expectations: []
              - name: acts
                every: 1s
                series: {LT-1: 5}
                until: later
                do:
                  - {at: +1s, acknowledge: LT-1.L}
                  - {at: +1s, acknowledge: LT-1.H, reset: LT-1.H}
                  - {acknowledge: LT-1.H, who: me}
                expect: [no transition while bad]
            test: 5
            """)
        #expect(
            result.diagnostics.map(\.description) == [
                "t.yaml:5:7: error: expected a time, an offset such as +1m30s, or 2026-01-01T00:00:22.000Z; found \"+1\"",
                "t.yaml:6:11: error: no rule reads a point \"LT-9\"; \"LT-1\" is one",
                "t.yaml:7:11: error: point \"TWICE\" is derived by the rules; it is computed, not recorded",
                "t.yaml:8:18: error: quality \"good\" is none of GOOD, UNCERTAIN, BAD",
                "t.yaml:9:7: error: a row is time,point,value or time,point,value,quality; found 2 columns",
                "t.yaml:13:12: error: every must be a time such as 500ms or 1s, found 0s",
                "t.yaml:14:14: error: no rule reads a point \"LT-2\"; \"LT-1\" is one",
                "t.yaml:14:22: error: expected a value such as 26, 26x5, 9+4x12, 26~ (uncertain), ? (bad) or _ (no row), "
                    + "found \"6y\"",
                "t.yaml:14:32: error: expected a value such as 26, 26x5, 9+4x12, 26~ (uncertain), ? (bad) or _ (no row), "
                    + "found \"5x0\"",
                "t.yaml:18:11: error: a test has one input: recording, script, rows or series; found recording and rows",
                "t.yaml:21:5: error: a test needs \"name\"",
                "t.yaml:21:5: error: a test needs \"expect\"",
                "t.yaml:21:16: error: no such file: nowhere.csv",
                "t.yaml:22:12: error: every goes with \"series\"; leaving it out would do",
                "t.yaml:23:5: error: unknown key \"expectations\"; the keys here are name recording script rows series "
                    + "every start until do expect",
                "t.yaml:27:12: error: until must be a time, an offset such as +1m30s, or 2026-01-01T00:00:22.000Z; "
                    + "found later",
                "t.yaml:29:32: error: no rule is called \"LT-1.L\"; \"LT-1.H\" is one",
                "t.yaml:30:9: error: an act has one of acknowledge unacknowledge reset comment shelve unshelve; found 2",
                "t.yaml:31:9: error: an act needs \"at\"",
                "t.yaml:31:31: error: unknown key \"who\"; the keys here are at acknowledge comment",
                "t.yaml:33:1: error: unknown key \"test\"; the keys here are tests",
            ])
    }
}
