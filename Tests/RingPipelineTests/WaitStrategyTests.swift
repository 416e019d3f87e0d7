import RingPipeline
import Testing

@Suite struct `A look-out` {
    /// How often a look-out looked, given that what it looks for is there at the n-th look.
    private func looks(_ lookout: inout Lookout, foundAt number: Int? = nil) -> Int {
        var count = 0
        let isFound = lookout.finds {
            count += 1
            return count == number
        }
        #expect(isFound == (number != nil && count == number))
        return count
    }

    @Test func `that parks looks once, one that spins as often as it was told`() {
        var parking = Lookout(.park)
        #expect(looks(&parking) == 1 && looks(&parking) == 1)
        var spinning = Lookout(.spinThenPark(100))
        #expect(looks(&spinning) == 100 && looks(&spinning) == 100)
        #expect(looks(&spinning, foundAt: 7) == 7)
    }

    @Test func `that adapts looks longer while it pays, and hardly at all when nothing comes`() {
        var lookout = Lookout(.adaptive(1000))
        #expect(looks(&lookout) == 8)
        for _ in 0..<9 { #expect(looks(&lookout, foundAt: 3) == 3) }
        #expect(lookout.looks == 1000, "never longer than it may")
        #expect(looks(&lookout) == 1000)
        for _ in 0..<10 { _ = looks(&lookout) }
        #expect(lookout.looks == 8, "idle, it costs eight looks before each park")
    }

    /// A plant in which each look takes 50 ns and waking a parked thread 5 us: how often, of so many inputs that come a gap after
    /// the last was taken, the reader had to be woken.
    private func parks(_ lookout: inout Lookout, gapNanoseconds gap: Int, inputs: Int) -> Int {
        var parks = 0
        for _ in 0..<inputs {
            let looking = lookout.looks * 50
            var looked = 0
            let isFound = lookout.finds {
                looked += 1
                return looked * 50 >= gap
            }
            if isFound { continue }
            parks += 1
            lookout.learn(looking: .nanoseconds(looking), parked: .nanoseconds(max(0, gap - looking) + 5_000))
        }
        return parks
    }

    @Test func `that adapts learns from input that comes soon after it has parked`() {
        var lookout = Lookout(.adaptive(1000))
        #expect(
            parks(&lookout, gapNanoseconds: 20_000, inputs: 20) == 6, "8, 16, ... 256 looks in vain, then never again")
        #expect(parks(&lookout, gapNanoseconds: 20_000, inputs: 1000) == 0)
    }

    @Test func `that adapts looks no longer for input that comes later than it may look`() {
        var lookout = Lookout(.adaptive(1000))
        #expect(parks(&lookout, gapNanoseconds: 20_000, inputs: 20) == 6)
        #expect(parks(&lookout, gapNanoseconds: 1_000_000, inputs: 20) == 20)
        #expect(lookout.looks == 8)
        #expect(parks(&lookout, gapNanoseconds: 60_000, inputs: 20) == 20)
        #expect(lookout.looks == 8, "60 us are more than 1,000 looks")
    }

    @Test func `learns nothing when it parks at once or spins as told`() {
        for strategy in [WaitStrategy.park, .spinThenPark(100)] {
            var lookout = Lookout(strategy)
            let looks = lookout.looks
            #expect(parks(&lookout, gapNanoseconds: 20_000, inputs: 20) == 20)
            #expect(lookout.looks == looks)
        }
    }

    @Test func `lets its reader park, and be woken`() {
        let ring = Ring<UInt64>(capacity: 8)
        let reader = ring.gatingReader()
        var publisher = ring.publisher()
        var lookout = Lookout(.adaptive(100))
        #expect(!reader.wait(atMost: .milliseconds(1), &lookout))
        #expect(publisher.publish(1) == 1)
        #expect(reader.wait(atMost: .seconds(10), &lookout))
        #expect(lookout.parks == 1)
    }
}

/// A ring of 8 slots into which 20 went before its follower looked.
private struct Overrun: ~Copyable {
    var publisher: Publisher<UInt64>
    var follower: FollowingReader<UInt64>

    init(_ policy: OverrunPolicy) {
        let ring = Ring<UInt64>(capacity: 8)
        var gate = ring.gatingReader()
        publisher = ring.publisher()
        follower = ring.followingReader(from: 1, onOverrun: policy)
        var buffer: [UInt64] = [0]
        for number in 1...20 {
            #expect(publisher.publish(UInt64(number)) != nil)
            gate.release(gate.copy(into: &buffer))
        }
    }

    mutating func look(through limit: UInt64) -> FollowingReader<UInt64>.Batch {
        var buffer = [UInt64](repeating: 0, count: 16)
        return follower.copy(into: &buffer, through: limit)
    }
}

@Suite struct `A following reader that was overtaken` {
    @Test func `goes on at the oldest`() {
        var overrun = Overrun(.skipToOldest)
        #expect(overrun.look(through: 20) == .init(first: 14, count: 7, missed: 13))
        let (missed, hasStopped) = (overrun.follower.missed, overrun.follower.hasStopped)
        #expect(missed == 13 && !hasStopped)
    }

    @Test func `and follows nobody counts no more than it missed`() {
        var overrun = Overrun(.skipToOldest)
        #expect(overrun.look(through: .max) == .init(first: 14, count: 7, missed: 13))
        #expect(overrun.look(through: .max) == .init(first: 21, count: 0, missed: 0))
        var newest = Overrun(.skipToNewest)
        #expect(newest.look(through: .max) == .init(first: 21, count: 0, missed: 20))
    }

    @Test func `goes on at the newest`() {
        var overrun = Overrun(.skipToNewest)
        #expect(overrun.look(through: 20) == .init(first: 21, count: 0, missed: 20))
        let published = overrun.publisher.publish(21)
        #expect(published == 21)
        #expect(overrun.look(through: 21) == .init(first: 21, count: 1, missed: 0))
    }

    @Test func `skips no further than whom it follows`() {
        var overrun = Overrun(.skipToNewest)
        #expect(overrun.look(through: 9) == .init(first: 10, count: 0, missed: 9))
    }

    @Test func `or stops, and says what it had missed by then`() {
        var overrun = Overrun(.stop)
        #expect(overrun.look(through: 20) == .init(first: 1, count: 0, missed: 13))
        let (missed, hasStopped) = (overrun.follower.missed, overrun.follower.hasStopped)
        #expect(missed == 13 && hasStopped)
        let published = overrun.publisher.publish(21)
        #expect(published == 21)
        #expect(overrun.look(through: 21) == .init(first: 1, count: 0, missed: 0))
    }
}
