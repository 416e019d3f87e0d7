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
            exact = total(history, wrap: wrap)
        case .unwrap(let period):
            used = history
            exact = unwrapped(history, period)
        case .product: exact = values.dropFirst().reduce(values[0]) { $0 * $1 }
        case .inverse(let floor):
            let size = values[0] < .zero ? .zero - values[0] : values[0]
            exact = Fraction(1) / max(size, Fraction(floor))
        case .minimum: exact = values.min() ?? .zero
        case .maximum: exact = values.max() ?? .zero
        case .slope(let window):
            guard let slope = slope(of: inputs[0], .leastSquares(window: window)) else { return bad }
            return LoggedRow(time: now, value: slope.exact.nearest, isPlain: slope.isPlain && slope.exact.isDouble)
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

    private mutating func total(_ readings: [LoggedRow], wrap: Double?) -> Fraction {
        var total = Fraction.zero
        for (before, reading) in zip(readings, readings.dropFirst()) {
            let rise = rise(from: before, to: reading)
            note(rise, decidedAt: 0)
            guard rise.exact < .zero else {
                total = total + rise.exact
                continue
            }
            var increase = Fraction(reading.value ?? 0)
            if let wrap {
                var over = rise
                over.steps = [rise.exact]
                over.exact = rise.exact + Fraction(wrap)
                note(over, decidedAt: wrap / 2)
                if over.exact < Fraction(wrap / 2) { increase = over.exact }
            }
            total = total + increase
        }
        return total
    }

    private mutating func unwrapped(_ readings: [LoggedRow], _ period: Double) -> Fraction {
        var place = Fraction(readings[0].value ?? 0)
        for (before, reading) in zip(readings, readings.dropFirst()) {
            place = place + broughtHome(rise(from: before, to: reading), period).exact
        }
        return place
    }

    private func rise(from before: LoggedRow, to reading: LoggedRow) -> Quantity {
        let (old, new) = (before.value ?? 0, reading.value ?? 0)
        return Quantity(
            exact: Fraction(new) - Fraction(old), isPlain: before.isPlain && reading.isPlain,
            scale: before.isPlain && reading.isPlain ? 0 : max(abs(old), abs(new)))
    }
}
