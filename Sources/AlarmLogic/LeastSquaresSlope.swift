/// The least-squares slope over a closed window of usable rows, exact until its one rounding (semantics.md A8).
///
/// Each row costs the same whatever the window's length: two exact sums take the new row in and the row that leaves out.
/// Only after a gap do all rows of the gap leave at once, about 25 ns each. Times are whole milliseconds from an origin
/// near the window, so their sums are exact integers.
///
/// Lag: half a window behind a bending curve. Smallest limit that noise allows: sqrt(12) * noise / (window * sqrt(rows)).
package struct LeastSquaresSlope: Sendable, BitwiseCopyable {
    package private(set) var rows = RowQueue()
    /// Milliseconds.
    package let window: Int64
    private var origin: Int64 = 0
    private var sumOfTimes: Int64 = 0
    private var sumOfSquares: Int128 = 0
    private var sumOfValues = ExactSum()
    private var sumOfProducts = ExactSum()

    /// Windows and times from the origin stay below this (4 years), so that no sum can overflow.
    package static let spanMax: Int64 = 1 << 37

    /// - Parameter window: milliseconds, above 0 and at most ``spanMax``.
    package init(windowMilliseconds window: Int64) { self.window = window }

    /// Takes a usable row in and gives the slope at its time, in units per second; nil while it is unknown: fewer than two
    /// rows, or less than half a window between the oldest and this one.
    /// - Parameter time: milliseconds since 1970, not before the row taken in last.
    package mutating func add(_ value: Double, at time: Int64, in store: inout RowStore) -> Double? {
        if rows.isFull { dropOldest(in: &store) }
        while !rows.isEmpty, rows.first(in: store).time < time - window { dropOldest(in: &store) }
        if rows.isEmpty {
            origin = time
        } else if time - origin > Self.spanMax {
            moveOrigin(to: rows.first(in: store).time)
        }
        rows.append(Row(time: time, value: value), in: &store)
        let since = time - origin
        sumOfTimes += since
        sumOfSquares += Int128(since) * Int128(since)
        sumOfValues.add(value)
        sumOfProducts.add(value, times: since)
        return slope(at: time, in: store)
    }

    /// Forgets all rows: after the clock of the source has jumped.
    package mutating func restart(in store: inout RowStore) {
        rows.removeAll(in: &store)
        self = LeastSquaresSlope(windowMilliseconds: window)
    }

    /// The slope as it stood at the newest row, or nil.
    package func slope(at time: Int64, in store: RowStore) -> Double? {
        guard rows.count >= 2, 2 * (time - rows.first(in: store).time) >= window else { return nil }
        // (n * sum(tx) - sum(t) * sum(x)) / (n * sum(tt) - sum(t)^2), 1000 times for seconds.
        var above = WideInteger(sumOfProducts.words5, times: Int64(rows.count))
        above.subtract(WideInteger(sumOfValues.words5, times: sumOfTimes))
        above.multiply(by: 1000)
        let below = Int128(rows.count) * sumOfSquares - Int128(sumOfTimes) * Int128(sumOfTimes)
        return above.quotient(by: UInt128(below.magnitude), fractionBits: ExactSum.fractionBits)
    }

    private mutating func dropOldest(in store: inout RowStore) {
        let row = rows.first(in: store)
        rows.removeFirst(in: &store)
        let since = row.time - origin
        sumOfTimes -= since
        sumOfSquares -= Int128(since) * Int128(since)
        sumOfValues.subtract(row.value)
        sumOfProducts.subtract(row.value, times: since)
    }

    private mutating func moveOrigin(to time: Int64) {
        let shift = time - origin
        let count = Int128(rows.count)
        sumOfSquares -= 2 * Int128(shift) * Int128(sumOfTimes) - count * Int128(shift) * Int128(shift)
        sumOfTimes -= Int64(rows.count) * shift
        sumOfProducts.subtract(sumOfValues, times: shift)
        origin = time
    }
}
