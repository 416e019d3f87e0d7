import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// One call of `hazardctl test`: plays the tests, tells what came of them, and keeps the results.
struct TestRun {
    private struct Result {
        var test: RuleTest
        var file: String
        var seconds: Double
        /// Told and written as JUnit; empty: passed.
        var failures: [String]
    }

    private let rules: PlayedRules
    /// Points that the station itself fills: no recording of the plant has them.
    private let stationPoints: Set<String>
    private let bench: RuleTestBench
    private let tests: [(file: String, tests: [RuleTest])]
    private let text: TestText
    private let isQuiet: Bool
    private var lines: [TestLine] = []
    private var coverage: RuleCoverage
    private var results: [Result] = []

    /// Reads the test files; their mistakes are told, all at once, and end the command.
    /// - Parameter isQuiet: standard output belongs to somebody else.
    init(_ rules: PlayedRules, files: [String], language: Language, isQuiet: Bool) throws {
        self.rules = rules
        stationPoints = Set(rules.points.filter { $0.pointClass == .system }.map(\.tag))
        self.isQuiet = isQuiet
        do {
            bench = try RuleTestBench(rules.replay)
        } catch {
            throw Refusal(.no, "\(error)")
        }
        text = TestText(table: bench.table, language: language)
        coverage = RuleCoverage(bench.table.rules, stationPoints: stationPoints)
        var tests: [(String, [RuleTest])] = []
        var hasErrors = false
        for file in files where !tests.contains(where: { $0.0 == file }) {
            let read = RuleTestFile.read(path: file, rules: rules.replay.rules, points: rules.replay.points)
            for diagnostic in read.diagnostics { Terminal.note(diagnostic.description) }
            hasErrors = hasErrors || read.diagnostics.hasErrors
            tests.append((file, read.tests))
        }
        guard !hasErrors else { throw ExitStatus.no.code }
        self.tests = tests
    }

    var failed: Int { results.count { !$0.failures.isEmpty } }

    // MARK: Playing

    mutating func play(updatingGolden: Bool) throws {
        var maker = TestLineMaker(names: bench.table.names, devices: rules.subject.devices)
        for (file, tests) in tests {
            for test in tests {
                let clock = ContinuousClock()
                let started = clock.now
                var failures: [String] = []
                do {
                    var line = try maker.line(of: test)
                    if updatingGolden { try update(&line) }
                    lines.append(line)
                    failures = try bench.failures(of: line, coverage: &coverage).map { text.failure($0, of: line) }
                } catch let mistake as RecordingMistake {
                    failures = ["\(mistake)"]
                } catch let refusal as ScriptRefused {
                    failures = refusal.mistakes.map { "\($0)" }
                }
                let seconds = (clock.now - started).seconds
                results.append(Result(test: test, file: file, seconds: seconds, failures: failures))
                tell(text.outcome(of: test, isGood: failures.isEmpty, inColour: Terminal.hasColour))
                for failure in failures { tell(text.indented(failure)) }
            }
        }
        tell(text.summary(passed: results.count - failed, failed: failed))
    }

    private func update(_ line: inout TestLine) throws {
        for (path, shown) in line.goldenFiles {
            let sheet = try bench.sheet(of: line)
            let isNew = line.golden[path] != String(decoding: sheet, as: UTF8.self)
            if isNew {
                do {
                    try OutputFile.write(sheet, to: path)
                } catch {
                    throw Refusal(.no, "\(error)")
                }
            }
            line.setGolden(String(decoding: sheet, as: UTF8.self), at: path)
            tell(text.golden(shown, isNew: isNew))
        }
    }

    // MARK: Coverage

    /// - Returns: whether every rule raised, cleared and paused.
    func tellCoverage() -> Bool {
        for line in text.coverage(coverage) { tell(line) }
        return !coverage.hasGaps
    }

    // MARK: Mutants

    /// - Returns: whether any mutant survived.
    func hunt(_ count: Int, seed: UInt64) throws -> Bool {
        guard failed == 0 else {
            tell(text.say(.mutantsNeedPasses))
            return false
        }
        let ranges = Dictionary(rules.points.compactMap { point in point.range.map { (point.tag, $0) } }) { $1 }
        let all = Mutant.all(of: rules.replay.rules, ranges: ranges) { !stationPoints.contains($0.point) }
        let chosen = Mutant.sample(all, count, seed: seed)
        let hunt = MutantHunt(bench, rules: rules.replay.rules, lines: lines)
        let bar = ProgressLine(total: chosen.count, name: text.say(.mutants), language: text.language)
        let fates = hunt.fates(of: chosen) { done in bar.show(done) }
        bar.end()
        let survivors = zip(chosen, fates).filter { $0.1 == .survived }.map(\.0)
        for mutant in survivors { tell(text.survivor(mutant)) }
        tell(
            text.mutants(
                noticed: fates.count { if case .noticed = $0 { true } else { false } }, survived: survivors.count,
                tried: chosen.count, of: all.count, seed: seed))
        return !survivors.isEmpty
    }

    // MARK: JUnit

    var junit: String {
        JUnitText.text(
            tests.map { file, _ in
                (
                    file,
                    results.filter { $0.file == file }.map { result in
                        JUnitText.Case(
                            name: result.test.name, file: file, line: result.test.location.line,
                            seconds: result.seconds,
                            failure: result.failures.isEmpty
                                ? nil
                                : (
                                    Self.message(of: result.failures[0]),
                                    result.failures.joined(separator: "\n")
                                ))
                    }
                )
            })
    }

    /// The assertion and what came instead, on one line.
    private static func message(of failure: String) -> String {
        failure.split(separator: "\n").prefix(2).map { $0.drop { $0 == " " } }.joined(separator: ": ")
    }

    private func tell(_ line: String) {
        if !isQuiet { Terminal.answer(line) }
    }
}
