package import PlantModel
package import RingPipeline
import Synchronization

/// The front door of the input ring for one thread: a ``SampleOutlet`` over a shared publisher that leaves the last eighth
/// of the ring to the safety path, and counts what it refused.
package final class RingOutlet: SampleOutlet, @unchecked Sendable {
    // @unchecked Sendable: handed to one door thread, which alone publishes; the counters are atomics.
    // Unchecked for the same reason: a check at run time of each access would cost a call into the runtime for every batch.
    @exclusivity(unchecked) private var publisher: SharedPublisher<InputSlot>
    private let reserve: Int
    private let accepted = Atomic<UInt64>(0)
    private let refused = Atomic<UInt64>(0)

    package init(ring: Ring<InputSlot>) {
        unsafe publisher = ring.sharedPublisher()
        reserve = ring.capacity / 8
    }

    package func publish(_ slots: [InputSlot], safety: Bool) -> PublishOutcome {
        // Relaxed: counters are read for display only.
        guard let last = unsafe publisher.publish(slots.span, keepingFree: safety ? 0 : reserve) else {
            refused.wrappingAdd(UInt64(slots.count), ordering: .relaxed)
            return .full
        }
        accepted.wrappingAdd(UInt64(slots.count), ordering: .relaxed)
        return .accepted(through: last)
    }

    /// Slots published, and slots refused because the ring was full. Any thread.
    package var counts: (accepted: UInt64, refused: UInt64) {
        (accepted.load(ordering: .relaxed), refused.load(ordering: .relaxed))
    }
}
