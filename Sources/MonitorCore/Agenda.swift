/// What is still to be looked at in one step, in file order; at one entry its judgement before its delay.
/// A binary heap of keys that keeps its capacity; most steps leave it empty.
struct Agenda: Sendable {
    /// An entry's number times two, plus one for "its delay ends".
    struct Key: Sendable, BitwiseCopyable, Comparable {
        let number: UInt32

        static func judgement(_ entry: Int) -> Key { Key(number: UInt32(entry) << 1) }
        static func delay(_ entry: Int) -> Key { Key(number: UInt32(entry) << 1 | 1) }

        var entry: Int { Int(number >> 1) }
        var isDelay: Bool { number & 1 == 1 }

        static func < (left: Key, right: Key) -> Bool { left.number < right.number }
    }

    private var heap: [Key] = []

    init() {}

    var isEmpty: Bool { heap.isEmpty }
    var first: Key? { heap.first }

    mutating func reserve(_ capacity: Int) { heap.reserveCapacity(capacity) }

    mutating func push(_ key: Key) {
        heap.append(key)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first key out, and every copy of it.
    mutating func pop() -> Key? {
        guard let key = heap.first else { return nil }
        while heap.first == key { removeFirst() }
        return key
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left] < heap[least] { least = left }
            if left + 1 < heap.count, heap[left + 1] < heap[least] { least = left + 1 }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
