import PlantModel
import SiteProfile
import Testing

/// A site whose rules fit in every way but the one in question.
private enum Bench {
    static let site = """
        schema: hazardd.site/v1
        site: {id: t, name: test}
        endpoints: {e: {host: 127.0.0.1, port: 502}}
        brokers: {b: {host: 127.0.0.1}}
        devices:
          AT-1: {profile: gas/virtual-nh3-tx@1, endpoint: e, unit: 1}
          GX-1: {profile: gas/bare@1, endpoint: e, unit: 3}
          LT-1: {profile: level/virtual-tank@1, endpoint: e, unit: 2}
          SL-1: {profile: slope/virtual-gnss@1, broker: b}
          SI-1: {profile: sis/virtual-sis-di@1, endpoint: e, unit: 4}
        """
    static let bare = """
        schema: hazardd.profile/v1
        rev: 1
        class: gas
        name: bare
        source: the test
        modbus: {rates: {fast: 1s}, snapshots: [[mass, lel, float]]}
        points:
          mass: {at: hr:0, type: u16, unit: mg/m3, range: [0, 1000], rate: fast}
          lel: {at: hr:1, type: u16, unit: "%LEL", range: [0, 100], rate: fast}
          float: {at: hr:2, type: f32, unit: "widget", range: [0, 100], rate: fast}
        """
    static let watch =
        ["AT-1.conc", "GX-1.mass", "SI-1.healthy", "SI-1.heartbeat"].map { point in
            "- {id: \(point).STALE, point: \(point), kind: STALE, max_age_s: 9, priority: HIGH}\n"
                + "- {id: \(point).BAD, point: \(point), kind: BAD_QUALITY, priority: HIGH}\n"
        }.joined() + interlockRules

    static func load(_ rules: String) throws -> SiteLoadResult {
        try SiteFolder([
            "site.yaml": site, "profiles/gas/bare.yaml": bare, "rules/a.yaml": watch, "rules/x.yaml": rules,
        ]).load()
    }

    /// One rule with everything that people must say.
    static func rule(_ keys: String) -> String { "- {\(keys), id: X, priority: LOW, basis: b, approved_by: a}" }
}

/// The keys of a rule, and what is said of it.
struct Checked: Sendable, CustomTestStringConvertible {
    let keys: String
    let told: String

    var testDescription: String { told }

    init(_ keys: String, _ told: String) {
        self.keys = keys
        self.told = told
    }
}

