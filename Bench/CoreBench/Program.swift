import BenchTools
import Glibc
import PlantModel
import TwinLoop

/// Measures the core against the C++ loop in `Bench/TwinLoop` and against the thresholds in `Bench/thresholds`.
/// Usage: CoreBench [SECTION...], sections: loop replay rules memory points windows; none is all.
@main struct Program {
    static func main() throws {
        let asked = CommandLine.arguments.dropFirst()
        guard var thresholds = Thresholds(path: "Bench/thresholds") else { exit(64) }
        precondition(MemoryLayout<InputSlot>.size == MemoryLayout<twin_slot>.size, "the twin reads slots of the core")
        for section in Section.allCases where asked.isEmpty || asked.contains(section.rawValue) {
            report("== \(section.rawValue)")
            switch section {
            case .loop: try LoopBench.run(&thresholds)
            case .replay: try RecordingBench.run(&thresholds)
            case .rules: try RuleBench.run(&thresholds)
            case .memory: try MemoryBench.run(&thresholds)
            case .points: try CurveBench.runPoints(&thresholds)
            case .windows: CurveBench.runWindows(&thresholds)
            }
        }
        guard thresholds.failures.isEmpty else {
            report("below the threshold: \(thresholds.failures.joined(separator: " "))")
            exit(1)
        }
        report("all figures are within Bench/thresholds")
    }

    enum Section: String, CaseIterable { case loop, replay, rules, memory, points, windows }
}
