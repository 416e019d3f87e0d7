import CHints

/// One row of a window: when, in milliseconds since 1970, and the number. 16 bytes.
package struct Row: Sendable, BitwiseCopyable, Equatable {
    package var time: Int64
    package var value: Double

    package init(time: Int64, value: Double) {
        self.time = time
        self.value = value
    }
}

/// The rows of all windows, in blocks of 16 that are taken and given back: a window grows and shrinks without copying,
/// and once the windows are full nothing is allocated any more.
///
/// Memory: 16.3 bytes a row (18 in a window of more than 256 rows, which has a ``Milestone`` at every 128th), and at most
/// two blocks (512 bytes) that are not full per window. Owned by one thread.
@safe package struct RowStore: ~Copyable, @unchecked Sendable {
    // @unchecked Sendable: the slabs are reached through this value alone, and it cannot be copied.
    static let blockRows = 16
    private static let slabBlocks = 2048

    /// Slabs of 2048 blocks: growing allocates one slab and moves nothing. A row is written before it is read.
    private var slabs: [UnsafeMutablePointer<Row>] = unsafe []
    /// The block behind each block in its queue, or the next free one; -1 at the end.
    private var following: [Int32] = []
    private var freeBlock: Int32 = -1
    /// Of the long windows.
    var milestones = SlabPool<Milestone>()
    /// While it holds: the chains that were given back, first and last block, with their links as they were.
    private var held: [(first: Int32, last: Int32)] = []
    package private(set) var isHolding = false

    package init() {}

    deinit { unsafe slabs.forEach { unsafe $0.deallocate() } }

    /// Bytes held for rows and milestones, used or not.
    package var byteCount: Int {
        following.count * (Self.blockRows * MemoryLayout<Row>.stride + 4) + milestones.byteCount
    }

    mutating func takeBlock() -> Int32 {
        if freeBlock < 0 { addSlab() }
        let block = freeBlock
        freeBlock = following[Int(block)]
        following[Int(block)] = -1
        return block
    }

    /// From now on no block that is given back is used again, so that a ``RowWalk`` finds its rows; until ``release()``.
    package mutating func hold() { isHolding = true }

    /// Lets go what was held.
    package mutating func release() {
        isHolding = false
        for chain in held { giveBack(from: chain.first, through: chain.last) }
        held = []
    }

    mutating func giveBack(_ block: Int32) { giveBack(from: block, through: block) }

    /// Gives back the chain of blocks from `first` to `last` in one step.
    mutating func giveBack(from first: Int32, through last: Int32) {
        guard !isHolding else { return keepBack(first, last) }
        following[Int(last)] = freeBlock
        freeBlock = first
    }

    // Out of line: the way of a sample itself allocates nothing.
    @inline(never)
    private mutating func keepBack(_ first: Int32, _ last: Int32) { held.append((first, last)) }

    mutating func link(_ block: Int32, to next: Int32) { following[Int(block)] = next }
    func block(after block: Int32) -> Int32 { following[Int(block)] }

    subscript(_ block: Int32, _ offset: Int) -> Row {
        // The slab is looked up with its bounds checked, and no place within it lies beyond its end.
        get { unsafe slabs[Int(block) / Self.slabBlocks][Self.place(block, offset)] }
        set { unsafe slabs[Int(block) / Self.slabBlocks][Self.place(block, offset)] = newValue }
    }

    /// Visits `count` rows from the first of a block on.
    @inline(__always)
    func forEach(from block: Int32, count: Int, _ body: (Row) -> Void) {
        var block = block
        for index in 0..<count {
            body(self[block, index % Self.blockRows])
            if index % Self.blockRows == Self.blockRows - 1 { block = following[Int(block)] }
        }
    }

    /// Has the memory of a row brought near, for one who will touch it soon.
    func hint(_ block: Int32, _ offset: Int) {
        unsafe hint_soon(slabs[Int(block) / Self.slabBlocks] + Self.place(block, offset))
    }

    private static func place(_ block: Int32, _ offset: Int) -> Int {
        (Int(block) % slabBlocks * blockRows) | (offset & (blockRows - 1))
    }

    private mutating func addSlab() {
        let first = following.count
        unsafe slabs.append(.allocate(capacity: Self.slabBlocks * Self.blockRows))
        following.append(contentsOf: repeatElement(-1, count: Self.slabBlocks))
        for block in first..<first + Self.slabBlocks - 1 { following[block] = Int32(block + 1) }
        // Only called when no block is free.
        freeBlock = Int32(first)
    }
}

