import DeviceMap
import Foundation
import PlantModel
import SiteProfile
import Testing

private let site = """
    schema: hazardd.site/v1
    site: {id: t, name: test}
    hazard_sources: {ROOM: {name: room, level: 3}}
    endpoints: {e: {host: 127.0.0.1, port: 502}}
    brokers: {b: {host: 127.0.0.1}}
    devices:
      AT-1: {profile: gas/virtual-nh3-tx@1, endpoint: e, unit: 1, hazard_source: ROOM}
      LT-1: {profile: level/virtual-tank@1, endpoint: e, unit: 2}
      SL-1: {profile: slope/virtual-gnss@1, broker: b}
    people: {zhang: {name: Zhang, role: dutyOfficer, unix_user: zhang}}
    channels: {duty: {kind: webhook, recipient: zhang, url: "https://duty.example/hook", secret: duty_key}}
    """

private let watch = """
    - {id: AT-1.STALE, point: AT-1.conc, kind: STALE, max_age_s: 5, priority: HIGH}
    - {id: AT-1.BAD, point: AT-1.conc, kind: BAD_QUALITY, priority: HIGH}

    """

private func slipInSite(_ part: String, _ replacement: String, _ line: String) -> SiteSlip {
    SiteSlip(file: "site.yaml", part: part, replacement: replacement, line: line)
}

private func slipInRules(_ rules: String, _ line: String) -> SiteSlip {
    SiteSlip(file: "rules/more.yaml", part: "", replacement: rules, line: line)
}

struct SiteSlip: Sendable, CustomTestStringConvertible {
    let file: String
    let part: String
    let replacement: String
    let line: String

    var testDescription: String { line }
}

