package import DeviceMap
import PlantModel

/// How plausible each byte order of a value is: what a person sees at once on a sheet of four readings.
///
/// Points are given for a size that plants have, for lying in the range that the profile declares, and for moving little from
/// reading to reading; a wrong order gives numbers like 1e-29 that jump. It is a hint: a tie, or a value near 0, says nothing.
package struct OrderRanking: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        package var order: WordOrder
        /// The newest reading in this order; not finite when it is no number.
        package var value: Double
        /// 0...100.
        package var score: Int
    }

    /// Best first; the standard's order first among equals.
    package let candidates: [Candidate]

    /// - Parameters:
    ///   - readings: the value's bytes as they came, oldest first; at least one, all of `type`'s size.
    ///   - scaling: raw to unit.
    ///   - range: as the profile declares it, in the unit.
    package init(
        type: RegisterType, readings: [[UInt8]], scaling: Scaling = .identity, range: ClosedRange<Double>? = nil
    ) {
        let orders = WordOrder.usual(bytes: type.orderBytes)
        let judged = orders.enumerated().map { place, order in
            let values = readings.map { Self.value($0, type, order, scaling) }
            return (place, Candidate(order: order, value: values.last ?? .nan, score: Self.score(values, type, range)))
        }
        candidates = judged.sorted { ($1.1.score, $0.0) < ($0.1.score, $1.0) }.map(\.1)
    }

    /// Whether another order than the given one is clearly more plausible: by 20 points or more.
    package func contradicts(_ order: WordOrder) -> Candidate? {
        guard let best = candidates.first, best.order != order,
            let own = candidates.first(where: { $0.order == order }), best.score >= own.score + 20
        else { return nil }
        return best
    }

    private static func value(_ bytes: [UInt8], _ type: RegisterType, _ order: WordOrder, _ scaling: Scaling) -> Double
    {
        guard bytes.count == type.orderBytes else { return .nan }
        let own = type.bits.value(in: order.pattern(in: bytes.span, at: 0))
        guard let raw = type.payload(ofPattern: own)?.number else { return .nan }
        return scaling.isIdentity ? raw : scaling.apply(raw)
    }

    private static func score(_ values: [Double], _ type: RegisterType, _ range: ClosedRange<Double>?) -> Int {
        guard values.allSatisfy(\.isFinite), let newest = values.last else { return 0 }
        var score = size(newest.magnitude, type)
        if let range { score += values.allSatisfy(range.contains) ? 30 : -30 }
        let steps = zip(values, values.dropFirst()).map { abs($1 - $0) / max($0.magnitude, $1.magnitude, 1e-9) }
        if steps.contains(where: { $0 > 0.5 }) { score -= 20 }
        if !steps.isEmpty, steps.allSatisfy({ $0 <= 0.05 }) { score += 10 }
        // Most quantities of a plant are above zero; between two that fit alike, this decides.
        if newest < 0 { score -= 10 }
        return min(max(score, 0), 100)
    }

    /// Sizes that plants have: floats from a thousandth to a hundred thousand, whole numbers below a million.
    private static func size(_ magnitude: Double, _ type: RegisterType) -> Int {
        if magnitude == 0 { return 60 }
        if type.isFloat {
            if (1e-3...1e5).contains(magnitude) { return 60 }
            return (1e-6...1e9).contains(magnitude) ? 30 : 5
        }
        return magnitude < 1e6 ? 60 : magnitude < 1e9 ? 30 : 5
    }
}
