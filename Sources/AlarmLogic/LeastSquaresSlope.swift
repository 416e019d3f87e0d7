/// The least-squares slope over a closed window of usable rows, exact until its one rounding (semantics.md A8).
///
/// Each row costs the same whatever the window's length: exact sums take the new row in and the row that leaves out.
/// Usual readings are summed in 192 bits (``FixedSum``); the rare ones outside its range have wider sums beside
/// (``ExactSum``) and a slower division while they are in the window. Only after a gap shorter than the window do all its
/// rows leave at once. Times are whole milliseconds from an origin near the window, so their sums are exact integers.
///
/// Lag: half a window behind a bending curve. Smallest limit that noise allows: sqrt(12) * noise / (window * sqrt(rows)).
package struct LeastSquaresSlope: Sendable, BitwiseCopyable {
    /// Milliseconds.
    package let window: Int64
    private var origin: Int64 = 0
    private var newest = Int64.min
    private var sumOfTimes: Int64 = 0
    package private(set) var rows = RowQueue()
    /// Rows in the window that only the wide sums hold.
    private var wideRows: Int32 = 0
    private var sumOfSquares: Int128 = 0
    /// In steps of ``FixedReading``.
    private var sumOfValues: Int128 = 0
    private var sumOfProducts = FixedSum()
    private var wideSumOfValues = ExactSum()
    private var wideSumOfProducts = ExactSum()

    /// Windows and times from the origin stay below this (4 years), so that no sum can overflow.
    package static let spanMax: Int64 = 1 << 37

    /// - Parameter window: milliseconds, above 0 and at most half of ``spanMax``.
    package init(windowMilliseconds window: Int64) { self.window = window }

    /// Takes a usable row in and gives the slope at its time, in units per second; nil while it is unknown: fewer than two
    /// rows, or less than half a window between the oldest and this one.
    /// - Parameter time: milliseconds since 1970, not before the row taken in last.
    /// - Complexity: O(1); after a gap, O(rows that leave), and O(1) again when all of them do.
    package mutating func add(_ value: Double, at time: Int64, in store: inout RowStore) -> Double? {
        let oldest = forget(before: time - window, in: &store) ?? time
        if rows.isEmpty {
            origin = time
        } else if time - origin > Self.spanMax {
            moveOrigin(to: oldest)
        }
        rows.append(Row(time: time, value: value), in: &store)
        newest = time
        let since = time - origin
        sumOfTimes &+= since
        sumOfSquares &+= Int128(since) &* Int128(since)
        if let fixed = FixedReading(value) {
            sumOfValues &+= fixed.steps
            sumOfProducts.add(fixed, times: since)
        } else {
            addWide(value, since)
        }
        guard rows.count >= 2, 2 * (time - oldest) >= window else { return nil }
        return slope()
    }

    /// Lets the rows before `edge` go, and one more if the window is full.
    /// - Returns: the time of the oldest that stays.
    @inline(__always)
    private mutating func forget(before edge: Int64, in store: inout RowStore) -> Int64? {
        if rows.isFull { drop(rows.first(in: store), in: &store) }
        guard newest >= edge else {
            // All of them: exact sums of nothing are zero.
            restart(in: &store)
            return nil
        }
        while !rows.isEmpty {
            let row = rows.first(in: store)
            if row.time >= edge { return row.time }
            drop(row, in: &store)
        }
        return nil
    }

    /// Forgets all rows: after the clock of the source has jumped.
    package mutating func restart(in store: inout RowStore) {
        rows.removeAll(in: &store)
        self = LeastSquaresSlope(windowMilliseconds: window)
    }

    // (n * sum(tx) - sum(t) * sum(x)) / (n * sum(tt) - sum(t)^2), 1000 times for seconds.
    @inline(__always)
    private mutating func slope() -> Double {
        let below = Int128(rows.count) &* sumOfSquares &- Int128(sumOfTimes) &* Int128(sumOfTimes)
        guard wideRows == 0, let narrow = UInt64(exactly: below) else { return carefulSlope(below) }
        var above = sumOfProducts.multiplied(by: UInt64(rows.count))
        above.subtract(FixedSum(sumOfValues, times: sumOfTimes))
        return above.multiplied(by: 1000).divided(by: narrow)
    }

    @inline(never)
    private mutating func carefulSlope(_ below: Int128) -> Double {
        var products = ExactSum(sumOfProducts)
        products.add(wideSumOfProducts)
        var values = ExactSum(steps: sumOfValues)
        values.add(wideSumOfValues)
        var above = WideInteger(products.words5, times: Int64(rows.count))
        above.subtract(WideInteger(values.words5, times: sumOfTimes))
        above.multiply(by: 1000)
        return above.quotient(by: UInt128(below.magnitude), fractionBits: ExactSum.fractionBits)
    }

    @inline(__always)
    private mutating func drop(_ row: Row, in store: inout RowStore) {
        rows.removeFirst(in: &store)
        let since = row.time - origin
        sumOfTimes &-= since
        sumOfSquares &-= Int128(since) &* Int128(since)
        if let fixed = FixedReading(row.value) {
            sumOfValues &-= fixed.steps
            sumOfProducts.subtract(fixed, times: since)
        } else {
            subtractWide(row.value, since)
        }
    }

    // MARK: Rare

    @inline(never)
    private mutating func addWide(_ value: Double, _ since: Int64) {
        wideRows += 1
        wideSumOfValues.add(value)
        wideSumOfProducts.add(value, times: since)
    }

    @inline(never)
    private mutating func subtractWide(_ value: Double, _ since: Int64) {
        wideRows -= 1
        wideSumOfValues.subtract(value)
        wideSumOfProducts.subtract(value, times: since)
    }

    @inline(never)
    private mutating func moveOrigin(to time: Int64) {
        let shift = time - origin
        let count = Int128(rows.count)
        sumOfSquares -= 2 * Int128(shift) * Int128(sumOfTimes) - count * Int128(shift) * Int128(shift)
        sumOfTimes -= Int64(rows.count) * shift
        sumOfProducts.subtract(FixedSum(sumOfValues, times: shift))
        wideSumOfProducts.subtract(wideSumOfValues, times: shift)
        origin = time
    }
}
