import Foundation
import PlantModel
import SiteProfile
import Testing

@testable import hazardctl

/// A site of one gateway whose payloads hold everything that can be read, and a Modbus gauge; judged in every way.
private let gateway = """
    schema: hazardd.profile/v1
    rev: 1
    class: slope
    name: node behind a gateway
    source: "[P]"
    access: read_only
    mqtt:
      topic: "gw/{gateway}/{+slot}/up"
      status_topic: "gw/{gateway}/will"
      status: {path: $.s, online: [up, 1], offline: down}
      expect_period: 10s
      each: "$.nodes[?id=='{device}'].records[*]"
      time: {path: "@.ts", format: "yyyy-MM-dd HH:mm:ss", zone: "+08:00"}
      sequence: "@.n"
      blobs:
        raw: {path: "@.raw", encoding: hex, start: 100}
    points:
      x: {path: "@.x", unit: mm, scale: 0.1, offset: -5, range: [0, 100], sentinels: [-1, 9999], qualified_by: fix}
      fix: {path: "@.fix", words: {none: 0, fixed: 4}, values: {0: bad.deviceFault}}
      slot: {path: "#.slot", type: decimal_text, class: other}
      code: {path: "@.code", type: hex_text}
      tilt: {at: hr:101, type: i16, scale: 0.01, unit: deg, sentinels: [0x8000]}
      total: {at: hr:102, type: f32, order: CDAB, unit: mm, clamp_above: 90, range: [0, 100]}
    """

private let gauge = """
    schema: hazardd.profile/v1
    rev: 1
    class: level
    name: gauge
    source: "[P]"
    access: read_only
    modbus:
      rates: {fast: 1s, slow: 20s}
      snapshots: [[level, status]]
    points:
      level: {at: hr:0, type: u16, unit: m, scale: 0.01, rate: fast, range: [0, 20], qualified_by: status, resolution: 0.01}
      status: {at: hr:1, type: u16, rate: fast, bits: {3: {name: fault, quality: bad.deviceFault}, 4-5: {name: mode, values: {0: good, 1: bad.maintenance, 2: bad.maintenance, 3: uncertain.degraded}}}}
      mode: {at: hr:9, type: u16, field: 8-11, words: {run: 0, test: 2}, rate: slow}
      temp: {at: hr:11.high, type: i8, unit: degC, rate: slow}
    """

private let site = """
    schema: hazardd.site/v1
    site: {id: park, name: park}
    hazard_sources: {T: {name: {zh-CN: 罐区, en: tank farm}}}
    brokers:
      post: {host: "fd00::2", ca: /nowhere/ca.pem, client_certificate: /nowhere/own.pem, client_key: own_key,
             username: reader, password: post_password, keep_alive: 20s, session_expiry: 36h, receive_maximum: 64}
    endpoints: {e: {host: 127.0.0.1}}
    devices:
      N7: {profile: slope/node@1, broker: post, fill: {gateway: G1}}
      LT-1: {profile: level/gauge@1, endpoint: e, unit: 3, hazard_source: T, area: north}
    people:
      zhang: {name: Zhang, role: dutyOfficer, unix_user: zhang, language: en}
      li: {name: Li, role: safetyEngineer, language: en}
    channels:
      duty: {kind: webhook, recipient: zhang, url: "https://duty.example/hook", secret: duty_key}
      grave: {kind: webhook, recipient: li, url: "https://duty.example/li", secret: duty_key, minimum_priority: HIGH}
    colours: {CRITICAL: red, HIGH: orange, MEDIUM: yellow, LOW: blue}
    """

