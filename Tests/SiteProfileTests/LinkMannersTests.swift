import DeviceMap
import PlantModel
import SiteProfile
import Testing

/// The keys by which a site says how a connection must be treated, from text to what the Modbus door is given.
@Suite struct `Connections with manners of their own` {
    private static let profile = """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: gauge
        source: "[P]"
        access: read_only
        modbus:
          rates: {fast: 1s}
          burst: 250ms
          tid: zero
          unit_echo: any
          session: {idle_close: 45s}
          pause: {unit_turnaround: 30ms}
          forbidden: [hr:20-29, ir:7]
        points:
          level: {at: hr:0, type: u16, unit: mm, rate: fast}
        """

    private static func folder(_ endpoints: String, _ devices: String, profile: String = profile) throws -> SiteFolder {
        try SiteFolder([
            "profiles/level/own.yaml": profile,
            "site.yaml": """
            schema: hazardd.site/v1
            site: {id: t, name: test}
            endpoints: \(endpoints)
            devices: \(devices)
            people: {zhang: {name: Zhang, role: dutyOfficer, unix_user: zhang}}
            channels: {duty: {kind: webhook, recipient: zhang, url: "https://duty.example/hook", secret: duty_key}}
            """,
        ])
    }

    @Test func `are given to the Modbus door as they are written`() throws {
        let folder = try Self.folder(
            "{e: {host: h, backup: {host: g, port: 503}, serial: {baud: 9600}}}",
            "{LT-1: {profile: level/own@1, endpoint: e, unit: 1}}")
        let endpoint = try #require(folder.load().site?.modbus.first, "\(folder.mistakes)")
        #expect(endpoint.manners.transactions == .zero)
        #expect(endpoint.manners.unitEcho == .any)
        #expect(endpoint.manners.session == .closesWhenIdle(for: .seconds(45)))
        #expect(endpoint.manners.backup == LinkManners.Address(host: "g", port: 503))
        #expect(endpoint.manners.cost == .serial(baud: 9600))
        #expect(endpoint.manners.unitTurnaround == .milliseconds(30))
        #expect(endpoint.units[0].burstPeriod == .milliseconds(250))
        #expect(
            endpoint.units[0].forbidden == [
                ForbiddenSpan(area: .holdingRegister, addresses: 20...29),
                ForbiddenSpan(area: .inputRegister, addresses: 7...7),
            ])
    }

    @Test func `may have a slow network before them, on top of the gateway's line if there is one`() throws {
        let devices = "{LT-1: {profile: level/own@1, endpoint: e, unit: 1, rates: {fast: 30s}}}"
        let native = try Self.folder("{e: {host: h, round_trip: 300ms}}", devices)
        let cost = try #require(native.load().site?.modbus.first?.manners.cost, "\(native.mistakes)")
        #expect(cost == ReadCost(perRequest: .milliseconds(300), perRegister: ReadCost.nativeTCP.perRegister))
        let gateway = try Self.folder("{e: {host: h, round_trip: 300ms, serial: {baud: 9600}}}", devices)
        let line = ReadCost.serial(baud: 9600)
        #expect(
            gateway.load().site?.modbus.first?.manners.cost
                == ReadCost(perRequest: .milliseconds(300) + line.perRequest, perRegister: line.perRegister),
            "\(gateway.mistakes)")
    }

    @Test func `cannot stand where two units share a connection and the answer bears no name`() throws {
        let folder = try Self.folder(
            "{e: {host: h}}",
            "{LT-1: {profile: level/own@1, endpoint: e, unit: 1}, LT-2: {profile: level/own@1, endpoint: e, unit: 2}}")
        #expect(
            folder.mistakes.contains { $0.contains("has 2 devices, and unit_echo any could not tell whose answer") })
    }

    @Test func `may dial in, each under a name of its own`() throws {
        let plain = Self.profile.replacing("  unit_echo: any\n", with: "")
        let devices =
            "{LT-1: {profile: level/own@1, endpoint: a, unit: 1}, LT-2: {profile: level/own@1, endpoint: b, unit: 1}}"
        let sound = try Self.folder(
            "{a: {dials_in: {port: 9502, registration: G1}}, b: {dials_in: {port: 9502, registration: \"0x4732\"}}}",
            devices, profile: plain)
        let site = try #require(sound.load().site, "\(sound.mistakes)")
        #expect(site.modbus.map { $0.manners.dialIn?.registration } == [[0x47, 0x31], [0x47, 0x32]])
        for (one, other) in [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")] {
            let overlapping = try Self.folder(
                "{a: {dials_in: {listen: \(one), port: 9502, registration: G1}}, "
                    + "b: {dials_in: {listen: \(other), port: 9502, registration: G2}}}", devices, profile: plain)
            #expect(
                overlapping.mistakes.contains {
                    $0.contains("\"b\" listens on \(other):9502 and \"a\" on \(one):9502")
                },
                "\(overlapping.mistakes)")
        }
        let apart = try Self.folder(
            "{a: {dials_in: {listen: 127.0.0.2, port: 9502, registration: G1}}, "
                + "b: {dials_in: {listen: 127.0.0.1, port: 9502, registration: G1}}}", devices, profile: plain)
        #expect(apart.load().site != nil, "\(apart.mistakes)")
        let same = try Self.folder(
            "{a: {dials_in: {port: 9502, registration: G1}}, b: {dials_in: {port: 9502, registration: G12}}}", devices,
            profile: plain)
        #expect(same.mistakes.contains { $0.contains("\"b\" registers with the bytes, or the first bytes, of \"a\"") })
    }

    @Test func `are kept where the device dials in, whatever its profile says`() throws {
        let profile = Self.profile.replacing("  unit_echo: any\n", with: "")
        let folder = try Self.folder(
            "{a: {dials_in: {port: 9502, registration: G1}}}", "{LT-1: {profile: level/own@1, endpoint: a, unit: 1}}",
            profile: profile)
        #expect(folder.load().site?.modbus.map(\.manners.session) == [.keep], "\(folder.mistakes)")
    }

    @Test func `to one address under two names are warned of, and the device that would have two`() throws {
        let profile = Self.profile.replacing("  unit_echo: any\n", with: "")
        func warnings(_ unit: Int, _ port: Int) throws -> [String] {
            let folder = try Self.folder(
                "{a: {host: 10.1.2.3}, b: {host: 10.1.2.3, port: \(port)}}",
                "{LT-1: {profile: level/own@1, endpoint: a, unit: 1}, LT-2: {profile: level/own@1, endpoint: b, unit: \(unit)}}",
                profile: profile)
            return folder.mistakes.filter { $0.contains("has the address of") }
        }
        #expect(try warnings(1, 503) == [])
        #expect(
            try warnings(2, 502) == [
                "site.yaml:3:34: warning: endpoint \"b\" has the address of \"a\", 10.1.2.3:502; its own address, or one "
                    + "endpoint for both, would do"
            ])
        #expect(
            try warnings(1, 502) == [
                "site.yaml:3:34: warning: endpoint \"b\" has the address of \"a\", 10.1.2.3:502; LT-2 would be the same "
                    + "device as LT-1; its own address, or one endpoint for both, would do"
            ])
    }

    @Test func `that read a forbidden address, or could write, are refused`() throws {
        let reads = Self.profile.replacing("hr:20-29", with: "hr:0-3")
        let devices = "{LT-1: {profile: level/own@1, endpoint: e, unit: 1}}"
        let folder = try Self.folder("{e: {host: h}}", devices, profile: reads)
        #expect(folder.mistakes.contains { $0.contains("LT-1.level stands among the forbidden addresses hr:0-3") })
        for word in ["write: true", "writable: true", "command: 5"] {
            let writes = Self.profile.replacing("rate: fast}", with: "rate: fast, \(word)}")
            let mistakes = try Self.folder("{e: {host: h}}", devices, profile: writes).mistakes
            #expect(mistakes.contains { $0.contains("hazardd never writes to a device") }, "\(mistakes)")
        }
    }
}
