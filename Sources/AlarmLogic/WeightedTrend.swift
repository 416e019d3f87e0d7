import func Glibc.exp

/// The trend of an exponentially weighted line through irregular rows (semantics.md B, estimators): no rows are kept, 40
/// bytes whatever the rate.
///
/// Lag: about `tau`. A single absurd reading moves it and fades with `tau`.
package struct WeightedTrend: Sendable, BitwiseCopyable, Equatable {
    /// Milliseconds.
    package let tau: Int64
    private var level: Double = 0
    private var trend: Double = 0
    private var firstTime: Int64 = 0
    private var lastTime: Int64 = 0
    private var hasRows = false

    /// - Parameter tau: milliseconds, above 0.
    package init(tauMilliseconds tau: Int64) { self.tau = tau }

    /// Takes a usable row in and gives the trend, in units per second; nil until `tau` after the first row.
    package mutating func add(_ value: Double, at time: Int64) -> Double? {
        if !hasRows {
            hasRows = true
            level = value
            trend = 0
            firstTime = time
            lastTime = time
        } else if time > lastTime {
            let seconds = Double(time - lastTime) / 1000
            let weight = 1 - exp(-seconds / (Double(tau) / 1000))
            let foreseen = level + trend * seconds
            let next = foreseen + weight * (value - foreseen)
            trend += weight * ((next - level) / seconds - trend)
            level = next
            lastTime = time
            if !trend.isFinite || !level.isFinite {
                // Numbers near the end of the doubles have overflowed: begin again rather than stay unknown for ever.
                restart()
                return add(value, at: time)
            }
        }
        return time - firstTime >= tau ? trend : nil
    }

    /// What it remembers, for snapshots.
    package var memory: [UInt64] {
        [
            level.bitPattern, trend.bitPattern, UInt64(bitPattern: firstTime), UInt64(bitPattern: lastTime),
            hasRows ? 1 : 0,
        ]
    }

    /// Takes over what ``memory`` gave.
    /// - Returns: false when it cannot be that.
    package mutating func recall(_ memory: [UInt64]) -> Bool {
        guard memory.count == 5 else { return false }
        level = Double(bitPattern: memory[0])
        trend = Double(bitPattern: memory[1])
        firstTime = Int64(bitPattern: memory[2])
        lastTime = Int64(bitPattern: memory[3])
        hasRows = memory[4] == 1
        return true
    }

    package mutating func restart() { self = WeightedTrend(tauMilliseconds: tau) }
}
