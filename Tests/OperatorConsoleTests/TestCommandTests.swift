import Foundation
import PlantModel
import ReplayBench
import SiteProfile
import Testing

@testable import hazardctl

private let rules = """
    - {id: T.H, point: T, kind: H, limit: 10, deadband: 2, on_delay_s: 2, off_delay_s: 1, priority: HIGH}
    - {id: T.ROC, point: T, kind: ROC_RISE, limit: 3, window_s: 4, silent: true, priority: HIGH}
    - {id: T.V, point: T, kind: VOTE, of: [T.H, T.ROC], m: 2, priority: HIGH}
    """

/// The words for one assertion that does not hold, on 5 at 0 s, 12 from 2 s to 5 s, then bad.
private func words(_ sentence: String, _ language: Language = .english, series: String = "5x2 12x4 ?x2") throws
    -> [String]
{
    let set = RuleFile.read(text: rules, file: "rules.yaml").rules
    let bench = try RuleTestBench(Replay(rules: set))
    let tests = RuleTestFile.read(
        text: "tests:\n- name: one\n  every: 1s\n  series: {T: \(series)}\n  expect:\n  - \(sentence)\n",
        file: "t.yaml",
        rules: set)
    #expect(tests.diagnostics.map(\.description) == [])
    var maker = TestLineMaker(names: bench.table.names)
    let line = try maker.line(of: try #require(tests.tests.first))
    var coverage = RuleCoverage(bench.table.rules, stationPoints: [])
    let failure = try #require(try bench.failures(of: line, coverage: &coverage).first)
    return TestText(table: bench.table, language: language).failure(failure, of: line).split(separator: "\n")
        .map(String.init)
}

@Suite struct `A failed rule test` {
    @Test func `shows what was asked, what came, and the plant around it`() throws {
        #expect(
            try words("at +3s T.H is active") == [
                "t.yaml:6:5: at +3s T.H is active",
                "  at +3s (2026-01-01T00:00:03.000Z) it is inactive, normal, pending (on-delay runs or is paused), value 12",
                "  12 ≥ 10: the raise zone",
                "  on-delay: 1 of 2 s served, ends at +4s (2026-01-01T00:00:04.000Z)",
                "     TIME                      FROM START  WHAT         VALUE  QUALITY",
                "     2026-01-01T00:00:00.000Z         +0s  T                5  good",
                "     2026-01-01T00:00:01.000Z         +1s  T                5  good",
                "     2026-01-01T00:00:02.000Z         +2s  T               12  good",
                "  >  2026-01-01T00:00:03.000Z         +3s  T               12  good",
                "     2026-01-01T00:00:04.000Z         +4s  T               12  good",
                "     2026-01-01T00:00:04.000Z         +4s  T.H/1 raise     12",
                "     2026-01-01T00:00:05.000Z         +5s  T               12  good",
            ])
    }

    @Test(arguments: [
        ("at +1h T.H is active", "+1h (2026-01-01T01:00:00.000Z) lies outside the time line"),
        ("never T.H raised", "it came 1 time(s), first T.H/1 raise at +4s (12)"),
        ("count T.H raise = 2", "1 came: T.H/1 raise at +4s (12)"), ("count T.H clear = 2", "0 came"),
        ("T.H clear before T.H raise", "T.H clear never came"),
        ("T.H raise within 1s of +0s", "T.H/1 raise at +4s (12) is +4s from +0s (2026-01-01T00:00:00.000Z)"),
        ("{sequence: [T.H clear]}", "step 1, T.H clear, did not come"),
        ("{sequence: [T.H raise at +5s]}", "step 1, T.H raise at +5s, did not come; instead: T.H/1 raise at +4s (12)"),
        ("{sequence: [], exact: true}", "behind the end of the sequence came T.H/1 raise at +4s (12)"),
        ("{golden: nowhere.csv}", "no such file: nowhere.csv; --update-golden writes it"),
        ("at +7s T.H is not unknown", "active, unacknowledged, unknown (cannot judge), value 12"),
    ])
    func `says in one line what came instead`(sentence: String, line: String) throws {
        let found = try words(sentence)
        #expect(found.count > 1 && found[1].contains(line), "\(found)")
    }

    @Test func `shows slope, window, and why it cannot judge`() throws {
        let slope = try words("at +4s T.ROC is pending", series: "0+2x8")
        #expect(slope.contains("  rise 2 /s < 3 /s: the clear zone"))
        #expect(slope.contains("  window of 4 s: 5 rows over 4 s, slope 2 per second"))
        let blind = try words("at +7s T.H is inactive")
        #expect(blind.contains("  cannot judge: the newest row of T was bad (unspecified): never raises, never clears"))
        let vote = try words("at +5s T.V is active")
        #expect(vote.contains { $0.hasPrefix("  members: T.H active, T.ROC ") && $0.hasSuffix("needed") })
    }

    @Test func `speaks Chinese too`() throws {
        let lines = try words("at +3s T.H is active", .chinese)
        #expect(lines[1] == "  +3s (2026-01-01T00:00:03.000Z) 时为:inactive 未报警, normal, pending 延时中(运行或暂停), 数值 12")
        #expect(lines[3] == "  报警延时:已计 1/2 秒,于 +4s (2026-01-01T00:00:04.000Z) 结束")
    }

    @Test func `lays a golden journal beside what came`() throws {
        let wanted = "a,R,P,raise,1\nb,R,P,clear,1\nc,R,P,raise,1"
        let found = "a,R,P,raise,1\nb,R,P,clear,2\nd,Q,P,raise,1"
        let difference = try #require(GoldenDifference(expected: wanted, found: found))
        let bench = try RuleTestBench(Replay(rules: RuleFile.read(text: rules, file: "r.yaml").rules))
        #expect(
            GoldenText.text(difference, TestText(table: bench.table, language: .english)) == """
                      1  a,R,P,raise,1
                !     2  b,R,P,clear,1
                !     2  b,R,P,clear,2  <- found
                -     3  c,R,P,raise,1  <- missing
                +     3  d,Q,P,raise,1  <- more
                """)
    }
}

@Suite struct `The words of hazardctl test` {
    @Test(arguments: Language.allCases) func `are all there`(language: Language) {
        #expect(Set(TestPhrase.table(language).keys) == Set(TestPhrase.allCases))
    }

    @Test(arguments: TestPhrase.allCases) func `name the same things in both languages`(phrase: TestPhrase) throws {
        let places = { (text: String) in Set(text.matches(of: /\{\w+\}/).map { String($0.output) }) }
        #expect(places(try #require(TestPhrase.chinese[phrase])) == places(try #require(TestPhrase.english[phrase])))
    }

    @Test func `are all used`() throws {
        let room = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/hazardctl")
        let text = try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" && !$0.lastPathComponent.hasPrefix("Language") }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for phrase in TestPhrase.allCases {
            #expect(text.firstMatch(of: try Regex("\\.\(phrase)\\b")) != nil, "\(phrase)")
        }
    }

    @Test func `draw how far the mutants are`() {
        let english = ProgressLine(total: 200, name: "mutants", language: .english)
        #expect(english.line(50, elapsed: 30) == "mutants [#####...............] 25 %  50 of 200, 1:30 left")
        let chinese = ProgressLine(total: 200, name: "变异", language: .chinese)
        #expect(chinese.line(200, elapsed: 30) == "变异 [####################] 100 %  200/200,剩 0 s")
    }
}
