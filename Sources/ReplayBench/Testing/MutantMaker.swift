import PlantModel
import PlantTime

/// Makes the mutants of one rule.
struct MutantMaker {
    let place: Int
    let rule: Rule
    private(set) var mutants: [Mutant] = []

    init(place: Int, rule: Rule) {
        self.place = place
        self.rule = rule
    }

    // MARK: Kinds

    mutating func changeKind(range: ClosedRange<Double>?) {
        switch rule.kind {
        case .threshold(let threshold):
            change("limit", of: threshold, \.limit, to: shifted(threshold.limit, threshold.deadband, range)) {
                .threshold($0)
            }
            change("deadband", of: threshold, \.deadband, to: deadbands(threshold.deadband)) { .threshold($0) }
            // At or above the limit a clamp says nothing that the limit does not: no test could notice that it is gone.
            if let clamp = threshold.clampAbove, clamp < threshold.limit {
                var without = threshold
                without.clampAbove = nil
                add("clamp_above", Self.shown(clamp), "-", .threshold(without))
            }
        case .rateOfChange(let rate):
            change("limit", of: rate, \.limit, to: shifted(rate.limit, rate.deadband, nil)) { .rateOfChange($0) }
            change("deadband", of: rate, \.deadband, to: deadbands(rate.deadband)) { .rateOfChange($0) }
            changeEstimator(rate.estimator) { estimator in
                var rate = rate
                rate.estimator = estimator
                return .rateOfChange(rate)
            }
        case .state(let test): changeTest(test) { .state($0) }
        case .expect(let when, let within, let test):
            changeTest(test) { .expect(when: when, within: within, $0) }
            for span in [Self.half(within), Self.longer(within)] where span != within {
                add("within_s", Self.shown(within), Self.shown(span), .expect(when: when, within: span, test))
            }
        case .badQuality, .ladder: break
        case .stale:
            for span in [rule.maxAge.map(Self.half), rule.maxAge.map(Self.longer)] {
                guard let span, let maxAge = rule.maxAge, span != maxAge else { continue }
                var changed = rule
                changed.maxAge = span
                add("max_age_s", Self.shown(maxAge), Self.shown(span), changed)
            }
        case .frozen(let window, let minSpan, let unless):
            addWindow(window) { .frozen(window: $0, minSpan: minSpan, unless: unless) }
        case .deviation(let other, let limit, let deadband, let turn):
            for shift in shifted(limit, deadband, range) where shift > 0 {
                add(
                    "limit", Self.shown(limit), Self.shown(shift),
                    .deviation(other: other, limit: shift, deadband: deadband, turn: turn))
            }
            for band in deadbands(deadband) {
                add(
                    "deadband", Self.shown(deadband), Self.shown(band),
                    .deviation(other: other, limit: limit, deadband: band, turn: turn))
            }
        case .vote(let of, let needed, let onBad, let scores):
            for count in [needed - 1, needed + 1] where (1...of.count * (scores.last ?? 1)).contains(count) {
                add("m", "\(needed)", "\(count)", .vote(of: of, needed: count, onBad: onBad, scores: scores))
            }
            let other: RuleKind.VoteOnBad = onBad == .trip ? (scores.isEmpty ? .drop : .hold) : .trip
            add("on_bad", onBad.rawValue, other.rawValue, .vote(of: of, needed: needed, onBad: other, scores: scores))
        case .timeTo(let target):
            changeTimeTo(target, range: range)
        case .count(let of, let needed, let window):
            for count in [needed - 1, needed + 1] where count >= 1 {
                add("n", "\(needed)", "\(count)", .count(of: of, needed: count, window: window))
            }
            addWindow(window) { .count(of: of, needed: needed, window: $0) }
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            for shift in shifted(limit, deadband, range) {
                add(
                    "limit", Self.shown(limit), Self.shown(shift),
                    .timeWeightedAverage(limit: shift, deadband: deadband, window: window, minGood: minGood))
            }
            for band in deadbands(deadband) {
                add(
                    "deadband", Self.shown(deadband), Self.shown(band),
                    .timeWeightedAverage(limit: limit, deadband: band, window: window, minGood: minGood))
            }
            addWindow(window) {
                .timeWeightedAverage(limit: limit, deadband: deadband, window: $0, minGood: minGood)
            }
        }
    }

