import Glibc
import RingPipeline
import Synchronization

/// A slot of the size that the daemon's input ring has.
struct BenchSlot: BitwiseCopyable, Sendable {
    var number: UInt64 = 0
    var filling: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    var echo: UInt64 = 0
}

/// The ring of the daemon, run as `Bench/TwinRing` runs its own: the same loops, the same checksums.
enum SwiftRing {
    struct Outcome: Equatable {
        var checksum: UInt64
        var seconds: Double
    }

    private static let readBatch = 256

    static func alone(shared: Bool, capacity: Int, batch: Int, slots: Int) -> Outcome {
        let ring = Ring<BenchSlot>(capacity: capacity)
        var reader = ring.gatingReader()
        var outArray = [BenchSlot](repeating: BenchSlot(), count: batch)
        var intoArray = [BenchSlot](repeating: BenchSlot(), count: readBatch)
        var out = outArray.mutableSpan
        var into = intoArray.mutableSpan
        var checksum: UInt64 = 0
        var number: UInt64 = 0
        let started = monotonicSeconds()
        if shared {
            var end = ring.sharedPublisher()
            while number < UInt64(slots) {
                number = fill(&out, after: number)
                _ = end.publish(out.span)
                take(&reader, &into, &checksum)
            }
        } else {
            var end = ring.publisher()
            while number < UInt64(slots) {
                number = fill(&out, after: number)
                _ = end.publish(out.span)
                take(&reader, &into, &checksum)
            }
        }
        return Outcome(checksum: checksum, seconds: monotonicSeconds() - started)
    }

    /// - Parameter publishers: 0: one thread with the single-publisher end.
    static func threads(publishers: Int, capacity: Int, batch: Int, slots: Int) -> Outcome {
        let ring = Ring<BenchSlot>(capacity: capacity)
        let writers = max(publishers, 1)
        let each = slots / writers / batch * batch
        let checksum = Atomic<UInt64>(0)
        let started = monotonicSeconds()
        var all = (0..<writers).map { _ in
            WorkerThread(named: "publisher") {
                if publishers == 0 { publishAlone(ring, batch, each) } else { publishShared(ring, batch, each) }
            }
        }
        all.append(
            WorkerThread(named: "reader") {
                checksum.store(readAll(ring, total: each * writers), ordering: .releasing)
            })
        for thread in all { thread.join() }
        return Outcome(checksum: checksum.load(ordering: .acquiring), seconds: monotonicSeconds() - started)
    }

    /// One publisher that pauses between slots, and a reader that spins: nanoseconds of each slot.
    static func latency(capacity: Int, count: Int, pause: UInt64) -> [UInt32] {
        let ring = Ring<BenchSlot>(capacity: capacity)
        let writer = WorkerThread(named: "publisher") {
            var end = ring.publisher()
            var slot = BenchSlot()
            for _ in 0..<count {
                let due = monotonicNanoseconds() + pause
                while monotonicNanoseconds() < due {}
                slot.number = monotonicNanoseconds()
                while end.publish(slot) == nil { sched_yield() }
            }
        }
        var reader = ring.gatingReader()
        var into = [BenchSlot()]
        var latencies: [UInt32] = []
        latencies.reserveCapacity(count)
        while latencies.count < count {
            guard reader.copy(into: &into) > 0 else { continue }
            latencies.append(UInt32(clamping: monotonicNanoseconds() - into[0].number))
            reader.release(1)
        }
        writer.join()
        return latencies
    }

    // MARK: The loops

    private static func fill(_ batch: inout MutableSpan<BenchSlot>, after number: UInt64) -> UInt64 {
        var number = number
        for index in batch.indices {
            number += 1
            batch[index].number = number
            batch[index].echo = number
        }
        return number
    }

    private static func take(
        _ reader: inout GatingReader<BenchSlot>, _ buffer: inout MutableSpan<BenchSlot>, _ checksum: inout UInt64
    ) {
        let count = reader.copy(into: &buffer)
        for index in 0..<count { checksum = checksum &* 31 &+ (buffer[index].number ^ buffer[index].echo << 1) }
        reader.release(count)
    }

    private static func publishAlone(_ ring: Ring<BenchSlot>, _ batch: Int, _ slots: Int) {
        var end = ring.publisher()
        var array = [BenchSlot](repeating: BenchSlot(), count: batch)
        var out = array.mutableSpan
        var number: UInt64 = 0
        while number < UInt64(slots) {
            number = fill(&out, after: number)
            while end.publish(out.span) == nil { sched_yield() }
        }
    }

    private static func publishShared(_ ring: Ring<BenchSlot>, _ batch: Int, _ slots: Int) {
        var end = ring.sharedPublisher()
        var array = [BenchSlot](repeating: BenchSlot(), count: batch)
        var out = array.mutableSpan
        var number: UInt64 = 0
        while number < UInt64(slots) {
            number = fill(&out, after: number)
            while end.publish(out.span) == nil { sched_yield() }
        }
    }

    private static func readAll(_ ring: Ring<BenchSlot>, total: Int) -> UInt64 {
        var reader = ring.gatingReader()
        var array = [BenchSlot](repeating: BenchSlot(), count: readBatch)
        var into = array.mutableSpan
        var checksum: UInt64 = 0
        var read = 0
        var lookout = Lookout(.spinThenPark(1000))
        while read < total {
            _ = reader.wait(atMost: .seconds(1), &lookout)
            let count = reader.copy(into: &into)
            for index in 0..<count { checksum &+= into[index].number ^ into[index].echo << 1 }
            reader.release(count)
            read += count
        }
        return checksum
    }
}

func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

func monotonicSeconds() -> Double { Double(monotonicNanoseconds()) * 1e-9 }