private let refusals: [Checked] = [
    // Units.
    Checked(
        "point: LT-1.level, kind: H, limit: 1, unit: kPa",
        "1:48: error: unit kPa is not that of \"LT-1.level\" and does not turn into it; m um mm cm km would do"),
    Checked(
        "point: LT-1.level, kind: H, limit: 1, unit: mn",
        "1:48: error: unit mn is not known here; m is known; m um mm cm km would do"),
    Checked(
        "point: LT-1.level, kind: ROC, limit: 1, window_s: 30, unit: m",
        "1:64: error: unit m is no rate of \"LT-1.level\", which is in m; m/s m/min m/h m/d would do"),
    Checked(
        "point: GX-1.mass, kind: H, limit: 25, unit: ppm",
        "1:48: error: unit ppm turns into mg/m3 of \"GX-1.mass\" only by its molar_mass and temperature; conversion: "
            + "{molar_mass: ..., temperature: ..., basis: ...} on the rule, the device's point or the profile's would do"
    ),
    Checked(
        "point: GX-1.lel, kind: H, limit: 25, unit: ppm",
        "1:47: error: unit ppm turns into %LEL of \"GX-1.lel\" only by its lower_limit; conversion: "
            + "{lower_limit: ..., basis: ...} on the rule, the device's point or the profile's would do"),
    Checked(
        "point: GX-1.lel, kind: H, limit: 25, unit: mg/m3, conversion: {molar_mass: 16, basis: b}",
        "1:47: error: unit mg/m3 turns into %LEL of \"GX-1.lel\" only by its temperature and lower_limit; conversion: "
            + "{temperature: ..., lower_limit: ..., basis: ...} on the rule, the device's point or the profile's would do"
    ),
    Checked(
        "point: LT-1.level, kind: H, limit: 85, unit: \"%\"",
        "1:49: error: unit % turns into m of \"LT-1.level\" only by its hundred_percent; conversion: "
            + "{hundred_percent: ..., basis: ...} on the rule, the device's point or the profile's would do"),
    Checked(
        "point: LT-1.level, kind: H, limit: 2500, unit: cm",
        "1:39: error: limit 2500 cm = 25 m lies outside the range of \"LT-1.level\", 0 to 20 m: it could never be reached"
    ),
    Checked(
        "point: GX-1.float, kind: H, limit: 5, unit: gadget",
        "1:48: error: unit gadget is not known here; widget would do"),
    Checked(
        "point: LT-1.valves, kind: STATE, bit: 0, unit: m",
        "1:51: error: unit m is not that of \"LT-1.valves\"; no unit would do"),
    Checked(
        "point: LT-1.level, kind: DEVIATION, other: LT-1.pressure, limit: 1, max_age_s: 5",
        "1:47: error: other \"LT-1.pressure\" is in kPa and \"LT-1.level\" in m; a derived point, op linear, in the same "
            + "unit would do"),
    Checked(
        "point: LT-1.level, kind: H, limit: 1, conversion: {molar_mass: 17}", "1:54: error: conversion needs \"basis\""),
    Checked(
        "point: LT-1.level, kind: H, limit: 1, conversion: {molar_mass: 17000, basis: b}",
        "1:67: error: molar_mass must lie in 0.5 to 2000 g/mol, found 17000"),
    Checked(
        "point: LT-1.level, kind: H, limit: 1, conversion: {hundred_percent: 10, basis: b}",
        "1:72: error: hundred_percent must be a number and its unit, such as 10 m, found 10"),
    // What could never be reached, or never be left.
    Checked(
        "point: LT-1.level, kind: H, limit: 0",
        "1:39: error: limit 0 m is met by every value of \"LT-1.level\", 0 to 20 m: it could never clear"),
    Checked(
        "point: LT-1.level, kind: L, limit: 20",
        "1:39: error: limit 20 m is met by every value of \"LT-1.level\", 0 to 20 m: it could never clear"),
    Checked(
        "point: LT-1.level, kind: H, limit: 8, deadband: 8",
        "1:52: error: deadband 8 m leaves no value of \"LT-1.level\", 0 to 20 m, at which it could clear; less than 8 m "
            + "would do"),
    Checked(
        "point: LT-1.level, kind: LL, limit: 1500, deadband: 1900, unit: cm",
        "1:56: error: deadband 1900 cm leaves no value of \"LT-1.level\", 0 to 20 m, at which it could clear; less than "
            + "500 cm would do"),
    Checked(
        "point: LT-1.level, kind: ROC, limit: 1, deadband: 1, window_s: 30",
        "1:54: error: deadband 1 m/s is not below the limit, 1 m/s, and nothing is less than 0: it could never clear; less "
            + "than 1 m/s would do"),
    Checked(
        "point: LT-1.level, kind: ROC, limit: 5, window_s: 10",
        "1:41: error: limit 5 m/s could never be reached: over 10 s the range of \"LT-1.level\", 0 to 20 m, gives at most "
            + "4 m/s"),
    Checked(
        "point: LT-1.level, kind: DEVIATION, other: LT-1.water, limit: 21, max_age_s: 5",
        "1:66: error: limit 21 m could never be reached: the two are at most 20 m apart"),
    Checked(
        "point: LT-1.level, kind: DEVIATION, other: LT-1.water, limit: 0, max_age_s: 5",
        "1:66: error: limit 0 m of DEVIATION is always reached; more than 0 would do"),
    Checked(
        "point: LT-1.level, kind: FROZEN, window_s: 60, min_span: 20",
        "1:61: error: min_span 20 m is as wide as the range of \"LT-1.level\", 0 to 20 m: every value would be frozen"),
    Checked(
        "point: SL-1.fix, kind: STATE, states: [0, 2]",
        "1:46: error: state 2 can never be shown by \"SL-1.fix\"; 0 1 4 5 would do"),
    Checked(
        "point: SI-1.tripped, kind: STATE, states: [2]",
        "1:47: error: state 2 can never be shown by \"SI-1.tripped\"; 0 1 would do"),
    Checked(
        "point: AT-1.status, kind: STATE, states: [1.5]", "1:46: error: state 1.5 can never be shown by \"AT-1.status\""
    ),
    Checked(
        "point: AT-1.status, kind: STATE, bit: 16",
        "1:42: error: bit 16 lies beyond the 16 bits of \"AT-1.status\"; 0 to 15 would do"),
    Checked(
        "point: SI-1.tripped, kind: STATE, bit: 1",
        "1:43: error: bit 1 lies beyond the 1 bit of \"SI-1.tripped\"; bit 0 would do"),
    // Rows and windows.
    Checked(
        "point: SL-1.h, kind: ROC, limit: 1, window_s: 600",
        "1:50: error: window_s 600 s holds fewer than two rows of \"SL-1.h\", one every 900 s: the slope could never be "
            + "known; 9000 s would do"),
    Checked(
        "point: LT-1.level, kind: H, limit: 1, max_age_s: 1",
        "1:53: error: max_age_s 1 s is not above the 1 s between two rows of \"LT-1.level\": it would be stale between "
            + "them; 3 s would do"),
    Checked(
        "point: AT-1.conc, kind: ROC_RISE, limit: 0.01, unit: ppm/min, window_s: 60",
        "1:45: error: limit 0.01 ppm/min is below the smallest usable one of 0.0384 ppm/min, three sigma of the slope over "
            + "window_s 60 s; window_s 148 s would do"),
    Checked(
        "point: SL-1.h, kind: ROC, limit: 5, unit: mm/d, method: theil_sen, window_s: 86400",
        "1:37: error: limit 5 mm/d is below the smallest usable one of 6.5 mm/d, three sigma of the slope over "
            + "window_s 86400 s; window_s 112237 s would do"),
    Checked(
        "point: AT-1.conc, kind: ROC, limit: 0.001, method: ewma, tau_s: 5",
        "1:40: error: limit 0.001 ppm/s is below the smallest usable one of 0.00498 ppm/s, three sigma of the slope over "
            + "tau_s 5 s; tau_s 16 s would do"),
]

