import RingPipeline

/// A publisher that pauses until the reader has said that it has everything, and a reader that is said nothing else: neither goes on
/// before the other has woken it. So a wake-up that is lost is never made good by the next one, and every wait that lasts until
/// its limit is one: FORBIDDEN.
final class TurnTaking: Sendable {
    private static let limit = Duration.seconds(20)

    private let ring = Ring<StressSlot>(capacity: 8)
    private let taken = Mark()
    private let turns: Int
    private let waiting: WaitStrategy
    private let found: Findings

    init(turns: Int, waiting: WaitStrategy) {
        self.turns = turns
        self.waiting = waiting
        found = Findings("taking turns, \(waiting)")
    }

    func run() -> [String] {
        let threads = [
            WorkerThread(named: "stress") { [self] in publish() }, WorkerThread(named: "stress") { [self] in read() },
        ]
        for thread in threads { thread.join() }
        found.count(.woken, Int(ring.doorbell.wakes))
        return found.settle(must: [.parked, .woken])
    }

    private func publish() {
        var end = ring.publisher()
        var number: UInt64 = 0
        var noise: UInt64 = 0x2545_F491_4F6C_DD1D
        for turn in 1...turns {
            // A pause of another length each time, so that the bell rings at every step of the reader's parking.
            noise ^= noise << 13
            noise ^= noise >> 7
            noise ^= noise << 17
            var pause = noise % (turn % 8 == 0 ? 20_000 : 400)
            while pause > 0 { pause = next(pause) }
            for _ in 0..<(1 + turn % 3) {
                number += 1
                if end.publish(StressSlot(publisher: 0, number: number)) == nil { found.forbid("full at \(number)") }
            }
            let last = number
            guard wakesInTime({ taken.wait(for: last, atMost: Self.limit) }) else {
                found.forbid("the publisher slept through the reader's mark, turn \(turn)")
                return
            }
        }
    }

    private func read() {
        var reader = ring.gatingReader()
        var buffer = [StressSlot](repeating: .blank, count: 8)
        var lookout = Lookout(waiting)
        let total = UInt64((1...turns).reduce(0) { $0 + 1 + $1 % 3 })
        while reader.next <= total {
            guard wakesInTime({ reader.wait(atMost: Self.limit, &lookout) }) else {
                found.forbid("the reader slept through the publication of \(reader.next)")
                return
            }
            let count = reader.copy(into: &buffer)
            for (index, slot) in buffer.prefix(count).enumerated()
            where !slot.isWhole || slot.number != reader.next + UInt64(index) {
                found.forbid("\(slot.number) for \(reader.next + UInt64(index))")
            }
            reader.release(count)
            taken.advance(to: reader.next - 1)
        }
        found.count(.parked, lookout.parks)
    }

    /// Waits again while it is ended early.
    /// - Returns: whether what was waited for was there before the limit. What the limit itself finds comes too late.
    private func wakesInTime(_ wait: () -> Bool) -> Bool {
        let began = ContinuousClock.now
        while !wait() { if ContinuousClock.now - began >= Self.limit { return false } }
        return ContinuousClock.now - began < Self.limit
    }

    @inline(never) private func next(_ pause: UInt64) -> UInt64 { pause - 1 }
}