private let siteSlips: [SiteSlip] = [
    slipInSite("schema: hazardd.site/v1\n", "", "1:1: error: the file needs \"schema: hazardd.site/v1\""),
    slipInSite("id: t,", "id: t/1,", "2:12: error: id must be letters, digits and hyphens, found t/1"),
    slipInSite(
        "name: test", "name: test, utc_offset: CST",
        "2:39: error: utc_offset must be an offset such as \"+08:00\", found CST"),
    slipInSite("level: 3", "level: 5", "3:44: error: level must lie in 1 to 4, found 5"),
    slipInSite("port: 502", "port: 70000", "4:40: error: port must lie in 1 to 65535, found 70000"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{}",
        "4:16: error: endpoint \"e\" has no \"host\"; site.yaml or a file in site.d would do"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, baud: 9600}",
        "4:26: error: unknown key \"baud\"; the keys here are host port connect_timeout response pause backup "
            + "serial round_trip dials_in"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, backup: {port: 503}}",
        "4:34: error: backup needs \"host\""),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, serial: {baud: 96}}",
        "4:41: error: baud must lie in 300 to 921600, found 96"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, round_trip: 320ms, response: {ceil: 300ms}}",
        "4:13: error: endpoint \"e\" has a round_trip of 0.32 s, and its answers are waited for 0.3 s at most; a longer "
            + "response ceil would do"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, round_trip: 400ms}",
        "4:13: error: endpoint e would be busy 82 % of its time, more than 70 %; a period of 1170 ms instead of 1000 ms "
            + "would do"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: h, dials_in: {port: 9502, registration: a}}",
        "4:23: error: endpoint \"e\" dials in, so nobody calls it at host; dials_in alone would do"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{dials_in: {port: 9502, registration: \"0x123\"}}",
        "4:54: error: registration must be 1 to 64 bytes, as text or as 0x and hexadecimal digits, found 0x123"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{dials_in: {listen: lan, port: 9502, registration: a}}",
        "4:36: error: listen must be an IPv4 address of this machine such as 0.0.0.0, found lan"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{dials_in: {listen: 010.1.2.3, port: 9502, registration: a}}",
        "4:36: error: listen must be an IPv4 address of this machine such as 0.0.0.0, found 010.1.2.3"),
    slipInSite(
        "host: 127.0.0.1", "host: \"10.1.2.3:502\"",
        "4:23: error: host must be a name or an address, found 10.1.2.3:502; a port stands in \"port\""),
    slipInSite(
        "host: 127.0.0.1", "host: 10.0.0",
        "4:23: error: host must be a name or an address, found 10.0.0; four numbers of 0 to 255 without zeros before them "
            + "would do"),
    slipInSite(
        "host: 127.0.0.1", "host: 010.001.2.3",
        "4:23: error: host must be a name or an address, found 010.001.2.3; four numbers of 0 to 255 without zeros before "
            + "them would do"),
    slipInSite(
        "{host: 127.0.0.1, port: 502}", "{host: 10.1.2.3, backup: {host: 10.1.2.3}}",
        "4:41: error: backup is the address of endpoint \"e\" itself, found 10.1.2.3:502; a second way to the device "
            + "would do"),
    slipInSite(
        "host: 127.0.0.1", "host: \"fe80::1\"",
        "4:23: error: host is a link-local address, found fe80::1; its interface behind it, as in fe80::1%eth0, would do"
    ),
    slipInSite(
        "gas/virtual-nh3-tx@1", "gas/virtual-nh3-tx@2",
        "7:19: error: profile gas/virtual-nh3-tx@2 is not here; gas/virtual-nh3-tx@1 is"),
    slipInSite(
        "gas/virtual-nh3-tx@1", "gas/virtual-nh3-tx",
        "7:19: error: profile must be <class>/<maker>-<model>@<rev>, found gas/virtual-nh3-tx; gas/virtual-nh3-tx@1 is here"
    ),
    slipInSite(
        "endpoint: e, unit: 1", "endpoint: e, unit: 1, channels: [1]",
        "7:73: error: profile gas/virtual-nh3-tx@1 has no channels; the device must be without \"channels\""),
    slipInSite(
        "gas/virtual-nh3-tx@1", "../secret@1",
        "7:19: error: profile must be <class>/<maker>-<model>@<rev>, found ../secret@1"),
    slipInSite(
        "endpoint: e, unit: 1", "endpoint: f, unit: 1", "7:51: error: endpoint names \"f\", and endpoints has e"),
    slipInSite(
        "hazard_source: ROOM", "hazard_source: HALL", "7:78: error: hazard_source must be one of ROOM, found HALL"),
    slipInSite("unit: 2", "unit: 1", "8:3: error: unit 1 of endpoint \"e\" is AT-1 already"),
    slipInSite(
        "unit: 2", "unit: 2, rates: {fast: 100ms}",
        "4:13: error: endpoint e has a period of 100 ms, shorter than its response floor and 20 ms; 220 ms would do"),
    slipInSite(
        "unit: 2", "unit: 2, rates: {quick: 1s}",
        "8:71: error: profile level/virtual-tank@1 has the rates fast, found quick"),
    slipInSite(
        "unit: 2", "unit: 2, points: {levle: {range: [0, 9]}}",
        "8:72: error: profile level/virtual-tank@1 has no point \"levle\"; \"level\" is known"),
    slipInSite(
        "broker: b", "broker: b, topic: \"a/b\", status_topic: \"a/b\"",
        "9:3: error: topic a/b is SL-1's already; {device} in it would do"),
    slipInSite("SL-1:", "b:", "9:3: error: device \"b\" has the name of a broker, and both would own sys.b.link"),
    slipInSite(
        "SL-1:", "SL 1:", "9:3: error: device \"SL 1\" must be named with letters, digits, - and _, and not \"sys\""),
    slipInSite(
        "role: dutyOfficer", "role: boss",
        "10:37: error: role must be one of dutyOfficer safetyEngineer administrator auditor platform wall, found boss"),
    slipInSite(
        "unix_user: zhang}", "unix_user: zhang}, li: {name: Li, role: auditor, unix_user: zhang}",
        "10:110: error: unix_user zhang is zhang already; one person each"),
    slipInSite("recipient: zhang", "recipient: wang", "11:45: error: recipient names \"wang\", and people has zhang"),
    slipInSite("https://duty", "ftp://duty", "11:57: error: url must begin with https:// or http:// and name a host"),
    slipInSite(
        "secret: duty_key", "secret: \"s3cr3t/abc\"",
        "11:94: error: secret must be the name of a file in the credentials folder, not the secret"),
    slipInSite("kind: webhook", "kind: pager", "11:25: error: kind must be one of webhook platform, found pager"),
    slipInSite(
        "people:", "console: {host: 0.0.0.0}\npeople:",
        "10:17: error: host must be one of 127.0.0.1 ::1 localhost, found 0.0.0.0; a proxy before it shows it to a LAN"
    ),
    slipInSite(
        "people:", "console: {insecure: true}\npeople:",
        "10:21: error: insecure: true is not served: the console listens on loopback only; a proxy before it would do"),
    slipInSite(
        "people:", "capacities: {input_ring: 5000}\npeople:",
        "10:26: error: input_ring must be a power of two, found 5000; 4096 or 8192 would do"),
    slipInSite(
        "people:", "colours: {CRITICAL: purple}\npeople:",
        "10:21: error: CRITICAL must be one of red orange yellow blue, found purple"),
    slipInSite(
        "people:", "system_rules: {sys.AT-1.link.DWN: {on_delay_s: 5}}\npeople:",
        "10:16: error: no shipped rule is called \"sys.AT-1.link.DWN\"; \"sys.AT-1.link.DOWN\" is one"),
    slipInSite(
        "people:", "system_rules: {sys.AT-1.link.DOWN: {on_delay_s: 5, priority: LOW}}\npeople:",
        "10:52: error: unknown key \"priority\"; a shipped rule can be delayed by on_delay_s, nothing else"),
    slipInSite(
        "people:", "peoples: {}\npeople:",
        "10:1: error: unknown key \"peoples\"; the keys here are schema site hazard_sources endpoints brokers devices colours "
            + "people channels console capacities system_rules pins"),
]

