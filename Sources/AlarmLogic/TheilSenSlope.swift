/// The median of the slopes of all pairs of kept rows in a closed window: one absurd reading does not move it
/// (semantics.md B, estimators).
///
/// The window is cut into slots of window/63, counted from 1970; a slot keeps its newest usable row, so at most 64 rows are
/// kept and a judgement looks at no more than 2,016 pairs, whatever the rate of the source.
///
/// Lag: half a window. Smallest limit that noise allows: as least squares, with the kept rows counted.
package struct TheilSenSlope: Sendable, BitwiseCopyable {
    package private(set) var rows = RowQueue()
    /// Milliseconds.
    package let window: Int64
    private let slot: Int64

    /// - Parameter window: milliseconds, above 0.
    package init(windowMilliseconds window: Int64) {
        self.window = window
        slot = (window + 62) / 63
    }

    /// Takes a usable row in and gives the slope at its time, in units per second; nil while it is unknown.
    /// - Parameter scratch: room for the slopes; it keeps its capacity, so nothing is allocated after the first window.
    package mutating func add(
        _ value: Double, at time: Int64, in store: inout RowStore, scratch: inout PairSlopes
    ) -> Double? {
        let row = Row(time: time, value: value)
        if !rows.isEmpty, number(of: rows.last(in: store).time) == number(of: time) {
            rows.replaceLast(with: row, in: &store)
        } else {
            rows.append(row, in: &store)
        }
        while rows.first(in: store).time < time - window { rows.removeFirst(in: &store) }
        guard rows.count >= 2, 2 * (time - rows.first(in: store).time) >= window else { return nil }
        return scratch.median(of: rows, in: store)
    }

    package mutating func restart(in store: inout RowStore) { rows.removeAll(in: &store) }

    private func number(of time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: slot)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// Room for the slopes of all pairs, shared by every Theil-Sen rule.
package struct PairSlopes: Sendable {
    private var kept: [Row] = []
    private var slopes: [Double] = []

    package init() {}

    /// The median slope per second of all pairs; of an even number, the mean of the middle two.
    mutating func median(of rows: RowQueue, in store: borrowing RowStore) -> Double {
        kept.removeAll(keepingCapacity: true)
        slopes.removeAll(keepingCapacity: true)
        rows.forEach(in: store) { kept.append($0) }
        for later in 1..<kept.count {
            for earlier in 0..<later {
                let span = Double(kept[later].time - kept[earlier].time)
                slopes.append((kept[later].value - kept[earlier].value) * 1000 / span)
            }
        }
        let middle = slopes.count / 2
        select(middle)
        guard slopes.count.isMultiple(of: 2) else { return slopes[middle] }
        // After the selection everything before `middle` is no larger: its greatest is the other middle one.
        return (slopes[..<middle].max().map { $0 + slopes[middle] } ?? slopes[middle] * 2) / 2
    }

    /// Moves the slope of rank `rank` to its place, smaller ones before it (Hoare's selection).
    private mutating func select(_ rank: Int) {
        var low = 0
        var high = slopes.count - 1
        while low < high {
            let pivot = slopes[(low + high) / 2]
            var left = low
            var right = high
            while left <= right {
                while slopes[left] < pivot { left += 1 }
                while slopes[right] > pivot { right -= 1 }
                if left <= right {
                    slopes.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if rank <= right {
                high = right
            } else if rank >= left {
                low = left
            } else {
                return
            }
        }
    }
}
