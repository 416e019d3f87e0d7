import Digests
import ParkSimulator

/// A small site in a temporary folder: device profiles of its own, quick polls, short delays. Removed by ``remove()``.
struct TestSite: Sendable {
    struct Device: Sendable {
        var id: String
        var port: UInt16
        var unit = 1
    }

    struct Webhooks: Sendable {
        var duty: String?
        var platform: String?
    }

    let root: String
    let webhookSecret = "a secret of thirty-two characters"
    let platformToken = "token-of-the-county"

    var folder: String { "\(root)/site" }
    var state: String { "\(root)/state" }
    var credentials: String { "\(root)/credentials" }
    var control: String { "\(root)/control.sock" }
    var log: String { "\(root)/hazardd.log" }
    var broker: String { "\(root)/broker" }
    var journalFile: String { "\(state)/journal/journal.sqlite" }
    var historyFolder: String { "\(state)/history" }

    init() throws {
        root = try Files.temporaryFolder("hazardd-e2e")
        for name in ["site/rules", "site/profiles/gas", "site/profiles/crane", "state", "credentials", "broker"] {
            try Files.makeFolder("\(root)/\(name)")
        }
        try Files.write(webhookSecret, to: "\(credentials)/duty_webhook")
        try Files.write(platformToken, to: "\(credentials)/county_token")
        try Files.write(Self.transmitter, to: "\(folder)/profiles/gas/test-tx.yaml")
        try Files.write(Self.box, to: "\(folder)/profiles/crane/test-box.yaml")
    }

    func remove() { Files.removeFolder(root) }

    var webhookKeys: [String: HMACKey] { HMACKey(Array(webhookSecret.utf8)).map { ["1": $0] } ?? [:] }

    /// Writes `site.yaml`.
    /// - Parameters:
    ///   - brokerMore: what else stands in the broker's line, with a comma before it.
    ///   - boxes: MQTT devices behind the broker.
    func write(
        modbus: [Device], brokerPort: UInt16? = nil, brokerMore: String = "", boxes: [String] = [], webhooks: Webhooks
    ) throws {
        var text = """
            schema: hazardd.site/v1
            site: {id: e2e, name: {zh-CN: 试验场, en: proving ground}, utc_offset: "+08:00"}
            hazard_sources:
              HALL: {name: {zh-CN: 大厅, en: hall}, level: 2}
            endpoints:

            """
        text += modbus.map {
            """
              ep-\($0.id):
                {host: 127.0.0.1, port: \($0.port), connect_timeout: 500ms, response: {floor: 100ms, ceil: 400ms}}

            """
        }.joined()
        if let brokerPort { text += "brokers:\n  post: {host: 127.0.0.1, port: \(brokerPort)\(brokerMore)}\n" }
        text += "devices:\n"
        text += modbus.map {
            "  \($0.id): {profile: gas/test-tx@1, endpoint: ep-\($0.id), unit: \($0.unit), hazard_source: HALL}\n"
        }.joined()
        text += boxes.map { "  \($0): {profile: crane/test-box@1, broker: post, hazard_source: HALL}\n" }.joined()
        text += """
            people:
              zhang: {name: 张伟, role: dutyOfficer, unix_user: "@self", language: zh-CN}
            console: {host: 127.0.0.1, port: 0}

            """
        let channels = [
            webhooks.duty.map {
                "  duty: {kind: webhook, recipient: zhang, url: \"\($0)\", secret: duty_webhook, key_id: \"1\"}\n"
            },
            webhooks.platform.map {
                "  county: {kind: platform, enterprise: E-1, gateway: G-1, url: \"\($0)\", token: county_token}\n"
            },
        ].compactMap { $0 }
        if !channels.isEmpty { text += "channels:\n" + channels.joined() }
        try Files.write(text, to: "\(folder)/site.yaml")
    }

    /// Writes `rules/limits.yaml`: a high-high limit for each device, and who notices when it cannot be judged.
    func write(rules devices: [(device: String, point: String)], limit: Double = 50, onDelay: Double) throws {
        try Files.write(
            devices.map { Self.rule(device: $0.device, point: $0.point, limit: limit, onDelay: onDelay) }
                .joined(separator: "\n"), to: "\(folder)/rules/limits.yaml")
    }

    static func rule(device: String, point: String, limit: Double = 50, onDelay: Double) -> String {
        """
        - id: \(device).HH
          point: \(device).\(point)
          kind: HH
          name: {zh-CN: 高高报, en: high-high}
          limit: \(limit)
          deadband: 5
          on_delay_s: \(onDelay)
          off_delay_s: 0
          priority: CRITICAL
          basis: "the test"
          approved_by: test
          guidance:
            cause: {zh-CN: 泄漏, en: a leak}
            consequence: {zh-CN: 中毒, en: poisoning}
            action: {zh-CN: 撤离, en: leave}
            respond_within_s: 60

        - id: \(device).STALE
          point: \(device).\(point)
          kind: STALE
          max_age_s: 20
          priority: HIGH

        - id: \(device).BAD
          point: \(device).\(point)
          kind: BAD_QUALITY
          on_delay_s: 20
          priority: HIGH

        """
    }

    /// One unscaled register, so that a value shows which device and which moment it came from.
    private static let transmitter = """
        schema: hazardd.profile/v1
        rev: 1
        class: gas
        name: {zh-CN: 变送器, en: transmitter}
        source: "the test"
        access: read_only
        modbus:
          response: {floor: 100ms, ceil: 400ms}
          rates: {fast: 200ms}
        points:
          conc: {name: {zh-CN: 浓度, en: concentration}, at: hr:0, type: u16, unit: ppm, rate: fast}

        """

    private static let box = """
        schema: hazardd.profile/v1
        rev: 1
        class: crane
        name: {zh-CN: 黑匣子, en: box}
        source: "the test"
        access: read_only
        mqtt:
          topic: "park/{site}/{device}/telemetry"
          status_topic: "park/{site}/{device}/status"
          qos: 1
          expect_period: 2s
          sequence: $.seq
          time: {path: $.ts, format: iso8601}
        points:
          moment: {name: {zh-CN: 力矩, en: moment}, path: $.moment, unit: "%", range: [0, 150]}

        """
}
