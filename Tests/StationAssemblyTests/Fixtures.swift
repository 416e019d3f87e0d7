import EventJournal
import Foundation
import Logging
import PlantModel
import PlantTime
import RingPipeline
import SampleHistory
import SiteProfile
import StationPorts
import Testing

@testable import StationAssembly

/// A small site and a state folder on disk, gone with the test: one transmitter, one rule with an on-delay of a second.
final class StationFolder: Sendable {
    let root: String

    init() throws {
        root = URL(filePath: NSTemporaryDirectory()).appending(path: "hazardd-hall-\(UUID().uuidString)").path
        for (name, text) in ["site.yaml": Self.site, "profiles/gas/tx.yaml": Self.profile, "rules/r.yaml": Self.rules] {
            try write(text, to: name)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var options: StationOptions {
        StationOptions(
            siteFolder: "\(root)/site", profileFolders: [], stateFolder: "\(root)/state",
            credentialsFolder: "\(root)/credentials", controlPath: nil, environment: [:], processID: 1)
    }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(root)/site/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func load() throws -> LoadedSite {
        let result = SiteLoader.load(directory: "\(root)/site", profileFolders: [])
        return try #require(result.site, "\(result.diagnostics)")
    }

    func journal() throws -> Journal {
        try Journal(folder: options.journalFolder, plan: { _, _, _ in [] }, now: .start)
    }

    func history(base: UInt64 = 0) throws -> History {
        try History(folder: options.historyFolder, base: base, now: .start)
    }

    static let site = """
        schema: hazardd.site/v1
        site: {id: hall, name: {zh-CN: 厅, en: hall}}
        hazard_sources: {ROOM: {name: {zh-CN: 机房, en: machine room}, level: 3}}
        endpoints: {ep: {host: 127.0.0.1, port: 1502}}
        devices:
          GAS-1: {profile: gas/tx@1, endpoint: ep, unit: 1, hazard_source: ROOM, area: north}
        people: {zhang: {name: 张伟, role: dutyOfficer}}

        """
    static let profile = """
        schema: hazardd.profile/v1
        rev: 1
        class: gas
        name: {zh-CN: 变送器, en: transmitter}
        source: "the test"
        modbus: {rates: {fast: 1s}}
        points:
          conc: {name: {zh-CN: 浓度, en: concentration}, at: hr:0, type: u16, unit: ppm, rate: fast}

        """
    static let rules = """
        - id: GAS-1.HH
          point: GAS-1.conc
          kind: HH
          limit: 50
          on_delay_s: 1
          priority: CRITICAL
          basis: "the test"
          approved_by: test
          guidance:
            cause: {zh-CN: 泄漏, en: a leak}
            consequence: {zh-CN: 中毒, en: poisoning}
            action: {zh-CN: 撤离, en: leave}
            respond_within_s: 60
        - {id: GAS-1.ROC, point: GAS-1.conc, kind: ROC_RISE, limit: 300, unit: ppm/min, window_s: 10, priority: LOW, basis: b, approved_by: a}
        - {id: GAS-1.STALE, point: GAS-1.conc, kind: STALE, max_age_s: 60, priority: HIGH}
        - {id: GAS-1.BAD, point: GAS-1.conc, kind: BAD_QUALITY, priority: HIGH}

        """
}

extension WallTime { static let start = WallTime(milliseconds: 1_800_000_000_000) }
extension PlantInstant { static let start = PlantInstant(milliseconds: 1_800_000_000_000) }

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func acknowledgement(_ key: String, of rule: String = "GAS-1.HH", comment: String = "") -> OperatorCommand {
    OperatorCommand(
        .acknowledge, rule: rule, occurrence: 1, version: 1, actor: "zhang", origin: "control uid 0", comment: comment,
        idempotencyKey: key)
}

func event(
    _ transition: AlarmEvent.Transition, rule: Int = 0, occurrence: UInt32 = 1, value: Double = 80, command: UInt32 = 0,
    refusal: CommandRefusal = .none, at instant: PlantInstant = .start
) -> AlarmEvent {
    AlarmEvent(
        transition, rule: RuleIndex(offset: rule), point: PointIndex(offset: 0), occurrence: occurrence, version: 1,
        nth: 1,
        from: transition == .raise ? .normal : .unacknowledged,
        to: transition == .raise ? .unacknowledged : transition == .clear ? .returnedUnacknowledged : .acknowledged,
        priority: .critical, duties: [.notify], refusal: refusal, command: command, value: value, occurredAt: instant,
        decidedAt: instant, sampleArrival: instant, samplePublished: instant, inputSequence: 7)
}

/// A sample of the only transmitter, judged as it came.
func sample(_ value: Double, _ point: PointIndex, second: Int64, after start: PlantInstant = .start) -> InputSlot {
    let instant = start + .seconds(second)
    var slot = InputSlot(
        Sample(point: point, at: instant, .good(value)), source: 4, published: instant, deviceSequence: 0)
    slot.judgedAt = instant
    return slot
}

/// Everything that lies in a ring, taken out.
func drain(_ reader: inout GatingReader<InputSlot>) -> [InputSlot] {
    var batch = [InputSlot](repeating: InputSlot(.tick, at: .start), count: 64)
    guard reader.hasInput else { return [] }
    let count = reader.copy(into: &batch)
    reader.release(count)
    return Array(batch.prefix(count))
}
