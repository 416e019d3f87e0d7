import ParkSimulator

/// A site folder as large as the station is made for: 10,000 points behind 20 gateways, and on each point H, HH, L, LL and a
/// rate over 60 s: 50,000 rules. Every point is read once a second, in blocks of 100 registers.
struct BigSite {
    static let gateways = 20
    static let unitsPerGateway = 5
    static let pointsPerUnit = 100
    static let points = gateways * unitsPerGateway * pointsPerUnit
    static let rules = points * 5

    let root: String
    var folder: String { "\(root)/site" }
    var state: String { "\(root)/state" }
    var log: String { "\(root)/hazardd.log" }

    static func gateway(_ number: Int) -> String { "gw-\(number)" }
    static func device(_ gateway: Int, _ unit: Int) -> String { "TX-\(100 * gateway + unit)" }

    /// Writes everything into a new folder.
    /// - Parameter port: where a gateway listens.
    init(port: (_ gateway: String) -> UInt16) throws {
        root = try Files.temporaryFolder("hazardd-load")
        for name in ["site/rules", "site/profiles/level", "state", "credentials"] {
            try Files.makeFolder("\(root)/\(name)")
        }
        try Files.write(Self.profile, to: "\(root)/site/profiles/level/hundred.yaml")
        try Files.write(Self.site(port), to: "\(root)/site/site.yaml")
        // A file for each gateway: one would be near the limit of a file's size.
        for gateway in 0..<Self.gateways {
            try Files.write(Self.rules(of: gateway), to: "\(root)/site/rules/\(Self.gateway(gateway)).yaml")
        }
    }

    func remove() { Files.removeFolder(root) }

    private static var profile: String {
        let head = """
            schema: hazardd.profile/v1
            rev: 1
            class: level
            name: {zh-CN: 百点采集器, en: collector of a hundred points}
            source: "the benchmark"
            access: read_only
            modbus:
              response: {floor: 200ms, ceil: 900ms}
              limits: {max_regs: 100}
              rates: {fast: 1s}
            points:

            """
        return head
            + (0..<pointsPerUnit).map { number in
                "  v\(number): {name: {zh-CN: 液位, en: level}, at: hr:\(number), type: u16, scale: 0.001, unit: m, "
                    + "range: [0, 20], rate: fast}\n"
            }.joined()
    }

    private static func site(_ port: (String) -> UInt16) -> String {
        var text = """
            schema: hazardd.site/v1
            site: {id: load, name: {zh-CN: 大园区, en: large park}, utc_offset: "+08:00"}
            hazard_sources:
              FARM: {name: {zh-CN: 罐区, en: tank farm}, level: 2}
            endpoints:

            """
        for number in 0..<gateways {
            text += "  \(gateway(number)): {host: 127.0.0.1, port: \(port(gateway(number)))}\n"
        }
        text += "devices:\n"
        for number in 0..<gateways {
            for unit in 1...unitsPerGateway {
                text += "  \(device(number, unit)): {profile: level/hundred@1, endpoint: \(gateway(number)), "
                text += "unit: \(unit), hazard_source: FARM}\n"
            }
        }
        return text + "console: {host: 127.0.0.1, port: 0}\n"
    }

    private static func rules(of gateway: Int) -> String {
        var text = ""
        for unit in 1...unitsPerGateway {
            for number in 0..<pointsPerUnit {
                let tag = "\(device(gateway, unit)).v\(number)"
                for (kind, limit, delay, priority) in [
                    ("HH", 18.0, 1, "HIGH"), ("H", 17.0, 5, "MEDIUM"), ("L", 3.0, 5, "MEDIUM"), ("LL", 1.0, 1, "HIGH"),
                ] {
                    text += """
                        - id: \(tag).\(kind)
                          point: \(tag)
                          kind: \(kind)
                          unit: m
                          limit: \(limit)
                          deadband: 0.05
                          on_delay_s: \(delay)
                          off_delay_s: 2
                          priority: \(priority)
                          basis: "the benchmark"
                          approved_by: bench

                        """
                }
                text += """
                    - id: \(tag).ROC
                      point: \(tag)
                      kind: ROC
                      unit: m/s
                      limit: 0.5
                      deadband: 0.05
                      window_s: 60
                      on_delay_s: 5
                      off_delay_s: 2
                      priority: LOW
                      basis: "the benchmark"
                      approved_by: bench

                    """
            }
        }
        return text
    }
}
