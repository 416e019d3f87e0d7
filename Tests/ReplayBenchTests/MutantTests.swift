import PlantModel
import ReplayBench
import SiteProfile
import Testing

private let rule = """
    - {id: T.H, point: T, kind: H, limit: 10, deadband: 2, on_delay_s: 2, off_delay_s: 1, priority: HIGH}
    """

private func survivors(of rules: String, _ series: String, _ expect: [String]) throws -> [String] {
    let bench = try TestBench(rules: rules, series: series, expect: expect)
    #expect(try bench.failed() == [])
    let mutants = Mutant.all(of: bench.rules, ranges: [:])
    let fates = MutantHunt(bench.bench, rules: bench.rules, lines: bench.lines).fates(of: mutants) { _ in }
    return zip(mutants, fates).filter { $0.1 == .survived }.map(\.0.change)
}

private func changes(_ text: String, ranges: [String: ClosedRange<Double>] = [:]) -> [String] {
    Mutant.all(of: RuleFile.read(text: text, file: "r.yaml").rules, ranges: ranges).map(\.change)
}

@Suite struct `Mutants of a rule` {
    @Test func `live through a weak test and die of a better one`() throws {
        let weak = try survivors(of: rule, "T: 5x2 25x8 0x5", ["at +9s T.H is active", "at +14s T.H is inactive"])
        #expect(
            weak == [
                "limit 10 -> 12", "limit 10 -> 8", "deadband 2 -> 0", "deadband 2 -> 4", "on_delay_s 2 -> 0",
                "on_delay_s 2 -> 3", "off_delay_s 1 -> 0", "off_delay_s 1 -> 1.5",
            ])
        let better = try survivors(
            of: rule, "T: 5 9x4 10x6 8x3 7x3",
            [
                "never T.H raise in ..+6s", "T.H raise within 0s of +7s", "T.H clear within 0s of +15s",
                "at +13s T.H is active",
            ])
        #expect(better == [])
    }

    @Test(
        arguments: [
            ("{id: R, point: T, kind: H, limit: 10, priority: LOW}", ["limit 10 -> 15", "limit 10 -> 5"]),
            ("{id: R, point: U, kind: H, limit: 10, priority: LOW}", ["limit 10 -> 10.5", "limit 10 -> 9.5"]),
            ("{id: R, point: U, kind: L, limit: 0, priority: LOW}", ["limit 0 -> 1", "limit 0 -> -1"]),
            (
                "{id: R, point: T, kind: H, limit: 10, clamp_above: 8, priority: LOW}",
                [
                    "limit 10 -> 15", "limit 10 -> 5", "clamp_above 8 -> -",
                ]
            ),
            // A clamp at or above the limit says nothing that the limit does not.
            (
                "{id: R, point: T, kind: H, limit: 10, clamp_above: 10, priority: LOW}",
                ["limit 10 -> 15", "limit 10 -> 5"]
            ),
            ("{id: R, point: T, kind: STATE, bit: 2, priority: LOW}", ["invert false -> true"]),
            ("{id: R, point: T, kind: STATE, states: [1, 3], priority: LOW}", ["states [1, 3] -> [2, 4]"]),
            (
                "{id: R, point: T, kind: STALE, max_age_s: 5, priority: LOW}",
                ["max_age_s 5 -> 2.5", "max_age_s 5 -> 7.5"]
            ),
            (
                "{id: R, point: T, kind: ROC, limit: 2, window_s: 10, priority: LOW}",
                [
                    "limit 2 -> 2.1", "limit 2 -> 1.9", "window_s 10 -> 5",
                ]
            ),
            (
                "{id: R, point: T, kind: ROC, limit: 2, method: ewma, tau_s: 10, priority: LOW}",
                [
                    "limit 2 -> 2.1", "limit 2 -> 1.9", "tau_s 10 -> 5",
                ]
            ),
            ("{id: R, point: T, kind: FROZEN, window_s: 10, min_span: 0, priority: LOW}", ["window_s 10 -> 5"]),
            (
                "{id: R, point: T, kind: TWA, limit: 2, window_s: 10, max_age_s: 5, priority: LOW}",
                [
                    "limit 2 -> 7", "limit 2 -> -3", "window_s 10 -> 5",
                ]
            ),
            (
                "{id: R, point: T, kind: TIME_TO, limit: 20, horizon_s: 60, window_s: 10, priority: LOW}",
                [
                    "limit 20 -> 25", "limit 20 -> 15", "horizon_s 60 -> 30", "horizon_s 60 -> 90", "window_s 10 -> 5",
                ]
            ),
            (
                "{id: R, point: T, kind: DEVIATION, other: U, limit: 2, deadband: 1, max_age_s: 5, priority: LOW}",
                [
                    "limit 2 -> 3", "limit 2 -> 1", "deadband 1 -> 0", "deadband 1 -> 2",
                ]
            ),
        ] as [(String, [String])])
    func `change one thing each`(entry: String, expected: [String]) {
        #expect(changes("- \(entry)", ranges: ["T": 0...100]) == expected)
    }

    @Test func `of rules on rules change votes, counts and expected answers`() {
        let members = ["A", "B", "C"].map {
            "- {id: \($0), point: T, kind: BAD_QUALITY, silent: true, priority: LOW}\n"
        }
        let text =
            members.joined() + """
                - {id: V, point: T, kind: VOTE, of: [A, B, C], m: 2, priority: LOW}
                - {id: N, point: T, kind: COUNT, of: [A], n: 1, window_s: 10, priority: LOW}
                - {id: E, point: T, kind: EXPECT, when: A, within_s: 10, states: [1], priority: LOW}
                - {derived: M, op: mean, of: [T], window_s: 60}
                """
        #expect(
            changes(text) == [
                "m 2 -> 1", "m 2 -> 3", "on_bad drop -> trip", "n 1 -> 2", "window_s 10 -> 5", "states [1] -> [2]",
                "within_s 10 -> 5", "within_s 10 -> 15", "window_s 60 -> 30",
            ])
    }

    @Test func `reach the rules that name the changed one`() throws {
        let rules = """
            - {derived: M, op: mean, of: [T], window_s: 4}
            - {id: A, point: M, kind: H, limit: 12, silent: true, priority: LOW}
            - {id: V, point: T, kind: VOTE, of: [A], m: 1, priority: LOW}
            - {id: Z, point: T, kind: H, limit: 50, priority: LOW}
            """
        // The mean of five rows reaches 12 with the fourth 15; that of half the window reaches it a second earlier.
        let left = try survivors(of: rules, "T: 0x4 15x6", ["V raise within 0s of +7s"])
        #expect(!left.contains("window_s 4 -> 2"))
        #expect(!left.contains("limit 12 -> 12.6"))
        #expect(left.contains("limit 50 -> 52.5"))
    }

    @Test func `are sampled the same for the same seed, in their order`() {
        let all = Mutant.all(
            of: RuleFile.read(
                text: (1...40).map { "- {id: R\($0), point: T, kind: H, limit: \($0), priority: LOW}\n" }.joined(),
                file: "r.yaml"
            ).rules, ranges: [:])
        let some = Mutant.sample(all, 10, seed: 7)
        #expect(some.count == 10)
        #expect(some == Mutant.sample(all, 10, seed: 7))
        #expect(some != Mutant.sample(all, 10, seed: 8))
        #expect(some.map(\.place) == some.map(\.place).sorted())
        #expect(Mutant.sample(all, 1000, seed: 7) == all)
    }

    @Test func `keep their line, and have the same fate however often they are tried`() throws {
        let bench = try TestBench(rules: rule, series: "T: 5x2 25x8 0x5", expect: ["at +9s T.H is active"])
        let mutants = Mutant.all(of: bench.rules, ranges: [:])
        #expect(mutants.allSatisfy { $0.location.description == "rules.yaml:1:3" && $0.name == "T.H" })
        let hunt = MutantHunt(bench.bench, rules: bench.rules, lines: bench.lines)
        let first = hunt.fates(of: mutants) { _ in }
        for _ in 0..<5 { #expect(hunt.fates(of: mutants) { _ in } == first) }
    }
}