private let warnings: [Checked] = [
    Checked(
        "point: SL-1.h, kind: L, limit: -30, on_delay_s: 60, off_delay_s: 899",
        "1:52: warning: on_delay_s 60 s is shorter than the 900 s between two rows of \"SL-1.h\": it ends before another "
            + "row could speak; 0, or at least 900 s would do\n"
            + "1:69: warning: off_delay_s 899 s is shorter than the 900 s between two rows of \"SL-1.h\": it ends before "
            + "another row could speak; 0, or at least 900 s would do"),
    Checked(
        "point: LT-1.level, kind: ROC, limit: 0.01, window_s: 3700",
        "1:57: warning: window_s 3700 s holds 3701 rows of \"LT-1.level\", one every 1 s, more than 3600; method "
            + "theil_sen, which keeps 64, or at most 3600 s would do"),
    Checked(
        "point: LT-1.level, kind: TWA, limit: 1, window_s: 28800, max_age_s: 5",
        "1:54: warning: window_s 28800 s holds 28801 rows of \"LT-1.level\", one every 1 s, more than 3600; at most 3600 s "
            + "would do"),
    Checked(
        "point: LT-1.level, kind: FROZEN, window_s: 1, min_span: 0",
        "1:47: warning: window_s 1 s is shorter than two rows of \"LT-1.level\", one every 1 s: one repeated value would do "
            + "to raise it; 10 s would do"),
    Checked(
        "point: LT-1.level, kind: TIME_TO, limit: 9, horizon_s: 60, window_s: 300",
        "1:59: warning: horizon_s 60 s is not longer than the lag of the slope, 150 s; window_s below 120 s would do"),
    Checked(
        "point: LT-1.pressure, kind: ROC, limit: 1, window_s: 30",
        "1:44: warning: neither resolution nor noise of \"LT-1.pressure\" is declared, so nobody can say whether a limit of "
            + "1 kPa/s is lost in them; resolution: or noise: on its point would do"),
    Checked(
        "point: LT-1.level, kind: ROC_RISE, limit: -1, window_s: 30",
        "1:46: warning: limit -1 is below zero: it means \"does not rise fast enough\"; a rise has a positive limit"),
]

