import PlantModel
import Synchronization

/// Takes every slot and keeps numbers only: how many samples of devices came, and how many of them were not what the
/// device holds.
final class CountingOutlet: SampleOutlet, Sendable {
    /// Points from here on are links; below, point p is register `p % stride` of device `p / stride`.
    static let firstLink: UInt32 = 1_000_000
    static let stride: UInt32 = 100

    private let good = Atomic<Int>(0)
    private let bad = Atomic<Int>(0)
    private let wrong = Atomic<Int>(0)
    private let checksValues: Bool

    init(checksValues: Bool) { self.checksValues = checksValues }

    // Relaxed: counters, read for display and after the reactor has ended.
    var usable: Int { good.load(ordering: .relaxed) }
    var unusable: Int { bad.load(ordering: .relaxed) }
    var mistaken: Int { wrong.load(ordering: .relaxed) }

    func publish(_ slots: [InputSlot], safety: Bool) -> PublishOutcome {
        var usable = 0
        for slot in slots where slot.point < Self.firstLink {
            guard let value = slot.sample.reading.usableValue else {
                bad.wrappingAdd(1, ordering: .relaxed)
                continue
            }
            usable += 1
            let point = slot.point
            if checksValues, value != Double((point / Self.stride + point % Self.stride) & 0xFFFF) {
                wrong.wrappingAdd(1, ordering: .relaxed)
            }
        }
        return .accepted(through: UInt64(good.wrappingAdd(usable, ordering: .relaxed).newValue))
    }
}
