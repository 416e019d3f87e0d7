import PlantModel

#if canImport(Glibc)
    import Glibc
#endif

/// The estimators, from every row there is. Times are milliseconds relative to now; slopes are per second.
extension SlowEvaluator {
    /// The slope of a point at its newest row, which is usable and has just arrived; nil: unknown.
    func slope(of point: Int, _ estimator: RuleKind.Estimator) -> Quantity? {
        let rows = log[point].filter { $0.value != nil }
        switch estimator {
        case .leastSquares(let window): return leastSquares(rows.filter { $0.time >= now - window.ms }, window.ms)
        case .theilSen(let window): return theilSen(Self.kept(rows, window.ms, now), window.ms)
        case .ewma(let tau): return weightedTrend(rows, tau.ms)
        }
    }

    /// Values as whole numbers of one power of two.
    private func scaled(_ rows: [LoggedRow]) -> (values: [Whole], unit: Fraction) {
        let parts = rows.map { Fraction.parts(of: $0.value ?? 0) }
        let power = parts.map(\.power).min() ?? 0
        let one = Whole(1)
        let unit = Fraction(one.shiftedLeft(max(0, power)), over: one.shiftedLeft(max(0, -power)))
        return (parts.map { $0.digits.shiftedLeft($0.digits.isZero ? 0 : $0.power - power) }, unit)
    }

    /// A8.
    private func leastSquares(_ rows: [LoggedRow], _ window: Int64) -> Quantity? {
        guard rows.count >= 2, 2 * (now - rows[0].time) >= window else { return nil }
        let (values, unit) = scaled(rows)
        var (t, x, tt, tx) = (Whole.zero, Whole.zero, Whole.zero, Whole.zero)
        for (row, value) in zip(rows, values) {
            let time = Whole(row.time - now)
            t = t + time
            x = x + value
            tt = tt + time * time
            tx = tx + time * value
        }
        let n = Whole(rows.count)
        let slope = Fraction((n * tx - t * x) * Whole(1000), over: n * tt - t * t)
        return Quantity(exact: slope * unit, isPlain: rows.allSatisfy(\.isPlain))
    }

    /// Of each slot the newest row; of those, the rows in the closed window.
    static func kept(_ rows: [LoggedRow], _ window: Int64, _ now: Int64) -> [LoggedRow] {
        let slot = (window + 62) / 63
        func number(_ time: Int64) -> Int64 { time < 0 ? (time - slot + 1) / slot : time / slot }
        let newest = rows.indices.filter { $0 + 1 == rows.count || number(rows[$0].time) != number(rows[$0 + 1].time) }
        return newest.map { rows[$0] }.filter { $0.time >= now - window }
    }

    /// The median of the slopes of all pairs.
    private func theilSen(_ rows: [LoggedRow], _ window: Int64) -> Quantity? {
        guard rows.count >= 2, 2 * (now - rows[0].time) >= window else { return nil }
        let (values, unit) = scaled(rows)
        var slopes: [(above: Whole, below: Int64)] = []
        for later in rows.indices {
            for earlier in 0..<later {
                slopes.append(((values[later] - values[earlier]) * Whole(1000), rows[later].time - rows[earlier].time))
            }
        }
        slopes.sort { $0.above * Whole($1.below) < $1.above * Whole($0.below) }
        func ranked(_ rank: Int) -> Fraction { Fraction(slopes[rank].above, over: Whole(slopes[rank].below)) * unit }
        let isPlain = rows.allSatisfy(\.isPlain)
        let upper = ranked(slopes.count / 2)
        guard slopes.count.isMultiple(of: 2) else { return Quantity(exact: upper, isPlain: isPlain) }
        let lower = ranked(slopes.count / 2 - 1)
        return Quantity(
            exact: (lower + upper) / Fraction(2), isPlain: isPlain, steps: [lower, upper],
            scale: max(abs(lower.nearby), abs(upper.nearby)))
    }

    /// `exp` has no fraction: these are the page's own formulas in doubles, in the order in which it writes them. The
    /// product may take the same numbers together in another order, hence never plain.
    private func weightedTrend(_ rows: [LoggedRow], _ tau: Int64) -> Quantity? {
        guard let first = rows.first, now - first.time >= tau else { return nil }
        var (level, trend, before) = (first.value ?? 0, 0.0, first.time)
        for row in rows.dropFirst() where row.time > before {
            let x = row.value ?? 0
            let dt = Double(row.time - before) / 1000
            let a = 1 - exp(-dt / (Double(tau) / 1000))
            let new = level + trend * dt + a * (x - level - trend * dt)
            trend += a * ((new - level) / dt - trend)
            level = new
            before = row.time
        }
        let largest = rows.map { abs($0.value ?? 0) }.max() ?? 0
        return Quantity(exact: Fraction(trend), isPlain: false, scale: largest * 1000 / Double(tau))
    }
}
