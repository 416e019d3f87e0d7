import BenchTools
import Glibc
import ParkSimulator

/// From a change at the source (a Modbus register, an MQTT message) to the request at the receiver: the release build of
/// hazardd against the least that a C program could do (`Bench/EndToEndFloor`), in alternating runs of one session.
///
///     EndToEndBench [ALARMS [RUNS [CONDITION ...]]]      400 alarms a run, 5 runs, all four conditions
///     EndToEndBench soak [MINUTES]                       hazardd alone, 30 minutes: does it grow?
@main struct Program {
    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        if words.first == "soak" { soak(minutes: words.count > 1 ? Double(words[1]) ?? 0 : 30) }
        let alarms = words.isEmpty ? 400 : Int(words.removeFirst()) ?? 0
        let runs = words.isEmpty ? 5 : Int(words.removeFirst()) ?? 0
        let unknown = words.filter { word in !Condition.all.contains { $0.name == word } }
        guard alarms > 0, runs > 0, unknown.isEmpty else {
            complain("EndToEndBench [ALARMS [RUNS [CONDITION ...]]]; conditions: \(Condition.all.map(\.name))")
            exit(64)
        }
        guard var thresholds = Thresholds(path: "Bench/end-to-end-thresholds") else { exit(1) }
        do throws(ParkFailure) {
            let rig = try Rig()
            for condition in Condition.all where words.isEmpty || words.contains(condition.name) {
                try compare(condition, rig: rig, alarms: alarms, runs: runs, &thresholds)
            }
        } catch {
            complain("EndToEndBench: \(error)")
            exit(1)
        }
        exit(thresholds.failures.isEmpty ? 0 : 1)
    }

    private static func soak(minutes: Double) -> Never {
        guard minutes > 0, var thresholds = Thresholds(path: "Bench/soak-thresholds") else { exit(64) }
        do throws(ParkFailure) {
            try Soak(minutes: minutes).run(&thresholds)
        } catch {
            complain("EndToEndBench: \(error)")
            exit(1)
        }
        exit(thresholds.failures.isEmpty ? 0 : 1)
    }

    private static func compare(
        _ condition: Condition, rig: Rig, alarms: Int, runs: Int, _ thresholds: inout Thresholds
    ) throws(ParkFailure) {
        var found: [Subject: [Run]] = [:]
        for turn in 0..<runs {
            // Whoever goes first changes from turn to turn.
            for subject in turn % 2 == 0 ? Subject.allCases : Subject.allCases.reversed() {
                let run = try subject.measure(condition, rig: rig, alarms: alarms, seed: UInt32(turn + 1))
                found[subject, default: []].append(run)
            }
        }
        for subject in Subject.allCases {
            show(subject, condition, found[subject] ?? [])
            if condition.isLoaded { checkLoad(subject, condition, found[subject] ?? [], &thresholds) }
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let figures = Subject.allCases.map { subject in
                median((found[subject] ?? []).map { quantile(share, of: $0.fromChange) })
            }
            thresholds.check(
                "\(condition.name)-\(name)", figures[1] / figures[0],
                "hazardd \(shown(figures[1])) ms, floor \(shown(figures[0])) ms, medians of \(runs) runs of \(alarms)")
        }
        let judged = (found[.hazardd] ?? []).map { quantile(0.99, of: $0.stages.readToJudged) }
        thresholds.check(
            "\(condition.name)-judged-ms", median(judged),
            "from the bytes at the door to the core, p99 of the raises; the runs' \(judged.map(shown))")
    }

    /// A ratio under a load that was not there says nothing.
    private static func checkLoad(
        _ subject: Subject, _ condition: Condition, _ runs: [Run], _ thresholds: inout Thresholds
    ) {
        let cores = [\LoadLine.subjectCores, \.brokerCores, \.rigCores].map { part in
            shown(median(runs.map { $0.load[keyPath: part] }))
        }
        report(
            "\(condition.name) \(subject.rawValue) cores: the program \(cores[0]), the broker \(cores[1]), the plant "
                + "and the receiver \(cores[2])")
        let published = median(runs.map(\.load.published))
        thresholds.check(
            "loaded-messages", median(runs.map(\.load.delivered)),
            "\(condition.name) \(subject.rawValue), delivered a second; published \(shown(published))")
        let reads = median(runs.map(\.load.reads))
        thresholds.check(
            "loaded-samples", median(runs.map(\.load.samples)),
            "\(condition.name) \(subject.rawValue), a second, in \(shown(reads)) reads of 60 registers")
    }

    private static func show(_ subject: Subject, _ condition: Condition, _ runs: [Run]) {
        func line(_ what: String, _ values: [Double]) {
            guard !values.isEmpty else { return }
            let figures = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)]
                .map { "\($0.0) \(shown(quantile($0.1, of: values)))" }
            report(
                "\(condition.name) \(subject.rawValue) \(what): \(figures.joined(separator: ", ")) ms of \(values.count)"
            )
        }
        line("from the change", runs.flatMap(\.fromChange))
        line("from the answer", runs.flatMap(\.fromAnswer))
        if subject == .hazardd, let stages = runs.last?.stages {
            report("\(condition.name) \(subject.rawValue) stages of the last run, p50 / p99: \(stages.text) ms")
        }
    }
}
