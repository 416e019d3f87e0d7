import DeviceMap
import MonitorCore
import PlantModel
import PlantTime
import SiteProfile
import Testing

@Suite struct `A bit of an interlock word` {
    static let profile = """
        schema: hazardd.profile/v1
        rev: 1
        class: sis
        name: gateway
        source: the test
        modbus: {rates: {fast: 500ms}, snapshots: [[trips, bypasses]]}
        points:
          trips:
            at: hr:0
            type: u32
            order: CDAB
            rate: fast
            bits:
              0: {name: xs101_trip, role: trip, polarity: energised_normal, label: {zh-CN: 联锁动作, en: trip of XS101}}
              17: {name: xs102_trip, role: trip}
              31: {name: beat, role: heartbeat}
          bypasses: {at: hr:2, type: u16, rate: fast, bits: {3: {name: xs101_bypass, role: bypass}, 4: spare}}
          position: {at: hr:3, type: u16, field: 0-1, words: {moving: 0, open: 1, closed: 2}, class: other, rate: fast}
        """
    static let site = """
        schema: hazardd.site/v1
        site: {id: t, name: t}
        endpoints: {e: {host: 127.0.0.1, port: 5020}}
        devices: {XS: {profile: sis/gateway@1, endpoint: e, unit: 1}}
        """
    static let watch = """
        - {id: w.STALE, point: XS.trips, kind: STALE, max_age_s: 5, priority: HIGH}
        - {id: w.BAD, point: XS.trips, kind: BAD_QUALITY, priority: HIGH}

        """

    static func load(_ rules: String, profile: String = profile, watch: String = watch) throws -> SiteLoadResult {
        try SiteFolder(["site.yaml": site, "profiles/sis/gateway.yaml": profile, "rules/a.yaml": watch + rules]).load()
    }

    /// Decodes answers to a site's one request.
    private static func decoder(of site: LoadedSite, registers: Int) throws -> BlockDecoder {
        let unit = site.modbus[0].units[0]
        let block = try #require(ReadPlan(unit: unit).blocks.first)
        #expect(block.count == registers)
        return BlockDecoder(block: block, unit: unit)
    }

    /// The samples by tag of one answer.
    private static func samples(_ bytes: [UInt8], of site: LoadedSite) throws -> [String: Sample] {
        var samples: [Sample] = []
        try decoder(of: site, registers: bytes.count / 2).decode(
            bytes.span, at: .init(milliseconds: 1), into: &samples)
        return Dictionary(uniqueKeysWithValues: samples.map { (site.description.points[$0.point.offset].tag, $0) })
    }

    /// The samples by tag of one answer that holds registers 0 to 3.
    static func samples(_ registers: [UInt8]) throws -> [String: Sample] {
        try samples(registers, of: #require(load("").site))
    }

    @Test func `is a point of its own, read with its word, and 1 while its role's word holds`() throws {
        // CDAB: the low word first. Bit 0 is 1: XS101 is energised, which is normal. Bit 17 is bit 1 of the second register.
        let calm = try Self.samples([0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0, 1])
        #expect(calm["XS.xs101_trip"]?.reading == .good(0))
        #expect(calm["XS.xs102_trip"]?.reading == .good(0))
        let tripped = try Self.samples([0x00, 0x00, 0x80, 0x02, 0x00, 0x08, 0, 1])
        #expect(tripped["XS.xs101_trip"]?.reading == .good(1))
        #expect(tripped["XS.xs102_trip"]?.reading == .good(1))
        #expect(tripped["XS.beat"]?.reading == .good(1))
        #expect(tripped["XS.xs101_bypass"]?.reading == .good(1))
    }

    @Test func `that belongs to a state nobody knows is bad, and never normal`() throws {
        #expect(try Self.samples([0, 1, 0, 0, 0, 0, 0, 2])["XS.position"]?.reading == .good(2))
        let unknown = try Self.samples([0, 1, 0, 0, 0, 0, 0, 3])["XS.position"]
        #expect(unknown?.quality == .bad(.outOfRange))
        #expect(unknown?.reading.usableValue == nil)
    }

    /// A site with one word whose bits are interlocks, with everything that can be said of the word.
    private static func site(ofWord given: String, rules: String = "") throws -> LoadedSite {
        let profile = """
            schema: hazardd.profile/v1
            rev: 1
            class: sis
            name: gateway
            source: the test
            modbus: {rates: {fast: 500ms}, snapshots: [[word]]}
            points:
              word:
                at: hr:0
                type: u16
                rate: fast
                \(given)
            """
        return try #require(load(rules, profile: profile, watch: wordRules).site)
    }

    private static func bytes(of word: UInt16) -> [UInt8] { [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)] }