@Suite struct `Coverage of rules` {
    private func gaps(_ rules: String, _ series: String, stationPoints: Set<String> = []) throws -> [[RuleCoverage.Gap]]
    {
        let bench = try TestBench(rules: rules, series: series, expect: ["never T.H raise in ..+0s"])
        var coverage = RuleCoverage(bench.bench.table.rules, stationPoints: stationPoints)
        #expect(try bench.failures(coverage: &coverage).isEmpty)
        return bench.rules.rules.indices.map { coverage.gaps(of: RuleIndex(offset: $0)) }
    }

    @Test(
        arguments: [
            ("T: 5x3", [.raised, .cleared, .paused]), ("T: 5 12x3", [.cleared, .paused]), ("T: 5 12x3 5x3", [.paused]),
            // Bad while the on-delay runs, bad while active, bad while nothing is the matter.
            ("T: 5 12 ?x2 12x3", [.cleared]), ("T: 5 12x4 ?", [.cleared]),
            ("T: '?x3 5 ?'", [.raised, .cleared, .paused]),
            ("T: 5 12x4 ? 5x3", []),
        ] as [(String, [RuleCoverage.Gap])])
    func `sees what a rule never did`(series: String, expected: [RuleCoverage.Gap]) throws {
        #expect(try gaps(rule, series) == [expected])
    }

