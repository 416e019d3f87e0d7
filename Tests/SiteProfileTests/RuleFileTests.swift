import Foundation
import PlantModel
import SiteProfile
import Testing

/// What a rule file of this text answers, one line a mistake.
func mistakes(_ text: String) -> [String] {
    RuleFile.read(text: text, file: "rules.yaml").diagnostics.map(\.description)
}

private let high = "{id: A.H, point: A, kind: H, limit: 10, priority: HIGH}"

@Suite struct `Rule file` {
    @Test func `every key of a limit reaches its rule`() throws {
        let result = RuleFile.read(
            text: """
                - id: NH3-101.HH
                  point: NH3-101.conc
                  kind: HH
                  limit: 50
                  deadband: 5
                  on_delay_s: 0.5
                  off_delay_s: 10
                  max_age_s: 3
                  priority: CRITICAL
                  clamp_above: 490
                  silent: true
                  latching: true
                  basis: "GB/T 50493-2019 5.5.2 [F6]"
                  approved_by: Zhang
                  name: {zh-CN: 氨二级报警, en: ammonia level 2}
                  guidance:
                    action: {zh-CN: 撤离, en: leave}
                    respond_within_s: 60
                """, file: "rules.yaml")
        #expect(result.diagnostics == [])
        let rule = try #require(result.rules.rules.first)
        #expect(
            rule
                == Rule(
                    id: "NH3-101.HH", point: "NH3-101.conc",
                    kind: .threshold(.init(level: .HH, limit: 50, deadband: 5, clampAbove: 490)),
                    onDelay: .milliseconds(500), offDelay: .seconds(10), maxAge: .seconds(3), priority: .critical,
                    isSilent: true, latching: true,
                    name: BilingualText(chinese: "氨二级报警", english: "ammonia level 2"),
                    guidance: Guidance(
                        action: BilingualText(chinese: "撤离", english: "leave"), respondWithinSeconds: 60),
                    basis: "GB/T 50493-2019 5.5.2 [F6]", approvedBy: "Zhang",
                    location: SourceLocation(file: "rules.yaml", line: 1, column: 3)))
    }

    @Test(arguments: [
        ("kind: LL, limit: -5", RuleKind.threshold(.init(level: .LL, limit: -5))),
        (
            "kind: ROC_RISE, limit: 0.5, window_s: 60",
            .rateOfChange(.init(direction: .rise, limit: 0.5, estimator: .leastSquares(window: .seconds(60))))
        ),
        (
            "kind: ROC, limit: 1, method: theil_sen, window_s: 6.3",
            .rateOfChange(.init(direction: .either, limit: 1, estimator: .theilSen(window: .milliseconds(6300))))
        ),
        (
            "kind: ROC_FALL, limit: 1, method: ewma, tau_s: 10",
            .rateOfChange(.init(direction: .fall, limit: 1, estimator: .ewma(tau: .seconds(10))))
        ),
        ("kind: STATE, states: [1, 2]", .state(.states([1, 2]))),
        ("kind: STATE, bit: 3, invert: true", .state(.bit(3, inverted: true))),
        ("kind: BAD_QUALITY", .badQuality),
        ("kind: STALE, max_age_s: 3", .stale),
        ("kind: FROZEN, window_s: 10, min_span: 0", .frozen(window: .seconds(10), minSpan: 0, unless: nil)),
        (
            "kind: DEVIATION, other: B, limit: 5, max_age_s: 10, circular: 360",
            .deviation(other: "B", limit: 5, deadband: 0, turn: 360)
        ),
        (
            "kind: TIME_TO, limit: 10, horizon_s: 600, window_s: 60",
            .timeTo(
                .init(
                    limit: 10, direction: .up, horizon: .seconds(600), clearHorizon: .seconds(600),
                    estimator: .leastSquares(window: .seconds(60))))
        ),
        (
            "kind: TWA, limit: 8, window_s: 900, max_age_s: 15",
            .timeWeightedAverage(limit: 8, deadband: 0, window: .seconds(900), minGood: 0.75)
        ),
    ])
    func `each kind reads its own keys`(keys: String, kind: RuleKind) {
        let result = RuleFile.read(text: "- {id: X, point: A, \(keys), priority: LOW}", file: "rules.yaml")
        #expect(result.diagnostics == [])
        #expect(result.rules.rules.map(\.kind) == [kind])
    }

    @Test func `rules about rules name what stands above`() {
        let result = RuleFile.read(
            text: """
                - {id: A, point: P, kind: H, limit: 1, priority: LOW, silent: true}
                - {id: B, point: P, kind: HH, limit: 2, priority: LOW, silent: true}
                - {id: V, point: P, kind: VOTE, of: [A, B], m: 2, on_bad: trip, priority: HIGH}
                - {id: C, point: P, kind: COUNT, of: [A], n: 3, window_s: 20, priority: HIGH}
                - {id: D, point: P, kind: LADDER, levels: [A, B], priority: HIGH}
                - {id: E, point: F, kind: EXPECT, when: B, within_s: 10, states: [1], priority: CRITICAL}
                - {id: F, point: P, kind: FROZEN, window_s: 10, min_span: 1, unless: A, priority: LOW}
                """, file: "rules.yaml")
        #expect(result.diagnostics == [])
        #expect(
            result.rules.rules.suffix(5).map(\.kind) == [
                .vote(of: ["A", "B"], needed: 2, onBad: .trip), .count(of: ["A"], needed: 3, window: .seconds(20)),
                .ladder(levels: ["A", "B"]), .expect(when: "B", within: .seconds(10), .states([1])),
                .frozen(window: .seconds(10), minSpan: 1, unless: "A"),
            ])
    }

    @Test(arguments: [
        ("op: sum, of: [A, B], max_age_s: 5", DerivedPoint.Operation.sum),
        ("op: difference, of: [A, B], max_age_s: 5", .difference),
        ("op: linear, of: [A], scale: 0.5, offset: -40", .linear(scale: 0.5, offset: -40)),
        ("op: table, of: [A], x: [0, 2, 4], y: [0, 1, 9]", .table(x: [0, 2, 4], y: [0, 1, 9])),
        ("op: mean, of: [A], window_s: 60", .mean(window: .seconds(60))),
        ("op: counter, of: [A]", .counter(wrap: nil)),
        ("op: unwrap, of: [A], period: 360", .unwrap(period: 360)),
        ("op: product, of: [A, B], max_age_s: 5", .product),
        ("op: inverse, of: [A], floor: 2", .inverse(floor: 2)),
        ("op: min, of: [A, B], max_age_s: 5", .minimum),
        ("op: max, of: [A, B], max_age_s: 5", .maximum),
        ("op: slope, of: [A], window_s: 60", .slope(window: .seconds(60))),
    ])
    func `a derived point is an entry of the same list`(keys: String, operation: DerivedPoint.Operation) {
        let result = RuleFile.read(text: "- {derived: D, \(keys)}", file: "rules.yaml")
        #expect(result.diagnostics == [])
        guard case .derived(let derived)? = result.rules.entries.first else {
            Issue.record("no derived point")
            return
        }
        #expect(derived.operation == operation)
    }

    @Test func `a mapping may be merged into a rule, and the rule's own keys win`() {
        let result = RuleFile.read(
            text: """
                - &one {id: A.H, point: A, kind: H, limit: 10, priority: HIGH}
                - {<<: *one, id: B.H, point: B}
                """, file: "rules.yaml")
        #expect(result.diagnostics == [])
        #expect(result.rules.rules.map(\.point) == ["A", "B"])
    }

    @Test func `all mistakes of a file are told at once, in reading order, each at its key`() {
        #expect(
            mistakes(
                """
                - id: A.H
                  point: A
                  kind: H
                  limit: high
                  deadband: -1
                  bit: 3
                  priority: URGENT
                - id: A.H
                  kind: HHH
                  priority: LOW
                """) == [
                    "rules.yaml:4:10: error: limit must be a number, found high",
                    "rules.yaml:5:13: error: deadband must not be negative, found -1",
                    "rules.yaml:6:3: error: kind H does not use \"bit\"; leaving it out would do",
                    "rules.yaml:7:13: error: priority must be one of CRITICAL HIGH MEDIUM LOW, found URGENT",
                    "rules.yaml:8:3: error: a rule needs \"point\"",
                    "rules.yaml:8:7: error: rule \"A.H\" stands at rules.yaml:1:7 already; another name would do",
                    "rules.yaml:9:9: error: kind must be one of H HH L LL ROC ROC_RISE ROC_FALL STATE BAD_QUALITY STALE "
                        + "FROZEN DEVIATION VOTE EXPECT TIME_TO COUNT TWA LADDER, found HHH",
                ])
    }

    @Test func `a limit of a rise below zero is legal and worth a warning`() {
        let lines = mistakes("- {id: X, point: A, kind: ROC_RISE, limit: -1, window_s: 10, priority: LOW}")
        #expect(
            lines == [
                "rules.yaml:1:44: warning: limit -1 is below zero: it means \"does not rise fast enough\"; a rise has a "
                    + "positive limit"
            ])
    }

    @Test func `every recorded rule file of the shared data is read without a mistake`() throws {
        let shared = URL(filePath: #filePath).appending(path: "../../../../shared").standardized
        guard FileManager.default.fileExists(atPath: shared.path) else {
            print("notice: no shared data beside the repository; skipped")
            return
        }
        var folders = 0
        for part in ["data", "data_part_b"] {
            let root = shared.appending(path: part)
            for name in try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() {
                let file = root.appending(path: "\(name)/rules.yaml")
                guard let bytes = try? Data(contentsOf: file) else { continue }
                folders += 1
                let result = RuleFile.read(bytes: Array(bytes), file: name)
                #expect(result.diagnostics.filter { $0.severity == .error } == [])
                #expect(!result.rules.rules.isEmpty)
            }
        }
        #expect(folders > 30)
    }

    @Test func `five thousand rules that each name the one before are read without growing pains`() {
        var text = "- {id: R0, point: A, kind: H, limit: 1, priority: LOW}\n"
        for number in 1..<5000 {
            text += "- {id: R\(number), point: A, kind: VOTE, of: [R\(number - 1)], m: 1, priority: LOW}\n"
        }
        let result = RuleFile.read(text: text, file: "rules.yaml")
        #expect(result.diagnostics == [])
        #expect(result.rules.entries.count == 5000)
    }
}
