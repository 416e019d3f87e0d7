/// Deadlines of numbered owners, earliest first: a binary heap with one entry per owner, so that setting or cancelling
/// a deadline is O(log n) and allocates nothing after the owners are known.
/// - Note: a value owned by one thread. Owners are 0..<count; ties are served in the owners' order, so that a replay
///   fires them in the order the live run did.
package struct DeadlineQueue: Sendable {
    private var due: [PlantInstant]
    private var place: [Int32]
    private var heap: [Int32] = []

    /// - Parameter owners: how many owners there are, at most 2^31 - 1.
    package init(owners: Int) {
        due = Array(repeating: .distantFuture, count: owners)
        place = Array(repeating: -1, count: owners)
        heap.reserveCapacity(owners)
    }

    package var isEmpty: Bool { heap.isEmpty }
    package var ownerCount: Int { due.count }

    /// The earliest deadline, or nil when none is set.
    package var next: PlantInstant? { heap.isEmpty ? nil : due[Int(heap[0])] }

    /// The owner whose deadline is earliest.
    package var nextOwner: Int? { heap.isEmpty ? nil : Int(heap[0]) }

    /// The deadline of an owner, or nil when it has none.
    package func deadline(of owner: Int) -> PlantInstant? { place[owner] < 0 ? nil : due[owner] }

    /// Adds owners behind the present ones.
    package mutating func grow(to owners: Int) {
        precondition(owners >= due.count, "owners of deadlines are never taken away")
        due.append(contentsOf: repeatElement(.distantFuture, count: owners - due.count))
        place.append(contentsOf: repeatElement(-1, count: owners - place.count))
        heap.reserveCapacity(owners)
    }

    package mutating func set(_ owner: Int, at instant: PlantInstant) {
        due[owner] = instant
        if place[owner] < 0 {
            place[owner] = Int32(heap.count)
            heap.append(Int32(owner))
            rise(from: heap.count - 1)
        } else {
            let start = Int(place[owner])
            rise(from: start)
            sink(from: Int(place[owner]))
        }
    }

    package mutating func cancel(_ owner: Int) {
        let hole = Int(place[owner])
        guard hole >= 0 else { return }
        place[owner] = -1
        let last = heap.removeLast()
        if hole < heap.count {
            heap[hole] = last
            place[Int(last)] = Int32(hole)
            rise(from: hole)
            sink(from: Int(place[Int(last)]))
        }
    }

    private func precedes(_ left: Int32, _ right: Int32) -> Bool {
        let a = due[Int(left)]
        let b = due[Int(right)]
        return a == b ? left < right : a < b
    }

    // Both move a hole instead of exchanging: each level is one write of the heap and one of the places.

    private mutating func rise(from start: Int) {
        let owner = heap[start]
        var hole = start
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard precedes(owner, heap[parent]) else { break }
            put(heap[parent], at: hole)
            hole = parent
        }
        put(owner, at: hole)
    }

    private mutating func sink(from start: Int) {
        let owner = heap[start]
        var hole = start
        while true {
            var child = 2 * hole + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
            guard precedes(heap[child], owner) else { break }
            put(heap[child], at: hole)
            hole = child
        }
        put(owner, at: hole)
    }

    private mutating func put(_ owner: Int32, at hole: Int) {
        heap[hole] = owner
        place[Int(owner)] = Int32(hole)
    }
}