    @Test func `sees a pause that silence made between two rows`() throws {
        let patient = rule.replacing("priority", with: "max_age_s: 3, priority")
        #expect(try gaps(patient, "T: 5 12x4 _x4 12") == [[.cleared]])
        #expect(try gaps(rule, "T: 5 12x4 _x4 12") == [[.cleared, .paused]])
    }

    @Test func `asks no pause of kinds that are never unknown, and counts silent rules`() throws {
        let rules = """
            \(rule)
            - {id: T.BAD, point: T, kind: BAD_QUALITY, priority: HIGH}
            - {id: T.LOW, point: T, kind: L, limit: 1, silent: true, priority: LOW}
            """
        #expect(try gaps(rules, "T: 5 ? 5 0 ? 5") == [[.raised, .cleared, .paused], [], []])
    }

    @Test func `leaves out the rules of the station itself`() throws {
        let rules = "\(rule)\n- {id: sys.X, point: sys.link, kind: H, limit: 1, priority: HIGH}"
        #expect(try gaps(rules, "T: 5 12x4 ? 5x3", stationPoints: ["sys.link"]) == [[], []])
    }
}

@Suite struct `JUnit results` {
    @Test func `hold any text as XML can hold it`() {
        #expect(JUnitText.escaped("a < b & \"c\"\n\u{1}\u{FFFF}氨") == "a &lt; b &amp; &quot;c&quot;\n\u{FFFD}\u{FFFD}氨")
        #expect(JUnitText.escaped("a\nb\tc", inAttribute: true) == "a&#10;b&#9;c")
    }

    @Test func `count and name every test`() {
        let text = JUnitText.text([
            (
                "a.yaml",
                [
                    .init(name: "good <1>", file: "a.yaml", line: 3, seconds: 0.0124, failure: nil),
                    .init(
                        name: "bad", file: "a.yaml", line: 9, seconds: 1, failure: ("5 & 6", "line 1\nline ]]> 2")),
                ]
            )
        ])
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuites name="hazardctl test" tests="2" failures="1" errors="0" skipped="0" time="1.012">
                  <testsuite name="a.yaml" tests="2" failures="1" errors="0" skipped="0" time="1.012">
                    <testcase name="good &lt;1&gt;" classname="a.yaml" file="a.yaml" line="3" time="0.012"/>
                    <testcase name="bad" classname="a.yaml" file="a.yaml" line="9" time="1">
                      <failure message="5 &amp; 6">line 1
                line ]]&gt; 2</failure>
                    </testcase>
                  </testsuite>
                </testsuites>

                """)
    }
}
