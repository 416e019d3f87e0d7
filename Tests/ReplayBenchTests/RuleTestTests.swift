import Foundation
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

/// H at 10 with a deadband of 2 and delays of 2 s and 1 s; HH at 20 at once; STALE after 4 s.
private let tank = """
    - {id: T.H, point: T, kind: H, limit: 10, deadband: 2, on_delay_s: 2, off_delay_s: 1, priority: HIGH}
    - {id: T.HH, point: T, kind: HH, limit: 20, priority: CRITICAL}
    - {id: T.STALE, point: T, kind: STALE, max_age_s: 4, priority: HIGH}
    """

/// Raised at 4 s (12 from 2 s on), HH from 6 to 7 s, clear zone from 9 s, cleared at 10 s; then bad, then silence from 12 s.
private let story = "T: 5x2 12x4 25 15x2 7x2 ?x2"

private func holds(_ sentence: String, more: String = "") throws -> Bool {
    try TestBench(rules: tank, series: story, expect: [sentence], more: more).failed().isEmpty
}

@Suite struct `Assertions on a time line` {
    @Test(arguments: [
        ("at +3s T.H is pending", true), ("at +4s T.H is pending", false), ("at +1s T.H is pending", false),
        ("at +4s T.H is active", true), ("at +3.999s T.H is active", false), ("at +9s T.H is active", true),
        ("at +10s T.H is active", false), ("at +10s T.H is not active", true), ("at +3s T.H is inactive", true),
        ("at +4s T.H is unacknowledged", true), ("at +10s T.H is returnedUnacknowledged", true),
        ("at +10s T.H is normal", false), ("at +11s T.H is unknown", true), ("at +10s T.H is unknown", false),
        ("at +6s T.H is value 25", true), ("at +6s T.H is value 25.00002", true), ("at +6s T.H is value 25.1", false),
        ("at +6s T.H is value > 24", true), ("at +6s T.H is value < 25", false), ("at +6s T.H is value != 25", false),
        ("at +6s T.H is level 0", true), ("at 2026-01-01T00:00:04.000Z T.H is active", true),
        ("at 2026-01-01T08:00:04+08:00 T.H is active", true),
    ])
    func `ask how a rule stands behind all that happens at an instant`(sentence: String, isTrue: Bool) throws {
        #expect(try holds(sentence) == isTrue)
    }

    @Test(arguments: [
        ("never T.H raised", false), ("never T.H raised in ..+3s", true), ("never T.H raised in ..+4s", false),
        ("never T.H raised in +4.001s..", true), ("never T.HH escalated", true), ("never T.H/2 raise", true),
        ("never T.H/1 raise", false), ("count T.H raise = 1", true), ("count T.H raise = 2", false),
        ("count T.H raise >= 1 in +4s..+4s", true), ("count T.H raise >= 1 in +5s..", false),
        ("count T.H clear <= 1", true), ("count T.HH raise < 1", false), ("count T.HH raise > 0", true),
        ("count T.H acknowledge != 0", false),
    ])
    func `count events, in a span or anywhere`(sentence: String, isTrue: Bool) throws {
        #expect(try holds(sentence) == isTrue)
    }

    @Test(arguments: [
        ("T.H raise before T.HH raise", true), ("T.HH raise before T.H raise", false),
        ("T.H raise before T.H raise", false), ("T.H raise before T.STALE raise", false),
        ("T.HH raise within 2s of T.H raise", true), ("T.HH raise within 1.999s of T.H raise", false),
        ("T.H raise within 2s of T.HH raise", true), ("T.H raise within 2s after T.HH raise", false),
        ("T.H raise within 2s before T.HH raise", true), ("T.HH raise within 0s of +6s", true),
        ("T.HH raise within 1s after +4s", false), ("T.HH raise within 1s after +5s", true),
        ("T.STALE raise within 1h of +0s", false), ("T.H raise within 1h of T.STALE raise", false),
    ])
    func `hold events against each other and against the clock`(sentence: String, isTrue: Bool) throws {
        #expect(try holds(sentence) == isTrue)
    }

    @Test(arguments: [
        ("{sequence: [T.H raise, T.HH raise, T.H clear]}", true), ("{sequence: [T.H raise, T.H clear]}", true),
        ("{sequence: [T.HH raise, T.H raise]}", false), ("{sequence: [T.H raise at +4s, T.HH clear at +7s]}", true),
        ("{sequence: [T.H raise at +5s]}", false),
        ("{sequence: [T.H raise, T.HH raise, T.HH clear, T.H clear], exact: true}", true),
        ("{sequence: [T.H raise, T.HH raise, T.H clear], exact: true}", false),
        ("{sequence: [T.H raise, T.HH raise, T.HH clear], exact: true}", false),
        ("{sequence: [T.H raise, T.H clear], exact: true, of: [T.H]}", true),
        ("{sequence: [], exact: true, of: [T.STALE]}", true), ("{sequence: [], exact: true, of: [T.HH]}", false),
    ])
    func `ask for events in their order, all of them or some`(sentence: String, isTrue: Bool) throws {
        #expect(try holds(sentence) == isTrue)
    }

