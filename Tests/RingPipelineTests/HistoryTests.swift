import RingPipeline
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct `What threads did to a ring can be told as one story` {
    @Test(arguments: [1, 2, 3], [8, 64])
    func `whoever publishes, takes and gives back`(publishers: Int, capacity: Int) {
        let history = Self.record(publishers: publishers, capacity: capacity, slotsEach: 4000 / publishers)
        #expect(history.contradiction == nil)
        #expect(
            capacity > 8 || history.refusalCount > 0, "a small ring is full now and then, or nothing was proved of it")
    }

    /// Runs threads against a real ring and notes every call; the counter is the one clock that all of them share.
    private static func record(publishers: Int, capacity: Int, slotsEach: Int) -> RecordedHistory {
        let ring = Ring<UInt64>(capacity: capacity)
        let clock = Atomic<UInt64>(1)
        let collected = Mutex<[RecordedHistory.Entry]>([])
        @Sendable func now() -> UInt64 { clock.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
        @Sendable func hand(over entries: [RecordedHistory.Entry]) { collected.withLock { $0 += entries } }
        var threads = (0..<publishers).map { publisher in
            WorkerThread(named: "publisher") {
                var end = ring.sharedPublisher()
                var entries: [RecordedHistory.Entry] = []
                var sent = 0
                while sent < slotsEach {
                    let batch = Array(repeating: UInt64(publisher), count: min(1 + sent % 3, slotsEach - sent))
                    let called = now()
                    let last = end.publish(batch.span)
                    let returned = now()
                    if let last {
                        entries.append(
                            .init(.published(first: last - UInt64(batch.count) + 1, last: last), called, returned))
                        sent += batch.count
                    } else {
                        if entries.count < 20_000 {
                            entries.append(.init(.full(count: UInt64(batch.count)), called, returned))
                        }
                        sched_yield()
                    }
                }
                hand(over: entries)
            }
        }
        let total = slotsEach * publishers
        threads.append(
            WorkerThread(named: "reader") {
                var reader = ring.gatingReader()
                var entries: [RecordedHistory.Entry] = []
                var buffer = [UInt64](repeating: 0, count: 5)
                while reader.next <= UInt64(total) {
                    let called = now()
                    let count = reader.copy(into: &buffer)
                    let returned = now()
                    guard count > 0 else {
                        _ = reader.wait(atMost: .milliseconds(100))
                        continue
                    }
                    let last = reader.next + UInt64(count) - 1
                    entries.append(.init(.taken(first: reader.next, last: last), called, returned))
                    let giving = now()
                    reader.release(count)
                    entries.append(.init(.released(through: last), giving, now()))
                }
                hand(over: entries)
            })
        for thread in threads { thread.join() }
        return RecordedHistory(capacity: UInt64(capacity), entries: collected.withLock { $0 })
    }
}

@Suite struct `The check of a recorded history` {
    /// Two publishers in turn, one reader: a story without a flaw.
    private static let sound: [RecordedHistory.Entry] = [
        .init(.published(first: 1, last: 2), 1, 4), .init(.published(first: 3, last: 3), 2, 5),
        .init(.taken(first: 1, last: 3), 6, 7), .init(.released(through: 3), 8, 9),
        .init(.published(first: 4, last: 10), 10, 11), .init(.full(count: 2), 12, 13),
        .init(.taken(first: 4, last: 10), 14, 15), .init(.released(through: 10), 16, 17),
    ]

    private func contradiction(_ change: (inout [RecordedHistory.Entry]) -> Void) -> String? {
        var entries = Self.sound
        change(&entries)
        return RecordedHistory(capacity: 8, entries: entries).contradiction
    }

    @Test func `finds nothing in a sound one`() { #expect(contradiction { _ in } == nil) }

    @Test func `finds a sequence that was published twice, or never`() {
        #expect(contradiction { $0[1] = .init(.published(first: 2, last: 3), 2, 5) } != nil)
        #expect(contradiction { $0.remove(at: 1) } != nil)
    }

    @Test func `finds an order of sequences against the order of the calls`() {
        #expect(
            contradiction {
                $0[0] = .init(.published(first: 1, last: 2), 3, 4)
                $0[1] = .init(.published(first: 3, last: 3), 1, 2)
            } == "a later publication has an earlier sequence")
    }

    @Test func `finds what was taken before it was published, out of order, or twice`() {
        #expect(
            contradiction { $0[4] = .init(.published(first: 4, last: 10), 16, 18) }
                == "10 was taken before it was published")
        #expect(contradiction { $0[6] = .init(.taken(first: 5, last: 10), 14, 15) } != nil)
        #expect(contradiction { $0.insert(.init(.taken(first: 1, last: 3), 7, 8), at: 3) } != nil)
    }

    @Test func `finds a slot that was written over before it was given back`() {
        #expect(
            contradiction { $0[3] = .init(.released(through: 3), 12, 13) }
                == "10 was published over 2, which was not given back")
    }

    @Test func `finds a slot given back before it was taken`() {
        #expect(contradiction { $0[3] = .init(.released(through: 3), 1, 2) } == "3 was given back before it was taken")
    }

    @Test func `finds full said of a ring with room`() {
        #expect(
            contradiction { $0[5] = .init(.full(count: 1), 12, 13) }
                == "full was said for 1 with at most 7 of 8 in use")
    }
}