private let rules = """
    - {derived: LT-1.slope, op: slope, of: [LT-1.level], window_s: 60}
    - {id: LT-1.H, point: LT-1.level, kind: H, limit: 850, unit: cm, deadband: 5, on_delay_s: 5, priority: HIGH, basis: D-1, approved_by: Li, name: {en: high}}
    - {id: LT-1.FAST, point: LT-1.slope, kind: H, limit: 0.5, priority: LOW}
    - {id: LT-1.STALE, point: LT-1.level, kind: STALE, max_age_s: 5, priority: HIGH}
    - {id: X.a, point: N7.x, kind: H, limit: 40, silent: true, priority: LOW}
    - {id: T.a, point: N7.tilt, kind: ROC, limit: 0.5, window_s: 60, off_delay_s: 90, silent: true, priority: LOW}
    - {id: UNUSED, point: N7.code, kind: STATE, bit: 2, silent: true, priority: LOW}
    - {id: BOTH, point: N7.x, kind: VOTE, of: [X.a, T.a], m: 2, priority: HIGH, latching: true}
    - {id: N7.STALE, point: N7.x, kind: STALE, max_age_s: 30, priority: HIGH}
    - {id: N7.BAD, point: N7.x, kind: BAD_QUALITY, priority: HIGH}
    """

private func loaded(_ rules: String = rules) throws -> LoadedSite {
    let folder = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = [
        "site.yaml": site, "rules/a.yaml": rules, "profiles/slope/node.yaml": gateway,
        "profiles/level/gauge.yaml": gauge,
    ]
    for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
    }
    return try ExplainCommand.loaded(folder.path, [])
}

/// Lines with their blanks made single, for the width of columns is no matter.
private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
}

@Suite struct `A device at a broker, explained` {
    private func told(_ language: Language = .english) throws -> [String] {
        lines(try ExplainCommand.site(loaded(), device: "N7", language))
    }

    @Test func `begins with the connection, and names credentials without their contents`() throws {
        #expect(
            try told().prefix(6) == [
                "broker post [fd00::2]:8883: 1 device(s)",
                "TLS 1.2 or later; the broker must show a certificate signed by /nowhere/ca.pem; ours is "
                    + "/nowhere/own.pem, its key the credential own_key",
                "client id hazardd-park, user reader, password from the credential post_password",
                "MQTT 5; the broker keeps the session for 1 d 12 h, keep-alive 20 s, at most 64 messages unacknowledged",
                "what the broker says it dropped ($SYS) raises sys.post.dropped.H",
                "hazardd publishes nothing here, so it leaves no last will; those of the devices are heard",
            ])
    }

    @Test func `says topic, time, numbers and last will, and counts the points of its blobs`() throws {
        let said = Array(try told().dropFirst(6).prefix(9))
        #expect(said[0].hasPrefix("N7, slope/node@1 (") && said[0].hasSuffix("): 6 point(s)"))
        #expect(
            said.dropFirst() == [
                "subscribed to gw/G1/+/up at QoS 1; a message is expected every 10 s, a point is stale after 30 s",
                "the topic carries other devices too; this one is found by what stands in the payload",
                "payload: JSON, one message for each element of $.nodes[?id=='N7'].records[*]",
                "time: @.ts, \"yyyy-MM-dd HH:mm:ss\" at +08:00; more than 5 s ahead is not believed, and the arrival counts",
                "read from the topic: #.slot, level 3",
                "numbered by @.n: what comes twice is known again, gaps are counted",
                "last will: gw/G1/will $.s says \"up\" \"1\" or \"down\"",
                "registers at @.raw: hex, from address 100 on, 2 point(s)",
            ])
    }

    @Test func `says of every point where it stands, how it is read and when it is no value`() throws {
        let said = try told()
        let start = try #require(said.firstIndex { $0.hasPrefix("POINT READ AT") })
        #expect(said[start] == "POINT READ AT AS SCALED UNIT RANGE NO VALUE STATUS COUNTS AS")
        #expect(
            said[(start + 1)...(start + 7)] == [
                "x @.x number x 0.1 - 5 mm [0, 100] -1 9999 fix",
                "fix @.fix \"none\"=0 \"fixed\"=4 status", "says of x: 0 BAD (device-fault)",
                "slot #.slot number or \"number\" other", "code @.code hexadecimal \"text\"",
                "tilt @.raw hr:101 i16 x 0.01 ° 0x8000",
                "total @.raw hr:102-103 f32 CDAB mm [0, 100], over range from 90",
            ])
    }

    @Test func `is explained from its profile alone, the names that a site gives standing for themselves`() throws {
        let dtu = lines(
            try ExplainCommand.profile("gas/generic-nh3-rs485-dtu@1", channels: nil, [deviceProfiles], .english))
        #expect(dtu[1].hasPrefix("subscribed to dtu/<dtu>/data at QoS 1;"))
        #expect(
            dtu.contains("registers at $.data: hex, from address 0 on, 1 point(s), the modbus_rtu answer of unit 1"))
        let tank = lines(
            try ExplainCommand.profile("level/virtual-tank-sparkplug@1", channels: nil, [deviceProfiles], .english))
        #expect(tank.contains("level Tank/Level number m [0, 20] by exception: never stale"))
        #expect(tank.contains("last will: the death of its node or of itself"))
        let crane = lines(try ExplainCommand.profile("crane/tx101@1", channels: nil, [deviceProfiles], .chinese))
        #expect(crane.contains("load load.value 数值 t [0, 100] load_state"))
        #expect(crane.contains("对 load 的含义:1 无效 (maintenance); 0 2 无效 (device-fault)"))
    }

    @Test(arguments: ["crane", "dust", "electricity", "gas", "level", "sis", "slope"])
    func `is there for every profile that is shipped`(kind: String) throws {
        let folder = "\(deviceProfiles)/\(kind)"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        #expect(!files.isEmpty)
        for file in files {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            let revision = try #require(text.firstMatch(of: /rev: (\d+)/)).1
            let channels = ["igd-t700.yaml", "varec-8315.yaml"].contains(file) ? "1,2" : nil
            #expect(throws: Never.self, "\(file)") {
                let told = try ExplainCommand.profile(
                    "\(kind)/\(file.dropLast(5))@\(revision)", channels: channels, [deviceProfiles], .english)
                #expect(told.contains("POINT"), "\(file)")
            }
        }
    }
}

