import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

@Suite struct `The front door of the input ring` {
    private let ring = Ring<InputSlot>(capacity: 64)

    private func slots(_ count: Int, from first: UInt32 = 0) -> [InputSlot] {
        (0..<count).map { place in
            InputSlot(
                aSample(of: first + UInt32(place), at: 5, .good(Double(place))),
                published: PlantInstant(milliseconds: 5))
        }
    }

    @Test func `keeps the last eighth for the safety path`() {
        let ordinary = RingOutlet(ring: ring)
        let safety = RingOutlet(ring: ring)
        #expect(ordinary.publish(slots(56), safety: false) == .accepted(through: 56))
        #expect(ordinary.publish(slots(1), safety: false) == .full)
        #expect(safety.publish(slots(1), safety: true) == .accepted(through: 57))
        #expect(ordinary.publish(slots(7), safety: true) == .accepted(through: 64), "gas comes by any door")
        #expect(safety.publish(slots(1), safety: true) == .full)
        #expect(ordinary.counts == (63, 1))
        #expect(safety.counts == (1, 1))
    }

    @Test func `takes a batch whole or not at all`() {
        let outlet = RingOutlet(ring: ring)
        #expect(outlet.publish(slots(50), safety: false) == .accepted(through: 50))
        #expect(outlet.publish(slots(7), safety: false) == .full)
        #expect(ring.head == 50, "nothing of the refused batch is in the ring")
        #expect(outlet.publish(slots(6), safety: false) == .accepted(through: 56))
        #expect(outlet.counts == (56, 7))
    }

    @Test func `opens again as soon as the core has let go`() {
        let outlet = RingOutlet(ring: ring)
        var core = ring.gatingReader()
        var batch = [InputSlot](repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: 64)
        #expect(outlet.publish(slots(56, from: 100), safety: false) == .accepted(through: 56))
        #expect(core.copy(into: &batch) == 56)
        #expect(outlet.publish(slots(1), safety: false) == .full, "looked at is not let go")
        core.release(8)
        #expect(outlet.publish(slots(8), safety: false) == .accepted(through: 64))
        #expect(batch.prefix(56).map(\.point) == (100..<156).map { UInt32($0) })
    }

    @Test func `stamps samples with the moment of their publication and with their source`() {
        let outlet = RingOutlet(ring: ring)
        var core = ring.gatingReader()
        var batch = [InputSlot](repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: 8)
        let now = PlantInstant(nanoseconds: 6_000_001)
        let sample = aSample(of: 3, at: 5, .bad(.linkDown))
        #expect(outlet.publish([sample], at: now, source: 9, safety: false) == .accepted(through: 1))
        #expect(core.copy(into: &batch) == 1)
        #expect(batch[0].sample == sample && batch[0].published == now && batch[0].source == 9)
    }

    @Test func `takes an empty batch for nothing`() {
        let outlet = RingOutlet(ring: ring)
        #expect(outlet.publish([], safety: false) == .accepted(through: 0))
        #expect(outlet.publish(slots(2), safety: false) == .accepted(through: 2))
        #expect(outlet.publish([], safety: false) == .accepted(through: 2))
    }
}
