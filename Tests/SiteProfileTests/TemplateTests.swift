import Foundation
import PlantModel
import SiteProfile
import Testing

/// One device of each class, each with the virtual profile of its class.
private let devices = """
    schema: hazardd.site/v1
    site: {id: t, name: test}
    endpoints: {e: {host: 127.0.0.1, port: 502}}
    brokers: {b: {host: 127.0.0.1}}
    devices:
      AT-1: {profile: gas/virtual-nh3-tx@1, endpoint: e, unit: 1}
      AT-2: {profile: gas/virtual-nh3-tx@1, endpoint: e, unit: 2, points: {conc: {range: [0, 300000], clamp_above: 299000}}}
      LT-1: {profile: level/virtual-tank@1, endpoint: e, unit: 3}
      DU-1: {profile: dust/virtual-dust-tx@1, endpoint: e, unit: 4}
      DU-2: {profile: dust/virtual-dust-tx@1, endpoint: e, unit: 5, points: {conc: {range: [0, 100000], clamp_above: 98000}}}
      SI-1: {profile: sis/virtual-sis-di@1, endpoint: e, unit: 6}
      TC-1: {profile: crane/virtual-crane@1, broker: b}
      SL-1: {profile: slope/virtual-gnss@1, broker: b}
      PO-1: {profile: slope/virtual-gnss@1, broker: b}
      PO-2: {profile: slope/virtual-gnss@1, broker: b}
      PO-3: {profile: slope/virtual-gnss@1, broker: b}
      EM-1: {profile: electricity/virtual-elec@1, broker: b}
    """

private let watch =
    ["AT-1.conc", "AT-2.conc", "SI-1.healthy", "SI-1.heartbeat"].map { point in
        "- {id: watch.\(point).STALE, point: \(point), kind: STALE, max_age_s: 9, priority: HIGH}\n"
            + "- {id: watch.\(point).BAD, point: \(point), kind: BAD_QUALITY, priority: HIGH}\n"
    }.joined() + interlockRules + pond

/// The colours of a tailings pond's point, to be counted.
private let pond =
    ["a", "b", "c", "d"].enumerated().map { level, name in
        "- {id: pond.\(name), point: PO-3.h, kind: H, limit: \(level + 1), silent: true, priority: LOW, basis: D-1, "
            + "approved_by: Li}\n"
    }.joined()
    + "- {id: pond.COLOUR, point: PO-3.h, kind: LADDER, levels: [pond.a, pond.b, pond.c, pond.d], silent: true, "
    + "priority: LOW}\n- {id: pond.STALE, point: PO-3.h, kind: STALE, max_age_s: 2700, priority: HIGH}\n"
    + "- {id: pond.BAD, point: PO-3.h, kind: BAD_QUALITY, priority: HIGH}\n"

private func load(_ rules: String, _ more: [String: String] = [:]) throws -> SiteLoadResult {
    try SiteFolder(["site.yaml": devices, "rules/a.yaml": watch, "rules/x.yaml": rules].merging(more) { $1 }).load()
}

/// A shipped template, a device of its class, and what a park must give.
struct Shipped: Sendable, CustomTestStringConvertible {
    let template: String
    let device: String
    let set: String
    var rules: Int

    var testDescription: String { template }

    init(_ template: String, _ device: String, _ set: String = "{}", rules: Int) {
        self.template = template
        self.device = device
        self.set = set
        self.rules = rules
    }
}

