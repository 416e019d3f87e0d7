/// One row of a window: when, in milliseconds since 1970, and the number. 16 bytes.
package struct Row: Sendable, BitwiseCopyable, Equatable {
    package var time: Int64
    package var value: Double

    package init(time: Int64, value: Double) {
        self.time = time
        self.value = value
    }
}

/// The rows of all windows, in blocks of 32 that are taken and given back: a window grows and shrinks without copying,
/// and once the windows are full nothing is allocated any more.
///
/// Memory: 16.1 bytes a row, and at most two blocks (1 KiB) that are not full per window. A value owned by one thread.
package struct RowStore: Sendable {
    static let blockRows = 32
    private static let slabBlocks = 1024

    /// Slabs of 1024 blocks: growing allocates one slab and moves nothing.
    private var slabs: [[Row]] = []
    /// The block behind each block in its queue, or the next free one; -1 at the end.
    private var following: [Int32] = []
    private var freeBlock: Int32 = -1

    package init() {}

    /// Bytes held for rows, used or not.
    package var byteCount: Int { slabs.count * Self.slabBlocks * (Self.blockRows * MemoryLayout<Row>.stride + 4) }

    mutating func takeBlock() -> Int32 {
        if freeBlock < 0 { addSlab() }
        let block = freeBlock
        freeBlock = following[Int(block)]
        following[Int(block)] = -1
        return block
    }

    mutating func giveBack(_ block: Int32) {
        following[Int(block)] = freeBlock
        freeBlock = block
    }

    /// Gives back the chain of blocks from `first` to `last` in one step.
    mutating func giveBack(from first: Int32, through last: Int32) {
        following[Int(last)] = freeBlock
        freeBlock = first
    }

    mutating func link(_ block: Int32, to next: Int32) { following[Int(block)] = next }
    func block(after block: Int32) -> Int32 { following[Int(block)] }

    subscript(_ block: Int32, _ offset: Int) -> Row {
        get { slabs[Int(block) / Self.slabBlocks][Int(block) % Self.slabBlocks * Self.blockRows + offset] }
        set { slabs[Int(block) / Self.slabBlocks][Int(block) % Self.slabBlocks * Self.blockRows + offset] = newValue }
    }

    private mutating func addSlab() {
        let first = following.count
        slabs.append(Array(repeating: Row(time: 0, value: 0), count: Self.slabBlocks * Self.blockRows))
        following.append(contentsOf: repeatElement(-1, count: Self.slabBlocks))
        for block in stride(from: first + Self.slabBlocks - 1, through: first, by: -1) { giveBack(Int32(block)) }
    }
}

/// The rows of one window, oldest first: 20 bytes that name blocks of a ``RowStore``. All verbs are O(1).
package struct RowQueue: Sendable, BitwiseCopyable {
    /// More rows than this do not fit in one window (16 MiB): the oldest then leaves early, so a source gone mad bounds
    /// itself.
    package static let countMax = 1 << 20

    private var firstBlock: Int32 = -1
    private var lastBlock: Int32 = -1
    private var firstOffset: Int32 = 0
    private var endOffset: Int32 = 0
    private var rows: Int32 = 0

    package init() {}

    package var count: Int { Int(rows) }
    package var isEmpty: Bool { rows == 0 }
    package var isFull: Bool { rows >= Self.countMax }

    package mutating func append(_ row: Row, in store: inout RowStore) {
        if lastBlock < 0 {
            firstBlock = store.takeBlock()
            lastBlock = firstBlock
        } else if endOffset == RowStore.blockRows {
            let block = store.takeBlock()
            store.link(lastBlock, to: block)
            lastBlock = block
            endOffset = 0
        }
        store[lastBlock, Int(endOffset)] = row
        endOffset += 1
        rows += 1
    }

    /// The oldest row; there must be one.
    package func first(in store: RowStore) -> Row { store[firstBlock, Int(firstOffset)] }

    /// The row behind the oldest; there must be two.
    package func second(in store: RowStore) -> Row {
        firstOffset + 1 < RowStore.blockRows
            ? store[firstBlock, Int(firstOffset) + 1] : store[store.block(after: firstBlock), 0]
    }

    /// The newest row; there must be one.
    package func last(in store: RowStore) -> Row { store[lastBlock, Int(endOffset) - 1] }

    package mutating func replaceLast(with row: Row, in store: inout RowStore) {
        store[lastBlock, Int(endOffset) - 1] = row
    }

    package mutating func removeFirst(in store: inout RowStore) {
        rows -= 1
        firstOffset += 1
        if rows == 0 {
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
    package func forEach(in store: RowStore, _ body: (Row) -> Void) {
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