private let ruleSlips: [SiteSlip] = [
    slipInRules(
        "- {id: X, point: AT-1.cnoc, kind: H, limit: 25, priority: LOW}",
        "1:18: error: point names \"AT-1.cnoc\", and no point has that tag; \"AT-1.conc\" is known"),
    slipInRules(
        "- {derived: D, op: linear, of: [LT-9.level]}",
        "1:33: error: of names \"LT-9.level\", and no point has that tag; \"LT-1.level\" is known"),
    slipInRules(
        "- {derived: LT-1.level, op: linear, of: [LT-1.water]}",
        "1:13: error: derived point \"LT-1.level\" has the tag of a measured one"),
    slipInRules(
        "- {id: X, point: LT-1.level, kind: H, limit: 25, priority: LOW}",
        "1:46: error: limit 25 m lies outside the range of \"LT-1.level\", 0 to 20 m: it could never be reached"),
    slipInRules(
        "- {id: L, point: LT-1.level, kind: L, limit: 1, priority: LOW}\n"
            + "- {id: H, point: LT-1.level, kind: H, limit: 3, deadband: 2.5, priority: LOW}",
        "2:59: error: deadband 2.5 m is wider than the gap between L 1 m and H 3 m; at most 2 m would do"),
    slipInRules(
        "- {id: L, point: LT-1.level, kind: L, limit: 1, deadband: 2.5, priority: LOW}\n"
            + "- {id: H, point: LT-1.level, kind: H, limit: 3, priority: LOW}",
        "1:59: error: deadband 2.5 m is wider than the gap between L 1 m and H 3 m; at most 2 m would do"),
    slipInRules(
        "- {id: X, point: AT-1.conc, kind: H, limit: 25, off_delay_s: 3, priority: LOW}",
        "1:62: error: off_delay_s 3 s is not below max_age_s 3 s: silence could end the alarm; less than 3 s would do"),
    slipInRules(
        "- {id: X, point: AT-1.conc, kind: HH, limit: 50, priority: CRITICAL}",
        "1:60: error: rule \"X\" is CRITICAL and its guidance has no cause, no consequence, no action, no "
            + "respond_within_s; cause, consequence, action, each {zh-CN: ..., en: ...}, and respond_within_s would do\n"
            + "1:46: error: limit of CRITICAL rule \"X\" has no basis and no approved_by: what it rests on and who "
            + "approved it must be said"),
    slipInRules(
        "- {id: X, point: LT-1.level, kind: HH, limit: 9, priority: CRITICAL, basis: b, approved_by: a, guidance: "
            + "{cause: c, consequence: c, action: a, respond_within_s: 60}}",
        "1:18: error: point \"LT-1.level\" is judged by a CRITICAL rule and has no STALE and no BAD_QUALITY rule of at least HIGH"
    ),
    slipInRules(
        "- {id: AT-1.STALE, point: LT-1.level, kind: H, limit: 9, priority: LOW}",
        "1:8: error: rule \"AT-1.STALE\" stands at rules/a.yaml:1:8 already; another name would do"),
    slipInRules(
        "- {id: sys.X, point: LT-1.level, kind: H, limit: 9, priority: LOW}",
        "1:8: error: id \"sys.X\": rules of the station itself are shipped; system_rules can delay them"),
    slipInRules(
        "- {id: X/1, point: LT-1.level, kind: H, limit: 9, priority: LOW}",
        "1:8: error: id \"X/1\" must have no space and no / in a site"),
    slipInRules(
        "- {id: A, point: LT-1.level, kind: VOTE, of: [B], m: 1, priority: LOW}\n"
            + "- {id: B, point: LT-1.level, kind: VOTE, of: [A], m: 1, priority: LOW}",
        "1:3: error: rules refer to each other in a circle: A -> B -> A"),
]

