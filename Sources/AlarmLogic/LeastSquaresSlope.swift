/// The least-squares slope over a closed window of usable rows, exact until its one rounding (semantics.md A8).
///
/// Each row costs the same whatever the window's length, at worst too: exact sums take the new row in and the row that
/// leaves out. Behind a gap a long window lets its rows go by the hundred (``MilestoneTrail``), or all at once. Times are
/// whole milliseconds from an origin near the window, so their sums are exact integers.
///
/// Lag: half a window behind a bending curve. Smallest limit that noise allows: sqrt(12) * noise / (window * sqrt(rows)).
package struct LeastSquaresSlope: Sendable, BitwiseCopyable {
    /// Milliseconds.
    package let window: Int64
    private var origin: Int64 = 0
    private var newest = Int64.min
    /// At the newest row, units per second; NaN while it is unknown.
    package private(set) var slope = Double.nan
    package private(set) var rows = RowQueue()
    private var trail = MilestoneTrail()
    private var sums = TimedSums()

    /// Windows and times from the origin stay below this (4 years), so that no sum can overflow.
    package static let spanMax: Int64 = 1 << 37

    /// How many of its bytes, from the first on, are touched by rows that need no wide sums.
    package static var usualBytes: Int { MemoryLayout<LeastSquaresSlope>.size - 2 * MemoryLayout<ExactSum>.size }

    /// - Parameter window: milliseconds, above 0 and at most half of ``spanMax``.
    package init(windowMilliseconds window: Int64) { self.window = window }

    /// Takes a usable row in and gives the slope at its time, in units per second; nil while it is unknown: fewer than two
    /// rows, or less than half a window between the oldest and this one.
    /// - Parameter time: milliseconds since 1970, not before the row taken in last.
    /// - Complexity: O(1) at worst: behind a gap some 300 rows are looked at, however many leave.
    package mutating func add(_ value: Double, at time: Int64, in store: inout RowStore) -> Double? {
        take(value, at: time, in: &store)
        return slope.isNaN ? nil : slope
    }

    /// The same; the slope is in ``slope``.
    package mutating func take(_ value: Double, at time: Int64, in store: inout RowStore) {
        let oldest = forget(before: time - window, in: &store) ?? time
        if rows.isEmpty {
            origin = time
        } else if time - origin > Self.spanMax {
            sums.moveOrigin(by: oldest - origin, rows: rows.count)
            origin = oldest
        }
        rows.append(Row(time: time, value: value), in: &store)
        if rows.rowsInLastBlock == 1, rows.count >= MilestoneTrail.rowsMin || !trail.isEmpty {
            trail.blockBegan(rows, in: &store)
        }
        newest = time
        sums.add(value, at: time - origin)
        slope = rows.count >= 2 && 2 * (time - oldest) >= window ? sums.slope(rows: rows.count) : .nan
    }

    /// Lets the rows before `edge` go, and one more if the window is full.
    /// - Returns: the time of the oldest that stays.
    @inline(__always)
    private mutating func forget(before edge: Int64, in store: inout RowStore) -> Int64? {
        if rows.isFull { drop(rows.first(in: store), in: &store) }
        guard newest >= edge else {
            // All of them: exact sums of nothing are zero.
            if !rows.isEmpty { restart(in: &store) }
            return nil
        }
        // The newest row stays, so there is a first one.
        var row = rows.first(in: store)
        guard row.time < edge else { return row.time }
        drop(row, in: &store)
        row = rows.first(in: store)
        return row.time >= edge ? row.time : forgetMore(before: edge, in: &store)
    }

    /// Lets rows go behind a gap, or after a burst.
    @inline(never)
    private mutating func forgetMore(before edge: Int64, in store: inout RowStore) -> Int64 {
        if let (sums, origin) = trail.startAgain(before: edge, &rows, in: &store) {
            self.sums = sums
            self.origin = origin
        }
        while true {
            let row = rows.first(in: store)
            guard row.time < edge else { return row.time }
            drop(row, in: &store)
        }
    }

    /// Forgets all rows: after the clock of the source has jumped.
    package mutating func restart(in store: inout RowStore) {
        rows.removeAll(in: &store)
        trail.removeAll(in: &store)
        self = LeastSquaresSlope(windowMilliseconds: window)
    }

    @inline(__always)
    private mutating func drop(_ row: Row, in store: inout RowStore) {
        rows.removeFirst(in: &store)
        sums.subtract(row.value, at: row.time - origin)
    }
}
