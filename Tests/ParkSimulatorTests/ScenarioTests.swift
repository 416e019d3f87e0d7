import ParkSimulator
import PlantModel
import Testing

@Suite struct `A scenario file` {
    @Test func `is read with every kind of step`() throws {
        let script = try ScenarioScript(
            yaml: """
                scenario: all
                about: {zh-CN: 全部, en: all}
                seconds: 30
                seed: 4
                nothing_else: true
                steps:
                  - {at: 1, step: tank.level, to: 9}
                  - {at: 2, ramp: ammonia.leak, to: 3, over: 4}
                  - {at: 2, sine: crane.wind, amplitude: 2, period: 9}
                  - {at: 2, noise: slope.x, sigma: 0.5}
                  - {at: 3, spike: meter.leakage, by: 300, for: 1}
                  - {at: 3, freeze: tank.level}
                  - {at: 4, fan: refuses}
                  - {at: 5, fault: NH3-101, kind: late, number: 700, for: 6}
                  - {at: 6, heal: NH3-101}
                  - {at: 6, gone: TC-1, for: 3}
                  - {at: 6, mute: SL-1}
                  - {at: 7, broker: stop}
                  - {at: 8, acknowledge: NH3-101.L1, comment: crew sent}
                expect:
                  - {rule: NH3-101.L1, transition: raise, from: 3, to: 9}
                  - {rule: NH3-101.L1, transition: acknowledge, from: 8, to: 10, webhook: false, platform: false}
                """, file: "s.yaml")
        #expect(script.name == "all" && script.seconds == 30 && script.seed == 4 && script.nothingElse)
        #expect(script.about == BilingualText(chinese: "全部", english: "all"))
        #expect(
            script.steps.map(\.act) == [
                .move(.tankLevel, .step(to: 9)), .move(.ammoniaLeak, .ramp(to: 3, over: 4)),
                .move(.craneWind, .sine(amplitude: 2, period: 9)), .move(.slopeX, .noise(sigma: 0.5)),
                .move(.meterLeakage, .spike(by: 300, for: 1)), .move(.tankLevel, .freeze(for: nil)),
                .move(.fanRefuses, .step(to: 1)), .fault(device: "NH3-101", .late(milliseconds: 700), seconds: 6),
                .heal(device: "NH3-101"), .absence(device: "TC-1", .gone, seconds: 3),
                .absence(device: "SL-1", .mute, seconds: nil), .broker(.stop),
                .acknowledge(rule: "NH3-101.L1", comment: "crew sent"),
            ])
        #expect(script.expectations.map(\.webhook) == [true, false])
    }

    @Test func `tells every mistake at its place, all at once`() throws {
        let text = """
            scenario: bad
            seconds: long
            colour: red
            steps:
              - {at: 1, step: tank.levl, to: 9}
              - {at: 2, ramp: tank.level, to: 3}
              - {at: 3, fault: TC-1, kind: silent}
              - {at: 4, fault: NH3-101, kind: sulking}
              - {at: 5, step: tank.level, fan: refuses, to: 1}
              - {at: -1, broker: stop}
              - heal
            expect:
              - {rule: A, transition: raised, from: 1, to: 2}
              - {rule: A, transition: raise, from: 5, to: 2}
            """
        let mistakes = try #require(throws: ScenarioMistakes.self) {
            try ScenarioScript(yaml: text, file: "bad.yaml")
        }
        let places = mistakes.lines.map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "bad.yaml:2:10:", "bad.yaml:3:1:", "bad.yaml:5:19:", "bad.yaml:6:5:", "bad.yaml:7:20:",
                "bad.yaml:8:35:", "bad.yaml:9:5:", "bad.yaml:10:10:", "bad.yaml:11:5:", "bad.yaml:13:27:",
                "bad.yaml:14:47:",
            ])
        #expect(mistakes.lines[0] == "bad.yaml:2:10: error: seconds is a number, found \"long\"")
        #expect(mistakes.lines[4].hasSuffix("one of these would do: NH3-101, DUST-201, LT-1203, SIS-1"))
    }

    @Test(arguments: [
        ("", "s.yaml:1:1: error: the file is empty; a mapping with scenario, seconds, steps and expect would do"),
        ("a: [", "s.yaml:2:1: error: not YAML: did not find expected node content"),
        ("- 1", "s.yaml:1:1: error: a scenario is a mapping, found a list"),
        ("scenario: x", "s.yaml:1:1: error: seconds is missing"),
    ]) func `that is no scenario is one clear line`(row: (text: String, line: String)) throws {
        let mistakes = try #require(throws: ScenarioMistakes.self) {
            try ScenarioScript(yaml: row.text, file: "s.yaml")
        }
        #expect(mistakes.lines == [row.line])
    }

    @Test(arguments: ["first-light", "quiet", "link-loss", "crane-wind"])
    func `that we ship can be read, in both languages`(name: String) throws {
        let script = try ScenarioScript.load(name, from: "\(Repository.root)/Simulator/Scenarios")
        #expect(script.name == name)
        #expect(script.about.chinese?.isEmpty == false && script.about.english?.isEmpty == false)
        #expect(script.steps.allSatisfy { $0.at < script.seconds })
        #expect(script.expectations.allSatisfy { $0.to <= script.seconds })
    }

    @Test func `that is not there names those that are`() throws {
        let failure = #expect(throws: ParkFailure.self) {
            try ScenarioScript.load("nope", from: "\(Repository.root)/Simulator/Scenarios")
        }
        #expect(failure?.description.hasSuffix("there are: crane-wind, first-light, link-loss, quiet") == true)
    }
}

