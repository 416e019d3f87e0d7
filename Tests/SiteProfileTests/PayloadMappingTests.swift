import DeviceMap
import SiteProfile
import Testing

/// A gateway's profile and a site with two of its nodes.
private let gateway = """
    schema: hazardd.profile/v1
    rev: 1
    class: slope
    name: node behind a gateway
    source: "[P]"
    mqtt:
      topic: "gw/{gateway}/{+slot}/up"
      expect_period: 10s
      each: "$.nodes[?id=='{device}'].records[*]"
      time: {path: "@.ts", format: epoch_s}
      sequence: "@.n"
      blobs:
        raw: {path: "@.raw", encoding: hex, start: 100}
    points:
      x: {path: "@.x", unit: mm}
      slot: {path: "#.slot", type: decimal_text}
      tilt: {at: hr:101, type: i16, scale: 0.01, unit: deg}
    """

private let site = """
    schema: hazardd.site/v1
    site: {id: park, name: park, utc_offset: "+08:00"}
    brokers:
      post: {host: 127.0.0.1}
    devices:
      N7: {profile: slope/node@1, broker: post, fill: {gateway: G1}}
      N8: {profile: slope/node@1, broker: post, fill: {gateway: G1}}
    people:
      zhang: {name: Zhang, role: dutyOfficer, unix_user: "@self", language: en}
    console: {host: 127.0.0.1, port: 0}
    """

@Suite struct `Mapping of payloads` {
    private func load(_ profile: String = gateway, _ site: String = site) throws -> SiteLoadResult {
        try SiteFolder(["site.yaml": site, "profiles/slope/node.yaml": profile]).load()
    }

    private func mistakes(_ part: String, _ replacement: String, of text: String = gateway) throws -> [String] {
        try #require(text.contains(part))
        let changed = text.replacing(part, with: replacement)
        return try (text == gateway ? load(changed) : load(gateway, changed)).diagnostics.map(\.message)
    }

    @Test func `lets devices of one topic each choose their own`() throws {
        let result = try load()
        #expect(result.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        let routes = try #require(result.site?.brokers.first?.routes)
        #expect(routes.map(\.topic) == ["gw/G1/+/up", "gw/G1/+/up"])
        #expect(routes.map { $0.each?.text } == ["$.nodes[?id=='N7'].records[*]", "$.nodes[?id=='N8'].records[*]"])
        #expect(routes[0].captures == [TopicCapture(name: "slot", level: 1 + 1)])
        #expect(routes[0].blobs.map(\.encoding) == [.hex] && routes[0].blobs[0].points.count == 1)
        #expect(result.site?.brokers.first?.droppedPoint == result.site?.systemPoints.drops["post"])
        #expect(result.site?.brokers.first?.droppedPoint != nil)
    }

    @Test(arguments: [
        (
            "each: \"$.nodes[?id=='{device}'].records[*]\"", "each: $.nodes",
            "each must begin with $ and end with [*], found $.nodes"
        ),
        ("path: \"@.x\"", "path: \"$.y[*]\"", "[*] stands only at the end of \"each\", found $.y[*]"),
        ("#.slot", "#.slott", "#.slott reads the topic, and the topic has no level {+...} of that name"),
        ("encoding: hex", "encoding: raw", "encoding must be hex or base64 for text at a path"),
        ("at: hr:101", "at: hr:99", "blob raw starts at 100; a higher address would do"),
        ("at: hr:101, type: i16, scale: 0.01", "at: di:101, type: bit", "a blob holds registers; hr or ir would do"),
        ("at: hr:101", "blob: war, at: hr:101", "blob must be one of raw, found war"),
        (
            "expect_period: 10s", "expect_period: 10s\n  codec: registers",
            "codec registers needs one blob without a path"
        ),
        (
            "format: epoch_s", "format: \"yyyy-MM-dd hh:mm:ss\", zone: \"+08:00\"",
            "format yyyy-MM-dd hh:mm:ss is no pattern of yyyy MM dd HH mm ss SSS: found hh, which is none of them"
        ),
        (
            "format: epoch_s", "format: iso8601, zone: \"+08:00\"",
            "zone goes with a pattern such as \"yyyy-MM-dd HH:mm:ss\"; iso8601 has its zone in the text"
        ),
        (
            "format: epoch_s", "format: epoch_s, zone: \"+08:00\"",
            "zone goes with a pattern such as \"yyyy-MM-dd HH:mm:ss\"; epoch_s counts in UTC"
        ),
        (
            "[?id=='{device}']", "[?(@.id=='{device}')]",
            "each must be a path such as $.d.moment: offset 9: found \"(\", a member and its value such as [?id=='N7'] would do"
        ),
        (
            "expect_period: 10s", "expect_period: 10s\n  codec: xml",
            "codec must be one of json tx101 sparkplug_b registers, found xml"
        ),
    ])
    func `is refused where it leads nowhere`(part: String, replacement: String, message: String) throws {
        #expect(try mistakes(part, replacement).contains(message))
    }

    @Test func `hears a last will at levels that vary, and by the words of the device`() throws {
        let will = "expect_period: 10s\n  status_topic: \"gw/{gateway}/{device}/{+slot}/state\"\n  "
        let read = try load(
            gateway.replacing(
                "expect_period: 10s",
                with: will + "status: {path: \"$.nodes[?id=='{device}'].up\", online: [1, true], offline: 0}"))
        #expect(read.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        let route = try #require(read.site?.brokers.first?.routes.first)
        #expect(route.statusTopic == "gw/G1/N7/+/state")
        #expect(route.statusWords.path?.text == "$.nodes[?id=='N7'].up")
        #expect(route.statusWords.online == ["1", "true"] && route.statusWords.offline == ["0"])
    }

    @Test(arguments: [
        ("status: {online: 1, offline: 0}", "status says how to read the \"status_topic\", which is missing"),
        ("status_topic: s\n  status: {online: 1}", "status needs \"offline\""),
        ("status_topic: s\n  status: {online: 1, offline: [0, 1]}", "1 cannot mean online and offline"),
        (
            "status_topic: s\n  status: {online: 1, offline: {a: b}}",
            "offline must be a word such as online or 1, or a list of them, found a mapping"
        ),
        (
            "status_topic: s\n  status: {path: \"@.up\", online: 1, offline: 0}",
            "path must begin with $ and have no [*], found @.up"
        ),
    ])
    func `refuses words of a last will that cannot be told apart`(words: String, message: String) throws {
        #expect(try mistakes("expect_period: 10s", "expect_period: 10s\n  \(words)").contains(message))
    }

    @Test func `needs every name of a topic, and knows wildcards only by name`() throws {
        #expect(
            try mistakes(", fill: {gateway: G1}", "", of: site).contains(
                "the topic of device \"N7\" needs \"fill: {gateway: ...}\""))
        #expect(try mistakes("{+slot}", "+").contains { $0.hasPrefix("topic must be one topic without wildcards") })
        #expect(try mistakes("{+slot}", "a{+slot}").contains { $0.hasPrefix("topic must be one topic") })
    }

    @Test func `keeps one topic for one device where none is chosen`() throws {
        let plain = gateway.replacing("$.nodes[?id=='{device}'].records[*]", with: "$.records[*]")
        #expect(try load(plain).diagnostics.map(\.message).contains { $0.contains("is N7's already") })
    }
}