@Suite struct `A mistake in a site folder` {
    private func folder(_ slip: SiteSlip?) throws -> SiteFolder {
        var files = ["site.yaml": site, "rules/a.yaml": watch]
        if let slip {
            let text = files[slip.file] ?? ""
            #expect(slip.part.isEmpty || text.contains(slip.part))
            files[slip.file] =
                slip.part.isEmpty
                ? slip.replacement : text.replacing(slip.part, with: slip.replacement, maxReplacements: 1)
        }
        return try SiteFolder(files)
    }

    @Test func `is absent from the folder that the slips below start from`() throws {
        #expect(try folder(nil).mistakes == [])
    }

    @Test(arguments: siteSlips)
    func `in site.yaml is told in one line`(slip: SiteSlip) throws {
        let result = try folder(slip).load()
        #expect(result.diagnostics.map(\.description) == ["\(slip.file):\(slip.line)"])
        #expect(result.site == nil)
    }

    @Test(arguments: ruleSlips)
    func `in a rule that does not fit the site is told in one line`(slip: SiteSlip) throws {
        let result = try folder(slip).load()
        let wanted = slip.line.split(separator: "\n").map { "\(slip.file):\($0)" }.sorted()
        let errors = result.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.description).sorted() == wanted)
        #expect(result.site == nil)
    }

    @Test func `a gas point that nobody watches is refused at its device`() throws {
        let unwatched = try SiteFolder(["site.yaml": site])
        #expect(
            unwatched.mistakes == [
                "site.yaml:7:3: error: point \"AT-1.conc\" is of class gas and has no STALE and no BAD_QUALITY rule of at "
                    + "least HIGH",
                "site.yaml:7:3: error: point \"AT-1.status\" is of class gas and has no STALE and no BAD_QUALITY rule of at "
                    + "least HIGH",
            ])
    }

    @Test func `a watch of less than HIGH does not count`() throws {
        let weak = watch.replacing("kind: BAD_QUALITY, priority: HIGH", with: "kind: BAD_QUALITY, priority: MEDIUM")
        let folder = try SiteFolder(["site.yaml": site, "rules/a.yaml": weak])
        #expect(folder.mistakes.count == 2)
        #expect(folder.mistakes.allSatisfy { $0.hasSuffix("has no BAD_QUALITY rule of at least HIGH") })
    }

    @Test func `a gas point that reports by exception needs an age from the rule`() throws {
        let silent = site.replacing(
            "hazard_source: ROOM}", with: "hazard_source: ROOM, points: {conc: {report_by_exception: \"cable test\"}}}")
        let folder = try SiteFolder(["site.yaml": silent, "rules/a.yaml": watch])
        #expect(
            folder.mistakes == [
                "rules/a.yaml:2:3: error: rule on gas point \"AT-1.conc\" needs \"max_age_s\": its silence must not hold the "
                    + "last value"
            ])
    }

    @Test func `a key that stands in two files is refused where it stands the second time`() throws {
        let folder = try SiteFolder([
            "site.yaml": site, "rules/a.yaml": watch, "site.d/10.yaml": "endpoints: {e: {port: 503}}",
        ])
        #expect(
            folder.mistakes == [
                "site.d/10.yaml:1:17: error: \"port\" stands at site.yaml:4:34 already; one of the two must go"
            ])
    }

    @Test func `a rule file that cannot be read is the only thing told of it`() throws {
        let folder = try SiteFolder([
            "site.yaml": site, "rules/a.yaml": watch.replacing("max_age_s: 5", with: "max_age_s: ["),
            "rules/b.yaml": "- {id: V, point: AT-1.conc, kind: VOTE, of: [AT-1.STALE], m: 1, priority: LOW}",
        ])
        #expect(
            folder.mistakes == ["rules/a.yaml:1:63: error: not YAML: did not find expected node content"])
    }

    @Test func `files of site.d are laid over site.yaml in name order`() throws {
        let folder = try SiteFolder([
            "site.yaml": site.replacing("{host: 127.0.0.1, port: 502}", with: ""), "rules/a.yaml": watch,
            "site.d/20.yaml": "endpoints: {e: {port: 1502}}", "site.d/10.yaml": "endpoints: {e: {host: 127.0.0.2}}",
        ])
        let result = folder.load()
        #expect(result.diagnostics == [])
        #expect(result.site?.modbus.first?.host == "127.0.0.2")
        #expect(result.site?.modbus.first?.port == 1502)
    }

    @Test func `a missing site.yaml is told with the folder`() throws {
        let folder = try SiteFolder(["rules/a.yaml": watch])
        #expect(
            folder.mistakes == [
                "site.yaml:1:1: error: no such file in \(folder.path); a site folder holds site.yaml and rules"
            ])
    }

    @Test func `a profile of the site's own folder goes before the installed one`() throws {
        let own = try String(contentsOfFile: "\(installedProfiles)/gas/virtual-nh3-tx.yaml", encoding: .utf8)
            .replacing("range: [0, 500]", with: "range: [0, 600]")
        let folder = try SiteFolder([
            "site.yaml": site, "rules/a.yaml": watch, "profiles/gas/virtual-nh3-tx.yaml": own,
        ])
        let result = folder.load()
        #expect(result.diagnostics == [])
        #expect(result.site?.description.point(tagged: "AT-1.conc")?.range == 0...600)
    }

    @Test func `a file of more than 4 MiB is not read`() throws {
        let folder = try SiteFolder(["site.yaml": String(repeating: "#", count: 4_194_305)])
        #expect(
            folder.mistakes == ["site.yaml:1:1: error: the file has 4194305 bytes; 4 MiB is the most that is read"])
    }
}