    private static func samples(ofWord word: UInt16, _ given: String) throws -> [String: Sample] {
        try samples(bytes(of: word), of: site(ofWord: given))
    }

    private static let wordRules = """
        - {id: w.STALE, point: XS.word, kind: STALE, max_age_s: 60, priority: HIGH}
        - {id: w.BAD, point: XS.word, kind: BAD_QUALITY, priority: HIGH}

        """
    private static let trip = "0: {name: trip, role: trip, polarity: energised_normal}"

    @Test(
        arguments: [
            ("sentinels: [0xFFFF], bits: {\(trip)}", 0xFFFF, .bad(.sentinel)),
            ("words: {normal: 1, tripped: 0}, bits: {\(trip)}", 7, .bad(.outOfRange)),
            ("values: {9: bad.deviceFault}, bits: {\(trip)}", 9, .bad(.deviceFault)),
            ("qualified_by: word, bits: {\(trip), 7: {name: comms, quality: bad.noTarget}}", 0x81, .bad(.noTarget)),
            ("qualified_by: word, bits: {\(trip), 4-5: {name: mode, values: {0: good}}}", 0x21, .bad(.outOfRange)),
            ("field: 4-7, sentinels: [15], bits: {\(trip)}", 0xF0, .bad(.sentinel)),
            (
                "field: 4-7, qualified_by: word, bits: {\(trip), 3: {name: comms, quality: bad.noTarget}}", 0x90,
                .bad(.noTarget)
            ),
        ] as [(String, UInt16, Quality)])
    func `is as bad as its word: no value, an unknown state, a fault`(given: String, word: UInt16, quality: Quality)
        throws
    {
        // A key a line.
        let lines = ["bits", "sentinels", "qualified_by"].reduce(given) {
            $0.replacing(", \($1):", with: "\n    \($1):")
        }
        // A first-out that nobody knows is no "nothing tripped" either.
        let first = lines.replacing("role: trip", with: "role: first_out")
        #expect(try Self.samples(ofWord: word, first)["XS.trip"]?.quality == quality, "\(given)")
        let bad = try Self.samples(ofWord: word, lines)["XS.trip"]
        #expect(bad?.quality == quality, "\(given)")
        if quality.word == .bad { #expect(bad?.reading.usableValue == nil) }
        let calm = try Self.samples(ofWord: given.contains("4-7") ? 0x10 : 1, lines)["XS.trip"]
        #expect(calm?.reading == .good(0), "a sound word changes nothing")
    }

    @Test func `says nothing of the other bits unless the word is qualified by itself`() throws {
        let given = "bits: {0: {name: fault, role: fault, quality: bad.deviceFault}, 1: {name: trip, role: trip}}"
        let samples = try Self.samples(ofWord: 3, given)
        #expect(samples["XS.fault"]?.reading == .good(1))
        #expect(samples["XS.trip"]?.reading == .good(1))
    }

    @Test func `of a word with a band of raw numbers is refused`() throws {
        let profile = Self.profile.replacing("    type: u32\n", with: "    type: u32\n    valid_raw: [0, 9]\n")
        let told = try Self.load("", profile: profile).diagnostics.map(\.description)
        #expect(told.contains { $0.contains("valid_raw says nothing of bits with a role") }, "\(told)")
    }

    @Test func `keeps its alarm raised while its word says nothing`() throws {
        let rules = """
            - {id: T, point: XS.trip, kind: STATE, states: [1], priority: HIGH}
            - {id: T.STALE, point: XS.trip, kind: STALE, max_age_s: 60, priority: HIGH}
            - {id: T.BAD, point: XS.trip, kind: BAD_QUALITY, priority: HIGH}
            """
        let site = try Self.site(ofWord: "sentinels: [0xFFFF]\n    bits: {\(Self.trip)}", rules: rules)
        let decoder = try Self.decoder(of: site, registers: 1)
        let start = PlantInstant(milliseconds: 1_795_509_000_000)
        var monitor = try Monitor(
            site: "t", points: site.description.points.map(\.tag), rules: site.rules, startingAt: start)
        var told: [String] = []
        for (second, word) in [UInt16(1), 1, 0, 0, 0xFFFF, 0xFFFF, 1].enumerated() {
            var samples: [Sample] = []
            let instant = start + .seconds(second)
            let bytes = Self.bytes(of: word)
            decoder.decode(bytes.span, at: instant, into: &samples)
            let slots = samples.map { sample in
                var slot = InputSlot(sample, published: instant)
                slot.judgedAt = instant
                return slot
            }
            monitor.step(slots.span, firstSequence: UInt64(second * 10 + 1))
            told += monitor.takeEvents().map {
                "\(second) \(site.rules.rules[$0.rule.offset].id) \($0.transition.word)"
            }
        }
        #expect(
            told.filter { !$0.contains("w.") } == ["2 T raise", "4 T.BAD raise", "6 T clear", "6 T.BAD clear"])
    }

