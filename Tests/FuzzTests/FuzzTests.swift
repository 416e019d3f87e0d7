import Foundation
import FuzzTargets
import PlantModel
import Testing

/// The short form of `make fuzz`: what the long runs have found and kept, and some damage to it from a fixed seed.
///
/// Before each execution the input is written to a file, so that one that ends the program is still there.
@Suite(.serialized) struct `Whatever comes in` {
    private static let folder = URL(filePath: #filePath).appending(path: "../../Fuzz").standardized
    private static let seed: UInt64 = 20_261_126

    private struct Bench {
        let target: any FuzzTarget
        let corpus: [[UInt8]]
        let hand: URL
        /// Written through the page cache, without waiting for a disk: it outlives the program, not the machine.
        private let file: FileHandle

        init(_ name: String) throws {
            target = try #require(FuzzTargets.named(name))
            let folder = `Whatever comes in`.folder.appending(path: "Corpus/\(name)")
            corpus = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
                Array(try Data(contentsOf: folder.appending(path: $0)))
            }
            hand = FileManager.default.temporaryDirectory.appending(path: "hazardd-fuzz-\(name).input")
            #expect(FileManager.default.createFile(atPath: hand.path, contents: nil))
            file = try FileHandle(forWritingTo: hand)
        }

        func examine(_ input: [UInt8], _ what: String) throws {
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(input))
            do {
                try target.examine(input)
            } catch {
                let kept = hand.appendingPathExtension("\(input.hashValue.magnitude)")
                try Data(input).write(to: kept)
                Issue.record("\(what): \(error); the input is kept in \(kept.path)")
            }
        }
    }

    @Test(arguments: FuzzTargets.names)
    func `is answered or refused, as it was when it was kept`(name: String) throws {
        let bench = try Bench(name)
        #expect(bench.corpus.count > 2, "the corpus of \(name) is kept in Tests/Fuzz/Corpus")
        print("fuzz: \(name): the input in hand is in \(bench.hand.path)")
        for input in bench.corpus { try bench.examine(input, "\(name), corpus") }
        try FileManager.default.removeItem(at: bench.hand)
    }

    /// Else the damage would be done to messages that nobody reads.
    @Test(arguments: ["each", "chosen", "captures", "hex", "base64", "registers", "crane", "sparkplug"])
    func `in a shape of its own begins with values that can be used`(shape: String) throws {
        let file = Self.folder.appending(path: "Corpus/shapes/\(shape)")
        let answer = try ShapeTarget().answer(to: Array(try Data(contentsOf: file)))
        #expect(answer.slots.contains { $0.sample.quality.isUsable && $0.point < 1000 && $0.point % 10 < 4 })
    }

    @Test(arguments: FuzzTargets.names)
    func `is answered or refused, however damaged`(name: String) throws {
        let bench = try Bench(name)
        let words = try String(contentsOf: Self.folder.appending(path: "words"), encoding: .utf8).split(separator: "\n")
            .filter { $0.first == "\"" }.map { Array($0.dropFirst().dropLast().utf8) }
        var mutator = ByteMutator(seed: Self.seed)
        print("fuzz: \(name): seed \(Self.seed), the input in hand is in \(bench.hand.path)")
        let executions = Self.loaders.contains(name) ? 150 : 2000
        for number in 1...executions {
            try bench.examine(
                mutator.next(of: bench.corpus, words: words), "\(name), seed \(Self.seed), execution \(number)")
        }
        try FileManager.default.removeItem(at: bench.hand)
    }

    /// They read whole files, each a thousand times as slow as a frame.
    private static let loaders: Set<String> = ["rules", "tests", "scripts", "profiles", "sites", "numbers"]

    /// Else the packing would be tried with nothing but damage.
    @Test(arguments: ["answers", "commands", "fixed", "rows"])
    func `in a segment of the log begins with slots that are read`(segment: String) throws {
        let file = Self.folder.appending(path: "Corpus/log/\(segment)")
        let answer = try LogTarget().answer(to: Array(try Data(contentsOf: file)))
        #expect(segment == "rows" ? !answer.packed.isEmpty : answer.read.first.map { $0.count > 1 } == true)
    }

    /// A guard that never finds anything would look the same as readers that never fail.
    @Test func `is held against promises that can be broken`() {
        struct Forgetful: FuzzTarget {
            static let name = "forgetful"
            final class Count { var calls = 0 }
            let count = Count()
            func answer(to input: [UInt8]) -> Int {
                count.calls += 1
                return count.calls
            }
        }
        #expect(throws: BrokenPromise.self) { try Forgetful().examine([1]) }
        #expect(FuzzTargets.named("nothing") == nil)
    }

    @Test func `is a number as Swift reads it, by every door`() throws {
        var decimals = RandomDecimals(seed: Self.seed)
        let texts = (0..<2000).map { _ in decimals.next() }
        _ = try NumberTarget().answer(to: Array(texts.joined(separator: "\n").utf8))
    }
}
