import PlantModel
import PlantTime

/// A number for what an entry means to the core: equal numbers let a reload or a restart keep its windows and timers.
/// Names, priority and guidance are not in it: changing a text disturbs no alarm.
struct RuleFingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ rule: Rule) {
        mix("rule")
        mix(rule.point)
        mix(rule.onDelay)
        mix(rule.offDelay)
        mix(rule.maxAge)
        mix(rule.isSilent ? 1 : 0)
        mix(rule.latching ? 1 : 0)
        mix(rule.kind)
    }

    init(_ derived: DerivedPoint) {
        mix("derived")
        derived.inputs.forEach { mix($0) }
        mix(derived.maxAge)
        switch derived.operation {
        case .sum: mix("sum")
        case .difference: mix("difference")
        case .linear(let scale, let offset): mix("linear", scale, offset)
        case .table(let x, let y):
            mix("table")
            x.forEach { mix($0.bitPattern) }
            y.forEach { mix($0.bitPattern) }
        case .mean(let window):
            mix("mean")
            mix(window)
        case .counter(let wrap): mix("counter", wrap ?? .nan)
        case .unwrap(let period): mix("unwrap", period)
        case .product: mix("product")
        case .inverse(let floor): mix("inverse", floor)
        case .minimum: mix("min")
        case .maximum: mix("max")
        case .slope(let window):
            mix("slope")
            mix(window)
        }
    }

    private mutating func mix(_ kind: RuleKind) {
        mix(kind.word)
        switch kind {
        case .threshold(let threshold): mix("", threshold.limit, threshold.deadband, threshold.clampAbove ?? .nan)
        case .rateOfChange(let rate):
            mix("", rate.limit, rate.deadband)
            mix(rate.estimator)
        case .state(let test): mix(test)
        case .badQuality, .stale: break
        case .frozen(let window, let minSpan, let unless):
            mix(window)
            mix(unless ?? "", minSpan)
        case .deviation(let other, let limit, let deadband, let turn): mix(other, limit, deadband, turn ?? .nan)
        case .vote(let members, let needed, let onBad, let scores):
            members.forEach { mix($0) }
            mix(onBad.rawValue, Double(needed))
            scores.forEach { mix("score", Double($0)) }
        case .expect(let when, let within, let test):
            mix(when)
            mix(within)
            mix(test)
        case .timeTo(let target):
            mix(target.direction.rawValue, target.limit)
            mix(target.horizon)
            mix(target.clearHorizon)
            mix(target.estimator)
        case .count(let members, let needed, let window):
            members.forEach { mix($0) }
            mix("", Double(needed))
            mix(window)
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            mix("", limit, deadband, minGood)
            mix(window)
        case .ladder(let levels): levels.forEach { mix($0) }
        }
    }

    private mutating func mix(_ estimator: RuleKind.Estimator) {
        switch estimator {
        case .leastSquares(let window):
            mix("least squares")
            mix(window)
        case .theilSen(let window):
            mix("theil sen")
            mix(window)
        case .ewma(let tau):
            mix("ewma")
            mix(tau)
        }
    }

    private mutating func mix(_ test: RuleKind.StateTest) {
        switch test {
        case .states(let states): states.forEach { mix($0.bitPattern) }
        case .bit(let place, let inverted): mix(inverted ? "clear bit" : "set bit", Double(place))
        }
    }

    private mutating func mix(_ word: String, _ numbers: Double...) {
        for byte in word.utf8 { mix(byte: byte) }
        mix(byte: 0xFF)
        for number in numbers { mix(number.bitPattern) }
    }

    private mutating func mix(_ duration: Duration?) { mix(UInt64(bitPattern: duration?.nanoseconds ?? -1)) }

    private mutating func mix(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { mix(byte: UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// FNV-1a.
    private mutating func mix(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
