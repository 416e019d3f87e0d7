import SiteProfile
import Testing

private let profile = """
    schema: hazardd.profile/v1
    rev: 1
    class: slope
    name: node
    source: "[P]"
    mqtt: {topic: "gw/{device}/{+slot}/up", expect_period: 10s}
    points:
      x: {path: $.x, unit: mm}
      slot: {path: "#.slot", type: decimal_text}
    """

private let edge = """
    schema: hazardd.profile/v1
    rev: 1
    class: slope
    name: edge node
    source: "[P]"
    mqtt: {codec: sparkplug_b, topic: "spBv1.0/G/{+message}/N/{device}", expect_period: 60s}
    points:
      x: {path: $.x, unit: mm, report_by_exception: "reports changes only"}
    """

/// A site of one broker, written as `broker` says, and two devices with what `first` and `second` add to them.
private func mistakes(
    broker: String = "{host: mq.example}", others: String = "", first: String = "", second: String = "",
    kind: String = "node", files: [String: String] = [:]
) throws -> [String] {
    let site = """
        schema: hazardd.site/v1
        site: {id: t, name: test}
        brokers:
          post: \(broker)
        \(others)
        devices:
          A: {profile: slope/node@1, broker: post\(first)}
          B: {profile: slope/\(kind)@1, broker: post\(second)}
        people: {zhang: {name: Zhang, role: dutyOfficer, unix_user: zhang}}
        """
    let all = ["site.yaml": site, "profiles/slope/node.yaml": profile, "profiles/slope/edge.yaml": edge]
    return try SiteFolder(all.merging(files) { $1 }).mistakes.filter { $0.hasPrefix("site.yaml:") }
}

private let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

@Suite struct `Broker of a site` {
    @Test func `with a keep-alive that MQTT cannot say is refused`() throws {
        #expect(
            try mistakes(broker: "{host: mq.example, keep_alive: 24h}") == [
                "site.yaml:4:40: error: keep_alive must be at most 18h, found 24h; 15s notices a dead connection in time"
            ])
        #expect(try mistakes(broker: "{host: mq.example, keep_alive: 18h}") == [])
    }

    @Test func `with nothing to hide has nothing to be told`() throws {
        #expect(try mistakes() == [])
        #expect(try mistakes(broker: "{host: 127.0.0.1, username: h, password: p}") == [])
        #expect(
            try mistakes(
                broker: "{host: mq.example, ca: tls/ca.pem, username_credential: u, password: p}",
                files: ["tls/ca.pem": pem]) == [])
        #expect(
            try mistakes(
                broker: "{host: mq.example, ca: ca.pem, client_certificate: own.pem, client_key: k}",
                files: ["ca.pem": pem, "own.pem": pem]) == [])
    }

    @Test(arguments: [
        (
            "{host: mq.example, client_certificate: own.pem, client_key: k}",
            "4:48: error: client_certificate needs \"ca\", who signed the broker's own; without it nothing would be encrypted"
        ),
        (
            "{host: mq.example, ca: own.pem, client_certificate: own.pem}",
            "4:9: error: client_certificate and client_key stand together or not at all"
        ),
        (
            "{host: 127.0.0.1, password: p}",
            "4:37: error: password needs \"username\" or \"username_credential\"; without a user it would not be sent"
        ),
        (
            "{host: 127.0.0.1, username: u, username_credential: c}",
            "4:61: error: username and username_credential both name the user; one would do"
        ),
        (
            "{host: mq.example, username: u, password: p}",
            "4:51: warning: password crosses the network as plain text; \"ca\" would encrypt the connection"
        ),
        (
            "{host: mq.example, ca: tls/ca.pem}",
            "4:32: error: ca names tls/ca.pem: is not there; a PEM file in the site folder would do"
        ),
        (
            "{host: mq.example, ca: /nowhere/ca.pem}",
            "4:32: warning: ca names /nowhere/ca.pem: is not there, on this machine"
        ),
        (
            "{host: mq.example, ca: key.pem}",
            "4:32: error: ca names key.pem, which holds no certificate; a PEM file would do"
        ),
    ])
    func `that cannot work, or tells a secret, is told in one line`(broker: String, line: String) throws {
        #expect(
            try mistakes(broker: broker, files: ["own.pem": pem, "key.pem": "-----BEGIN PRIVATE KEY-----"])
                == ["site.yaml:\(line)"])
    }

    @Test func `does not meet another of the same address under the same client id`() throws {
        let usual = "broker \"spare\" has the client id hazardd-t of broker \"post\""
        #expect(
            try mistakes(others: "  spare: {host: MQ.example}").first
                == "site.yaml:5:3: error: \(usual) at the same address, and each would throw the other out; \"client_id\" "
                + "would do")
        #expect(
            try mistakes(others: "  spare: {host: mq.example, port: 1884}").first
                == "site.yaml:5:3: warning: \(usual) on the same host; if one broker listens on both ports, \"client_id\" "
                + "must differ")
        #expect(try mistakes(others: "  spare: {host: mq2.example}").filter { $0.contains("client id") } == [])
        #expect(
            try mistakes(others: "  spare: {host: mq.example, client_id: s}").filter { $0.contains("client id") } == [])
    }
}

@Suite struct `Topic of one device` {
    @Test(arguments: [
        (", topic: \"gw/{+slot}/a/up\"", ", topic: \"gw/b/{+slot}/up\"", "gw/b/+/up", "gw/+/a/up"),
        (", topic: \"gw/b/{+slot}/up\"", ", topic: \"gw/{+slot}/a/up\"", "gw/+/a/up", "gw/b/+/up"),
        (", topic: \"gw/{+slot}/a/up\"", ", topic: \"gw/{+slot}/{+b}/up\"", "gw/+/+/up", "gw/+/a/up"),
        (", status_topic: gw/B/x/up", "", "gw/B/+/up", "gw/B/x/up"),
    ])
    func `is not heard by another's filter`(first: String, second: String, own: String, other: String) throws {
        #expect(
            try mistakes(first: first, second: second) == [
                "site.yaml:8:3: error: topic \(own) hears \(other) too, which is A's already; {device} in it would do"
            ])
    }

    @Test func `may differ from another's in any one level`() throws {
        #expect(try mistakes(first: ", topic: \"gw/{+slot}/a/up\"", second: ", topic: \"gw/{+slot}/b/up\"") == [])
        #expect(try mistakes(first: ", topic: \"gw/{+slot}/up\"", second: ", topic: \"gw/{+slot}\"") == [])
        #expect(
            try mistakes(first: ", topic: \"gw/{+slot}/a\"", second: ", topic: \"gw/{+slot}/a\"") == [
                "site.yaml:8:3: error: topic gw/+/a is A's already; {device} in it would do"
            ])
    }

    @Test func `that its site gives has the levels that its profile reads`() throws {
        #expect(
            try mistakes(second: ", topic: \"gw/b/up\"") == [
                "site.yaml:8:51: error: #.slot reads the topic, and the topic has no level {+...} of that name"
            ])
    }

    @Test func `that its site gives to a Sparkplug device is one of Sparkplug`() throws {
        #expect(
            try mistakes(second: ", topic: \"gw/b/up\"", kind: "edge") == [
                "site.yaml:8:51: error: the topic of sparkplug_b must be spBv1.0/{group}/{+message}/{node}/{device} or without "
                    + "the device, found gw/b/up"
            ])
        #expect(try mistakes(second: ", topic: \"spBv1.0/H/{+m}/N/B\"", kind: "edge") == [])
    }
}
