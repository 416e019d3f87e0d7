/// The sums that a least-squares slope is made of, over some rows: exact, so rows and whole runs of rows can be taken away
/// again without a trace, and the times can be counted from another origin.
///
/// Usual readings are summed in 192 bits (``FixedSum``); the rare ones outside its range have wider sums beside
/// (``ExactSum``) and a slower division while one of them is held.
struct TimedSums: Sendable, BitwiseCopyable, Equatable {
    /// Milliseconds since the origin.
    private(set) var times: Int64 = 0
    /// Rows that only the wide sums hold.
    private(set) var wideRows: Int32 = 0
    private var squares: Int128 = 0
    /// In steps of ``FixedReading``.
    private var values: Int128 = 0
    private var products = FixedSum()
    private var wideValues = ExactSum()
    private var wideProducts = ExactSum()

    init() {}

    @inline(__always)
    mutating func add(_ value: Double, at since: Int64) {
        times &+= since
        squares &+= Int128(since) &* Int128(since)
        if let fixed = FixedReading(value) {
            values &+= fixed.steps
            products.add(fixed, times: since)
        } else {
            addWide(value, since)
        }
    }

    @inline(__always)
    mutating func subtract(_ value: Double, at since: Int64) {
        times &-= since
        squares &-= Int128(since) &* Int128(since)
        if let fixed = FixedReading(value) {
            values &-= fixed.steps
            products.subtract(fixed, times: since)
        } else {
            subtractWide(value, since)
        }
    }

    /// (n * sum(tx) - sum(t) * sum(x)) / (n * sum(tt) - sum(t)^2), 1000 times for seconds: rounded once. Mutating only
    /// so that nobody copies the sums to ask.
    @inline(__always)
    mutating func slope(rows count: Int) -> Double {
        let below = Int128(count) &* squares &- Int128(times) &* Int128(times)
        guard wideRows == 0 else { return carefulSlope(count, below) }
        var above = products.multiplied(by: UInt64(count))
        above.subtract(FixedSum(values, times: times))
        above = above.multiplied(by: 1000)
        guard let narrow = UInt64(exactly: below) else { return above.divided(by: UInt128(truncatingIfNeeded: below)) }
        return above.divided(by: narrow)
    }

    // MARK: Rare

    @inline(never)
    private func carefulSlope(_ count: Int, _ below: Int128) -> Double {
        var allProducts = ExactSum(products)
        allProducts.add(wideProducts)
        var allValues = ExactSum(steps: values)
        allValues.add(wideValues)
        var above = WideInteger(allProducts.words5, times: Int64(count))
        above.subtract(WideInteger(allValues.words5, times: times))
        above.multiply(by: 1000)
        return above.quotient(by: UInt128(below.magnitude), fractionBits: ExactSum.fractionBits)
    }

    /// Takes away what another run of rows, counted from the same origin, has brought.
    mutating func subtract(_ other: TimedSums) {
        times &-= other.times
        wideRows &-= other.wideRows
        squares &-= other.squares
        values &-= other.values
        products.subtract(other.products)
        wideValues.subtract(other.wideValues, times: 1)
        wideProducts.subtract(other.wideProducts, times: 1)
    }

    /// Counts the times of its `count` rows from an origin that lies later by `shift` milliseconds.
    @inline(never)
    mutating func moveOrigin(by shift: Int64, rows count: Int) {
        squares -= 2 * Int128(shift) * Int128(times) - Int128(count) * Int128(shift) * Int128(shift)
        times -= Int64(count) * shift
        products.subtract(FixedSum(values, times: shift))
        wideProducts.subtract(wideValues, times: shift)
    }

    @inline(never)
    private mutating func addWide(_ value: Double, _ since: Int64) {
        wideRows += 1
        wideValues.add(value)
        wideProducts.add(value, times: since)
    }

    @inline(never)
    private mutating func subtractWide(_ value: Double, _ since: Int64) {
        wideRows -= 1
        wideValues.subtract(value)
        wideProducts.subtract(value, times: since)
    }
}