private let neighbours: [Checked] = [
    Checked(
        "- {id: A, point: LT-1.level, kind: ROC_RISE, limit: 1, window_s: 30, deadband: 0.2, priority: LOW}\n"
            + "- {id: B, point: LT-1.level, kind: ROC_RISE, limit: 1.1, window_s: 30, deadband: 0.2, priority: LOW}",
        "2:82: error: deadband 0.2 m/s is wider than the gap between ROC_RISE 1 m/s and ROC_RISE 1.1 m/s; at most 0.1 m/s "
            + "would do"),
    Checked(
        "- {id: A, point: LT-1.level, kind: H, limit: 9, silent: true, priority: LOW}\n"
            + "- {id: B, point: LT-1.level, kind: HH, limit: 8, silent: true, priority: LOW}\n"
            + "- {id: C, point: LT-1.level, kind: LADDER, levels: [A, B], priority: LOW}",
        "3:56: error: levels has \"B\" behind \"A\", and it is reached first; the mildest first would do"),
    Checked(
        "- {derived: D, op: sum, of: [LT-1.level, LT-1.pressure], max_age_s: 5}",
        "1:42: error: of mixes \"LT-1.level\" in m with \"LT-1.pressure\" in kPa; a derived point, op linear, in the same "
            + "unit would do"),
    Checked(
        "- {derived: D, op: mean, of: [SL-1.h], window_s: 60}",
        "1:50: error: window_s 60 s holds fewer than two rows of \"SL-1.h\", one every 900 s: it could never be known; "
            + "9000 s would do"),
]

@Suite struct `A rule on a point` {
    @Test func `that fits is not spoken of`() throws {
        let result = try Bench.load(
            Bench.rule("point: LT-1.level, kind: ROC, limit: 20, unit: mm/s, window_s: 30, on_delay_s: 5"))
        #expect(result.diagnostics == [])
        #expect(result.site != nil)
    }

    @Test(arguments: refusals)
    func `that cannot work is refused`(check: Checked) throws {
        let result = try Bench.load(Bench.rule(check.keys))
        #expect(result.diagnostics.map(\.description) == ["rules/x.yaml:\(check.told)"])
        #expect(result.site == nil)
    }

    @Test(arguments: warnings)
    func `that may not do what its author meant is remarked on`(check: Checked) throws {
        let result = try Bench.load(Bench.rule(check.keys))
        #expect(
            result.diagnostics.map(\.description)
                == check.told.split(separator: "\n").map { "rules/x.yaml:\($0)" })
        #expect(result.site != nil)
    }

    @Test(arguments: neighbours)
    func `that does not fit its neighbours is refused`(check: Checked) throws {
        let errors = try Bench.load(check.keys).diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.description) == ["rules/x.yaml:\(check.told)"])
    }

    @Test func `needs a basis and an approver for its set-point`() throws {
        let result = try Bench.load("- {id: X, point: LT-1.level, kind: H, limit: 9, basis: b, priority: LOW}")
        #expect(
            result.diagnostics.map(\.description) == [
                "rules/x.yaml:1:46: warning: limit of \"X\" has no approved_by; the clause or document, and a name with a "
                    + "date, would do"
            ])
    }

    @Test func `of top priority needs guidance in both languages`() throws {
        let result = try Bench.load(
            """
            - id: X
              point: LT-1.valves
              kind: STATE
              bit: 0
              priority: CRITICAL
              guidance:
                cause: {zh-CN: 泄漏}
                consequence: {zh-CN: 中毒, en: poisoning}
                action: {zh-CN: 撤离, en: leave}
            """)
        #expect(
            result.diagnostics.map(\.description).contains(
                "rules/x.yaml:5:13: error: rule \"X\" is CRITICAL and its guidance has no cause.en, no respond_within_s; "
                    + "cause, consequence, action, each {zh-CN: ..., en: ...}, and respond_within_s would do"))
    }

    @Test func `says how far its slope lags when asked`() throws {
        let result = try Bench.load(
            Bench.rule("point: AT-1.conc, kind: ROC_RISE, limit: 10, unit: ppm/min, window_s: 60"))
        #expect(
            result.notes.map(\.description) == [
                "rules/x.yaml:1:28: note: X: the slope lags by 30 s, 61 rows kept, smallest usable limit 0.0384 ppm/min"
            ])
    }
}

@Suite struct `A limit in another unit` {
    private func rule(_ keys: String) throws -> Rule {
        let result = try Bench.load(Bench.rule(keys))
        #expect(result.diagnostics.map(\.description) == [])
        return try #require(result.site?.rules.rules.first { $0.id == "X" })
    }

