/// The mean of the usable rows in a closed window, exact until its one rounding (semantics.md B, derived `mean`).
package struct MovingMean: Sendable, BitwiseCopyable {
    package private(set) var rows = RowQueue()
    /// Milliseconds.
    package let window: Int64
    private var sum = ExactSum()

    /// - Parameter window: milliseconds, above 0.
    package init(windowMilliseconds window: Int64) { self.window = window }

    /// Takes a usable row in and gives the mean at its time; nil while less than half a window is covered.
    package mutating func add(_ value: Double, at time: Int64, in store: inout RowStore) -> Double? {
        if rows.isFull { dropOldest(in: &store) }
        while !rows.isEmpty, rows.first(in: store).time < time - window { dropOldest(in: &store) }
        rows.append(Row(time: time, value: value), in: &store)
        sum.add(value)
        guard 2 * (time - rows.first(in: store).time) >= window else { return nil }
        return sum.divided(by: Int64(rows.count))
    }

    package mutating func restart(in store: inout RowStore) {
        rows.removeAll(in: &store)
        sum = ExactSum()
    }

    private mutating func dropOldest(in store: inout RowStore) {
        sum.subtract(rows.first(in: store).value)
        rows.removeFirst(in: &store)
    }
}
