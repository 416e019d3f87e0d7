import RingPipeline

#if canImport(Glibc)
    import Glibc
#endif

/// Publishers as fast as they can, one gating reader that stamps what it read, and a follower of each overrun policy behind its
/// mark. The reader begins when the ring has been full, and the followers when it has gone round: so that both are seen.
final class Flood: Sendable {
    private static let capacity = 256
    private static let patience = Duration.seconds(60)
    private static let waitMax = Duration.seconds(20)

    private let ring = Ring<StressSlot>(capacity: capacity)
    private let judged = Mark()
    private let refused = Mark()
    private let publishers: Int
    private let slotsEach: Int
    private let isShared: Bool
    private let waiting: WaitStrategy
    private let found: Findings
    private var total: UInt64 { UInt64(publishers * slotsEach) }

    /// - Parameter publishers: 0: one, with the end of which there is only one.
    init(publishers: Int, slots: Int, waiting: WaitStrategy) {
        isShared = publishers > 0
        self.publishers = max(publishers, 1)
        slotsEach = slots / self.publishers
        self.waiting = waiting
        found = Findings("flood of \(isShared ? "\(publishers) publishers" : "the single publisher"), \(waiting)")
    }

    func run() -> [String] {
        var threads = (0..<publishers).map { publisher in
            WorkerThread(named: "stress") { [self] in
                if isShared {
                    var end = ring.sharedPublisher()
                    publish(as: UInt64(publisher)) { end.publish($0.span) != nil }
                } else {
                    var end = ring.publisher()
                    publish(as: 0) { $0.count == 1 ? end.publish($0[0]) != nil : end.publish($0.span) != nil }
                }
            }
        }
        threads.append(WorkerThread(named: "stress") { [self] in read() })
        for policy in [OverrunPolicy.skipToOldest, .skipToNewest, .stop] {
            threads.append(WorkerThread(named: "stress") { [self] in follow(policy) })
        }
        for thread in threads { thread.join() }
        found.count(.woken, Int(ring.doorbell.wakes))
        return found.settle(must: [.refused, .overtaken, .stopped])
    }

    private func publish(as publisher: UInt64, through end: ([StressSlot]) -> Bool) {
        var number = 1
        while number <= slotsEach {
            let batch = (0..<min(1 + number % 7, slotsEach - number + 1)).map {
                StressSlot(publisher: publisher, number: UInt64(number + $0))
            }
            if end(batch) {
                number += batch.count
            } else {
                found.count(.refused)
                refused.advance(to: 1)
                sched_yield()
            }
        }
    }

    private func read() {
        var reader = ring.gatingReader()
        var buffer = [StressSlot](repeating: .blank, count: 128)
        var last = [UInt64](repeating: 0, count: publishers)
        var lookout = Lookout(waiting)
        if !refused.wait(for: 1, atMost: Self.patience) { found.forbid("a ring that nobody reads was never full") }
        while reader.next <= total {
            // A wait may end early (a later slot rang before an earlier one was whole). Publishers never pause here: one that lasts
            // until its limit was not woken.
            let started = ContinuousClock.now
            while !reader.wait(atMost: Self.waitMax, &lookout), ContinuousClock.now - started < Self.waitMax {}
            guard ContinuousClock.now - started < Self.waitMax else {
                print("FORBIDDEN: \(found.name): the reader slept through \(reader.next) of \(total)")
                exit(1)
            }
            let count = reader.copy(into: &buffer)
            for index in 0..<count {
                let slot = buffer[index]
                let publisher = Int(min(slot.publisher, UInt64(publishers - 1)))
                if !slot.isWhole || slot.stamp != 0 { found.forbid("torn slot at the gating reader") }
                if slot.number != last[publisher] + 1 {
                    found.forbid("publisher \(slot.publisher): \(slot.number) after \(last[publisher])")
                }
                last[publisher] = slot.number
                reader.restate(slot.stamped, at: reader.next + UInt64(index))
            }
            judged.advance(to: reader.next + UInt64(count) - 1)
            reader.release(count)
        }
        found.count(.parked, lookout.parks)
    }

    private func follow(_ policy: OverrunPolicy) {
        var follower = ring.followingReader(from: 1, onOverrun: policy)
        var buffer = [StressSlot](repeating: .blank, count: 64)
        var read: UInt64 = 0
        // Late on purpose: what it wants first has been written over by then.
        if !Self.wait(judged, for: UInt64(2 * Self.capacity)) { found.forbid("the gating reader stands still") }
        while follower.next <= total, !follower.hasStopped {
            if !Self.wait(judged, for: follower.next) { found.forbid("the gating reader stands still") }
            let before = follower.next
            let batch = follower.copy(into: &buffer, through: min(judged.current, total))
            read += UInt64(batch.count)
            if batch.missed > 0 { found.count(.overtaken) }
            if policy != .stop, batch.first != before + batch.missed {
                found.forbid("follower, \(policy): at \(before), missed \(batch.missed), goes on at \(batch.first)")
            }
            for slot in buffer.prefix(batch.count) where !slot.isWhole || slot.stamp != slot.number {
                found.forbid("follower, \(policy): a torn slot, or one that was not stamped")
            }
        }
        switch policy {
        case .skipToOldest, .skipToNewest:
            if read + follower.missed != total {
                found.forbid("follower, \(policy): \(read) read and \(follower.missed) missed of \(total)")
            }
        case .stop:
            let again = follower.copy(into: &buffer, through: total)
            if again.count > 0 || again.missed > 0 { found.forbid("follower, stop: read on after it had stopped") }
            if follower.hasStopped { found.count(.stopped) }
        }
    }

    private static func wait(_ mark: Mark, for number: UInt64) -> Bool {
        let patience = Patience(patience)
        while !mark.wait(for: number, atMost: patience.left) { if patience.left == .zero { return false } }
        return true
    }
}