    @Test func `is held in the point's unit, and what was written is kept`() throws {
        let rule = try rule("point: AT-1.conc, kind: H, limit: 20, deadband: 2, unit: mg/m3")
        guard case .threshold(let threshold) = rule.kind else { return #expect(Bool(false), "no threshold") }
        #expect(abs(threshold.limit - 28.730) < 0.001)
        #expect(abs(threshold.deadband - 2.8730) < 0.0001)
        #expect(threshold.clampAbove == 490)
        #expect(rule.written == WrittenLimit(value: 20, unit: EngineeringUnit(symbol: "mg/m3")))
    }

    @Test func `may bring its own conversion along`() throws {
        let rule = try rule(
            "point: AT-1.conc, kind: H, limit: 20, unit: mg/m3, conversion: {temperature: 20, basis: GBZ}")
        #expect(abs((rule.kind.shownLimit ?? 0) - 28.248) < 0.001)
    }

    @Test func `may be a share of what is declared`() throws {
        let rule = try rule(
            "point: LT-1.level, kind: HH, limit: 90, deadband: 0.5, unit: \"%\", "
                + "conversion: {hundred_percent: 10 m, basis: safe height}")
        #expect(rule.kind == .threshold(.init(level: .HH, limit: 9, deadband: 0.05)))
    }

    @Test func `of a rate is per second for the core`() throws {
        let rule = try rule("point: AT-1.conc, kind: ROC_RISE, limit: 10, deadband: 3, unit: ppm/min, window_s: 60")
        #expect(
            rule.kind
                == .rateOfChange(
                    .init(
                        direction: .rise, limit: 10.0 / 60, deadband: 0.05,
                        estimator: .leastSquares(window: .seconds(60))
                    )))
    }

    @Test func `without a unit means what it says`() throws {
        let rule = try rule("point: LT-1.level, kind: H, limit: 9")
        #expect(rule.kind.shownLimit == 9)
        #expect(rule.written == nil)
    }

    @Test func `in a file that stands alone goes by the first unit of its point`() {
        let file = RuleFile.read(
            text: """
                - {id: A, point: P, kind: H, limit: 8, unit: m, priority: LOW}
                - {id: B, point: P, kind: HH, limit: 900, unit: cm, priority: LOW}
                - {id: C, point: P, kind: ROC, limit: 6, window_s: 9, unit: m/min, priority: LOW}
                - {id: D, point: Q, kind: ROC, limit: 6, window_s: 9, unit: widget/min, priority: LOW}
                - {id: E, point: R, kind: ROC, limit: 6, window_s: 9, priority: LOW}
                """, file: "r.yaml")
        #expect(file.diagnostics == [])
        #expect(file.rules.rules.map(\.kind.shownLimit) == [8, 9, 0.1, 0.1, 6])
    }

    @Test func `in a file that stands alone is refused where it does not turn into the first`() {
        let file = RuleFile.read(
            text: """
                - {id: A, point: P, kind: H, limit: 8, unit: ppm, priority: LOW}
                - {id: B, point: P, kind: HH, limit: 9, unit: mg/m3, priority: LOW}
                - {id: C, point: P, kind: ROC, limit: 6, window_s: 9, unit: ppm, priority: LOW}
                - {id: D, point: P, kind: H, limit: 6, unit: ppm/s, priority: LOW}
                """, file: "r.yaml")
        #expect(
            file.diagnostics.map(\.description) == [
                "r.yaml:2:47: error: unit mg/m3 turns into ppm of \"P\" only by its molar_mass and temperature; conversion: "
                    + "{molar_mass: ..., temperature: ..., basis: ...} on the rule, the device's point or the profile's would "
                    + "do",
                "r.yaml:3:61: error: unit ppm is no rate; ppm/s ppm/min ppm/h ppm/d would do",
                "r.yaml:4:46: error: unit ppm/s is not that of \"P\" and does not turn into it; ppm ppb %vol would do",
            ])
    }

    @Test func `of a difference of temperatures has no zero`() throws {
        let result = try Bench.load(
            "- {derived: D, op: difference, of: [LT-1.temp, AT-1.temp], max_age_s: 100}\n"
                + "- {id: X, point: D, kind: H, limit: 5, unit: K, priority: LOW, basis: b, approved_by: a}")
        #expect(result.diagnostics == [])
        #expect(result.site?.description.point(tagged: "D")?.unit.symbol == "K")
        #expect(result.site?.rules.rules.first { $0.id == "X" }?.kind.shownLimit == 5)
    }
}