@Suite struct `A scenario's timeline` {
    @Test func `ends what lasts for a while, and keeps the order of time`() {
        let script = ScenarioScript(
            name: "t", seconds: 30,
            steps: [
                .init(at: 5, .fault(device: "NH3-101", .silent, seconds: 2)), .init(at: 6, .broker(.stop)),
                .init(at: 1, .absence(device: "TC-1", .gone, seconds: 9)), .init(at: 6, .heal(device: "SL-1")),
            ])
        var timeline = Timeline(script, plan: .demo)
        #expect(timeline.next == 1)
        #expect(
            timeline.due(by: 6).map(\.deed) == [
                .setPresence(device: "TC-1", .gone), .setFault(device: "NH3-101", .silent), .broker(.stop),
                .setPresence(device: "SL-1", .publishing),
            ])
        #expect(timeline.next == 7)
        #expect(
            timeline.due(by: 99).map(\.deed) == [
                .setFault(device: "NH3-101", nil), .setPresence(device: "TC-1", .publishing),
            ])
        #expect(timeline.next == nil)
    }
}

@Suite struct `The checker of expectations` {
    private static func checker(nothingElse: Bool = false) -> ExpectationChecker {
        ExpectationChecker(
            ScenarioScript(
                name: "c", seconds: 60,
                expectations: [
                    .init(rule: "A.H", transition: "raise", from: 3, to: 9),
                    .init(rule: "A.H", transition: "clear", from: 20, to: 30, platform: false),
                ], nothingElse: nothingElse))
    }

    private static func event(_ rule: String, _ transition: String, _ seconds: Double, key: String? = nil) -> SeenEvent
    {
        SeenEvent(
            key: key ?? "demo/\(rule)/1/\(transition)/0/1", rule: rule, transition: transition, seconds: seconds)
    }

    @Test func `lists everything that is missing`() {
        var checker = Self.checker()
        #expect(
            checker.shortcomings.map { $0.text(in: .english) } == [
                "missing: event A.H raise between 3 s and 9 s", "missing: event A.H clear between 20 s and 30 s",
            ])
        checker.note(Self.event("A.H", "raise", 4))
        #expect(
            checker.shortcomings.map { $0.text(in: .english) } == [
                "missing: webhook of A.H raise, key demo/A.H/1/raise/0/1",
                "missing: platform record of A.H raise, key demo/A.H/1/raise/0/1",
                "missing: event A.H clear between 20 s and 30 s",
            ])
        checker.noteWebhook(key: "demo/A.H/1/raise/0/1")
        checker.notePlatformRecord(key: "demo/A.H/1/raise/0/1")
        checker.note(Self.event("A.H", "clear", 25.04))
        checker.noteWebhook(key: "demo/A.H/1/clear/0/1")
        #expect(checker.isComplete && checker.metCount == 2)
    }

    @Test func `says when an event came too early or too late`() {
        var checker = Self.checker()
        checker.note(Self.event("A.H", "raise", 1.26))
        #expect(
            checker.shortcomings.first?.text(in: .english)
                == "missing: event A.H raise between 3 s and 9 s (came at 1.3 s)")
        #expect(
            checker.shortcomings.first?.text(in: .chinese) == "缺少:事件 A.H raise,应在 3 至 9 秒之间(实际在 1.3 秒)")
        #expect(!checker.isComplete)
    }

    @Test func `takes one event for one expectation only`() {
        var checker = ExpectationChecker(
            ScenarioScript(
                name: "c", seconds: 9,
                expectations: [
                    .init(rule: "A.H", transition: "raise", from: 0, to: 9, webhook: false, platform: false),
                    .init(rule: "A.H", transition: "raise", from: 0, to: 9, webhook: false, platform: false),
                ]))
        checker.note(Self.event("A.H", "raise", 1))
        checker.note(Self.event("A.H", "raise", 1))
        #expect(checker.metCount == 1)
        checker.note(Self.event("A.H", "raise", 2, key: "demo/A.H/2/raise/0/1"))
        #expect(checker.isComplete)
    }

    @Test func `reports raises that nobody expected, where nothing else may come`() {
        var checker = Self.checker(nothingElse: true)
        checker.note(Self.event("B.L", "raise", 12))
        checker.note(Self.event("B.L", "clear", 13))
        #expect(checker.shortcomings.last?.text(in: .english) == "not expected: event B.L raise at 12 s")
        var lax = Self.checker()
        lax.note(Self.event("B.L", "raise", 12))
        #expect(lax.shortcomings.count == 2)
    }
}

enum Repository {
    /// The repository's root, from where this file stands.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
        separator: "/")
}