private let shipped: [Shipped] = [
    Shipped("gas/ammonia-room", "AT-1", "{fan: SI-1.fan_run, spray: SI-1.fan_run}", rules: 10),
    Shipped("gas/toxic", "AT-1", "{oel: 20 mg/m3}", rules: 5),
    Shipped("gas/hydrogen-sulfide", "AT-1", rules: 5),
    Shipped("gas/carbon-monoxide", "AT-1", rules: 5),
    Shipped("gas/chlorine", "AT-1", rules: 5),
    Shipped("gas/combustible", "AT-2", rules: 5),
    Shipped("gas/oxygen", "AT-2", rules: 8),
    Shipped("level/tank", "LT-1", "{safe_height: 10 m, relief_pressure: 2 kPa}", rules: 13),
    Shipped("level/movement", "LT-1", "{heights: [0, 10], volumes: [0, 1000]}", rules: 6),
    Shipped(
        "level/balance", "LT-1", "{heights: [0, 10], volumes: [0, 1000], inflow: DU-1.sparks, outflow: DU-2.sparks}",
        rules: 3),
    Shipped("gas/exposure", "AT-1", "{twa: 20 mg/m3, stel: 30 mg/m3}", rules: 3),
    Shipped("sis/unit", "SI-1", "{bypasses: [role.maintenance_bypass, role.operational_bypass]}", rules: 1),
    Shipped("electricity/phases", "EM-1", "{rated_current: 100 A}", rules: 1),
    Shipped("slope/inverse-velocity", "SL-1", rules: 4),
    Shipped("slope/tailings-high", "PO-1", "{value: h, blue: 1, yellow: 2, orange: 3, red: 4, design: D-1}", rules: 11),
    Shipped("slope/tailings-low", "PO-2", "{value: h, blue: 4, yellow: 3, orange: 2, red: 1, design: D-1}", rules: 11),
    Shipped("slope/tailings-item", "PO-3", "{shown: h, points: [pond.COLOUR]}", rules: 9),
    Shipped("sis/loop", "SI-1", "{first_out: first_out}", rules: 14),
    Shipped("dust/collector", "DU-1", rules: 11),
    Shipped("dust/explosive", "DU-2", "{mec: 60 g/m3, report: R-7}", rules: 5),
    Shipped("electricity/circuit", "EM-1", "{rated_current: 100 A}", rules: 36),
    Shipped("crane/tower", "TC-1", rules: 20),
    Shipped("slope/gnss", "SL-1", "{horizontal_warn: 50, settle_warn: -30, settle_alarm: -60, design: D-1}", rules: 22),
]

@Suite struct `A shipped template` {
    @Test(arguments: shipped)
    func `fits the virtual profile of its class without a word`(_ one: Shipped) throws {
        let result = try load(
            "- {template: \(one.template)@1, device: \(one.device), set: \(one.set), approved_by: Li}")
        // Eight hours at one row a second are many rows, and the loader says so.
        let said = result.diagnostics.map(\.description).filter { !$0.contains("window_s 28800 s holds") }
        #expect(said == [])
        let rules = try #require(result.site).rules.rules.filter { $0.id.hasPrefix("\(one.device).") }
        #expect(rules.count == one.rules)
        for rule in rules {
            #expect(rule.basis?.isEmpty == false && rule.approvedBy == "Li", "\(rule.id)")
            let texts = [rule.name, rule.guidance.cause, rule.guidance.consequence, rule.guidance.action]
            #expect(texts.allSatisfy { $0.chinese?.isEmpty == false && $0.english?.isEmpty == false }, "\(rule.id)")
            #expect(rule.guidance.respondWithinSeconds != nil, "\(rule.id)")
        }
    }

