import RingPipeline

#if canImport(Glibc)
    import Glibc
#endif

/// Threads against the hall, for ThreadSanitizer and for plain runs. Every outcome is named; a forbidden one ends the
/// program with status 1.
///
/// Allowed: a publisher is refused because the ring is full; a follower misses slots and says how many.
/// Forbidden: a slot lost, doubled, torn or out of its publisher's order at the gating reader; a torn slot at a follower;
/// a follower whose read and missed slots do not add up; a reader parked for ever.
@main struct RingStress {
    static func main() {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
        var failures: [String] = []
        for publishers in [1, 2, 4] { failures += manyPublishers(publishers, slotsEach: rounds / publishers) }
        failures += onePublisher(slots: rounds)
        failures += boardUnderReaders(writes: rounds)
        for failure in failures { print("FORBIDDEN: \(failure)") }
        print("ring stress: \(rounds) slots a case, \(failures.count) forbidden outcomes")
        if !failures.isEmpty { exit(1) }
    }

    /// Several publishers, one gating reader that parks, one follower that may be overtaken.
    static func manyPublishers(_ count: Int, slotsEach: Int) -> [String] {
        let ring = Ring<StressSlot>(capacity: 1024)
        let judged = Mark()
        let total = UInt64(count * slotsEach)
        let found = Findings()
        var threads: [WorkerThread] = []
        for publisher in 0..<count {
            threads.append(
                WorkerThread(named: "stress") {
                    var end = ring.sharedPublisher()
                    var number = 1
                    while number <= slotsEach {
                        let batch = (0..<min(1 + number % 7, slotsEach - number + 1)).map {
                            StressSlot(publisher: UInt64(publisher), number: UInt64(number + $0))
                        }
                        if end.publish(batch.span) != nil { number += batch.count } else { sched_yield() }
                    }
                })
        }
        threads.append(
            WorkerThread(named: "stress") {
                var reader = ring.gatingReader()
                var buffer = [StressSlot](repeating: StressSlot(publisher: 0, number: 0), count: 128)
                var last = [UInt64](repeating: 0, count: count)
                var read: UInt64 = 0
                while read < total {
                    // A wait may end early (a later slot rang before an earlier one was whole): only time says stuck.
                    let started = ContinuousClock.now
                    while !reader.wait(atMost: .seconds(1)) {
                        if ContinuousClock.now - started > .seconds(60) {
                            print("FORBIDDEN: \(count) publishers, the reader parked 60 s at \(read) of \(total)")
                            exit(1)
                        }
                    }
                    let batch = reader.copy(into: &buffer)
                    for index in 0..<batch {
                        let slot = buffer[index]
                        if !slot.isWhole { found.note("torn slot at the gating reader") }
                        if slot.number != last[Int(slot.publisher)] + 1 {
                            found.note("publisher \(slot.publisher): \(slot.number) after \(last[Int(slot.publisher)])")
                        }
                        last[Int(slot.publisher)] = slot.number
                        reader.restate(slot.stamped, at: reader.next + UInt64(index))
                    }
                    let through = reader.next + UInt64(batch) - 1
                    judged.advance(to: through)
                    reader.release(batch)
                    read += UInt64(batch)
                }
                judged.advance(to: .max)
            })
        threads.append(
            WorkerThread(named: "stress") {
                var follower = ring.followingReader(from: 1)
                var buffer = [StressSlot](repeating: StressSlot(publisher: 0, number: 0), count: 64)
                var read: UInt64 = 0
                while follower.next <= total {
                    _ = judged.wait(for: follower.next, atMost: .milliseconds(50))
                    let batch = follower.copy(into: &buffer, through: min(judged.current, total))
                    read += UInt64(batch.count)
                    for slot in buffer.prefix(batch.count) where !slot.isWhole {
                        found.note("torn slot at the follower")
                    }
                }
                if read + follower.missed != total {
                    found.note("follower: \(read) read and \(follower.missed) missed of \(total)")
                }
            })
        for thread in threads { thread.join() }
        return found.all
    }

    static func onePublisher(slots: Int) -> [String] {
        let ring = Ring<StressSlot>(capacity: 256)
        let found = Findings()
        let writer = WorkerThread(named: "stress") {
            var publisher = ring.publisher()
            var number: UInt64 = 1
            while number <= UInt64(slots) {
                if publisher.publish(StressSlot(publisher: 0, number: number)) != nil {
                    number += 1
                } else {
                    sched_yield()
                }
            }
        }
        let reader = WorkerThread(named: "stress") {
            var reader = ring.gatingReader()
            var buffer = [StressSlot](repeating: StressSlot(publisher: 0, number: 0), count: 32)
            var expected: UInt64 = 1
            var lookout = Lookout(.adaptive(100))
            while expected <= UInt64(slots) {
                _ = reader.wait(atMost: .seconds(1), &lookout)
                let count = reader.copy(into: &buffer)
                for slot in buffer.prefix(count) {
                    if slot.number != expected || !slot.isWhole { found.note("single: \(slot.number) for \(expected)") }
                    expected += 1
                }
                reader.release(count)
            }
        }
        writer.join()
        reader.join()
        return found.all
    }

    static func boardUnderReaders(writes: Int) -> [String] {
        let table = SlotTable<StressSlot>(count: 4, blank: StressSlot(publisher: 0, number: 0))
        let done = Mark()
        let found = Findings()
        let writer = WorkerThread(named: "stress") {
            for number in 1...writes { table.write(StressSlot(publisher: 1, number: UInt64(number)), at: number & 3) }
            done.advance(to: 1)
        }
        let readers = (0..<2).map { _ in
            WorkerThread(named: "stress") {
                var last = [UInt64](repeating: 0, count: 4)
                while done.current == 0 {
                    for index in 0..<4 {
                        let slot = table.read(index)
                        if !slot.isWhole { found.note("torn slot on the board") }
                        if slot.number < last[index] { found.note("the board went back") }
                        last[index] = slot.number
                    }
                }
            }
        }
        writer.join()
        for reader in readers { reader.join() }
        return found.all
    }
}

/// A slot whose words contradict each other when they come from two writings.
struct StressSlot: BitwiseCopyable, Sendable {
    var publisher: UInt64
    var number: UInt64
    var echo: UInt64
    var stamp: UInt64

    init(publisher: UInt64, number: UInt64) {
        self.publisher = publisher
        self.number = number
        echo = ~(number ^ publisher &* 0x9E37_79B9_7F4A_7C15)
        stamp = 0
    }

    var isWhole: Bool { echo == ~(number ^ publisher &* 0x9E37_79B9_7F4A_7C15) && (stamp == 0 || stamp == number) }
    var stamped: StressSlot {
        var copy = self
        copy.stamp = number
        return copy
    }
}
