import DeviceMap
import Foundation
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

/// Every shipped device map has a folder of frames or messages and the samples that they mean, written down by hand:
/// `DeviceProfiles/<class>/<name>/device.yaml` says how the device is used, `<case>.jsonl` is a capture, `<case>.csv` what
/// must come of it.
private let profiles = URL(filePath: #filePath).appending(path: "../../../DeviceProfiles").standardized

private func names(_ folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
}

private let maps: [String] = names(profiles).flatMap { group in
    names(profiles.appending(path: group)).filter { $0.hasSuffix(".yaml") }.map { "\(group)/\($0.dropLast(5))" }
}

private func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

@Suite struct `A shipped device map` {
    @Test func `is there for every class`() {
        #expect(maps.count >= 31)
        #expect(Set(maps.map { String($0.prefix { $0 != "/" }) }).count == 7)
    }

    @Test(arguments: maps)
    func `gives the samples that its frames mean, and every point a good one`(map: String) throws {
        let folder = profiles.appending(path: map)
        let (read, diagnostics) = LoneDevice.read(
            try text(folder.appending(path: "device.yaml")), shown: "\(map)/device.yaml",
            profileFolders: [profiles.path])
        #expect(diagnostics == [])
        let device = try #require(read)
        #expect(device.profile.id.hasPrefix("\(map)@"), "device.yaml uses another profile")
        let cases = names(folder).filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }
        #expect(!cases.isEmpty, "\(map) has no case")
        var seenGood: Set<String> = []
        for name in cases {
            let expected = try text(folder.appending(path: "\(name).csv")).split(separator: "\n").map(String.init)
            #expect(expected.first == "time,point,value,quality")
            let found = try rows(of: device, capture: folder.appending(path: "\(name).jsonl"))
            #expect(found == expected.dropFirst().map(normalised).sorted(), "\(map) \(name)")
            for row in found where row.hasSuffix(",good") { seenGood.insert(String(row.split(separator: ",")[1])) }
        }
        let own = device.points.filter { $0.device != nil }.map(\.tag)
        #expect(Set(own).subtracting(seenGood) == [], "no case shows them good")
    }

    /// Numbers as they are printed, so that the files may write 41 and 41.0.
    private func normalised(_ row: String) -> String {
        var fields = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if fields.count == 4, let number = Double(fields[2]) { fields[2] = "\(number)" }
        return fields.joined(separator: ",")
    }

    private func rows(of device: LoneDevice, capture: URL) throws -> [String] {
        var source = CaptureSource(
            try ByteSource(path: capture.path), modbus: [device.endpoint].compactMap { $0 },
            brokers: [device.broker].compactMap { $0 })
        let slots = try HeldTimeline(reading: &source).slots
        #expect(source.tally.notes == [])
        return slots.filter { $0.kind == .sample }.map(\.sample).compactMap { sample in
            let point = device.points[sample.point.offset]
            guard point.device != nil else { return nil }
            let quality = sample.quality
            let word = quality.word == .good ? "good" : "\(quality.word.name).\(quality.reason.name)"
            let value = quality.isUsable ? "\(sample.payload.number)" : ""
            return "\(TimeText.utc(sample.time)),\(point.tag),\(value),\(word)"
        }.sorted()
    }
}
