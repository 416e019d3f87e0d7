/// Raw numbers to values by straight lines between given points: the two points of a current loop, or the strapping table
/// of a tank.
package struct ValueCurve: Sendable, Hashable {
    package struct Knot: Sendable, Hashable {
        package var raw: Double
        package var value: Double

        package init(raw: Double, value: Double) {
            self.raw = raw
            self.value = value
        }
    }

    /// At least two, `raw` rising.
    package let knots: [Knot]
    /// Beyond its ends: the end's value (a strapping table), or the straight line further (a current loop below 4 mA).
    package let holdsEnds: Bool

    /// nil unless there are two knots or more, finite, and `raw` rises from each to the next.
    package init?(_ knots: [Knot], holdsEnds: Bool) {
        guard knots.count >= 2, knots.allSatisfy({ $0.raw.isFinite && $0.value.isFinite }),
            zip(knots, knots.dropFirst()).allSatisfy({ $0.raw < $1.raw })
        else { return nil }
        self.knots = knots
        self.holdsEnds = holdsEnds
    }

    /// O(log n). A knot's own raw number gives the knot's own value, to the last bit; what is not finite stays so.
    package func value(at raw: Double) -> Double {
        guard raw.isFinite else { return raw }
        if holdsEnds {
            if raw <= knots[0].raw { return knots[0].value }
            if raw >= knots[knots.count - 1].raw { return knots[knots.count - 1].value }
        }
        var low = 0
        var high = knots.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if knots[middle].raw <= raw { low = middle } else { high = middle - 1 }
        }
        let (left, right) = (knots[low], knots[low + 1])
        if raw == right.raw { return right.value }
        return left.value + (raw - left.raw) / (right.raw - left.raw) * (right.value - left.value)
    }
}
