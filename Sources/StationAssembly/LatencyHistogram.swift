import PlantModel
import Synchronization

/// Counts of durations in fixed buckets, as Prometheus wants them: written by one stage, read by anyone.
final class LatencyHistogram: Sendable {
    /// Upper bounds in seconds.
    private static let bounds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct State {
        var counts = [UInt64](repeating: 0, count: LatencyHistogram.bounds.count)
        var total: UInt64 = 0
        var sum = 0.0
    }

    private let state = Mutex(State())

    func record(_ span: Duration) {
        let (seconds, attoseconds) = span.components
        let value = Double(seconds) + Double(attoseconds) / 1e18
        state.withLock { state in
            state.total += 1
            state.sum += value
            if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.counts[bucket] += 1 }
        }
    }

    func metrics(_ name: String, help: String) -> [Metric] {
        let state = state.withLock { $0 }
        var running: UInt64 = 0
        var metrics = zip(Self.bounds, state.counts).map { bound, count in
            running += count
            return Metric(
                "\(name)_bucket", help: help, kind: .histogram, labels: [("le", "\(bound)")], value: Double(running))
        }
        metrics.append(
            Metric("\(name)_bucket", help: help, kind: .histogram, labels: [("le", "+Inf")], value: Double(state.total))
        )
        metrics.append(Metric("\(name)_sum", help: help, kind: .histogram, value: state.sum))
        metrics.append(Metric("\(name)_count", help: help, kind: .histogram, value: Double(state.total)))
        return metrics
    }
}
