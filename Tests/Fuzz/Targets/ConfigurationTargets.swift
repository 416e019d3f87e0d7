import Foundation
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// What a reader of configuration answered: what it refused, and what it took.
package struct ConfigurationAnswer: Equatable {
    fileprivate let diagnostics: [Diagnostic]
    fileprivate(set) var taken: [String] = []

    /// - Parameter isRefused: nothing may be made of the input.
    init(_ diagnostics: [Diagnostic], isRefused: Bool) throws(BrokenPromise) {
        self.diagnostics = diagnostics
        for diagnostic in diagnostics {
            let place = diagnostic.location
            guard place.line > 0, place.column > 0, !place.file.isEmpty else {
                throw BrokenPromise("a mistake without a place: \(diagnostic)")
            }
            guard !diagnostic.message.isEmpty, !diagnostic.message.contains(where: \.isNewline) else {
                throw BrokenPromise("a mistake that is not said in one line: \(diagnostic)")
            }
        }
        guard isRefused == diagnostics.hasErrors else {
            throw BrokenPromise("\(isRefused ? "refused" : "taken") with \(diagnostics.countLine)")
        }
    }
}

/// A file of rules. Rules that are taken must compile, and judge whatever comes.
package struct RuleTarget: FuzzTarget {
    package static let name = "rules"

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> ConfigurationAnswer {
        let result = RuleFile.read(bytes: input, file: "rules.yaml")
        var answer = try ConfigurationAnswer(result.diagnostics, isRefused: result.hasErrors)
        guard !result.hasErrors else { return answer }
        answer.taken = try FuzzCore.events(of: result.rules, points: result.rules.pointsNamed)
        return answer
    }
}

/// The core under rules that a reader has taken.
enum FuzzCore {
    private static let values: [Double] = [0, 1e300, -1e300, 50, 49.9, .leastNonzeroMagnitude, 1e-9, 65_535]

    /// A short run with values that are hard on arithmetic.
    static func events(of rules: RuleSet, points: [String]) throws(BrokenPromise) -> [String] {
        let start = PlantInstant(milliseconds: 1_795_509_000_000)
        do {
            var core = try Monitor(site: "fuzz", points: points, rules: rules, startingAt: start)
            var events: [String] = []
            var sequence: UInt64 = 1
            for (turn, value) in values.enumerated() {
                let now = start + .seconds(turn * 20)
                let slots = points.indices.prefix(64).map { place in
                    var slot = InputSlot(
                        Sample(
                            point: PointIndex(offset: place), at: now,
                            (turn + place) % 5 == 4 ? .bad(.linkDown) : .good(value)), published: now)
                    slot.judgedAt = now
                    return slot
                }
                core.step(slots.span, firstSequence: sequence)
                sequence += UInt64(slots.count)
                core.tick(to: now + .seconds(10))
                events += core.takeEvents().map { "\($0.rule.number) \($0.transition) \($0.occurredAt.milliseconds)" }
            }
            return events
        } catch {
            throw BrokenPromise("rules were taken that the core refuses: \(error)")
        }
    }
}

/// A file of rule tests.
package struct RuleTestTarget: FuzzTarget {
    package static let name = "tests"
    private let rules: RuleSet

    package init() {
        rules =
            RuleFile.read(
                text: """
                    - {id: A.L1, point: A, kind: H, limit: 25, deadband: 5, on_delay_s: 3, priority: HIGH}
                    - {id: A.L2, point: A, kind: HH, limit: 50, deadband: 5, priority: CRITICAL}
                    - {id: B.LOW, point: B, kind: L, limit: 1, priority: LOW}
                    """, file: "rules.yaml"
            ).rules
        precondition(rules.rules.count == 3, "the rules of the fuzzed tests are sound")
    }

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> ConfigurationAnswer {
        let result = RuleTestFile.read(
            text: String(decoding: input, as: UTF8.self), file: "t.yaml", rules: rules, points: ["A", "B"])
        var answer = try ConfigurationAnswer(result.diagnostics, isRefused: result.diagnostics.hasErrors)
        answer.taken = result.tests.map { "\($0)" }
        return answer
    }
}

/// A script of a replay; one that is taken is played, as far as a few thousand rows.
package struct ScriptTarget: FuzzTarget {
    package static let name = "scripts"
    private static let rowsMax = 2000
    private let names = ReplayNames(points: ["A", "B", "C"], derived: [2], rules: ["A.L1", "B.L1"])
    private let devices = ["DEV": ScriptedDevice(points: [PointIndex(0)], link: PointIndex(1))]

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> ConfigurationAnswer {
        let result = ScriptReader.read(text: String(decoding: input, as: UTF8.self), file: "s.yaml")
        var answer = try ConfigurationAnswer(result.diagnostics, isRefused: result.script == nil)
        guard let script = result.script else { return answer }
        var source: ScriptSource
        do throws(ScriptRefused) {
            source = try ScriptSource(script, file: "s.yaml", names: names, devices: devices, begins: nil)
        } catch {
            answer.taken = error.mistakes.map(\.description)
            return answer
        }
        var batch = TimelineBatch()
        source.read(into: &batch, atMost: Self.rowsMax)
        for slot in batch.slots where slot.kind == .sample { try slot.sample.keepPromise() }
        answer.taken = batch.slots.map { "\($0.point) \($0.time.nanoseconds) \($0.payload) \($0.qualityBits)" }
        return answer
    }
}

/// A device profile, as one file of a folder of profiles.
package final class ProfileTarget: FuzzTarget {
    package static let name = "profiles"
    private let folder = FuzzFolder()

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> ConfigurationAnswer {
        folder.write(["gas/fuzz-one.yaml": input])
        let result = ProfileFolder.check(folder.path)
        var answer = try ConfigurationAnswer(result.diagnostics, isRefused: result.ids.isEmpty)
        answer.taken = result.ids
        return answer
    }
}

/// A whole site folder: site file, rules, a profile and a template, parted by the byte 0x1E, which no text file holds.
package final class SiteTarget: FuzzTarget {
    package static let name = "sites"
    private static let files = [
        "site.yaml", "rules/a.yaml", "profiles/gas/fuzz-one.yaml", "profiles/gas/rules/one.yaml",
    ]
    private let folder = FuzzFolder()

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> ConfigurationAnswer {
        let parts = input.split(separator: 0x1E, maxSplits: 3, omittingEmptySubsequences: false).map(Array.init)
        folder.write(Dictionary(uniqueKeysWithValues: zip(Self.files, parts)))
        let result = SiteLoader.load(directory: folder.path, profileFolders: [], addresses: .mayBeMissing)
        var answer = try ConfigurationAnswer(result.diagnostics, isRefused: result.site == nil)
        guard let site = result.site else { return answer }
        answer.taken = try FuzzCore.events(of: site.rules, points: site.description.points.map(\.tag))
        answer.taken.append(site.hash)
        return answer
    }
}

/// A folder of its own for a target that reads files, gone with it.
private final class FuzzFolder {
    let path: String
    private var names: Set<String> = []

    init() {
        let base =
            FileManager.default.isWritableFile(atPath: "/dev/shm")
            ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        path = "\(base)/hazardd-fuzz-\(UUID().uuidString)"
    }

    /// Makes the folder hold these files and no others.
    func write(_ files: [String: [UInt8]]) {
        for name in names.subtracting(files.keys) { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }
        for (name, bytes) in files {
            if names.insert(name).inserted {
                let file = URL(filePath: "\(path)/\(name)")
                try? FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            }
            guard FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(bytes)) else {
                preconditionFailure("\(path)/\(name) cannot be written")
            }
        }
        names.formIntersection(files.keys)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