/// The rows of one window, oldest first: 24 bytes that name blocks of a ``RowStore``. All verbs are O(1).
package struct RowQueue: Sendable, BitwiseCopyable {
    /// More rows than this do not fit in one window (16 MiB): the oldest then leaves early, so a source gone mad bounds
    /// itself.
    package static let countMax = 1 << 20

    private var firstBlock: Int32 = -1
    private(set) var lastBlock: Int32 = -1
    /// The block before the last, if one was there when the last was begun.
    private(set) var blockBeforeLast: Int32 = -1
    private var firstOffset: Int32 = 0
    private var endOffset: Int32 = 0
    private var rows: Int32 = 0

    package init() {}

    package var count: Int { Int(rows) }
    /// Where its oldest row lies.
    fileprivate var start: (block: Int32, offset: Int32) { (firstBlock, firstOffset) }
    package var isEmpty: Bool { rows == 0 }
    package var isFull: Bool { rows >= Self.countMax }

    package mutating func append(_ row: Row, in store: inout RowStore) {
        if lastBlock < 0 {
            firstBlock = store.takeBlock()
            lastBlock = firstBlock
        } else if endOffset == RowStore.blockRows {
            let block = store.takeBlock()
            store.link(lastBlock, to: block)
            blockBeforeLast = lastBlock
            lastBlock = block
            endOffset = 0
        }
        store[lastBlock, Int(endOffset)] = row
        endOffset += 1
        rows += 1
    }

    /// Has the rows brought near that the next row of a full window touches.
    package func hint(in store: borrowing RowStore) {
        guard firstBlock >= 0 else { return }
        store.hint(firstBlock, Int(firstOffset))
        store.hint(lastBlock, Int(endOffset))
    }

    /// The oldest row; there must be one.
    package func first(in store: borrowing RowStore) -> Row { store[firstBlock, Int(firstOffset)] }

    /// The row behind the oldest; there must be two.
    package func second(in store: borrowing RowStore) -> Row {
        firstOffset + 1 < RowStore.blockRows
            ? store[firstBlock, Int(firstOffset) + 1] : store[store.block(after: firstBlock), 0]
    }

    /// The newest row; there must be one.
    package func last(in store: borrowing RowStore) -> Row { store[lastBlock, Int(endOffset) - 1] }

    package mutating func replaceLast(with row: Row, in store: inout RowStore) {
        store[lastBlock, Int(endOffset) - 1] = row
    }

    var rowsInLastBlock: Int { Int(endOffset) }

    /// Lets all rows before the first of `block` go at once: `count` stay.
    /// - Parameter blockBefore: the block before it, the last that is given back.
    mutating func startAgain(at block: Int32, behind blockBefore: Int32, count: Int, in store: inout RowStore) {
        if block != firstBlock { store.giveBack(from: firstBlock, through: blockBefore) }
        firstBlock = block
        firstOffset = 0
        rows = Int32(count)
    }

    package mutating func removeFirst(in store: inout RowStore) {
        rows -= 1
        firstOffset += 1
        if rows == 0 {
            // What was written there stays while the store holds.
            guard !store.isHolding else { return removeAll(in: &store) }
            firstOffset = 0
            endOffset = 0
        } else if firstOffset == RowStore.blockRows {
            let next = store.block(after: firstBlock)
            store.giveBack(firstBlock)
            firstBlock = next
            firstOffset = 0
        }
    }

    /// Empties it and gives its blocks back.
    package mutating func removeAll(in store: inout RowStore) {
        if firstBlock >= 0 { store.giveBack(from: firstBlock, through: lastBlock) }
        self = RowQueue()
    }

    /// Visits the rows, oldest first. O(count).
    package func forEach(in store: borrowing RowStore, _ body: (Row) -> Void) {
        var block = firstBlock
        var offset = Int(firstOffset)
        for _ in 0..<count {
            if offset == RowStore.blockRows {
                block = store.block(after: block)
                offset = 0
            }
            body(store[block, offset])
            offset += 1
        }
    }
}

/// The rows that a window had when the walk was made, oldest first, visited in as many goes as one likes while the store holds:
/// the window itself goes on meanwhile. 32 bytes.
package struct RowWalk: Sendable, BitwiseCopyable {
    private var block: Int32
    private var offset: Int32
    package private(set) var left: Int32
    /// The newest row as it was: of all rows it alone may be written anew (``RowQueue/replaceLast(with:in:)``).
    private let last: Row

    package init(over queue: RowQueue, in store: borrowing RowStore) {
        (block, offset) = queue.start
        left = Int32(queue.count)
        last = queue.isEmpty ? Row(time: 0, value: 0) : queue.last(in: store)
    }

    /// Visits at most `count` of the rows that are left.
    package mutating func forEach(atMost count: Int, in store: borrowing RowStore, _ body: (Row) -> Void) {
        for _ in 0..<min(count, Int(left)) {
            if offset == RowStore.blockRows {
                block = store.block(after: block)
                offset = 0
            }
            left -= 1
            body(left == 0 ? last : store[block, Int(offset)])
            offset += 1
        }
    }
}
