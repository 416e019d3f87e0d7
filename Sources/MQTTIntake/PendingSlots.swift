import DeviceMap
import PlantModel
import PlantTime

/// Slots on their way into the ring. What does not fit stays, in order, until it does: nothing that was read is lost.
///
/// Bounded by what one read and one outage can hold, for the door reads nothing while anything is pending.
struct PendingSlots {
    /// A batch at most this long is published at once, so that a small ring can take it.
    private static let chunkMax = 256

    private var safety: [InputSlot] = []
    private var ordinary: [InputSlot] = []

    var isEmpty: Bool { safety.isEmpty && ordinary.isEmpty }
    var count: Int { safety.count + ordinary.count }

    /// - Parameter read: when their bytes were at the door.
    mutating func append(_ batch: IntakeBatch, readAt read: PlantInstant) {
        Self.append(batch.safety, to: &safety, readAt: read)
        Self.append(batch.ordinary, to: &ordinary, readAt: read)
    }

    private static func append(_ batch: [InputSlot], to slots: inout [InputSlot], readAt read: PlantInstant) {
        for var slot in batch {
            // Until the ring takes it, "published" says when it was read.
            slot.stamp(read: read, published: read)
            slots.append(slot)
        }
    }

    /// Publishes what fits: safety slots first, for they may use the last eighth of the ring.
    /// - Returns: the input sequence of the last slot that went in, nil if none did.
    mutating func publish(into outlet: any SampleOutlet, at now: PlantInstant) -> UInt64? {
        let first = Self.publish(&safety, into: outlet, safety: true, at: now)
        let second = Self.publish(&ordinary, into: outlet, safety: false, at: now)
        return second ?? first
    }

    private static func publish(
        _ slots: inout [InputSlot], into outlet: any SampleOutlet, safety: Bool, at now: PlantInstant
    ) -> UInt64? {
        var last: UInt64?
        var done = 0
        while done < slots.count {
            var chunk = Array(slots[done..<min(done + chunkMax, slots.count)])
            for place in chunk.indices { chunk[place].stamp(read: chunk[place].published, published: now) }
            guard case .accepted(let through) = outlet.publish(chunk, safety: safety) else { break }
            last = through
            done += chunk.count
        }
        slots.removeFirst(done)
        return last
    }
}
