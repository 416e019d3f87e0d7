import BenchTools
import Glibc
import TwinRing

/// Measures the ring against the same ring in C++ (`Bench/TwinRing`) and against the thresholds in `Bench/ring-thresholds`.
///
///     RingBench                                      the timings, interleaved, one line a figure; exit 1 below a threshold
///     RingBench count swift|twin solo|shared B N     nothing but N slots in batches of B on one thread: for callgrind
///     RingBench probe                                each call of the hot path once: for whoever reads the machine code
@main struct Program {
    private static let capacity = 4096
    private static let rounds = 15

    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "count" { return count(words) }
        if words == ["probe"] { return report("\(HotPath.probe())") }
        guard words.isEmpty, var thresholds = Thresholds(path: "Bench/ring-thresholds") else {
            complain("usage: RingBench [count swift|twin solo|shared BATCH SLOTS], from the top of the repository")
            exit(64)
        }
        for batch in [1, 32] {
            for shared in [false, true] { measureAlone(shared: shared, batch: batch, &thresholds) }
            for publishers in [0, 1, 2, 4] { measureThreads(publishers: publishers, batch: batch, &thresholds) }
        }
        tellLatencies()
        guard thresholds.failures.isEmpty else {
            report("below the threshold: \(thresholds.failures.joined(separator: " "))")
            exit(1)
        }
        report("all figures are within Bench/ring-thresholds")
    }

    /// A bare run, for a tool that counts its instructions.
    private static func count(_ words: [String]) {
        guard words.count == 5, let batch = Int(words[3]), let slots = Int(words[4]), batch > 0 else { exit(64) }
        let shared = words[2] == "shared"
        let checksum =
            words[1] == "twin"
            ? twin_ring_alone(shared ? 1 : 0, UInt64(capacity), UInt32(batch), UInt64(slots)).checksum
            : SwiftRing.alone(shared: shared, capacity: capacity, batch: batch, slots: slots).checksum
        report("\(checksum)")
    }

    private static func measureAlone(shared: Bool, batch: Int, _ thresholds: inout Thresholds) {
        let slots = 2_000_000 / batch * batch
        let (swift, twin) = interleaved {
            SwiftRing.alone(shared: shared, capacity: capacity, batch: batch, slots: slots)
        } twin: {
            twin_ring_alone(shared ? 1 : 0, UInt64(capacity), UInt32(batch), UInt64(slots))
        }
        thresholds.check(
            "alone-\(shared ? "shared" : "solo")-\(batch)", twin / swift,
            "one thread: Swift \(shown(swift / Double(slots) * 1e9)) ns a slot, C++ \(shown(twin / Double(slots) * 1e9))"
        )
    }

    private static func measureThreads(publishers: Int, batch: Int, _ thresholds: inout Thresholds) {
        let slots = 1_024_000
        let (swift, twin) = interleaved {
            SwiftRing.threads(publishers: publishers, capacity: capacity, batch: batch, slots: slots)
        } twin: {
            twin_ring_threads(UInt32(publishers), UInt64(capacity), UInt32(batch), UInt64(slots))
        }
        let who = publishers == 0 ? "one publisher of its own" : "\(publishers) shared"
        let line =
            "\(who), one reader: Swift \(shown(swift / Double(slots) * 1e9)) ns a slot, "
            + "C++ \(shown(twin / Double(slots) * 1e9))"
        let name = publishers == 0 ? "threads-solo-\(batch)" : "threads-shared\(publishers)-\(batch)"
        if publishers == 4 {
            report("     \(name) \(shown(twin / swift)) (not gated): \(line)")
        } else {
            thresholds.check(name, twin / swift, line)
        }
    }

    /// Swift, C++, Swift, C++ ...: the median seconds of each. Both must have read the same.
    private static func interleaved(
        _ swift: () -> SwiftRing.Outcome, twin: () -> ring_result
    ) -> (swift: Double, twin: Double) {
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<rounds {
            let mine = swift()
            let other = twin()
            guard mine.checksum == other.checksum else {
                complain("the rings do not say the same: \(mine.checksum) and \(other.checksum)")
                exit(2)
            }
            ours.append(mine.seconds)
            theirs.append(other.seconds)
        }
        return (median(ours), median(theirs))
    }

    private static func tellLatencies() {
        let count = 20_000
        let ours = SwiftRing.latency(capacity: capacity, count: count, pause: 5000).sorted()
        var theirs = [UInt32](repeating: 0, count: count)
        unsafe theirs.withUnsafeMutableBufferPointer {
            unsafe twin_ring_latency(UInt64(capacity), UInt32(count), 5000, $0.baseAddress)
        }
        theirs.sort()
        report(
            "     latency (not gated), a spinning reader: Swift p50 \(ours[count / 2]) ns, p99 \(ours[count * 99 / 100]); "
                + "C++ p50 \(theirs[count / 2]), p99 \(theirs[count * 99 / 100])")
    }
}
