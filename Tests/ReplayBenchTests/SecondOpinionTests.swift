import SecondOpinion
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The recordings and answers beside the repository that the slow evaluator can take in a debug build; empty where they
/// are not handed out.
private enum ShortRecordings {
    static let folders: [String] = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        let shared = parts.joined(separator: "/") + "/shared"
        let partB = (try? FileManager.default.contentsOfDirectory(atPath: "\(shared)/data_part_b"))?.sorted() ?? []
        let partA = ["vectors", "fuzz_a"].filter { FileManager.default.fileExists(atPath: "\(shared)/data/\($0)") }
        return partA.map { "\(shared)/data/\($0)" } + partB.map { "\(shared)/data_part_b/\($0)" }
    }()

    static func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    }
}

@Suite struct `The slow evaluator` {
    @Test(
        .enabled(if: !ShortRecordings.folders.isEmpty, "no ../shared beside the repository"),
        arguments: ShortRecordings.folders)
    func `gives the expected events of the shared recordings`(_ folder: String) throws {
        let slow = Trial.slowEvents(
            try Trial.read(ShortRecordings.text("\(folder)/rules.yaml")),
            try ShortRecordings.text("\(folder)/recording.csv"))
        let expected = EventLine.lines(of: try ShortRecordings.text("\(folder)/expected.csv"))
        let difference = EventLine.difference(expected: expected, found: slow.events)
        #expect(difference == nil, "\(folder): \(difference ?? "")")
    }

    @Test func `agrees with the product on 300 random plants`() {
        var cutShort = 0
        var raises: [String: Int] = [:]
        for seed in UInt64(1)...300 {
            let plant = Trial.plant(seed: seed)
            switch Trial.run(plant) {
            case .agree(let agreement):
                cutShort += agreement.isCutShort ? 1 : 0
                raises.merge(agreement.raises, uniquingKeysWith: +)
            case .differ(let difference):
                Issue.record("seed \(seed): \(difference)\n\(Trial.report(Trial.shrunk(plant, trials: 400)))")
                return
            case .refused(let reason):
                Issue.record("seed \(seed): the plant was refused: \(reason)")
            }
        }
        // A test of silence would prove nothing, nor one that looks away.
        #expect(raises.count == 18, "kinds raised: \(raises)")
        #expect(raises.values.allSatisfy { $0 >= 20 }, "\(raises)")
        #expect(cutShort < 15)
    }
}