    @Test func `of a loop without a first-out leaves its rule out, and says so to whoever sets it`() throws {
        let without = try load("- {template: sis/loop@1, device: SI-1, approved_by: Li}")
        #expect(without.diagnostics == [])
        let rules = try #require(without.site).rules.rules.filter { $0.id.hasPrefix("SI-1.") }
        #expect(rules.count == 13 && !rules.contains { $0.id == "SI-1.FIRST_OUT" })
        let set = try load(
            "- {template: sis/loop@1, device: SI-1, set: {FIRST_OUT.priority: CRITICAL}, approved_by: Li}")
        #expect(
            set.diagnostics.map(\.description) == [
                "rules/x.yaml:1:46: error: template sis/loop@1 has FIRST_OUT for SI-1 only with first_out; "
                    + "set: {first_out: ...} would do"
            ])
    }

    @Test func `tells a first-out beside the trip, as an alarm of its own that stands until it is reset`() throws {
        let result = try load("- {template: sis/loop@1, device: SI-1, set: {first_out: first_out}, approved_by: Li}")
        let rules = try #require(result.site).rules.rules
        let trip = try #require(rules.first { $0.id == "SI-1.TRIP" })
        let first = try #require(rules.first { $0.id == "SI-1.FIRST_OUT" })
        #expect(first.point == "SI-1.first_out" && first.kind == .state(.states([1])))
        #expect(first.latching && !first.isSilent && first.onDelay == .zero && first.priority == .high)
        #expect(trip.priority == .critical && trip.point == "SI-1.tripped" && trip.onDelay == .zero)
        // Nothing that another rule does can hold the trip back or clear it.
        #expect(trip.kind == .state(.states([1])))
    }

    @Test func `tells a first-out that is a number by its codes, where the site lists them`() throws {
        let profile = """
            schema: hazardd.profile/v1
            rev: 1
            class: sis
            name: gateway
            source: the test
            modbus: {rates: {fast: 500ms}, snapshots: [[tripped, first]]}
            points:
              tripped: {at: hr:0, type: u16, field: 0-0, role: trip, rate: fast}
              first: {at: hr:1, type: u16, words: {none: 0, LSHH201: 1, LSHH202: 2, PSHH203: 3}, role: first_out, rate: fast}
            """
        let result = try SiteFolder([
            "site.yaml": """
            schema: hazardd.site/v1
            site: {id: t, name: t}
            endpoints: {e: {host: 127.0.0.1, port: 5020}}
            devices: {XS: {profile: sis/coded@1, endpoint: e, unit: 1}}
            """, "profiles/sis/coded.yaml": profile,
            "rules/a.yaml": """
            - {id: w.STALE, point: XS.tripped, kind: STALE, max_age_s: 5, priority: HIGH}
            - {id: w.BAD, point: XS.tripped, kind: BAD_QUALITY, priority: HIGH}
            - template: sis/loop@1
              device: XS
              set: {first_out: first, "FIRST_OUT.states": [1, 2, 3]}
              omit: [UNHEALTHY, MOS, MOS.4H, MOS.8H, OOS, FORCED, FAULT, STALE, BAD, HEARTBEAT.STALE, HEARTBEAT.BAD, HEARTBEAT.FROZEN]
              approved_by: Li
            """,
        ]).load()
        #expect(result.diagnostics == [])
        let rules = try #require(result.site).rules.rules.filter { $0.id.hasPrefix("XS.") }
        #expect(rules.map(\.id) == ["XS.TRIP", "XS.FIRST_OUT"])
        #expect(rules.last?.kind == .state(.states([1, 2, 3])))
    }

    @Test func `is in the list above, whatever class it stands in`() throws {
        let manager = FileManager.default
        var found: [String] = []
        for folder in try manager.contentsOfDirectory(atPath: installedProfiles) {
            let rules = "\(installedProfiles)/\(folder)/rules"
            for name in (try? manager.contentsOfDirectory(atPath: rules)) ?? [] where name.hasSuffix(".yaml") {
                found.append("\(folder)/\(name.dropLast(5))")
            }
        }
        #expect(found.sorted() == shipped.map(\.template).sorted())
        #expect(Set(shipped.map { String($0.template.prefix { $0 != "/" }) }).count == 7)
    }

    @Test func `has flags for its numbers, and none for what the park gives`() throws {
        let result = try load(
            "- {template: slope/gnss@1, device: SL-1, approved_by: Li, "
                + "set: {horizontal_warn: 50, settle_warn: -30, settle_alarm: -60, design: D-1}}")
        let rules = try #require(result.site).rules.rules
        #expect(rules.first { $0.id == "SL-1.V_H.RED" }?.flags == ["P", "F25"])
        let settle = try #require(rules.first { $0.id == "SL-1.SETTLE.LL" })
        #expect(settle.flags == [])
        #expect(settle.basis == "D-1")
    }

    @Test func `holds the numbers of the domain sheet in the unit of the point`() throws {
        let result = try load(
            "- {template: gas/ammonia-room@1, device: AT-1, set: {fan: SI-1.fan_run}, omit: [SPRAY], approved_by: Li}\n"
                + "- {template: level/tank@1, device: LT-1, set: {safe_height: 10 m, relief_pressure: 2 kPa}, approved_by: Li}"
        )
        let rules = try #require(result.site).rules.rules
        func limit(_ id: String) -> Double? { rules.first { $0.id == id }?.kind.shownLimit }
        // 20 and 40 mg/m3 at 25 degC, the 150 ppm, and 10 ppm a minute.
        #expect(abs((limit("AT-1.L1") ?? 0) - 28.7) < 0.05)
        #expect(abs((limit("AT-1.L2") ?? 0) - 57.5) < 0.05)
        #expect(limit("AT-1.M150") == 150)
        #expect(limit("AT-1.ROC") == 10.0 / 60)
        #expect(limit("LT-1.HH") == 9)
        #expect(limit("LT-1.PRESSURE.H") == 1.8)
        #expect(limit("LT-1.RATE") == 0.2 / 60)
        #expect(
            rules.first { $0.id == "AT-1.FAN" }?.kind
                == .expect(when: "AT-1.M150", within: .seconds(10), .states([1])))
    }
}