    @Test func `let the clock run on, and no further`() throws {
        #expect(try holds("T.STALE raise within 0s of +16s", more: "  until: +16s"))
        #expect(try holds("never T.STALE raise", more: "  until: +15.999s"))
        #expect(try !holds("at +13s T.H is inactive"))
        #expect(try holds("at +13s T.H is inactive", more: "  until: +13s"))
    }

    @Test func `see what people do, behind all else of its instant`() throws {
        let acts = """
              do:
              - {at: +3s, acknowledge: T.H}
              - {at: +4s, acknowledge: T.H, comment: crew sent}
              - {at: +11s, comment: T.H, text: gauge looked at}
            """
        let expected = [
            "at +3s T.H is normal", "at +4s T.H is acknowledged", "at +10s T.H is normal",
            "{sequence: [T.H refused at +3s, T.H raise, T.H acknowledge at +4s, T.H clear, T.H comment at +11s]}",
            // An exact sequence that speaks of no person's act leaves those out.
            "{sequence: [T.H raise, T.H clear], exact: true, of: [T.H]}",
        ]
        #expect(try TestBench(rules: tank, series: story, expect: expected, more: acts).failed() == [])
        let answered = "{sequence: [T.H raise, T.H acknowledge, T.H clear], exact: true, of: [T.H]}"
        #expect(try TestBench(rules: tank, series: story, expect: [answered], more: acts).failed() == [])
        #expect(try TestBench(rules: tank, series: story, expect: [answered]).failed().count == 1)
    }

    @Test func `count silence from the start, though the first row comes late`() throws {
        let bench = try TestBench(
            rules: tank, series: "T: _x6 5", expect: ["T.STALE raise within 0s of +4s", "at +6s T.STALE is inactive"])
        #expect(try bench.failed() == [])
    }

    @Test func `play a script, its people and the test's own`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s.yaml").path
        let script = """
            for: 20s
            every: 1s
            points:
              T: {value: 5, signals: [step: {at: 5s, to: 12}]}
            actions:
              - acknowledge: {rule: T.H, at: 8s}
            """
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        let tests = """
            tests:
            - name: one
              script: \(path)
              do: [{at: +9s, unacknowledge: T.H}]
              expect:
              - T.H raise within 0s of +7s
              - at +8s T.H is acknowledged
              - at +9s T.H is unacknowledged
            """
        #expect(try TestBench(rules: tank, tests: tests).failed() == [])
    }
}

@Suite struct `No transition while bad` {
    private func failed(_ rules: String, _ series: String, _ sentence: String) throws -> [TestFailure] {
        try TestBench(rules: rules, series: series, expect: [sentence]).failures()
    }

    @Test func `holds for rules as the core has them`() throws {
        #expect(try failed(tank, "T: 12x2 ?x3 12x3 ?x2 5x3", "no transition while bad").isEmpty)
    }

    @Test func `fails for a rule whose evidence is badness, when it is asked for`() throws {
        let rules = "- {id: T.BAD, point: T, kind: BAD_QUALITY, on_delay_s: 1, priority: HIGH}"
        #expect(try failed(rules, "T: 5x2 ?x3 5", "no transition while bad").isEmpty)
        let failure = try #require(try failed(rules, "T: 5x2 ?x3 5", "no transition of T.BAD while bad").first)
        guard case .movedWhileBad(let event, _, let since?) = failure.miss else {
            Issue.record("\(failure.miss)")
            return
        }
        #expect(event.occurredAt - since == .seconds(1))
    }

    @Test func `looks behind a vote, which may move while one of its points is bad`() throws {
        let vote = """
            - {id: A, point: A, kind: H, limit: 10, silent: true, priority: HIGH}
            - {id: B, point: B, kind: H, limit: 10, silent: true, priority: HIGH}
            - {id: V, point: A, kind: VOTE, of: [A, B], m: 1, on_bad: trip, priority: HIGH}
            """
        let both = vote.replacing("m: 1", with: "m: 2")
        #expect(try failed(vote, "A: 5x2 ?x2, B: 5x2 12 5", "no transition of V while bad").isEmpty)
        #expect(try failed(both, "A: 5x2 ?x2, B: 5x2 ?x2", "no transition of V while bad").count == 1)
    }
}

@Suite struct `A failed assertion` {
    @Test func `brings the rows around it, the delay, and the rule's events`() throws {
        let bench = try TestBench(rules: tank, series: story, expect: ["at +3s T.H is active"])
        let failure = try #require(try bench.failures().first)
        guard case .stood(let standing) = failure.miss else {
            Issue.record("\(failure.miss)")
            return
        }
        #expect(standing.isPending && !standing.isActive && standing.value == 12)
        #expect(failure.assertion.location.line == 7)
        let evidence = try #require(failure.evidence)
        #expect(evidence.rows.map(\.value) == [5, 5, 12, 12, 12, 12])
        #expect(evidence.inspection.delay?.served == .seconds(1))
        #expect(evidence.inspection.delay?.length == .seconds(2))
        #expect(evidence.events.map(\.transition) == [.raise, .clear])
    }

