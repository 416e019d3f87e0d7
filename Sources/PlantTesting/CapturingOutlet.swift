package import PlantModel
import PlantTime
import RingPipeline
import Synchronization

/// An outlet that keeps what is published, and lets a test wait for it without sleeping.
package final class CapturingOutlet: SampleOutlet, Sendable {
    private let kept = Mutex<[InputSlot]>([])
    private let news = Doorbell()
    private let isFull = Atomic<Bool>(false)

    package init() {}

    package func publish(_ slots: [InputSlot], safety: Bool) -> PublishOutcome {
        if isFull.load(ordering: .acquiring) { return .full }
        let count = kept.withLock {
            $0.append(contentsOf: slots)
            return $0.count
        }
        news.ring()
        return .accepted(through: UInt64(count))
    }

    /// From now on every batch is refused, or taken again.
    package func pretendFull(_ full: Bool) { isFull.store(full, ordering: .releasing) }

    package var slots: [InputSlot] { kept.withLock { $0 } }
    package var samples: [Sample] { slots.filter { $0.kind == .sample }.map(\.sample) }

    /// Waits until what was captured satisfies a condition.
    /// - Returns: whether it did within the limit.
    package func wait(atMost limit: Duration = .seconds(10), until isEnough: ([InputSlot]) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if news.park(atMost: .milliseconds(100), until: { kept.withLock { isEnough($0) } }) { return true }
        }
        return kept.withLock { isEnough($0) }
    }
}

/// A sample of a point at a time of day, for tests: milliseconds since 1970.
package func aSample(of point: UInt32, at milliseconds: Int64, _ reading: Reading) -> Sample {
    Sample(point: PointIndex(point), at: PlantInstant(milliseconds: milliseconds), reading)
}
