import DeviceMap
import Foundation
import PlantModel
import SiteProfile
import Testing

@testable import hazardctl

@Suite struct `The words of explain and probe` {
    @Test(arguments: Language.allCases) func `are all there`(language: Language) {
        #expect(Set(DevicePhrase.table(language).keys) == Set(DevicePhrase.allCases))
    }

    @Test(arguments: DevicePhrase.allCases)
    func `name the same things in both languages`(phrase: DevicePhrase) throws {
        let places = { (text: String) in Set(text.matches(of: /\{\w+\}/).map { String($0.output) }) }
        #expect(
            places(try #require(DevicePhrase.chinese[phrase])) == places(try #require(DevicePhrase.english[phrase])))
    }

    @Test(arguments: Language.allCases) func `of brokers and rules are all there`(language: Language) {
        #expect(Set(ExplainPhrase.table(language).keys) == Set(ExplainPhrase.allCases))
    }

    @Test(arguments: ExplainPhrase.allCases)
    func `of brokers and rules name the same things in both languages`(phrase: ExplainPhrase) throws {
        let places = { (text: String) in Set(text.matches(of: /\{\w+\}/).map { String($0.output) }) }
        #expect(
            places(try #require(ExplainPhrase.chinese[phrase])) == places(try #require(ExplainPhrase.english[phrase])))
    }

    @Test(arguments: FrameFault.allCases)
    func `say in both languages what is wrong with an answer`(fault: FrameFault) {
        #expect(fault.words(.english).hasPrefix(fault.rawValue))
        #expect(fault.words(.chinese).unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) })
    }

    @Test(arguments: ["10.0.0", "10.1:502", "010.1.2.3", "10.0.0.256:502"])
    func `are not asked for of an address that the system would take for another`(address: String) {
        #expect(ProbeOptions.address(address, usualPort: 502) == nil)
        #expect(ProbeOptions.address("10.0.0.25:1502", usualPort: 502)?.host == "10.0.0.25")
    }

    @Test func `are all used`() throws {
        let room = URL(filePath: #filePath).appending(path: "../../../Sources/hazardctl").standardized
        let folders = [room.appending(path: "Devices"), room]
        let text = try folders.flatMap {
            try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
        .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
        // In the tables themselves every phrase stands, used or not.
        .map {
            $0.components(separatedBy: "static let english: ")[0].components(separatedBy: "static let chinese: ")[0]
        }
        .joined()
        let words = Set(text.split(separator: ".").map { $0.prefix { $0.isLetter || $0.isNumber } })
        for phrase in DevicePhrase.allCases.map(\.rawValue) + ExplainPhrase.allCases.map(\.rawValue) {
            #expect(words.contains(phrase[...]), "\(phrase)")
        }
    }
}

@Suite struct `The request plan` {
    @Test func `of a profile has bytes and milliseconds for each request`() throws {
        let text = try ExplainCommand.profile("gas/virtual-nh3-tx@1", channels: nil, [deviceProfiles], .english)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines[0] == "endpoint device -: one connection, 1 device(s), busy 0.5171 % of its time (70 % is the most)")
        #expect(
            lines[1]
                == "times are estimated: 5 ms a request, 2 us a register, 0 ms of pause behind each answer")
        #expect(lines[2] == "an answer is waited for 200 to 1500 ms, a connection 3000 ms")
        #expect(lines[3].hasPrefix("device, unit 1, gas/virtual-nh3-tx@1 ("))
        #expect(lines[4] == "EVERY  READS   REGISTERS  SENT  ANSWER      TIME  POINTS")
        #expect(lines[5] == "1 s    hr 0-1          2  12 B    13 B  5.004 ms  conc status")
        #expect(lines[6].hasPrefix("30 s   hr 2-6          5  12 B    19 B   5.01 ms  level_1_set"))
        #expect(lines[7] == "a second: 1.033 requests, 26.03 bytes, 5.171 ms")
    }

    /// A site with one gauge and the endpoint given.
    private static func explained(_ endpoint: String, modbus: String = "") throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "explain-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "profiles/level"), withIntermediateDirectories: true)
        try """
        schema: hazardd.profile/v1
        rev: 1
        class: level
        name: gauge
        source: "[P]"
        access: read_only
        modbus:
          rates: {fast: 1s}
        \(modbus)
        points:
          level: {at: hr:0, type: u16, unit: mm, rate: fast}
          temp: {at: hr:17, type: u16, unit: degC, rate: fast}
        """.write(
            to: folder.appending(path: "profiles/level/own.yaml"), atomically: false, encoding: .utf8)
        try """
        schema: hazardd.site/v1
        site: {id: t, name: test}
        endpoints: {e: \(endpoint)}
        devices: {LT-1: {profile: level/own@1, endpoint: e, unit: 1}}
        people: {zhang: {name: Zhang, role: dutyOfficer, unix_user: zhang}}
        channels: {duty: {kind: webhook, recipient: zhang, url: "https://duty.example/hook", secret: duty_key}}
        """.write(
            to: folder.appending(path: "site.yaml"), atomically: false, encoding: .utf8)
        let site = try ExplainCommand.loaded(folder.path, [])
        return try ExplainCommand.site(site, device: nil, .english).split(separator: "\n").map(String.init)
    }

    @Test func `counts pauses and calls as the check does, and says what it reckons with`() throws {
        let lines = try Self.explained(
            "{host: \"fe80::1%eth0\", backup: {host: h2}, serial: {baud: 9600}, "
                + "pause: {between: 100ms, after_connect: 50ms}}",
            modbus: "  session: per_cycle\n  forbidden: [hr:400-499, ir:7]")
        // One read of 18 registers takes 176.1 ms, and the call before it 84.9 ms.
        #expect(
            lines[0]
                == "endpoint e [fe80::1%eth0]:502, backup h2:502: one connection, 1 device(s), busy 26.1 % of its time "
                + "(70 % is the most)")
        #expect(
            lines[1]
                == "times are estimated: 34.9 ms a request, 2291.7 us a register, 100 ms of pause behind each answer"
        )
        #expect(lines[3] == "called anew for each cycle: 84.9 ms a call")
        #expect(lines[5] == "never read: hr:400-499 ir:7")
        #expect(lines[7].hasPrefix("1 s    hr 0-17         18  12 B    45 B  176.1 ms"))
    }

    @Test func `says where a device dials in, whose connection is kept, and when another's is closed`() throws {
        let session = "  session: {idle_close: 45s}"
        let lines = try Self.explained(
            "{dials_in: {port: 9502, registration: G1}, round_trip: 300ms}", modbus: session)
        #expect(lines[0].hasPrefix("endpoint e dials in to 0.0.0.0:9502: one connection"))
        #expect(lines[1].hasPrefix("times are estimated: 300 ms a request, 2 us a register"))
        #expect(!lines.contains { $0.hasPrefix("closed when idle") })
        let called = try Self.explained("{host: 10.0.0.9, round_trip: 300ms}", modbus: session)
        #expect(called[3] == "closed when idle for 45 s: 300 ms a call")
    }

    @Test func `of the demo site names every device, or the one asked for`() throws {
        let demo = URL(filePath: #filePath).appending(path: "../../../Simulator/DemoSite").standardized.path
        let site = try ExplainCommand.loaded(demo, [deviceProfiles])
        let all = try ExplainCommand.site(site, device: nil, .chinese)
        #expect(all.contains("LT-1203,站号 1,level/virtual-tank@1 ("))
        #expect(all.contains("TC-1,crane/virtual-crane@1 ("))
        let one = try ExplainCommand.site(site, device: "SIS-1", .english)
        #expect(one.contains("SIS-1, unit 1") && !one.contains("LT-1203"))
        #expect(throws: Refusal.self) { try ExplainCommand.site(site, device: "XX", .english) }
    }
}

