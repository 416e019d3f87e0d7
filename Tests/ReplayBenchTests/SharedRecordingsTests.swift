import PlantModel
import ReplayBench
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
}
