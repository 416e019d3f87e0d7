package import PlantModel
import PlantTime
import Synchronization

/// Counts of durations in fixed buckets, as Prometheus wants them: any thread counts, anyone reads, nobody waits.
package final class LatencyHistogram: Sendable {
    /// Upper bounds in seconds.
    private static let bounds: [20 of Double] = [
        0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
        2.5, 5, 10, .infinity,
    ]

    // Relaxed throughout: counts that are looked at; a reader between two additions sees the one without the other.
    private let counts = [20 of Atomic<UInt64>] { _ in Atomic(0) }
    private let sumNanoseconds = Atomic<UInt64>(0)

    package init() {}

    /// A span below zero (two clocks, or a stamp that is missing) counts as zero.
    package func record(_ span: Duration) {
        let nanoseconds = UInt64(clamping: span.nanoseconds)
        let seconds = Double(nanoseconds) / 1e9
        var bucket = 0
        while seconds > Self.bounds[bucket] { bucket += 1 }
        counts[bucket].wrappingAdd(1, ordering: .relaxed)
        sumNanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// The samples of one histogram, or of one label's part of it.
    package func metrics(_ name: String, help: String, labels: [(String, String)] = []) -> [Metric] {
        var running: UInt64 = 0
        var metrics: [Metric] = []
        for bucket in counts.indices {
            running += counts[bucket].load(ordering: .relaxed)
            let bound = Self.bounds[bucket]
            metrics.append(
                Metric(
                    "\(name)_bucket", help: help, kind: .histogram,
                    labels: labels + [("le", bound.isFinite ? "\(bound)" : "+Inf")], value: Double(running)))
        }
        let sum = Double(sumNanoseconds.load(ordering: .relaxed)) / 1e9
        metrics.append(Metric("\(name)_sum", help: help, kind: .histogram, labels: labels, value: sum))
        metrics.append(Metric("\(name)_count", help: help, kind: .histogram, labels: labels, value: Double(running)))
        return metrics
    }
}