@Suite struct `Who watches a point` {
    private func row(_ point: String, of device: String, in text: String) throws -> String {
        let said = lines(text)
        let start = try #require(said.firstIndex { $0.hasPrefix("who watches \(device)") })
        return try #require(said[start...].first { $0.hasPrefix("\(point) ") })
    }

    @Test func `is said with what it is seen by: itself, what is made of it, what comes with it`() throws {
        let text = try ExplainCommand.site(loaded(), device: "LT-1", .english)
        #expect(
            text.contains("who watches LT-1: of 4 points 2 are judged by no rule, the silence of 2 is told by none"))
        #expect(try row("level", of: "LT-1", in: text) == "level LT-1.H LT-1.FAST (by slope) NOBODY LT-1.STALE")
        #expect(try row("status", of: "LT-1", in: text) == "status speaks for level NOBODY LT-1.STALE (with level)")
        #expect(try row("mode", of: "LT-1", in: text) == "mode NOBODY NOBODY NOBODY")
        #expect(try row("slope", of: "LT-1", in: text) == "slope LT-1.FAST NOBODY NOBODY")
        #expect(try row("sys.LT-1.link", of: "LT-1", in: text) == "sys.LT-1.link sys.LT-1.link.DOWN - -")
    }

    @Test func `is told of silence by what is made of it: alone by STALE, among others by BAD_QUALITY`() throws {
        let more = """
            - {derived: LT-1.mean, op: mean, of: [LT-1.mode], window_s: 60}
            - {id: M.STALE, point: LT-1.mean, kind: STALE, max_age_s: 70, priority: LOW}
            - {derived: LT-1.product, op: product, of: [LT-1.mode, LT-1.temp], max_age_s: 70}
            - {id: P.STALE, point: LT-1.product, kind: STALE, max_age_s: 70, priority: LOW}
            - {id: P.BAD, point: LT-1.product, kind: BAD_QUALITY, priority: LOW}

            """
        let text = try ExplainCommand.site(loaded(rules + "\n" + more), device: "LT-1", .english)
        #expect(try row("mode", of: "LT-1", in: text).hasPrefix("mode NOBODY P.BAD (by product) "))
        #expect(try row("mode", of: "LT-1", in: text).contains(" M.STALE (by mean)"))
        #expect(try row("temp", of: "LT-1", in: text) == "temp NOBODY P.BAD (by product) P.BAD (by product)")
    }

    @Test func `is nobody where a silent rule decides nothing, and somebody where it is in a vote`() throws {
        let text = try ExplainCommand.site(loaded(), device: "N7", .english)
        #expect(try row("x", of: "N7", in: text) == "x X.a N7.BAD N7.STALE N7.BAD")
        #expect(try row("tilt", of: "N7", in: text) == "tilt T.a N7.BAD (with x) N7.STALE (with x) N7.BAD (with x)")
        #expect(try row("code", of: "N7", in: text).hasPrefix("code NOBODY "))
        #expect(!text.contains("UNUSED"))
    }

    @Test func `is said with what each rule says, whom it tells and what it rests on`() throws {
        let gauge = lines(try ExplainCommand.site(loaded(), device: "LT-1", .english))
        let high = try #require(gauge.firstIndex { $0.hasPrefix("LT-1.H ") })
        #expect(gauge[high] == "LT-1.H H ≥ 8.5 m, deadband 0.05 m 5 s [2] HIGH duty (Zhang), grave (Li)")
        #expect(gauge[high + 1] == "high; written as 850 cm; basis: D-1; approved by Li; rules/a.yaml:2")
        #expect(gauge.contains("LT-1.FAST H ≥ 0.5 m/s [4] LOW duty (Zhang)"))
        #expect(gauge.contains { $0.hasPrefix("approved by nobody; rules/a.yaml:3") })
        let node = lines(try ExplainCommand.site(loaded(), device: "N7", .english))
        #expect(node.contains("X.a H ≥ 40 mm [4] LOW nobody itself: decides BOTH"))
        #expect(
            node.contains(
                "T.a ROC changes by ≥ 0.5 °/s, slope over 1 min 1 min 30 s [4] LOW nobody itself: decides BOTH"))
        #expect(
            node.contains(
                "BOTH VOTE 2 of 2: X.a T.a (a blind one: drop) [2] HIGH duty (Zhang), grave (Li)"))
        #expect(node.contains("stays until it is reset; approved by nobody; rules/a.yaml:8"))
        #expect(node.contains("N7.BAD BAD_QUALITY value bad, or no row for 30 s [2] HIGH duty (Zhang), grave (Li)"))
        #expect(node.contains("link of N7 is down; shipped with hazardd"))
    }

    @Test func `is a list of gaps at the end of a whole site`() throws {
        let said = lines(try ExplainCommand.site(loaded(), device: nil, .english))
        let start = try #require(said.firstIndex { $0.hasPrefix("judged by no rule") })
        #expect(
            said[start...] == [
                "judged by no rule: 5 of 10 point(s)", "N7: slot code total", "LT-1: mode temp",
                "silence told by no rule: 2 of 10 point(s)", "LT-1: mode temp",
            ])
        let rules = lines(try ExplainCommand.site(loaded(), device: nil, rulesOnly: true, .english))
        #expect(rules.contains("the station and its brokers") && rules.contains { $0.hasPrefix("sys.post.link.DOWN ") })
        #expect(!rules.contains { $0.hasPrefix("subscribed") || $0.hasPrefix("endpoint") })
        #expect(rules.suffix(5) == said.suffix(5))
    }

    @Test func `follows what the registers of the device mean`() throws {
        let site = try loaded()
        let one = lines(try ExplainCommand.site(site, device: "LT-1", .english))
        #expect(one.contains("POINT READ AT AS SCALED UNIT RANGE NO VALUE STATUS COUNTS AS"))
        #expect(one.contains("mode hr:9 u16 bits 8-11 all but 0 2"))
        #expect(
            !lines(try ExplainCommand.site(site, device: nil, .english)).contains("mode hr:9 u16 bits 8-11 all but 0 2")
        )
    }

    @Test func `is said of one point, with where it is read`() throws {
        let site = try loaded()
        let level = lines(try ExplainCommand.point("LT-1.level", of: site, .english))
        #expect(
            level.prefix(11) == [
                "LT-1.level: level; m; level; tank farm; north",
                "asked for at endpoint e, unit 3, every 1 s", "POINT READ AT AS SCALED UNIT RANGE STATUS COUNTS AS",
                "level hr:0 u16 x 0.01 m [0, 20] status", "status hr:1 u16 status",
                "says of level: bit 3 = 1 BAD (device-fault); bits 4-5 = 1 2 BAD (maintenance); bits 4-5 = 3 uncertain "
                    + "(degraded); bits 4-5 none of 0 1 2 3 BAD (out-of-range)",
                "bit 3: fault; BAD (device-fault) at 1",
                "bits 4-5: mode; good at 0; BAD (maintenance) at 1 2; uncertain (degraded) at 3; otherwise BAD "
                    + "(out-of-range)", "stale after 3 s without a row",
                "NOBODY IS TOLD when the value of LT-1.level alone is bad (no BAD_QUALITY)",
                "goes into LT-1.slope",
            ])
        #expect(level.contains("LT-1.FAST looks at LT-1.slope, which is made of it"))
        #expect(level.contains { $0.hasPrefix("sys.LT-1.link.DOWN ") })
        let mode = lines(try ExplainCommand.point("LT-1.mode", of: site, .english))
        #expect(mode.contains("mode hr:9 u16 bits 8-11 all but 0 2"))
        #expect(mode.contains("NO RULE JUDGES the value of LT-1.mode"))
        #expect(mode.contains("NOBODY IS TOLD when LT-1.mode falls silent (no STALE)"))
        #expect(lines(try ExplainCommand.point("LT-1.temp", of: site, .english)).contains("temp hr:11.high i8 °C"))
        let tilt = lines(try ExplainCommand.point("N7.tilt", of: site, .chinese))
        #expect(tilt.contains("来自消息服务器 post 的 gw/G1/+/up,每 10 s 一条"))
        #expect(tilt.contains("N7.STALE 监视 N7.x,后者与本测点一同到达,二者同时沉默"))
        let slope = lines(try ExplainCommand.point("LT-1.slope", of: site, .english))
        #expect(slope.contains("made of LT-1.level: slope 1 min"))
    }

    @Test(arguments: Language.allCases) func `is said of rules of every kind`(language: Language) throws {
        let more = """
            - {derived: LT-1.mean, op: mean, of: [LT-1.level], window_s: 60}
            - {id: D, point: LT-1.level, kind: DEVIATION, other: LT-1.mean, limit: 2, deadband: 1, max_age_s: 9, priority: LOW}
            - {id: W, point: LT-1.level, kind: TWA, limit: 9, window_s: 900, max_age_s: 9, priority: LOW}
            - {id: G, point: LT-1.level, kind: TIME_TO, limit: 15, horizon_s: 600, clear_horizon_s: 900, window_s: 120, priority: LOW}
            - {id: F, point: LT-1.level, kind: FROZEN, window_s: 300, min_span: 0.02, unless: LT-1.H, priority: LOW}
            - {id: E, point: LT-1.mode, kind: EXPECT, when: LT-1.H, within_s: 45, states: [2], priority: LOW}
            - {id: C, point: LT-1.level, kind: COUNT, of: [LT-1.H, E], n: 3, window_s: 3600, priority: LOW}
            - {id: l1, point: LT-1.level, kind: H, limit: 5, silent: true, priority: LOW}
            - {id: l2, point: LT-1.level, kind: HH, limit: 6, silent: true, priority: LOW}
            - {id: L, point: LT-1.level, kind: LADDER, levels: [l1, l2], priority: LOW}
            - {id: R, point: LT-1.level, kind: ROC_FALL, limit: 0.2, window_s: 60, method: theil_sen, priority: LOW}

            """
        let said = lines(try ExplainCommand.site(loaded(rules + "\n" + more), device: "LT-1", language))
        let wanted =
            switch language {
            case .english:
                [
                    "D DEVIATION differs from LT-1.mean by ≥ 2 m, deadband 1 m ",
                    "W TWA mean over 15 min ≥ 9 m, of which 75 % must be known ",
                    "G TIME_TO rises to 15 m within 10 min, clears beyond 15 min, slope over 2 min ",
                    "F FROZEN stays within 0.02 m for 5 min, unless LT-1.H is active ",
                    "E EXPECT not (is 2) within 45 s of LT-1.H ", "C COUNT 3 raises of LT-1.H E within 1 h ",
                    "l1 H ≥ 5 m [4] LOW nobody itself: decides L", "L LADDER the worst of l1 < l2 ",
                    "R ROC_FALL falls by ≥ 0.2 m/s, Theil-Sen slope over 1 min ",
                ]
            case .chinese:
                [
                    "D DEVIATION 与 LT-1.mean 相差 ≥ 2 m,死区 1 m ", "W TWA 15 min 加权平均 ≥ 9 m,其中 75 % 须已知 ",
                    "G TIME_TO 10 min 内升至 15 m,超过 15 min 恢复", "F FROZEN 5 min 内变化不超过 0.02 m,LT-1.H 报警时除外 ",
                    "E EXPECT LT-1.H 后 45 s 内未(为 2) ", "C COUNT 1 h 内 LT-1.H E 触发 3 次 ",
                    "l1 H ≥ 5 m [4] LOW 自身不通知:用于 L", "L LADDER l1 < l2 中最严重者 ", "R ROC_FALL 下降 ≥ 0.2 m/s",
                ]
            }
        for text in wanted { #expect(said.contains { $0.hasPrefix(text) }, "\(text)") }
        #expect(!said.contains { $0.contains("{") })
    }

    @Test func `is said with the template that a rule comes from`() throws {
        let classes = URL(filePath: #filePath).appending(path: "../../../Documentation/Templates/classes").standardized
        let site = try ExplainCommand.loaded(classes.path, [deviceProfiles])
        let said = lines(try ExplainCommand.point("NH3-1.conc", of: site, .english))
        #expect(said.contains { $0.hasPrefix("NH3-1.L1 H ≥ 28.7304 ppm, deadband 2.87304 ppm 3 s 2 s [2] HIGH") })
        let grounds = try #require(said.first { $0.hasPrefix("ammonia level 1;") })
        #expect(grounds.contains("written as 20 mg/m³") && grounds.contains("approved by example"))
        #expect(grounds.contains("from template ") && grounds.contains("gas/rules/ammonia-room.yaml:"))
    }

    @Test func `is asked of a point that is there`() throws {
        let site = try loaded()
        #expect {
            try ExplainCommand.point("LEVEL", of: site, .english)
        } throws: { "\($0)".contains("LT-1.level") }
    }
}

@Suite struct `Configured numbers` {
    @Test(arguments: [
        (0, "0 s"), (0.25, "250 ms"), (9.75, "9.75 s"), (60, "1 min"), (90.5, "1 min 30.5 s"), (5400, "1 h 30 min"),
        (604_800, "7 d"),
    ])
    func `of time are shown to the last digit`(seconds: Double, text: String) {
        #expect(ExactText.span(.milliseconds(Int64(seconds * 1000))) == text)
    }

    @Test(arguments: [
        (28.730437081836804, "28.7304"), (0.0172534581784472, "0.0172535"), (250_000, "250000"), (0, "0"),
    ])
    func `that were converted are shown to six digits`(number: Double, text: String) {
        #expect(ExactText.converted(number) == text)
    }
}
