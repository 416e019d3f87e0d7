import BenchTools
import CountedHeap
import Glibc
import MonitorCore
import PlantModel
import PlantTime
import RingPipeline
import StationPorts

/// What the way of a sample asks of the allocator: door, ring, copy, core. In steady state, nothing.
enum AllocationBench {
    static func run(_ thresholds: inout Thresholds) throws {
        guard countsAtAll() else {
            complain("the heap does not count: this program was linked without Bench/CountedHeap")
            exit(2)
        }
        let ring = Ring<InputSlot>(capacity: 1024)
        let door = RingOutlet(ring: ring)
        var reader = ring.gatingReader()
        var batch = [InputSlot](repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: 256)
        var answer = AnswerOfSixty()
        var now = PlantInstant(milliseconds: 1_704_067_200_000)
        var monitor = try PipePlant().monitor(startingAt: now)
        var samples = 0
        /// 100 samples a millisecond of the plant: ten seconds of it for each million.
        func pass(_ count: Int) {
            let end = samples + count
            while samples < end {
                answer.fill(at: now)
                _ = door.publish(answer.slots, safety: false)
                let taken = reader.copy(into: &batch)
                for index in 0..<taken { batch[index].judgedAt = now }
                monitor.step(batch.span.extracting(0..<taken), firstSequence: reader.next)
                monitor.drainEvents { _ in }
                monitor.drainChanges(points: { _ in }, rules: { _ in })
                reader.release(taken)
                samples += taken
                now = now.advanced(byNanoseconds: 600_000)
            }
        }
        // Windows of 5 s fill first: until then they take blocks for their rows.
        pass(1_000_000)
        let before = counted_heap_calls()
        pass(1_000_000)
        let calls = counted_heap_calls() - before
        thresholds.check(
            "allocations-per-million", Double(calls), "blocks asked for by a million samples from door to verdict")
    }

    /// A count that stays at nothing whatever happens would prove nothing.
    private static func countsAtAll() -> Bool {
        let before = counted_heap_calls()
        let kept = [UInt8](repeating: 1, count: Int(before % 7) + 100)
        return withExtendedLifetime(kept) { counted_heap_calls() > before }
    }
}
