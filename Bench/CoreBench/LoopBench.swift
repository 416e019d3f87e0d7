import BenchTools
import Glibc
import PlantModel

/// The core on samples in memory, against the tuned C++ loop over the same array.
enum LoopBench {
    private static let rows = 10_000_000
    private static let naiveRows = 1_000_000
    private static let rounds = 9

    static func run(_ thresholds: inout Thresholds) throws {
        let plant = BenchPlant(points: 10_000)
        let slots = plant.slots(rows)
        let (core, twin) = try interleaved(plant, slots)
        report("\(twin.events) transitions, digest \(String(twin.digest, radix: 16)), core and C++ alike")
        let head = Array(slots.prefix(naiveRows))
        let tunedHead = plant.runTwin(head)
        let naive = plant.runTwin(head, isNaive: true)
        guard naive.saysTheSame(as: tunedHead) else { differ("the naive loop", naive, "the tuned one", tunedHead) }
        thresholds.check(
            "naive-to-tuned", naive.nanosecondsPerRow / tunedHead.nanosecondsPerRow,
            "naive \(shown(naive.nanosecondsPerRow)) ns a sample, tuned \(shown(tunedHead.nanosecondsPerRow))")
        thresholds.check(
            "core-to-loop", twin.nanosecondsPerRow / core.nanosecondsPerRow,
            "core \(shown(core.nanosecondsPerRow)) ns a sample, C++ \(shown(twin.nanosecondsPerRow))")
    }

    /// Core, C++, core, C++ ...: each with the median of its CPU times.
    static func interleaved(
        _ plant: BenchPlant, _ slots: [InputSlot], rounds: Int = rounds
    ) throws -> (core: BenchRun, twin: BenchRun) {
        var cores: [BenchRun] = []
        var twins: [BenchRun] = []
        for _ in 0..<rounds {
            cores.append(try plant.runCore(slots))
            twins.append(plant.runTwin(slots))
        }
        var (core, twin) = (cores[0], twins[0])
        for run in cores + twins where !run.saysTheSame(as: core) { differ("the core", core, "another run", run) }
        core.seconds = median(cores.map(\.seconds))
        twin.seconds = median(twins.map(\.seconds))
        return (core, twin)
    }

    static func differ(_ name: String, _ run: BenchRun, _ otherName: String, _ other: BenchRun) -> Never {
        complain(
            "\(name) and \(otherName) do not say the same: \(run.events) and \(other.events) transitions, digests "
                + "\(String(run.digest, radix: 16)) and \(String(other.digest, radix: 16))")
        exit(2)
    }
}