/// A template small enough to see every place in it.
private let small = """
    schema: hazardd.rules/v1
    rev: 1
    class: level
    name: small
    source: the test
    parameters:
      top: {text: the high limit}
      point: {text: the point, default: level}
    rules:
      - id: H
        point: $point
        kind: H
        limit: $top
        priority: LOW
        basis: B
        flag: P
      - id: L
        point: level
        kind: L
        limit: 2
        deadband: 1
        priority: LOW
        basis: B
        flag: F6
      - {id: ANY, point: level, kind: VOTE, of: [H, L], m: 1, priority: LOW}
    """

private func use(_ keys: String) -> String { "- {template: level/small@1, \(keys), approved_by: Li}" }

private let slips: [Checked] = [
    Checked(
        use("device: LT-9, set: {top: 9}"),
        "1:37: error: template level/small@1 names \"LT-9\", and no device has that id; \"LT-1\" is one"),
    Checked(
        use("device: TC-1, set: {top: 9}"),
        "1:37: error: template level/small@1 is for class level, and \"TC-1\" is of class crane"),
    Checked(
        use("device: LT-1"),
        "1:37: error: template level/small@1 needs top of LT-1, the high limit; set: {top: ...} or omit: [H] would do "
            + "(template profiles/level/rules/small.yaml:7:3)"),
    Checked(
        use("device: LT-1, set: {top: 99}"),
        "1:54: error: limit 99 m lies outside the range of \"LT-1.level\", 0 to 20 m: it could never be reached "
            + "(template profiles/level/rules/small.yaml:13:12)"),
    Checked(
        use("device: LT-1, set: {top: 9, L.deadband: x}"),
        "1:69: error: deadband must be a number, found x (template profiles/level/rules/small.yaml:21:15)"),
    Checked(
        use("device: LT-1, set: {top: 9, L.deadband: 19}"),
        "1:69: error: deadband 19 m leaves no value of \"LT-1.level\", 0 to 20 m, at which it could clear; less than 18 m "
            + "would do (template profiles/level/rules/small.yaml:21:15)"),
    Checked(
        use("device: LT-1, set: {top: 9, point: levle}"),
        "1:64: error: point names \"LT-1.levle\", and no point has that tag; \"LT-1.level\" is known "
            + "(template profiles/level/rules/small.yaml:11:12)"),
    Checked(
        use("device: LT-1, set: {top: 9, tpo: 3}"),
        "1:57: error: template level/small@1 has no \"tpo\"; \"top\" is known"),
    Checked(
        use("device: LT-1, set: {top: 9, LOW.limit: 3}"),
        "1:57: error: template level/small@1 has no \"LOW\"; \"L\" is known"),
    Checked(
        use("device: LT-1, set: {top: 9, L.kind: H}"),
        "1:57: error: L.kind belongs to the template; a rule of your own would do"),
    Checked(
        use("device: LT-1, set: {top: 9, L.delay: 3}"),
        "1:57: error: unknown key \"delay\"; kind L knows"),
    Checked(
        use("device: LT-1, omit: [H, ANY, HH]"), "1:58: error: template level/small@1 has no rule \"HH\"; \"H\" is one"),
    Checked(
        use("device: LT-1, omit: [H]"),
        "1:37: error: of names \"LT-1.H\", and no rule has that id (template profiles/level/rules/small.yaml:25:46)"),
    Checked(
        "- {template: level/small@2, device: LT-1}", "1:14: error: template level/small@2 is not here; level/small@1 is"
    ),
    Checked("- {template: small, device: LT-1}", "1:14: error: template must be <class>/<name>@<rev>, found small"),
    Checked("- {template: level/small@1, set: {top: 9}}", "1:3: error: a template needs \"device\" or \"devices\""),
    Checked(
        "- {template: level/small@1, device: LT-1, priority: LOW}",
        "1:43: error: unknown key \"priority\"; the keys here are template device devices set omit approved_by"),
    Checked(
        "- {template: level/small@1, devices: {LT-1: 9}}",
        "1:45: error: device LT-1 must be followed by a mapping of what is set for it, found 9"),
]

