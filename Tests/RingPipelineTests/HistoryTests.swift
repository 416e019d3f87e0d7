import RingPipeline
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct `What threads did to a ring can be told as one story` {
    /// - Parameter publishers: 0: one, with the end of which there is only one.
    @Test(arguments: [0, 1, 2, 3], [8, 64])
    func `whoever publishes, takes, follows and gives back`(publishers: Int, capacity: Int) {
        let recording = Recording(capacity: capacity)
        let history = recording.run(publishers: publishers, slotsEach: 6000 / max(publishers, 1))
        #expect(history.contradiction == nil)
        #expect(
            capacity > 8 || history.refusalCount > 0, "a small ring is full now and then, or nothing was proved of it")
        #expect(!history.blanks.isEmpty, "and empty now and then")
        #expect(history.lookings.contains { !$0.values.isEmpty }, "the follower has read something")
    }
}

/// Runs threads against a real ring and notes every call; the counter is the one clock that all of them share.
private final class Recording: Sendable {
    typealias Entry = RecordedHistory.Entry

    private let ring: Ring<EchoedSlot>
    private let clock = Atomic<UInt64>(1)
    private let collected = Mutex<[Entry]>([])
    private let isDone = Atomic(false)

    init(capacity: Int) { ring = Ring(capacity: capacity) }

    func run(publishers: Int, slotsEach: Int) -> RecordedHistory {
        let total = UInt64(slotsEach * max(publishers, 1))
        var threads: [WorkerThread] = []
        if publishers == 0 {
            threads.append(
                WorkerThread(named: "publisher") { [self] in
                    var end = ring.publisher()
                    publish(slotsEach, as: 0) { $0.count == 1 ? end.publish($0[0]) : end.publish($0.span) }
                })
        }
        for publisher in 0..<publishers {
            threads.append(
                WorkerThread(named: "publisher") { [self] in
                    var end = ring.sharedPublisher()
                    publish(slotsEach, as: UInt64(publisher)) { end.publish($0.span) }
                })
        }
        threads.append(WorkerThread(named: "reader") { [self] in read(through: total) })
        threads.append(WorkerThread(named: "follower") { [self] in follow(through: total) })
        for thread in threads { thread.join() }
        return RecordedHistory(capacity: UInt64(ring.capacity), entries: collected.withLock { $0 })
    }

    private func now() -> UInt64 { clock.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue }
    private func hand(over entries: [Entry]) { collected.withLock { $0 += entries } }

    /// Publishes (publisher, number) in batches of one to three.
    private func publish(_ count: Int, as publisher: UInt64, through end: ([EchoedSlot]) -> UInt64?) {
        var entries: [Entry] = []
        var sent = 0
        while sent < count {
            let values = (0..<min(1 + sent % 3, count - sent)).map { publisher << 32 | UInt64(sent + $0 + 1) }
            let batch = values.map { EchoedSlot($0) }
            let called = now()
            let last = end(batch)
            let returned = now()
            if let last {
                entries.append(Entry(.published(first: last - UInt64(values.count) + 1, values), called, returned))
                sent += values.count
            } else {
                if entries.count < 20_000 {
                    entries.append(Entry(.full(count: UInt64(values.count)), called, returned))
                }
                sched_yield()
            }
        }
        hand(over: entries)
    }

    private func read(through total: UInt64) {
        var reader = ring.gatingReader()
        var entries: [Entry] = []
        var buffer = [EchoedSlot](repeating: EchoedSlot(0), count: 5)
        while reader.next <= total {
            let called = now()
            let count = reader.copy(into: &buffer)
            let returned = now()
            if count > 0 {
                let values = buffer.prefix(count).map(\.checked)
                entries.append(Entry(.taken(first: reader.next, values), called, returned))
            }
            if count < buffer.count {
                entries.append(Entry(.empty(next: reader.next + UInt64(count)), called, returned))
            }
            guard count > 0 else {
                _ = reader.wait(atMost: .milliseconds(100))
                continue
            }
            let last = reader.next + UInt64(count) - 1
            let giving = now()
            reader.release(count)
            entries.append(Entry(.released(through: last), giving, now()))
        }
        hand(over: entries)
        isDone.store(true, ordering: .releasing)
    }

    /// Follows nobody's mark: as far as there is something, until the gating reader has everything.
    private func follow(through total: UInt64) {
        var follower = ring.followingReader(from: 1)
        var entries: [Entry] = []
        var buffer = [EchoedSlot](repeating: EchoedSlot(0), count: 4)
        while follower.next <= total {
            let isLast = isDone.load(ordering: .acquiring)
            let called = now()
            let batch = follower.copy(into: &buffer, through: total)
            let returned = now()
            if batch.count > 0 || batch.missed > 0 {
                let values = buffer.prefix(batch.count).map(\.checked)
                entries.append(Entry(.followed(first: batch.first, values, missed: batch.missed), called, returned))
            } else {
                // All is published: what it does not find now it never will.
                if isLast { entries.append(Entry(.empty(next: follower.next), called, returned)) }
                if isLast { break }
                sched_yield()
            }
        }
        hand(over: entries)
    }
}

