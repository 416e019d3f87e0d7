import Foundation
import SiteProfile
import Testing

/// The schema for editors must name the keys that the loader takes, no more and no fewer: each mapping is asked for a key
/// that nobody knows, and the loader's own list is held against the schema's.
@Suite struct `The schema for editors` {
    /// Each `<name>` is a place for an unknown key in the mapping that the schema calls so.
    static let site = """
        schema: hazardd.site/v1
        <site.yaml>
        site: {<site> id: t, name: t}
        hazard_sources: {V: {<hazard source> name: V, level: 2}}
        endpoints: {e: {<endpoint> host: 127.0.0.1, port: 5020, round_trip: 30ms, response: {<response> floor: 200ms}, pause: {<pause> between: 1ms}, backup: {<backup> host: h}, serial: {<serial> baud: 9600}}, f: {dials_in: {<call> port: 9502, registration: a}}}
        brokers: {b: {<broker> host: 127.0.0.1}}
        devices:
          T: {<device/modbus> profile: level/virtual-tank@1, endpoint: e, unit: 1, points: {level: {<override> map: {<map> table: [[0, 0], [9, 1]]}}}}
          G: {<device/mqtt> profile: slope/virtual-gnss@1, broker: b}
        colours: {<colours> CRITICAL: red, HIGH: orange, MEDIUM: yellow, LOW: blue}
        people: {li: {<person> name: Li, role: auditor, unix_user: li}}
        channels:
          w: {<channel/webhook> kind: webhook, recipient: li, url: "https://duty.test/", secret: s}
          p: {<channel/platform> kind: platform, enterprise: E1, gateway: G1, url: "https://county.test/", token: k}
        console: {<console> port: 8080}
        capacities: {<capacities> outbox_rows: 1000}
        """

    static let modbus = """
        schema: hazardd.profile/v1
        <profile>
        rev: 1
        class: level
        name: t
        source: the test
        modbus: {<modbus> rates: {fast: 1s}, response: {<response> floor: 200ms}, limits: {<limits> max_regs: 9}, gap: {<gap> max_regs: 9}, pause: {<pause> between: 1ms}, session: {<session> idle_close: 9s}}
        points:
          a: {<point/modbus> at: hr:0, type: u16, rate: fast, bits: {0: {<bit> name: x, role: trip}}, map: {<map> table: [[0, 0], [9, 1]]}, channels: {<channels> first: 1, last: 2}}
        """

    static let mqtt = """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: t
        source: the test
        mqtt: {<mqtt> topic: t, status_topic: s, status: {<status> path: $.s, online: up, offline: down}, expect_period: 1s, time: {<time> path: $.t, format: epoch_s}, blobs: {r: {<blob> path: $.r, encoding: hex}}}
        points:
          a: {<point/mqtt> path: $.a}
          b: {<point/register> at: hr:0, type: u16}
        """

    static func places(_ text: String) -> [String] { text.matches(of: /<([a-z \/.]+)>/).map { String($0.output.1) } }

    /// The text with an unknown key at one place.
    static func text(_ text: String, unknownAt place: String) -> String {
        var filled = text
        for other in Set(places(text)) {
            let isBlock = other == "site.yaml" || other == "profile"
            filled = filled.replacing("<\(other)>", with: other != place ? "" : isBlock ? "zzz: 1" : "zzz: 1,")
        }
        return filled
    }

    /// The keys that the loader lists when it meets an unknown one.
    static func known(_ told: [String], at place: String) throws -> Set<String> {
        let line = try #require(told.first { $0.contains("unknown key \"zzz\"") }, "\(place): \(told)")
        let parts = line.split(separator: "the keys here are ")
        return try Set(#require(parts.last).split(separator: " ").map(String.init))
    }

    static func hold(_ found: [String: Set<String>], against schema: EditorSchema) {
        for (name, keys) in found {
            let ours = schema.keys[name, default: []]
            #expect(keys.subtracting(ours) == [], "EditorSchema+\(schema): \(name) lacks keys that the loader takes")
            #expect(
                ours.subtracting(keys) == [], "EditorSchema+\(schema): \(name) has keys that the loader does not take")
        }
    }

    @Test func `of site files knows the loader's keys`() throws {
        var found: [String: Set<String>] = [:]
        for place in Self.places(Self.site) {
            let folder = try SiteFolder(["site.yaml": Self.text(Self.site, unknownAt: place)])
            let name = String(place.prefix { $0 != "/" })
            found[name, default: []].formUnion(try Self.known(folder.mistakes, at: place))
        }
        let unasked: Set = ["languages", "system rule"]
        #expect(Set(EditorSchema.site.keys.keys).subtracting(unasked) == Set(found.keys))
        Self.hold(found, against: .site)
    }

    @Test func `of profiles knows the loader's keys`() throws {
        var found: [String: Set<String>] = [:]
        for text in [Self.modbus, Self.mqtt] {
            for place in Self.places(text) {
                let folder = try SiteFolder(["level/t.yaml": Self.text(text, unknownAt: place)])
                let told = ProfileFolder.check(folder.path).diagnostics.map(\.description)
                found[String(place.prefix { $0 != "/" }), default: []].formUnion(try Self.known(told, at: place))
            }
        }
        let unasked: Set = ["languages", "derived"]
        #expect(Set(EditorSchema.profile.keys.keys).subtracting(unasked) == Set(found.keys))
        Self.hold(found, against: .profile)
    }

    @Test(arguments: EditorSchema.allCases)
    func `is JSON that says what it is`(schema: EditorSchema) throws {
        let tree = try JSONSerialization.jsonObject(with: Data(schema.text.utf8)) as? [String: Any]
        #expect(tree?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect(tree?["title"] as? String == "hazardd \(schema.rawValue)")
    }

    @Test func `of rule files has every kind and operation`() throws {
        let text = EditorSchema.rules.text
        for word in ["ROC_RISE", "LADDER", "TWA", "unwrap", "counter"] {
            #expect(text.contains("{\"const\": \"\(word)\"}"))
        }
        #expect(
            try #require(EditorSchema.rules.keys["template"]) == [
                "template", "device", "devices", "set", "omit", "approved_by",
            ])
    }
}