    @Test func `brings the slope and the rows of its window`() throws {
        let rules = "- {id: T.ROC, point: T, kind: ROC_RISE, limit: 3, window_s: 4, priority: HIGH}"
        let bench = try TestBench(rules: rules, series: "T: 0+2x8", expect: ["at +6s T.ROC is active"])
        let window = try #require(try bench.failures().first?.evidence?.inspection.window)
        #expect(window.slope == 2)
        #expect(window.rows == 5)
    }

    @Test func `says what came in the place of a step`() throws {
        let bench = try TestBench(rules: tank, series: story, expect: ["{sequence: [T.H raise, T.HH raise at +9s]}"])
        guard case .stepMissing(2, let step, let found?) = try #require(try bench.failures().first).miss else {
            Issue.record("no missing step")
            return
        }
        #expect(step.text == "T.HH raise at +9s")
        #expect(found.transition == .raise && found.value == 25)
    }

    @Test func `outside the time line says where that ends`() throws {
        let failures = try TestBench(rules: tank, series: story, expect: ["at +14s T.H is inactive"]).failures()
        guard case .outsideTheLine? = failures.first?.miss else {
            Issue.record("\(failures)")
            return
        }
    }
}

@Suite struct `A golden journal` {
    private let wanted = """
        time,rule,point,event,value
        2026-01-01T00:00:04.000Z,T.H,T,raise,12
        2026-01-01T00:00:06.000Z,T.HH,T,raise,25
        2026-01-01T00:00:07.000Z,T.HH,T,clear,15
        2026-01-01T00:00:10.000Z,T.H,T,clear,7

        """

    @Test func `agrees within the tolerance, and in nothing but the value`() throws {
        #expect(GoldenDifference(expected: wanted, found: wanted) == nil)
        #expect(GoldenDifference(expected: wanted, found: wanted.replacing("raise,25", with: "raise,25.00002")) == nil)
        #expect(GoldenDifference(expected: wanted, found: wanted.replacing("raise,25", with: "raise,25.1")) != nil)
    }

    @Test func `is laid beside what came, line by line`() throws {
        let found = """
            time,rule,point,event,value
            2026-01-01T00:00:05.000Z,T.H,T,raise,12
            2026-01-01T00:00:06.000Z,T.HH,T,raise,25
            2026-01-01T00:00:08.000Z,T.X,T,raise,1
            2026-01-01T00:00:10.000Z,T.H,T,clear,7
            """
        let difference = try #require(GoldenDifference(expected: wanted, found: found))
        #expect(
            difference.lines == [
                .same(number: 1, "time,rule,point,event,value"),
                .changed(
                    number: 2, expected: "2026-01-01T00:00:04.000Z,T.H,T,raise,12", foundNumber: 2,
                    found: "2026-01-01T00:00:05.000Z,T.H,T,raise,12"),
                .same(number: 3, "2026-01-01T00:00:06.000Z,T.HH,T,raise,25"),
                .missing(number: 4, "2026-01-01T00:00:07.000Z,T.HH,T,clear,15"),
                .extra(number: 4, "2026-01-01T00:00:08.000Z,T.X,T,raise,1"),
                .same(number: 5, "2026-01-01T00:00:10.000Z,T.H,T,clear,7"),
            ])
        #expect(difference.missing == 1 && difference.extra == 1 && difference.changed == 1)
        #expect(difference.rule == "T.H")
        #expect(difference.instant == PlantInstant(milliseconds: 1_767_225_604_000))
    }

    @Test func `of thousands of lines without one in common is laid out all the same`() throws {
        func sheet(_ rule: String) -> String {
            (Int64(0)..<3000).map { "\(TimeText.utc(milliseconds: $0 * 1000)),\(rule),T,raise,1" }.joined(
                separator: "\n")
        }
        let difference = try #require(GoldenDifference(expected: sheet("A"), found: sheet("B")))
        #expect(difference.missing == 3000 && difference.extra == 3000)
    }

    @Test func `is held against a run, and written from one`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "golden-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "g.csv").path
        let none = try TestBench(rules: tank, series: story, expect: ["{golden: \(path)}"])
        guard case .noGolden? = try none.failures().first?.miss else {
            Issue.record("a golden journal that is not there was found")
            return
        }
        #expect(String(decoding: try none.bench.sheet(of: none.lines[0]), as: UTF8.self) == wanted)
        try wanted.write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try TestBench(rules: tank, series: story, expect: ["{golden: \(path)}"]).failed() == [])
        try wanted.replacing(",25", with: ",24").write(toFile: path, atomically: true, encoding: .utf8)
        let failures = try TestBench(rules: tank, series: story, expect: ["{golden: \(path)}"]).failures()
        guard case .differs(let difference)? = failures.first?.miss else {
            Issue.record("a changed golden journal passed")
            return
        }
        #expect(difference.changed == 1)
        #expect(failures.first?.evidence?.rows.isEmpty == false)
    }
}
