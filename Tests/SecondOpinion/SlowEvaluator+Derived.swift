import PlantModel

/// Derived points, from every row of their inputs.
extension SlowEvaluator {
    /// The row of a derived point that belongs to the row of an input which has just arrived.
    mutating func compute(_ derived: DerivedPoint, _ index: Int) -> LoggedRow {
        let inputs = reads[index]
        let newest = inputs.compactMap { log[$0].last }
        let bad = LoggedRow(time: now, value: nil, isPlain: true)
        guard memories[index].stale.isEmpty, newest.count == inputs.count, newest.allSatisfy({ $0.value != nil }) else {
            return bad
        }
        let values = newest.map { Fraction($0.value ?? 0) }
        let history = log[inputs[0]].filter { $0.value != nil }
        let exact: Fraction
        var used = newest
        var isRoundedOnce = false
        switch derived.operation {
        case .sum: exact = values.reduce(.zero, +)
        case .difference: exact = values[0] - values[1]
        case .linear(let scale, let offset): exact = values[0] * Fraction(scale) + Fraction(offset)
        case .table(let x, let y): exact = Self.lookedUp(values[0], x, y)
        case .mean(let window):
            used = history.filter { $0.time >= now - window.ms }
            guard let oldest = used.first, 2 * (now - oldest.time) >= window.ms else { return bad }
            exact = used.reduce(.zero) { $0 + Fraction($1.value ?? 0) } / Fraction(used.count)
            isRoundedOnce = true
        case .counter(let wrap):
            used = history
            exact = Self.total(history.map { Fraction($0.value ?? 0) }, wrap: wrap.map { Fraction($0) })
        case .unwrap(let period):
            used = history
            exact = Self.unwrapped(history.map { Fraction($0.value ?? 0) }, period)
        }
        return LoggedRow(
            time: now, value: exact.nearest, isPlain: used.allSatisfy(\.isPlain) && (isRoundedOnce || exact.isDouble))
    }

    private static func lookedUp(_ value: Fraction, _ x: [Double], _ y: [Double]) -> Fraction {
        let (x, y) = (x.map { Fraction($0) }, y.map { Fraction($0) })
        guard let above = x.firstIndex(where: { $0 > value }) else { return y[y.count - 1] }
        guard above > 0 else { return y[0] }
        let share = (value - x[above - 1]) / (x[above] - x[above - 1])
        return y[above - 1] + share * (y[above] - y[above - 1])
    }

    private static func total(_ readings: [Fraction], wrap: Fraction?) -> Fraction {
        var total = Fraction.zero
        for (before, reading) in zip(readings, readings.dropFirst()) {
            let rise = reading - before
            if rise >= .zero {
                total = total + rise
            } else if let wrap, rise + wrap < wrap / Fraction(2) {
                total = total + rise + wrap
            } else {
                total = total + reading
            }
        }
        return total
    }

    private static func unwrapped(_ readings: [Fraction], _ period: Double) -> Fraction {
        var place = readings[0]
        for (before, reading) in zip(readings, readings.dropFirst()) {
            place = place + broughtHome(reading - before, period)
        }
        return place
    }
}
