import Foundation
import PlantModel
import SiteProfile
import Testing

@testable import hazardctl

private let gateway = """
    schema: hazardd.profile/v1
    rev: 1
    class: sis
    name: gateway
    source: "[P]"
    access: read_only
    modbus: {rates: {fast: 1s}, snapshots: [[word, value]]}
    points:
      word:
        at: hr:0
        type: u16
        rate: fast
        bits:
          0: {name: trip_1, role: trip, polarity: energised_normal, label: {zh-CN: 一号泵联锁, en: pump 1 tripped}}
          1: {name: bypass_1, role: bypass, quality: bad.maintenance}
          2: {name: beat, role: heartbeat}
          3: lamp
          4: {name: fault, quality: bad.deviceFault}
          5: {name: sound, quality: bad.deviceFault, when_set: false}
          "6-7": {name: mode, values: {0: bad.warmUp, 1: good, 2: bad.maintenance}}
          "8-10": {name: first, role: first_out}
          11: {quality: uncertain.degraded}
          12: {name: running, role: state}
          "13-14": relays
      contact: {at: di:3, type: bit, invert: true, role: trip, rate: fast}
      closed: {at: di:4, type: bit, role: healthy, rate: fast}
      value: {at: hr:9, type: u16, unit: mm, rate: fast, qualified_by: word}
    """

private let site = """
    schema: hazardd.site/v1
    site: {id: park, name: park}
    endpoints: {e: {host: 127.0.0.1}}
    devices:
      XS: {profile: sis/gateway@1, endpoint: e, unit: 3, points: {trip_1: {name: {en: mill tripped, zh-CN: 磨机联锁}}}}
    """

private let rules = ["word", "contact", "closed", "value"].map { point in
    "- {id: \(point).STALE, point: XS.\(point), kind: STALE, max_age_s: 5, priority: HIGH}\n"
        + "- {id: \(point).BAD, point: XS.\(point), kind: BAD_QUALITY, priority: HIGH}\n"
}.joined()

@Suite struct `The bits of a word, explained` {
    private func loaded() throws -> LoadedSite {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bits-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in ["site.yaml": site, "rules/a.yaml": rules, "profiles/sis/gateway.yaml": gateway] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: false, encoding: .utf8)
        }
        return try ExplainCommand.loaded(folder.path, [])
    }

    /// What stands under a row of the table, without what the word says of others.
    private func below(_ point: String, in text: String) throws -> [String] {
        let lines = text.split(separator: "\n").map(String.init)
        // Further down the same names stand in the table of who watches them.
        let row = try #require(lines.firstIndex { $0.hasPrefix("\(point) ") && $0.contains(/(hr|di):/) })
        return lines[(row + 1)...].prefix { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
            .filter { !$0.hasPrefix("says of") && !$0.hasPrefix("对 ") }
    }

    @Test func `have a line each: number, name, role and at which number it holds`() throws {
        let text = try ExplainCommand.site(loaded(), device: "XS", .english)
        #expect(
            try below("word", in: text) == [
                "bit 0: trip_1, mill tripped; role trip, holds at 0, normal at 1, trip_1 is 1 while it holds",
                "bit 1: bypass_1; role bypass, holds at 1, normal at 0; BAD (maintenance) at 1",
                "bit 2: beat; role heartbeat, must keep changing", "bit 3: lamp; set at 1",
                "bit 4: fault; BAD (device-fault) at 1", "bit 5: sound; BAD (device-fault) at 0",
                "bits 6-7: mode; good at 1; BAD (warm-up) at 0; BAD (maintenance) at 2; otherwise BAD (out-of-range)",
                "bits 8-10: first; role first_out, a number", "bit 12: running; role state, holds at 1",
                "bits 13-14: relays; a number",
            ])
    }

    @Test func `have them in Chinese, too`() throws {
        let text = try ExplainCommand.site(loaded(), device: "XS", .chinese)
        #expect(
            try below("word", in: text) == [
                "第 0 位: trip_1, 磨机联锁; 作用:联锁动作,0 时成立,1 为正常,成立时 trip_1 为 1",
                "第 1 位: bypass_1; 作用:旁路,1 时成立,0 为正常; 1 为 无效 (maintenance)",
                "第 2 位: beat; 作用:心跳,须不断变化", "第 3 位: lamp; 1 为置位",
                "第 4 位: fault; 1 为 无效 (device-fault)", "第 5 位: sound; 0 为 无效 (device-fault)",
                "第 6-7 位: mode; 1 为 有效; 0 为 无效 (warm-up); 2 为 无效 (maintenance); 其余为 无效 (out-of-range)",
                "第 8-10 位: first; 作用:首出,为数值", "第 12 位: running; 作用:状态,1 时成立", "第 13-14 位: relays; 数值",
            ])
    }

    @Test func `are missing of a contact, which says its own role and which way it is wired`() throws {
        let text = try ExplainCommand.site(loaded(), device: "XS", .english)
        #expect(try below("contact", in: text) == ["role trip, the contact is 0 while it holds and the point 1"])
        #expect(try below("closed", in: text) == ["role healthy, holds at 1"])
        #expect(try below("value", in: text) == [])
        #expect(try below("trip_1", in: text) == [])
    }

    @Test func `are shown with their word to who asks of one of them`() throws {
        let text = try ExplainCommand.point("XS.trip_1", of: loaded(), .english)
        #expect(try below("word", in: text).count == 10)
        #expect(text.contains("XS.trip_1: mill tripped"))
        #expect(!(try ExplainCommand.point("XS.closed", of: loaded(), .english)).contains("lamp"))
    }

    @Test func `of a channel bear its number, and those in a payload are there`() throws {
        let channels = try ExplainCommand.profile("gas/igd-t700@2", channels: "7", [deviceProfiles], .english)
        #expect(channels.contains("\n    bit 3: fault_7, channel fault 7; role fault, holds at 1, normal at 0; "))
        let crane = try ExplainCommand.profile("crane/virtual-crane@1", channels: nil, [deviceProfiles], .english)
        #expect(crane.contains("\n    bit 2: collision_stop; set at 1\n"))
    }
}
