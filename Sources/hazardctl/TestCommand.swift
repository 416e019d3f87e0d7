import ArgumentParser
import PlantModel
import ReplayBench
import SiteProfile

/// `hazardctl test`: what an engineer expects of the rules, held against the very core that runs in the station.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test rules against recordings and drawn time lines. 用记录或时间线测试规则。",
        discussion: """
            hazardctl test rules/ammonia.yaml tests/ammonia.yaml
            hazardctl test /etc/hazardd tests/*.yaml --strict --junit results.xml
            hazardctl test rules/ tests/ammonia.yaml --mutate

            A test file:
              tests:
                - name: a leak raises level 1 after its delay, level 2 at once
                  recording: leak.csv             # beside this file; or script: leak.yaml, or rows: |
                  expect:
                    - at +21s NH3-101.L1 is pending
                    - at 2026-01-01T00:00:22.000Z NH3-101.L1 is unacknowledged
                    - never NH3-101.L2 raised in +0s..+25s
                    - count NH3-101.L1 raise = 1
                    - NH3-101.L1 raise before NH3-101.L2 raise
                    - NH3-101.FAN raise within 10s after NH3-101.L2 raise
                    - no transition while bad
                    - sequence: [NH3-101.L1 raise at +22s, NH3-101.L2 raise, NH3-101.L2 clear]
                    - golden: expected.csv        # --update-golden writes it
                - name: two bad readings do not clear, and a person can answer
                  every: 1s                       # one column a second: 26x5 five times, ? bad, _ no row,
                  series:                         # 9+4x12 twelve values in steps of 4, 26~ uncertain
                    NH3-101.conc: 8x5 26x5 ?x2 26x3 9x5
                  until: +30s                     # the clock runs on without rows
                  do:
                    - {at: +12s, acknowledge: NH3-101.L1, comment: crew sent}
                  expect:
                    - at +11s NH3-101.L1 is unknown
                    - at +12s NH3-101.L1 is acknowledged
                    - sequence: [NH3-101.L1 raise, NH3-101.L1 acknowledge, NH3-101.L1 clear]
                      exact: true                 # nothing else of these rules between them
                      of: [NH3-101.L1]

            A rule is active, inactive, pending, unknown, value >= 26, level 2, or in a state: normal unacknowledged \
            acknowledged returnedUnacknowledged latchedUnacknowledged latchedAcknowledged; "is not" says the \
            opposite. RULE/2 raise is that of its second occurrence. An instant is asked for behind everything that \
            happens at it. Names with blanks stand in quotes.

            Below the tests stands what they never made a rule do: raise, clear, pause (be unable to judge while \
            active or on its way there). --mutate changes one number of one rule at a time (limit, deadband, delay, \
            window, votes, bit) and lists the changes that no test noticed. --strict makes both count as failures.

            Exit status: 0 all passed, 1 a failure or a mistake in a file, 64 wrong usage, 130 interrupted.
            """)

    @Argument(
        help: ArgumentHelp(
            "A rule file, a folder of rule files, or a site folder. 规则文件或站点目录", valueName: "rules-or-site"),
        completion: .file())
    var rules: String

    @Argument(
        help: ArgumentHelp("Test files. 测试文件", valueName: "tests"), completion: .file(extensions: ["yaml", "yml"]))
    var tests: [String]

    @OptionGroup var profiles: ProfileFolders

    @Flag(help: "Rules that never raised, cleared or paused, and mutants that survived, are failures. 覆盖缺口也算失败")
    var strict = false

    @Option(
        help: ArgumentHelp("Write the results as JUnit XML; - is standard output. 输出 JUnit XML", valueName: "file"),
        completion: .file(extensions: ["xml"]))
    var junit: String?

    @Flag(help: "Change the rules one number at a time; list the changes that no test noticed. 变异测试")
    var mutate = false

    @Option(help: ArgumentHelp("Try at most so many mutants, chosen by --seed. 变异上限", valueName: "n"))
    var mutants: Int = 2000

    @Option(
        help: ArgumentHelp("Which of many mutants are chosen; the same seed chooses the same. 随机种子", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(help: "Write what came into the golden journals instead of comparing with them. 更新基准日志")
    var updateGolden = false

    @Option(help: "Language, zh or en. 语言") var lang: Language?

    func validate() throws {
        guard !tests.isEmpty else { throw ValidationError("give at least one test file") }
        guard mutants > 0 else { throw ValidationError("--mutants must be more than 0") }
        guard !(mutate && updateGolden) else {
            throw ValidationError("--mutate and --update-golden exclude each other")
        }
        guard junit != "-" || !mutate else { throw ValidationError("--junit - leaves no room for --mutate's answer") }
    }

    func run() throws {
        Terminal.tellInterrupts()
        try Refusal.told {
            var run = try TestRun(
                PlayedRules.load(rules, profileFolders: profiles.all), files: tests,
                language: lang ?? Language.ofShell(Terminal.environment), isQuiet: junit == "-")
            try run.play(updatingGolden: updateGolden)
            var isGood = run.tellCoverage() || !strict
            if mutate {
                let hasSurvivors = try run.hunt(mutants, seed: seed)
                isGood = isGood && !(hasSurvivors && strict)
            }
            if let junit { try write(run.junit, to: junit) }
            guard isGood, run.failed == 0 else { throw ExitStatus.no.code }
        }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try OutputFile.write(Array(text.utf8), to: path)
        } catch {
            throw Refusal(.no, "\(error)")
        }
    }
}
