import Glibc
import Synchronization
import Testing

@testable import RingPipeline

@Suite struct `Nobody pulls another's cache line away` {
    /// Lines of 64 bytes are fetched in pairs.
    private static let line: UInt = 128

    @Test func `publishers and the gating reader write 128 bytes apart`() {
        let cursors = Cursors()
        let claimed = unsafe UInt(bitPattern: cursors.claimedPointer)
        let released = unsafe UInt(bitPattern: cursors.releasedPointer)
        #expect(claimed % Self.line == 0 && released % Self.line == 0 && claimed != released)
    }

    @Test func `a doorbell and a mark have lines to themselves`() {
        let bells = (0..<8).map { _ in Doorbell() }
        let marks = (0..<8).map { _ in Mark() }
        let places = bells.map { unsafe UInt(bitPattern: $0.parked) } + marks.map(\.address)
        #expect(Set(places.map { $0 / Self.line }).count == places.count)
        // At the beginning of its block, or behind the one word that is its own: no neighbour before it.
        #expect(places.allSatisfy { $0 % Self.line <= 4 })
    }
}

@Suite struct `A reader that waits` {
    /// Longer than any machine takes to wake a thread: a wait that lasts so long was ended by its limit.
    private static let limit = Duration.seconds(10)

    @Test(.timeLimit(.minutes(2)), arguments: [WaitStrategy.park, .spinThenPark(50), .adaptive(100)])
    func `is woken by a publication, not by its limit`(waiting: WaitStrategy) {
        let ring = Ring<UInt64>(capacity: 8)
        let waited = Mutex<(isReady: Bool, time: Duration)?>(nil)
        let thread = WorkerThread(named: "reader") {
            let reader = ring.gatingReader()
            var lookout = Lookout(waiting)
            let began = ContinuousClock.now
            var isReady = false
            // A wait may end early, never late.
            while !isReady, ContinuousClock.now - began < Self.limit {
                isReady = reader.wait(atMost: Self.limit, &lookout)
            }
            waited.withLock { $0 = (isReady, ContinuousClock.now - began) }
        }
        while ring.doorbell.sleepers == 0, waited.withLock({ $0 == nil }) { sched_yield() }
        var publisher = ring.publisher()
        #expect(publisher.publish(1) == 1)
        thread.join()
        let (isReady, time) = waited.withLock { $0 } ?? (false, .zero)
        #expect(isReady && time < Self.limit, "\(time)")
        #expect(ring.doorbell.wakes == 1 && ring.doorbell.sleepers == 0)
    }

    @Test(.timeLimit(.minutes(2))) func `for a mark is woken by its advance`() {
        let mark = Mark()
        let waited = Mutex<Duration?>(nil)
        let thread = WorkerThread(named: "waiter") {
            let began = ContinuousClock.now
            while !mark.wait(for: 2, atMost: Self.limit), ContinuousClock.now - began < Self.limit {}
            waited.withLock { $0 = ContinuousClock.now - began }
        }
        while mark.doorbell.sleepers == 0, waited.withLock({ $0 == nil }) { sched_yield() }
        mark.advance(to: 2)
        thread.join()
        #expect(waited.withLock { $0 } ?? Self.limit < Self.limit)
        #expect(mark.doorbell.wakes == 1)
    }

    /// The two moments in which a wake-up could be lost, each met for certain: the bell rings while the reader looks.
    @Test(arguments: [1, 2]) func `does not sleep through a bell that rings at its first or second look`(look: Int) {
        let doorbell = Doorbell()
        let began = ContinuousClock.now
        var looks = 0
        let isReady = doorbell.park(atMost: Self.limit) {
            looks += 1
            // Published and rung behind the look, which therefore has seen nothing.
            if looks == look { doorbell.ring() }
            return looks > look
        }
        #expect(isReady && looks == look + 1)
        #expect(ContinuousClock.now - began < Self.limit)
        #expect(doorbell.wakes == UInt32(look - 1), "at its first look it is not counted in")
    }

    @Test func `is not called while it is awake`() {
        let (shared, solo) = (Ring<UInt64>(capacity: 1024), Ring<UInt64>(capacity: 1024))
        var one = shared.sharedPublisher()
        var other = solo.publisher()
        let mark = Mark()
        for number in 1...1000 {
            #expect(one.publish([UInt64(number)].span) != nil && other.publish(UInt64(number)) != nil)
            mark.advance(to: UInt64(number))
        }
        #expect(shared.doorbell.wakes == 0 && solo.doorbell.wakes == 0 && mark.doorbell.wakes == 0)
    }

    @Test(arguments: [WaitStrategy.park, .adaptive(1000)])
    func `costs nothing while nothing comes`(waiting: WaitStrategy) {
        let ring = Ring<UInt64>(capacity: 8)
        let spent = Mutex(UInt64.max)
        let thread = WorkerThread(named: "idle") {
            let reader = ring.gatingReader()
            var lookout = Lookout(waiting)
            let before = threadNanoseconds()
            for _ in 0..<5 { _ = reader.wait(atMost: .milliseconds(100), &lookout) }
            spent.withLock { $0 = threadNanoseconds() - before }
        }
        thread.join()
        // Five sleeps of 100 ms: 1 % of a core would be 5 ms.
        #expect(spent.withLock { $0 } < 5_000_000, "nanoseconds of a processor")
    }
}

/// What the calling thread has had of a processor.
private func threadNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