    private mutating func changeTimeTo(_ target: RuleKind.TimeToLimit, range: ClosedRange<Double>?) {
        change("limit", of: target, \.limit, to: shifted(target.limit, 0, range)) { .timeTo($0) }
        for horizon in [Self.half(target.horizon), Self.longer(target.horizon)] where horizon != target.horizon {
            var changed = target
            changed.horizon = horizon
            changed.clearHorizon = max(target.clearHorizon, horizon)
            add("horizon_s", Self.shown(target.horizon), Self.shown(horizon), .timeTo(changed))
        }
        changeEstimator(target.estimator) { estimator in
            var changed = target
            changed.estimator = estimator
            return .timeTo(changed)
        }
    }

    private mutating func changeEstimator(_ estimator: RuleKind.Estimator, _ kind: (RuleKind.Estimator) -> RuleKind) {
        switch estimator {
        case .leastSquares(let window): addWindow(window) { kind(.leastSquares(window: $0)) }
        case .theilSen(let window): addWindow(window) { kind(.theilSen(window: $0)) }
        case .ewma(let tau):
            let half = Self.half(tau)
            if half != tau { add("tau_s", Self.shown(tau), Self.shown(half), kind(.ewma(tau: half))) }
        }
    }

    private mutating func changeTest(_ test: RuleKind.StateTest, _ kind: (RuleKind.StateTest) -> RuleKind) {
        switch test {
        case .bit(let bit, let isInverted):
            add("invert", "\(isInverted)", "\(!isInverted)", kind(.bit(bit, inverted: !isInverted)))
        case .states(let states):
            let moved = states.map { $0 + 1 }
            add("states", Self.shown(states), Self.shown(moved), kind(.states(moved)))
        }
    }

    // MARK: Delays

    mutating func changeDelays() {
        for (key, path) in [("on_delay_s", \Rule.onDelay), ("off_delay_s", \Rule.offDelay)] {
            let delay = rule[keyPath: path]
            guard delay > .zero else { continue }
            for span in [Duration.zero, Self.longer(delay)] where span != delay {
                var changed = rule
                changed[keyPath: path] = span
                add(key, Self.shown(delay), Self.shown(span), changed)
            }
        }
    }

    // MARK: Steps

    /// A limit moved either way by its deadband; without one by 5 % of the range, without that by 5 % of itself.
    private func shifted(_ limit: Double, _ deadband: Double, _ range: ClosedRange<Double>?) -> [Double] {
        let ofRange = range.map { ($0.upperBound - $0.lowerBound) / 20 } ?? 0
        let step = deadband > 0 ? deadband : ofRange > 0 ? ofRange : limit == 0 ? 1 : limit.magnitude / 20
        return [limit + step, limit - step].filter { $0.isFinite && $0 != limit }
    }

    private func deadbands(_ deadband: Double) -> [Double] { deadband > 0 ? [0, deadband * 2] : [] }

    static func half(_ span: Duration) -> Duration { .milliseconds(max(1, span.nanoseconds / 2_000_000)) }
    static func longer(_ span: Duration) -> Duration { .milliseconds(span.nanoseconds / 1_000_000 * 3 / 2) }

    static func shown(_ span: Duration) -> String { DecimalText.shortest(span.seconds) }
    static func shown(_ number: Double) -> String { DecimalText.shortest(number) }
    static func shown(_ numbers: [Double]) -> String { "[\(numbers.map { shown($0) }.joined(separator: ", "))]" }

    // MARK: Adding

    private mutating func change<Part>(
        _ key: String, of part: Part, _ path: WritableKeyPath<Part, Double>, to values: [Double],
        _ kind: (Part) -> RuleKind
    ) {
        for value in values {
            var changed = part
            changed[keyPath: path] = value
            add(key, Self.shown(part[keyPath: path]), Self.shown(value), kind(changed))
        }
    }

    private mutating func addWindow(_ window: Duration, _ kind: (Duration) -> RuleKind) {
        let half = Self.half(window)
        if half != window { add("window_s", Self.shown(window), Self.shown(half), kind(half)) }
    }

    private mutating func add(_ key: String, _ from: String, _ to: String, _ kind: RuleKind) {
        var changed = rule
        changed.kind = kind
        add(key, from, to, changed)
    }

    private mutating func add(_ key: String, _ from: String, _ to: String, _ changed: Rule) {
        mutants.append(Mutant(place: place, entry: .rule(changed), key: key, from: from, to: to))
    }
}