@Suite struct `Rules over several files` {
    @Test func `are sorted so that what is named stands above, otherwise in the order of the files`() throws {
        let folder = try SiteFolder([
            "site.yaml": site, "rules/a.yaml": watch,
            "rules/b.yaml": """
            - {id: B.VOTE, point: LT-1.level, kind: VOTE, of: [C.H, C.HH], m: 1, priority: LOW}
            - {id: B.ROC, point: LT-1.level, kind: ROC, limit: 1, window_s: 30, priority: LOW, basis: b, approved_by: a}
            - {id: B.MEAN.H, point: D, kind: H, limit: 3, priority: LOW, basis: b, approved_by: a}
            """,
            "rules/c.yaml": """
            - {id: C.L, point: LT-1.level, kind: L, limit: 1, priority: LOW, basis: b, approved_by: a}
            - {id: C.H, point: LT-1.level, kind: H, limit: 8, priority: LOW, basis: b, approved_by: a}
            - {id: C.HH, point: LT-1.level, kind: HH, limit: 9, priority: LOW, basis: b, approved_by: a}
            - {derived: D, op: mean, of: [LT-1.level], window_s: 60}
            """,
        ])
        let result = folder.load()
        #expect(result.diagnostics == [])
        let site = try #require(result.site)
        let order = site.rules.entries.prefix(9).map { entry in
            switch entry {
            case .rule(let rule): rule.id
            case .derived(let derived): derived.name
            }
        }
        #expect(order == ["AT-1.STALE", "AT-1.BAD", "C.H", "C.HH", "B.VOTE", "B.ROC", "D", "B.MEAN.H", "C.L"])
        let derived = try #require(site.description.point(tagged: "D"))
        #expect(derived.unit.symbol == "m")
        #expect(derived.staleAfter == .seconds(3))
        #expect(derived.device == nil)
    }
}