    @Test func `falls silent with its word, so one rule watches all of them`() throws {
        #expect(try Self.load("").diagnostics.filter { $0.severity == .error } == [])
    }

    @Test func `with a role that nobody judges is remarked on`() throws {
        #expect(
            try Self.load("").diagnostics.map(\.description) == [
                "site.yaml:4:11: warning: point \"XS.xs101_trip\" has the role trip, and no rule judges it",
                "site.yaml:4:11: warning: point \"XS.xs102_trip\" has the role trip, and no rule judges it",
                "site.yaml:4:11: warning: point \"XS.beat\" has the role heartbeat, and no FROZEN rule watches it: a gateway "
                    + "that repeats old data would go unseen",
                "site.yaml:4:11: warning: point \"XS.xs101_bypass\" has the role bypass, and no rule judges it",
            ])
        let rules = """
            - {id: T.1, point: XS.xs101_trip, kind: STATE, states: [1], priority: HIGH}
            - {id: T.2, point: XS.xs102_trip, kind: STATE, states: [1], priority: HIGH}
            - {id: T.B, point: XS.xs101_bypass, kind: STATE, states: [1], priority: HIGH}
            - {id: T.H, point: XS.beat, kind: FROZEN, window_s: 10, min_span: 0, priority: HIGH}
            """
        let told = try Self.load(rules).diagnostics.map(\.description)
        #expect(told == [])
    }

    @Test func `with a role is remarked on behind a gateway at a broker, too`() throws {
        let profile = """
            schema: hazardd.profile/v1
            rev: 1
            class: sis
            name: gateway at a broker
            source: the test
            mqtt:
              topic: "park/{device}/regs"
              expect_period: 1s
              blobs: {regs: {path: $.regs, encoding: base64, start: 0}}
            points:
              trips: {at: hr:0, type: u16, bits: {0: {name: xs101_trip, role: trip}}}
            """
        let site = """
            schema: hazardd.site/v1
            site: {id: t, name: t}
            brokers: {b: {host: 127.0.0.1}}
            devices: {XS: {profile: sis/gateway@1, broker: b}}
            """
        func told(_ rules: String) throws -> [String] {
            try SiteFolder([
                "site.yaml": site, "profiles/sis/gateway.yaml": profile, "rules/a.yaml": Self.watch + rules,
            ]).load().diagnostics.map(\.description)
        }
        #expect(
            try told("").filter { $0.contains("role") } == [
                "site.yaml:4:11: warning: point \"XS.xs101_trip\" has the role trip, and no rule judges it"
            ])
        let judged = "- {id: T, point: XS.xs101_trip, kind: STATE, states: [1], priority: HIGH}"
        #expect(try told(judged).filter { $0.contains("role") } == [])
    }

    @Test func `that says which input tripped first is remarked on until a rule judges it`() throws {
        let profile = Self.profile.replacing(
            "4: spare}", with: "4: {name: lshh201_first, role: first_out}}")
        func told(_ rules: String) throws -> [String] {
            try SiteFolder([
                "site.yaml": Self.site, "profiles/sis/gateway.yaml": profile, "rules/a.yaml": Self.watch + rules,
            ]).load().diagnostics.map(\.description).filter { $0.contains("first") }
        }
        let remark =
            "site.yaml:4:11: warning: point \"XS.lshh201_first\" has the role first_out, and no rule judges it: a trip "
            + "would be told without what tripped first"
        #expect(try told("") == [remark])
        // That its link is watched says nothing of what it says.
        #expect(
            try told(
                """
                - {id: F.STALE, point: XS.lshh201_first, kind: STALE, max_age_s: 5, priority: HIGH}
                - {id: F.BAD, point: XS.lshh201_first, kind: BAD_QUALITY, priority: HIGH}
                - {id: F.FROZEN, point: XS.lshh201_first, kind: FROZEN, window_s: 10, min_span: 0, priority: HIGH}
                """) == [remark])
        #expect(
            try told("- {id: F, point: XS.lshh201_first, kind: STATE, states: [1], latching: true, priority: HIGH}")
                == [])
    }
}
