/// The mean over time of values that each hold until the next row, at most `holding` (semantics.md B, TWA): exposure
/// limits such as 15 min and 8 h averages.
///
/// Kept rows are the ends of the pieces: a usable row starts one, a bad row (kept as NaN) ends it. Sums are exact.
package struct TimeWeightedAverage: Sendable, BitwiseCopyable {
    package private(set) var rows = RowQueue()
    /// Milliseconds.
    package let window: Int64
    private let holding: Int64
    /// Sum of value x milliseconds, and of milliseconds, over all whole pieces between kept rows.
    private var sum = ExactSum()
    private var covered: Int64 = 0

    /// - Parameters: milliseconds, above 0; `holding` is the longest a value is believed.
    package init(windowMilliseconds window: Int64, holdingMilliseconds holding: Int64) {
        self.window = window
        self.holding = holding
    }

    /// The average at a time, and the milliseconds of the window that it rests on.
    package struct Average: Sendable, BitwiseCopyable, Equatable {
        package var mean: Double
        package var covered: Int64
    }

    /// Takes a row in. O(1) but for the rows that leave.
    /// - Parameter value: nil for a bad row, which ends the holding of the value before.
    /// - Returns: nil when nothing of the window is covered.
    package mutating func add(_ value: Double?, at time: Int64, in store: inout RowStore) -> Average? {
        if rows.isFull { dropOldest(in: &store) }
        if !rows.isEmpty {
            let newest = rows.last(in: store)
            let length = held(newest, until: time)
            sum.addHeld(newest.value, length)
            covered += length
        }
        rows.append(Row(time: time, value: value ?? .nan), in: &store)
        while rows.count >= 2, rows.second(in: store).time <= time - window { dropOldest(in: &store) }
        return average(at: time, in: store)
    }

    package mutating func restart(in store: inout RowStore) {
        rows.removeAll(in: &store)
        sum = ExactSum()
        covered = 0
    }

    private func average(at time: Int64, in store: borrowing RowStore) -> Average? {
        var inside = sum
        var length = covered
        let oldest = rows.first(in: store)
        if rows.count >= 2, oldest.time < time - window {
            // Only the part of the oldest piece that lies in the window counts.
            let outside = min(held(oldest, until: rows.second(in: store).time), time - window - oldest.time)
            inside.subtractHeld(oldest.value, outside)
            length -= outside
        }
        guard length > 0 else { return nil }
        return Average(mean: inside.divided(by: length), covered: length)
    }

    private mutating func dropOldest(in store: inout RowStore) {
        let oldest = rows.first(in: store)
        if rows.count >= 2 {
            let length = held(oldest, until: rows.second(in: store).time)
            sum.subtractHeld(oldest.value, length)
            covered -= length
        }
        rows.removeFirst(in: &store)
    }

    /// How long a row's value holds before `end`: nothing for a bad row.
    private func held(_ row: Row, until end: Int64) -> Int64 {
        row.value.isNaN ? 0 : min(end - row.time, holding)
    }
}

extension ExactSum {
    fileprivate mutating func addHeld(_ value: Double, _ length: Int64) {
        if length > 0 { add(value, times: length) }
    }

    fileprivate mutating func subtractHeld(_ value: Double, _ length: Int64) {
        if length > 0 { subtract(value, times: length) }
    }
}
