import RingPipeline

#if canImport(Glibc)
    import Glibc
#endif

/// Threads against the hall, for ThreadSanitizer and for plain runs. Every outcome is named; a forbidden one ends the
/// program with status 1, and so does an allowed one that had to happen and never did.
///
/// Allowed, and counted: a publisher is refused because the ring is full; a follower is overtaken and says how many slots it
/// missed, or stops; a reader parks; somebody wakes it.
/// Forbidden: a slot lost, doubled, torn or out of its publisher's order at the gating reader; a torn slot at a follower, or
/// one without the reader's stamp; a follower whose read and missed slots do not add up, or that reads on after it has stopped;
/// a wait that was ended by its limit while what it waited for was there.
@main struct RingStress {
    static func main() {
        let slots = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200_000
        guard slots >= 10_000 else {
            print("RingStress: error: \(slots) slots a case are too few to overtake anybody; 10000 or more")
            exit(64)
        }
        var forbidden: [String] = []
        let strategies = [WaitStrategy.park, .spinThenPark(50), .adaptive(1000)]
        // First whether wake-ups are kept: where they are lost, everything else takes for ever.
        for waiting in strategies where forbidden.isEmpty {
            forbidden += TurnTaking(turns: slots / 4, waiting: waiting).run()
        }
        for (publishers, waiting) in zip([0, 1, 2, 4], [WaitStrategy.adaptive(100)] + strategies)
        where forbidden.isEmpty {
            forbidden += Flood(publishers: publishers, slots: slots, waiting: waiting).run()
        }
        forbidden += boardUnderReaders(writes: slots)
        for text in forbidden { print("FORBIDDEN: \(text)") }
        print("ring stress: \(slots) slots a case, \(forbidden.count) forbidden outcomes")
        if !forbidden.isEmpty { exit(1) }
    }

    static func boardUnderReaders(writes: Int) -> [String] {
        let table = SlotTable<StressSlot>(count: 4, blank: .blank)
        let done = Mark()
        let found = Findings("the board under two readers")
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
                        if !slot.isWhole { found.forbid("torn slot on the board") }
                        if slot.number < last[index] { found.forbid("the board went back") }
                        last[index] = slot.number
                    }
                }
            }
        }
        writer.join()
        for reader in readers { reader.join() }
        return found.settle(must: [])
    }
}
