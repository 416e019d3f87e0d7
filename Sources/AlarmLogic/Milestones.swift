// How a long window forgets thousands of rows in one step. At every 128th row stands a milestone: where the row lies, and
// the exact sums of all rows of the trail before it. The sums between two milestones are their difference, so behind a gap
// the window starts again at the last milestone before its edge, whatever number of rows lies there.

/// A place in a long window that it can start again from.
struct Milestone: Sendable, BitwiseCopyable {
    static let blocks: Int32 = 8
    static let rows = Int(blocks) * RowStore.blockRows

    /// 0, 1, 2 ... along the trail.
    var number: Int32
    /// The block that its row is the first of, and the block before.
    var block: Int32
    var blockBefore: Int32
    /// The milestone before, the newest one before whose number is a multiple of 16, and of 256.
    var previous: Int32 = -1
    var near: Int32 = -1
    var far: Int32 = -1
    /// Of its row, milliseconds since 1970.
    var time: Int64
    /// The time that its sums count from: that of the trail's first row.
    var origin: Int64
    /// Over the rows of the trail before it.
    var before = TimedSums()
}

/// The milestones of one window, oldest first; short windows have none. 12 bytes.
struct MilestoneTrail: Sendable, BitwiseCopyable {
    /// A window of fewer rows needs none: that many rows are let go one by one.
    static let rowsMin = 256

    private var first: Int32 = -1
    private var last: Int32 = -1
    /// Blocks of rows begun behind the block of the last milestone.
    private var blocks: Int32 = 0

    init() {}

    var isEmpty: Bool { last < 0 }

    mutating func removeAll(in store: inout RowStore) {
        if !isEmpty { store.milestones.giveBack(from: first, through: last) }
        self = MilestoneTrail()
    }

    /// The newest row of `rows` is the first of its block: time for a milestone, perhaps.
    /// - Complexity: O(1): at most the 128 rows behind the last milestone are summed.
    mutating func blockBegan(_ rows: RowQueue, in store: inout RowStore) {
        if !isEmpty {
            blocks += 1
            // The window has passed even the last milestone: the blocks behind that are no longer its own.
            if open(rows) > rows.count { removeAll(in: &store) }
        }
        if isEmpty {
            guard rows.count >= Self.rowsMin else { return }
            let time = rows.last(in: store).time
            first = store.milestones.take(
                Milestone(
                    number: 0, block: rows.lastBlock, blockBefore: rows.blockBeforeLast, time: time, origin: time))
            last = first
            return
        }
        guard blocks == Milestone.blocks else { return }
        add(rows, in: &store)
        // As many as a window can pass by losing one row at a time, and one more.
        for _ in 0..<2 where isFirstPassed(rows, in: store) { removeFirst(in: &store) }
    }

    private mutating func add(_ rows: RowQueue, in store: inout RowStore) {
        let old = store.milestones[last]
        var sums = old.before
        store.forEach(from: old.block, count: Milestone.rows) { sums.add($0.value, at: $0.time - old.origin) }
        let new = store.milestones.take(
            Milestone(
                number: old.number + 1, block: rows.lastBlock, blockBefore: rows.blockBeforeLast, previous: last,
                near: old.number % 16 == 0 ? last : old.near, far: old.number % 256 == 0 ? last : old.far,
                time: rows.last(in: store).time, origin: old.origin, before: sums))
        store.milestones.link(last, to: new)
        last = new
        blocks = 0
    }

    /// Rows from a milestone to the newest row.
    private func distance(to milestone: Milestone, _ rows: RowQueue, in store: borrowing RowStore) -> Int {
        Int(store.milestones[last].number - milestone.number) * Milestone.rows + open(rows)
    }

    /// Rows from the last milestone to the newest.
    private func open(_ rows: RowQueue) -> Int { Int(blocks) * RowStore.blockRows + rows.rowsInLastBlock }

    private func isFirstPassed(_ rows: RowQueue, in store: borrowing RowStore) -> Bool {
        let second = store.milestones.element(after: first)
        return second >= 0 && distance(to: store.milestones[second], rows, in: store) >= rows.count
    }

    private mutating func removeFirst(in store: inout RowStore) {
        let second = store.milestones.element(after: first)
        store.milestones.giveBack(from: first, through: first)
        first = second
    }

    // MARK: Starting again

    /// Lets the rows before the last milestone that is older than `edge` go, all at once, if there are any.
    /// - Returns: the sums over the rows that stay, and the origin of their times; nil when nothing is to be gained.
    /// - Complexity: O(1): some 30 steps along a trail of a day at 1 Hz, 62 at most, and 128 rows that are summed.
    mutating func startAgain(
        before edge: Int64, _ rows: inout RowQueue, in store: inout RowStore
    ) -> (sums: TimedSums, origin: Int64)? {
        guard let place = newest(before: edge, in: store) else { return nil }
        let milestone = store.milestones[place]
        let count = distance(to: milestone, rows, in: store)
        guard count < rows.count else { return nil }
        let end = store.milestones[last]
        var sums = end.before
        sums.subtract(milestone.before)
        store.forEach(from: end.block, count: open(rows)) { sums.add($0.value, at: $0.time - end.origin) }
        rows.startAgain(at: milestone.block, behind: milestone.blockBefore, count: count, in: &store)
        if place != first {
            store.milestones.giveBack(from: first, through: milestone.previous)
            first = place
        }
        return (sums, end.origin)
    }

    private func newest(before edge: Int64, in store: borrowing RowStore) -> Int32? {
        var place = last
        guard place >= 0 else { return nil }
        if store.milestones[place].time < edge { return place }
        let oldest = store.milestones[first].number
        // From here on `place` is not older than the edge. Each step goes as far back as that stays so.
        while true {
            let here = store.milestones[place]
            let before = here.number - 1
            guard before >= oldest else { return nil }
            if before / 256 * 256 >= oldest, store.milestones[here.far].time >= edge {
                place = here.far
            } else if before / 16 * 16 >= oldest, store.milestones[here.near].time >= edge {
                place = here.near
            } else if store.milestones[here.previous].time >= edge {
                place = here.previous
            } else {
                return here.previous
            }
        }
    }
}