private func slipInTemplate(_ part: String, _ replacement: String, _ line: String) -> SiteSlip {
    SiteSlip(file: "profiles/level/rules/small.yaml", part: part, replacement: replacement, line: line)
}

private let badTemplates: [SiteSlip] = [
    slipInTemplate(
        "class: level", "class: gas", "3:8: error: class gas must be the name of the file's folder, found level/small"),
    slipInTemplate(
        "- id: H", "- approved_by: Li\n    id: H",
        "10:5: error: a template has no approved_by: whoever puts it to use has"),
    slipInTemplate("limit: $top", "limit: $height", "13:12: error: $height is none of the template's parameters"),
    slipInTemplate(
        "{text: the high limit}", "{text: the high limit, default: 9, flag: P, optional: true}",
        "7:40: error: parameter \"top\" is optional and must have no default"),
    slipInTemplate("- id: L", "- id: H", "17:5: error: \"H\" stands in this template twice"),
    slipInTemplate(
        "{text: the high limit}", "{text: the high limit, default: 9, flag: not_found}",
        "7:40: error: parameter \"top\" was not found in any source and must have no default"),
    slipInTemplate(
        "{text: the high limit}", "{text: the high limit, default: 9}",
        "7:40: error: parameter \"top\" has a number as default and must say how sure it is: flag"),
]

@Suite struct `A template in use` {
    private let file = ["profiles/level/rules/small.yaml": small]

    @Test func `becomes ordinary rules with the device's id in front`() throws {
        let result = try load(use("device: LT-1, set: {top: 9}"), file)
        #expect(result.diagnostics == [])
        let rules = try #require(result.site).rules.rules.filter { $0.id.hasPrefix("LT-1.") }
        #expect(rules.map(\.id) == ["LT-1.H", "LT-1.L", "LT-1.ANY"])
        #expect(rules[0].kind == .threshold(.init(level: .H, limit: 9)))
        #expect(rules[0].flags == ["P"] && rules[0].approvedBy == "Li")
        #expect(rules[2].kind == .vote(of: ["LT-1.H", "LT-1.L"], needed: 1, onBad: .drop))
        #expect(rules[1].location.description == "rules/x.yaml:1:37")
        #expect(rules[1].location.template == "profiles/level/rules/small.yaml:17:5")
    }

    @Test func `takes what is set for one device over what is set for all`() throws {
        let two = devices.replacing(
            "  DU-1", with: "  LT-2: {profile: level/virtual-tank@1, endpoint: e, unit: 9}\n  DU-1")
        let result = try load(
            use("devices: {LT-1: {}, LT-2: {top: 12, L.limit: 3, L.basis: drawing 7, H.on_delay_s: 5}}, set: {top: 9}"),
            file.merging(["site.yaml": two]) { $1 })
        #expect(result.diagnostics == [])
        let rules = try #require(result.site).rules.rules
        func limit(_ id: String) -> Double? { rules.first { $0.id == id }?.kind.shownLimit }
        #expect(limit("LT-1.H") == 9 && limit("LT-2.H") == 12)
        #expect(limit("LT-1.L") == 2 && limit("LT-2.L") == 3)
        #expect(rules.first { $0.id == "LT-2.H" }?.onDelay == .seconds(5))
        #expect(rules.first { $0.id == "LT-2.L" }?.basis == "drawing 7")
    }

