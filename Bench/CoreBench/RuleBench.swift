import BenchTools
import Glibc
import MonitorCore
import PlantModel
import PlantTime
import SiteProfile

/// 50,000 rules as a flat list of YAML: what loading costs, and whether a mistake on the last line is found there.
enum RuleBench {
    static func run(_ thresholds: inout Thresholds) throws {
        let plant = BenchPlant(points: 10_000)
        let text = yaml(of: plant)
        let begun = processorSeconds()
        let file = RuleFile.read(text: text, file: "bench.yaml")
        let seconds = processorSeconds() - begun
        guard !file.diagnostics.hasErrors, file.rules.rules.count == 50_000 else {
            complain("the rules of the benchmark are refused: \(file.diagnostics.first?.description ?? "fewer")")
            exit(2)
        }
        let compiling = processorSeconds()
        let monitor = try Monitor(
            site: "bench", points: plant.tags, rules: file.rules,
            startingAt: PlantInstant(milliseconds: BenchPlant.start))
        report("\(monitor.ruleCount) rules compiled in \(shown(processorSeconds() - compiling)) s of CPU")
        thresholds.check(
            "rule-load-seconds", seconds, "\(shown(Double(text.utf8.count) / 1e6)) MB of YAML to rules, CPU seconds")
        checkLastLine(text)
    }

    /// The last key of the last rule is misspelt: that must be said, and where.
    private static func checkLastLine(_ text: String) {
        let broken = text.dropLast("  priority: high\n".utf8.count) + "  priorty: HIGH\n"
        let lines = text.utf8.count { $0 == 0x0A }
        let file = RuleFile.read(text: String(broken), file: "bench.yaml")
        guard file.diagnostics.contains(where: { $0.location.line == lines && $0.message.contains("priorty") }) else {
            complain("a mistake on line \(lines) was not reported there: \(file.diagnostics.map(\.description))")
            exit(2)
        }
        report("a mistake on line \(lines), the last, is reported there")
    }

    private static func yaml(of plant: BenchPlant) -> String {
        var text = ""
        for rule in plant.rules.rules {
            text += "- id: \(rule.id)\n  point: \(rule.point)\n  kind: \(rule.kind.word)\n"
            switch rule.kind {
            case .rateOfChange(let rate):
                text += "  limit: \(rate.limit)\n  deadband: \(rate.deadband)\n  window_s: 60\n"
            case .threshold(let threshold):
                text += "  limit: \(threshold.limit)\n  deadband: \(threshold.deadband)\n"
            default: break
            }
            text += "  on_delay_s: \(rule.onDelay.seconds)\n  priority: HIGH\n"
        }
        return text
    }
}
