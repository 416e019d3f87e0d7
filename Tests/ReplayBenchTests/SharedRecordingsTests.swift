import MonitorCore
import PlantModel
import ReplayBench
import SecondOpinion
import SiteProfile
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The recordings and answers beside the repository; empty where they are not handed out.
private enum Shared {
    static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/") + "/shared"
    }()

    static func folders(in part: String) -> [String] {
        let path = "\(folder)/\(part)"
        return (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted().map { "\(path)/\($0)" } ?? []
    }

    static let all = folders(in: "data") + folders(in: "data_part_b")

    static func text(_ path: String) throws -> String {
        let bytes = try #require(FileManager.default.contents(atPath: path))
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct `The shared recordings` {
    @Test(.enabled(if: !Shared.all.isEmpty, "no ../shared beside the repository"), arguments: Shared.all)
    func `replay to exactly their expected events`(_ folder: String) throws {
        let file = RuleFile.read(text: try Shared.text("\(folder)/rules.yaml"), file: "rules.yaml")
        #expect(!file.hasErrors, "\(file.diagnostics.map(\.description).joined(separator: "\n"))")
        let report = try Replay(rules: file.rules).run(ByteSource(path: "\(folder)/recording.csv"))
        let found = String(decoding: report.sheet, as: UTF8.self)
        let difference = EventComparison.firstDifference(
            expected: try Shared.text("\(folder)/expected.csv"), found: found)
        #expect(difference == nil, "\(folder): \(difference ?? "")")
    }

    @Test(
        .enabled(if: !Shared.all.isEmpty, "no ../shared beside the repository"),
        arguments: ["data/vectors", "data/spikes", "data/fuzz_a", "data_part_b/fuzz_b1"])
    func `go on from a snapshot at any row to the identical events`(_ name: String) throws {
        let folder = "\(Shared.folder)/\(name)"
        let rules = RuleFile.read(text: try Shared.text("\(folder)/rules.yaml"), file: "rules.yaml").rules
        let slots = try recordedSlots(ByteSource(path: "\(folder)/recording.csv"), rules)
        let whole = try play(slots[...], rules)
        for cut in stride(from: 1, to: slots.count, by: max(1, slots.count / 9)) {
            let before = try play(slots[..<cut], rules, isWhole: false)
            let after = try play(slots[cut...], rules, from: before.snapshot)
            #expect(before.events + after.events == whole.events, "\(name), cut \(cut)")
            #expect(after.digest == whole.digest, "\(name), cut \(cut)")
        }
    }

    @Test func `of 60 random plants go on from a snapshot at any row to the identical events`() throws {
        var events = 0
        for seed in UInt64(1)...60 {
            let plant = Trial.plant(seed: seed)
            let rules = try Trial.read(plant.rules)
            let slots = try recordedSlots(ByteSource(text: plant.recording, name: "seed \(seed)"), rules)
            let whole = try play(slots[...], rules)
            events += whole.events.count
            for cut in stride(from: 1, to: slots.count, by: max(1, slots.count / 6)) {
                let before = try play(slots[..<cut], rules, isWhole: false)
                let after = try play(slots[cut...], rules, from: before.snapshot)
                #expect(before.events + after.events == whole.events, "seed \(seed), cut \(cut)")
                #expect(after.digest == whole.digest, "seed \(seed), cut \(cut)")
            }
        }
        #expect(events > 500)
    }
}

private struct Played {
    var events: [AlarmEvent]
    var digest: UInt64
    var snapshot: [UInt8]
}

private func recordedSlots(_ bytes: consuming ByteSource, _ rules: RuleSet) throws -> [InputSlot] {
    var reader = try RecordingReader(bytes, tags: rules.pointsNamed)
    var slots: [InputSlot] = []
    while let row = try reader.next() { slots.append(InputSlot(recorded: row)) }
    return slots
}

private func play(
    _ slots: ArraySlice<InputSlot>, _ rules: RuleSet, isWhole: Bool = true, from snapshot: [UInt8]? = nil
) throws -> Played {
    let start = try #require(slots.first).time
    var monitor = try Monitor(site: "test", points: rules.pointsNamed, rules: rules, startingAt: start)
    if let snapshot { try monitor.restore(snapshot) }
    monitor.step(slots.span, firstSequence: UInt64(slots.startIndex))
    if isWhole, let last = slots.last { monitor.tick(to: last.time) }
    let bytes = monitor.snapshot()
    return Played(events: monitor.takeEvents(), digest: monitor.eventDigest, snapshot: bytes)
}
