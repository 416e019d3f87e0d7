import PlantModel
import ReplayBench
import SiteProfile
import Testing

/// Rules and tests of them, both as text: what a person would write, played.
struct TestBench {
    let rules: RuleSet
    let bench: RuleTestBench
    let lines: [TestLine]

    init(rules text: String, tests: String) throws {
        let file = RuleFile.read(text: text, file: "rules.yaml")
        #expect(file.diagnostics.map(\.description) == [])
        rules = file.rules
        bench = try RuleTestBench(Replay(rules: rules))
        let read = RuleTestFile.read(text: tests, file: "tests.yaml", rules: rules)
        #expect(read.diagnostics.map(\.description) == [])
        var maker = TestLineMaker(names: bench.table.names)
        lines = try read.tests.map { try maker.line(of: $0) }
    }

    /// One test on one drawn time line of one second a column.
    init(rules: String, series: String, expect: [String], more: String = "") throws {
        try self.init(
            rules: rules,
            tests: """
                tests:
                - name: one
                  every: 1s
                  series: {\(series)}
                \(more)
                  expect:
                \(expect.map { "  - \($0)" }.joined(separator: "\n"))
                """)
    }

    func failures(coverage: inout RuleCoverage) throws -> [TestFailure] {
        var all: [TestFailure] = []
        for line in lines { all += try bench.failures(of: line, coverage: &coverage) }
        return all
    }

    func failures() throws -> [TestFailure] {
        var coverage = RuleCoverage(bench.table.rules, stationPoints: [])
        return try failures(coverage: &coverage)
    }

    /// The assertions that do not hold, as they were written.
    func failed() throws -> [String] { try failures().map(\.assertion.text) }
}
