import EndToEndRig
import ParkSimulator

/// The site folder of one run of the daemon: sixteen points that alarm, and what the load needs.
struct BenchSite {
    let root: String
    let condition: Condition
    let ports: Rig.Ports
    let brokerPort: UInt16
    /// Milliseconds between two reads of the same device of load.
    var loadPeriod = Self.loadPeriodMilliseconds

    var folder: String { "\(root)/site" }
    var state: String { "\(root)/state" }
    var credentials: String { "\(root)/credentials" }
    var control: String { "\(root)/control.sock" }
    var log: String { "\(root)/hazardd.log" }

    /// The shortest that the daemon takes, for devices that answer within 2 ms.
    static let alarmPeriodMilliseconds = 25
    static let loadPeriodMilliseconds = 50

    func write() throws(ParkFailure) {
        for name in ["site/rules", "site/profiles/level", "site/profiles/crane", "state", "credentials"] {
            try Files.makeFolder("\(root)/\(name)")
        }
        try Files.write("a secret of thirty-two characters", to: "\(credentials)/duty")
        try Files.write(
            registers("bench-alarm", "a", Int(RIG_POINTS), Self.alarmPeriodMilliseconds),
            to: "\(folder)/profiles/level/bench-alarm.yaml")
        try Files.write(
            registers("bench-load", "r", Int(RIG_REGISTERS), loadPeriod),
            to: "\(folder)/profiles/level/bench-load.yaml")
        try Files.write(Self.box, to: "\(folder)/profiles/crane/bench-box.yaml")
        try Files.write(siteText(), to: "\(folder)/site.yaml")
        try Files.write(rules(), to: "\(folder)/rules/limits.yaml")
    }

    private func registers(_ name: String, _ point: String, _ count: Int, _ period: Int) -> String {
        """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: {zh-CN: 台架, en: bench}
        source: "the bench"
        access: read_only
        modbus:
          response: {floor: 2ms, ceil: 2s}
          limits: {max_regs: 120, max_bits: 1968}
          rates: {fast: \(period)ms}
        points:

        """
            + (0..<count).map {
                "  \(point)\($0): {name: {zh-CN: 值, en: value}, at: hr:\($0), type: u16, unit: m, rate: fast}\n"
            }
            .joined()
    }

    private static let box = """
        schema: hazardd.profile/v1
        rev: 1
        class: crane
        name: {zh-CN: 台架, en: bench}
        source: "the bench"
        access: read_only
        mqtt:
          topic: "bench/{device}/telemetry"
          qos: 1
          expect_period: 1h
          sequence: $.seq
        points:
          v: {name: {zh-CN: 值, en: value}, path: $.v, unit: m/s}

        """

    private func siteText() -> String {
        var text = """
            schema: hazardd.site/v1
            site: {id: bench, name: {zh-CN: 台架, en: bench}, utc_offset: "+08:00"}
            hazard_sources:
              HALL: {name: {zh-CN: 大厅, en: hall}, level: 2}
            people:
              zhang: {name: 张伟, role: dutyOfficer, unix_user: "@self", language: zh-CN}
            console: {host: 127.0.0.1, port: 0}
            channels:
              duty: {kind: webhook, recipient: zhang, url: "http://127.0.0.1:\(ports.receiver)/", secret: duty, key_id: "1"}

            """
        var endpoints = ""
        var devices = ""
        if condition.source == .modbus {
            endpoints += "  alarm: {host: 127.0.0.1, port: \(ports.alarm)}\n"
            devices += "  AL: {profile: level/bench-alarm@1, endpoint: alarm, unit: 1, hazard_source: HALL}\n"
        }
        if condition.isLoaded {
            for (number, port) in ports.load.enumerated() {
                endpoints += "  load-\(number): {host: 127.0.0.1, port: \(port)}\n"
                for unit in 1...Int(RIG_LOAD_UNITS) {
                    devices +=
                        "  M\(number)-\(unit): {profile: level/bench-load@1, endpoint: load-\(number), unit: \(unit), "
                        + "hazard_source: HALL}\n"
                }
            }
        }
        for name in topics {
            devices += "  \(name): {profile: crane/bench-box@1, broker: post, hazard_source: HALL}\n"
        }
        if !endpoints.isEmpty { text += "endpoints:\n\(endpoints)" }
        if brokerPort > 0 { text += "brokers:\n  post: {host: 127.0.0.1, port: \(brokerPort)}\n" }
        return text + "devices:\n\(devices)"
    }

    private var topics: [String] {
        let alarms = condition.source == .mqtt ? (0..<Int(RIG_POINTS)).map { "A\($0)" } : []
        let load = condition.isLoaded ? (0..<Int(RIG_LOAD_TOPICS)).map { "L\($0)" } : []
        return alarms + load
    }

    private func rules() -> String {
        var text = ""
        for number in 0..<Int(RIG_POINTS) {
            text += rule("A\(number).HH", condition.source == .modbus ? "AL.a\(number)" : "A\(number).v")
        }
        guard condition.isLoaded else { return text }
        for number in ports.load.indices {
            for unit in 1...Int(RIG_LOAD_UNITS) {
                for register in 0..<Int(RIG_REGISTERS) {
                    text += rule("M\(number)-\(unit).\(register)", "M\(number)-\(unit).r\(register)")
                }
            }
        }
        for number in 0..<Int(RIG_LOAD_TOPICS) { text += rule("L\(number).HH", "L\(number).v") }
        return text
    }

    private func rule(_ id: String, _ point: String) -> String {
        "- {id: \(id), point: \(point), kind: HH, limit: 50, deadband: 5, priority: HIGH, basis: bench, approved_by: bench}\n"
    }
}