    @Test func `does not lend its basis to a limit of the park's own`() throws {
        let result = try load(use("device: LT-1, set: {top: 9, L.limit: 3}"), file)
        #expect(
            result.diagnostics.map(\.description) == [
                "rules/x.yaml:1:66: warning: limit of \"LT-1.L\" has no basis; the clause or document, and a name with a "
                    + "date, would do (template profiles/level/rules/small.yaml:20:12)"
            ])
        #expect(result.site?.rules.rules.first { $0.id == "LT-1.L" }?.flags == [])
    }

    @Test(arguments: slips)
    func `names the line that a person wrote, and the template's`(slip: Checked) throws {
        let errors = try load(slip.keys, file).diagnostics.filter { $0.severity == .error }
        #expect(errors.count == 1)
        #expect(errors.first?.description.hasPrefix("rules/x.yaml:\(slip.told)") == true, "\(errors)")
    }

    @Test(arguments: badTemplates)
    func `is refused with its own mistakes`(slip: SiteSlip) throws {
        #expect(small.contains(slip.part))
        let text = small.replacing(slip.part, with: slip.replacement, maxReplacements: 1)
        let errors = try load(use("device: LT-1, set: {top: 9}"), [slip.file: text])
            .diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.description) == ["\(slip.file):\(slip.line)"])
    }

    @Test func `needs a site`() {
        #expect(
            RuleFile.read(text: use("device: LT-1"), file: "r.yaml").diagnostics.map(\.description) == [
                "r.yaml:1:14: error: template level/small@1 needs the devices of a site; the rules that hazardctl check "
                    + "--expanded prints of it would do"
            ])
    }

    @Test func `changes the site's hash`() throws {
        let first = try load(use("device: LT-1, set: {top: 9}"), file).site?.hash
        let other = try load(
            use("device: LT-1, set: {top: 9}"),
            ["profiles/level/rules/small.yaml": small.replacing("source: the test", with: "source: a test")]
        ).site?.hash
        #expect(first != nil && first != other)
    }
}

@Suite struct `The list of rules in force` {
    private func plain(_ rules: RuleSet) -> [RuleSet.Entry] {
        let nowhere = SourceLocation(file: "", line: 0, column: 0)
        return rules.entries.map { entry in
            switch entry {
            case .rule(var rule):
                rule.location = nowhere
                rule.written = nil
                return .rule(rule)
            case .derived(var derived):
                derived.location = nowhere
                return .derived(derived)
            }
        }
    }

    @Test func `of all templates reads back as the same rules`() throws {
        let result = try load(
            shipped.filter { $0.device != "AT-1" && $0.template != "gas/oxygen" || $0.template == "gas/ammonia-room" }
                .map {
                    "- {template: \($0.template)@1, device: \($0.device), set: \($0.set), approved_by: Li}\n"
                }.joined())
        #expect(result.diagnostics.map(\.description) == [])
        let site = try #require(result.site)
        let text = RuleListWriter.text(of: site.rules, points: site.description.points)
        let file = RuleFile.read(text: text, file: "in-force.yaml")
        #expect(file.diagnostics.map(\.description) == [])
        #expect(plain(file.rules) == plain(site.rules))
        #expect(text.contains("  limit: 9  # 90 %\n"))
    }

    @Test func `of the demo reads back too`() throws {
        let site = try #require(try SiteFolder.demo().load().site)
        let text = RuleListWriter.text(of: site.rules, points: site.description.points)
        let file = RuleFile.read(text: text, file: "in-force.yaml")
        #expect(file.diagnostics.map(\.description) == [])
        #expect(plain(file.rules) == plain(site.rules))
    }
}
