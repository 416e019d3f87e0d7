import BenchTools
import Glibc

/// Measures the way of a sample through the real ring and the real core, and holds it to `Bench/load-thresholds`.
///
///     PipeBench [SECONDS] [SECTION...]     of flow and overload, 10 without; sections: allocations flow overload, none is all
@main struct Program {
    private enum Section: String, CaseIterable { case allocations, flow, overload }

    static func main() throws {
        var asked = CommandLine.arguments.dropFirst()
        let seconds = asked.first.flatMap(Int.init) ?? 10
        if asked.first.flatMap(Int.init) != nil { asked = asked.dropFirst() }
        guard (1...600).contains(seconds), asked.allSatisfy({ Section(rawValue: $0) != nil }),
            var thresholds = Thresholds(path: "Bench/load-thresholds")
        else {
            complain("usage: PipeBench [SECONDS] [allocations|flow|overload ...], from the top of the repository")
            exit(64)
        }
        for section in Section.allCases where asked.isEmpty || asked.contains(section.rawValue) {
            report("== \(section.rawValue)")
            switch section {
            case .allocations: try AllocationBench.run(&thresholds)
            case .flow: try FlowBench.flow(seconds: seconds, &thresholds)
            case .overload: try FlowBench.overload(seconds: min(seconds, 10), &thresholds)
            }
        }
        guard thresholds.failures.isEmpty else {
            report("beyond the threshold: \(thresholds.failures.joined(separator: " "))")
            exit(1)
        }
    }
}