@Suite struct `A profile drafted from a list` {
    static func draft(_ list: String, id: String = "level/acme-lt5") -> (text: String?, told: [String]) {
        let (text, diagnostics) = ProfileDraft.text(of: list, shown: "a.csv", id: id)
        return (text, diagnostics.map(\.description))
    }

    @Test func `is a sound profile whose addresses go over the wire`() throws {
        let list = """
            \u{FEFF}name,address,type,order,unit,low,high,scale,rate
            Level,40001,f32,CDAB,m,0,20,,1s
            "Tank temp, top",30003,i16,,degC,,,0.1,5s

            Switch,10017,bit,,,,,,1s
            Hatch,hr:99,u16,,,,,,
            """
        let (text, told) = Self.draft(list)
        #expect(told == [])
        let profile = try #require(text)
        let folder = FileManager.default.temporaryDirectory.appending(path: "draft-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "level"), withIntermediateDirectories: true)
        try profile.write(to: folder.appending(path: "level/acme-lt5.yaml"), atomically: false, encoding: .utf8)
        let (device, diagnostics) = LoneDevice.read(
            "profile: level/acme-lt5@1\nunit: 1", shown: "d", profileFolders: [folder.path])
        #expect(diagnostics == [])
        let points = try #require(device?.endpoint?.units.first?.points)
        #expect(points.map { "\($0.area.word):\($0.address.offset)" } == ["hr:0", "ir:2", "di:16", "hr:99"])
        #expect(points[0].order.letters == "CDAB" && points[0].range == 0...20)
        #expect(points[1].scaling == Scaling(scale: 0.1) && points[1].period == .seconds(5))
        #expect(device?.points.map(\.tag).prefix(4) == ["level", "tank_temp__top", "switch", "hatch"])
    }

    @Test(
        arguments: [
            ("0x0190", "3", "hr:400"), ("0190H", "04", "ir:400"), ("400", "0x03", "hr:400"), ("16", "2", "di:16"),
            ("65535", "1", "co:65535"), ("65536", "1", nil), ("40001", "3", "hr:40001"), ("0x0190", nil, nil),
        ] as [(String, String?, String?)])
    func `takes an address over the wire with its function code`(address: String, function: String?, place: String?) {
        #expect(ProfileDraft.place(address, function: function) == place)
    }

    @Test(arguments: [
        ("name,adress,type\n", "a.csv:1:1: error: unknown column \"adress\"; the columns are name address"),
        ("name,address\nA,40001", "a.csv:1:1: error: the list needs a column type"),
        (
            "name,address,type\nA,50001,u16",
            "a.csv:2:1: error: address must be 40001, 30001, 10001, 1 or hr:0, or with a function 1 to 4 an address as "
        ),
        ("name,address,function,type\nA,0x19G,3,u16", "a.csv:2:1: error: address must be 40001"),
        ("name,address,function,type\nA,400,6,u16", "a.csv:2:1: error: address must be 40001"),
        ("name,address,function,type\nA,hr:4,3,u16", "a.csv:2:1: error: address must be 40001"),
        ("name,address,type\nA,40001", "a.csv:2:1: error: the line has 2 fields, the first line 3"),
        ("name,address,type\nA,40001,u16\nB,40002,f33", "a.csv:3:1: error: type must be one of bit"),
        ("name,address,type\nA,40001,u16\nA,40002,u16", "a.csv:3:1: error: "),
    ])
    func `tells what is wrong with the list at its line`(list: String, line: String) {
        let (text, told) = Self.draft(list)
        #expect(text == nil)
        #expect(told.contains { $0.hasPrefix(line) }, "\(told)")
    }

    @Test func `needs an id of a class`() {
        #expect(Self.draft("name,address,type\nA,40001,u16", id: "acme").told.count == 1)
        #expect(Self.draft("name,address,type\nA,40001,u16", id: "system/acme").told.count == 1)
    }
}
