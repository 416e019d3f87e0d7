import PlantTime
import Testing

@Suite struct `A queue of deadlines` {
    @Test func `names the earliest, and among equals the first owner`() {
        var queue = DeadlineQueue(owners: 4)
        #expect(queue.isEmpty && queue.next == nil && queue.nextOwner == nil)
        for owner in [3, 1, 2] { queue.set(owner, at: PlantInstant(milliseconds: 5)) }
        queue.set(0, at: PlantInstant(milliseconds: 6))
        var served: [Int] = []
        while let owner = queue.nextOwner {
            served.append(owner)
            queue.cancel(owner)
        }
        #expect(served == [1, 2, 3, 0])
        #expect(queue.isEmpty)
    }

    @Test func `moves a deadline that is set again, to either side`() {
        var queue = DeadlineQueue(owners: 3)
        for owner in 0..<3 { queue.set(owner, at: PlantInstant(milliseconds: Int64(10 + owner))) }
        queue.set(2, at: PlantInstant(milliseconds: 1))
        #expect(queue.nextOwner == 2)
        #expect(queue.deadline(of: 2) == PlantInstant(milliseconds: 1))
        queue.set(2, at: PlantInstant(milliseconds: 99))
        #expect(queue.nextOwner == 0)
    }

    @Test func `forgets a cancelled deadline, and cancelling none is nothing`() {
        var queue = DeadlineQueue(owners: 2)
        queue.cancel(0)
        queue.set(1, at: .distantFuture)
        #expect(queue.next == .distantFuture)
        queue.cancel(1)
        queue.cancel(1)
        #expect(queue.deadline(of: 1) == nil)
        #expect(queue.isEmpty)
    }

    @Test func `takes further owners behind the present ones`() {
        var queue = DeadlineQueue(owners: 1)
        queue.set(0, at: PlantInstant(milliseconds: 7))
        queue.grow(to: 3)
        #expect(queue.ownerCount == 3)
        #expect(queue.deadline(of: 2) == nil)
        queue.set(2, at: PlantInstant(milliseconds: 3))
        #expect(queue.nextOwner == 2)
        #expect(queue.deadline(of: 0) == PlantInstant(milliseconds: 7))
    }

    /// Against a plain list of deadlines that is searched from end to end.
    @Test(arguments: 0..<20)
    func `agrees with a list after any operations`(_ round: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var draws = Draws(seed: seed)
        var queue = DeadlineQueue(owners: 5)
        var list: [PlantInstant?] = Array(repeating: nil, count: 5)
        for step in 0..<600 {
            let owner = Int.random(in: 0..<list.count, using: &draws)
            switch Int.random(in: 0..<20, using: &draws) {
            case 0 where list.count < 60:
                let more = Int.random(in: 1...7, using: &draws)
                list += Array(repeating: nil, count: more)
                queue.grow(to: list.count)
            case 0..<13:
                let instant = PlantInstant(milliseconds: Int64.random(in: -20...20, using: &draws))
                list[owner] = instant
                queue.set(owner, at: instant)
            default:
                list[owner] = nil
                queue.cancel(owner)
            }
            let earliest = list.compactMap(\.self).min()
            let agrees =
                queue.next == earliest && queue.nextOwner == earliest.flatMap { list.firstIndex(of: $0) }
                && queue.isEmpty == (earliest == nil) && list.indices.allSatisfy { queue.deadline(of: $0) == list[$0] }
            guard agrees else {
                Issue.record("step \(step), seed \(seed)")
                return
            }
        }
    }
}
