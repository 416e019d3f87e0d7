import Foundation
import PlantModel
import ReplayBench
import SiteProfile
import Testing

private let profiles = URL(filePath: #filePath).appending(path: "../../../DeviceProfiles").standardized.path

/// Plays frames or messages of one shipped device through rules, and gives the events as `second rule event value`.
private func played(_ settings: String, rules text: String, _ lines: [String]) throws -> [String] {
    let (read, diagnostics) = LoneDevice.read(settings, shown: "device.yaml", profileFolders: [profiles])
    #expect(diagnostics == [])
    let device = try #require(read)
    let file = RuleFile.read(text: text, file: "rules.yaml")
    #expect(file.diagnostics == [])
    let replay = Replay(rules: file.rules, points: device.points.map(\.tag), site: "site")
    let names = try replay.names()
    var source = CaptureSource(
        ByteSource(text: lines.joined(separator: "\n"), name: "c.jsonl"),
        modbus: [device.endpoint].compactMap { $0 }, brokers: [device.broker].compactMap { $0 })
    var sheet = EventSheet(ruleNames: names.rules, pointNames: names.points)
    _ = try replay.run(&source, witness: &sheet)
    return String(decoding: sheet.finish(), as: UTF8.self).split(separator: "\n").dropFirst().map { row in
        let fields = row.split(separator: ",")
        return "\(fields[0].dropLast(5).suffix(2)) \(fields[1]) \(fields[3]) \(fields[4])"
    }
}

/// Bad data never clears an alarm, silence never clears an alarm: so neither does a value that nobody vouches for.
@Suite struct `A status that has gone silent` {
    private func values(_ second: Int, _ raw: String) -> String {
        frame(second, "000100000006010400000001", "0001000000050104 02\(raw)")
    }

    private func states(_ second: Int, _ bits: String) -> String {
        frame(second, "00010000000601040bb80001", "0001000000050104 02\(bits)")
    }

    private func frame(_ second: Int, _ request: String, _ response: String) -> String {
        "{\"time\":\"2026-01-01T00:00:\(second).000Z\",\"endpoint\":\"device\",\"request\":\"\(request)\","
            + "\"response\":\"\(response)\"}"
    }

    @Test func `leaves the gas alarm standing, whatever the channel reads meanwhile`() throws {
        let rules = """
            - {id: LEL.H, point: lel_1, kind: H, limit: 25, deadband: 1, priority: CRITICAL}
            - {id: LEL.BAD, point: lel_1, kind: BAD_QUALITY, priority: HIGH}
            """
        let events = try played(
            "profile: gas/igd-t700@2\nunit: 1\nchannels: [1]\n", rules: rules,
            [
                states(10, "0000"), values(11, "0190"), states(12, "0000"), values(13, "0190"),
                // The states are not answered any more. A failed channel reads 0 %LEL, which looks like clean air.
                values(15, "0064"), values(16, "0064"), values(20, "0064"),
                // What they hid: the fault bit. Then the channel is whole again, and says that the gas has gone.
                states(21, "0008"), values(22, "0064"), states(23, "0000"), values(24, "0064"),
            ])
        #expect(
            events == [
                "11 LEL.H raise 30", "15 LEL.BAD raise 1", "24 LEL.H clear 0", "24 LEL.BAD clear 0",
            ])
    }

    @Test func `or is missing in a message leaves the slope's alarm standing`() throws {
        func message(_ second: Int, _ x: Double, _ fix: String) -> String {
            let stamp = 1_767_225_600_000 + second * 1000
            return "{\"time\":\"2026-01-01T00:00:\(second).000Z\",\"broker\":\"broker\","
                + "\"topic\":\"park/site/slope/device/gnss\",\"payload\":\"{\\\"ts\\\":\(stamp),\\\"x_mm\\\":\(x)\(fix)}\"}"
        }
        let fixed = #",\"fix\":\"fixed\""#
        let events = try played(
            "profile: slope/virtual-gnss@1\n",
            rules: "- {id: X.H, point: x, kind: H, limit: 10, deadband: 1, priority: HIGH}\n",
            [
                message(10, 12.4, fixed), message(11, 0, ""), message(12, 0, #",\"fix\":null"#),
                message(13, 0, #",\"fix\":\"nobody knows this word\""#), message(14, 0, fixed),
            ])
        #expect(events == ["10 X.H raise 12.4", "14 X.H clear 0"])
    }
}