/// A number in two words that contradict each other when they come from two writings.
private struct EchoedSlot: BitwiseCopyable, Sendable {
    var number: UInt64
    var echo: UInt64

    init(_ number: UInt64) {
        self.number = number
        echo = ~number
    }

    /// The number; one that nobody publishes when the slot is torn.
    var checked: UInt64 { echo == ~number ? number : .max }
}

@Suite struct `The check of a recorded history` {
    /// Two publishers in turn, one reader, one follower: a story without a flaw.
    private static let sound: [RecordedHistory.Entry] = [
        .init(.empty(next: 1), 1, 3),
        .init(.published(first: 1, [11, 12]), 1, 4), .init(.published(first: 3, [21]), 2, 5),
        .init(.taken(first: 1, [11, 12, 21]), 6, 7), .init(.released(through: 3), 8, 9),
        .init(.published(first: 4, [13, 14, 15, 16, 17, 18, 19]), 10, 11), .init(.full(count: 2), 12, 13),
        .init(.followed(first: 4, [13, 14], missed: 3), 12, 13),
        .init(.taken(first: 4, [13, 14, 15, 16, 17, 18, 19]), 14, 15), .init(.released(through: 10), 16, 17),
        .init(.followed(first: 6, [15, 16, 17, 18, 19], missed: 0), 18, 19), .init(.empty(next: 11), 18, 19),
    ]

    private func contradiction(_ change: (inout [RecordedHistory.Entry]) -> Void) -> String? {
        var entries = Self.sound
        change(&entries)
        return RecordedHistory(capacity: 8, entries: entries).contradiction
    }

    @Test func `finds nothing in a sound one`() { #expect(contradiction { _ in } == nil) }

    @Test func `finds a sequence that was published twice, or never`() {
        #expect(contradiction { $0[2] = .init(.published(first: 2, [12, 21]), 2, 5) } != nil)
        #expect(contradiction { $0.remove(at: 2) } != nil)
    }

    @Test func `finds an order of sequences against the order of the calls`() {
        #expect(
            contradiction {
                $0[1] = .init(.published(first: 1, [11, 12]), 3, 4)
                $0[2] = .init(.published(first: 3, [21]), 1, 2)
            } == "a later publication has an earlier sequence")
    }

    @Test func `finds what was taken before it was published, out of order, or twice`() {
        #expect(
            contradiction { $0[5].span = .init(called: 16, returned: 18) } == "10 was taken before it was published")
        #expect(contradiction { $0[8] = .init(.taken(first: 5, [14, 15, 16, 17, 18, 19]), 14, 15) } != nil)
        #expect(contradiction { $0.insert(.init(.taken(first: 1, [11, 12, 21]), 7, 8), at: 4) } != nil)
    }

    @Test func `finds what was read otherwise than it was published`() {
        #expect(
            contradiction { $0[3].operation = .taken(first: 1, [11, 12, 12]) }
                == "3 was read as 12, and published as 21")
        #expect(
            contradiction { $0[3].operation = .taken(first: 1, [12, 11, 21]) }
                == "1 was read as 12, and published as 11")
        #expect(
            contradiction { $0[7].operation = .followed(first: 4, [13, .max], missed: 3) }
                == "the follower: 5 was read as \(UInt64.max), and published as 14")
    }

    @Test func `finds nothing said of a ring that held something`() {
        #expect(
            contradiction { $0.append(.init(.empty(next: 1), 5, 6)) } == "1 was not found, and was published before")
        #expect(
            contradiction { $0.append(.init(.empty(next: 3), 5, 6)) } == nil, "its publication may still be running")
    }

    @Test func `finds a slot that was written over before it was given back`() {
        #expect(
            contradiction { $0[4] = .init(.released(through: 3), 12, 13) }
                == "10 was published over 2, which was not given back")
    }

    @Test func `finds a slot given back before it was taken`() {
        #expect(contradiction { $0[4] = .init(.released(through: 3), 1, 2) } == "3 was given back before it was taken")
    }

    @Test func `finds full said of a ring with room`() {
        #expect(
            contradiction { $0[6] = .init(.full(count: 1), 12, 13) }
                == "full was said for 1 with at most 7 of 8 in use")
    }

    @Test func `finds a follower that lost count, read twice, read ahead, or skipped what was there`() {
        #expect(contradiction { $0[7].operation = .followed(first: 4, [13, 14], missed: 2) } != nil)
        #expect(contradiction { $0[10].operation = .followed(first: 5, [14, 15], missed: 0) } != nil)
        #expect(
            contradiction { $0[7].span = .init(called: 8, returned: 9) }
                == "the follower skipped 1, which nobody had begun to write over")
        #expect(
            contradiction {
                $0[7] = .init(.followed(first: 1, [11, 12, 21], missed: 0), 6, 7)
                $0[10] = .init(.followed(first: 4, [13], missed: 0), 8, 9)
            } == "the follower read 4 before it was published")
    }
}
