package import PlantModel
import PlantTime

/// What a rule says, key by key as a rule file writes it: for comparing two versions of a rule, and for telling which rule
/// it was that judged.
package struct RuleFacts: Sendable, Equatable {
    package struct Fact: Sendable, Equatable {
        /// The key of the rule file: `limit`, `on_delay_s`.
        package var key: String
        package var value: String
    }

    package var facts: [Fact]

    /// What judges and how it is told; names, guidance and basis change no alarm and are left out.
    package init(_ rule: Rule) {
        facts = []
        add("kind", rule.kind.word)
        add("point", rule.point)
        add("priority", rule.priority.word)
        addKind(rule.kind)
        if case .expect = rule.kind {} else { add("on_delay_s", rule.onDelay) }
        add("off_delay_s", rule.offDelay)
        if let maxAge = rule.maxAge { add("max_age_s", maxAge) }
        if rule.isSilent { add("silent", "true") }
        if rule.latching { add("latching", "true") }
    }

    /// What differs between two versions; nil on the side that has no such key.
    package struct Difference: Sendable, Equatable {
        package var key: String
        package var old: String?
        package var new: String?

        package init(key: String, old: String?, new: String?) {
            self.key = key
            self.old = old
            self.new = new
        }
    }

    package func differences(to newer: RuleFacts) -> [Difference] {
        var found: [Difference] = []
        for fact in facts {
            let other = newer.facts.first { $0.key == fact.key }
            if other?.value != fact.value {
                found.append(Difference(key: fact.key, old: fact.value, new: other?.value))
            }
        }
        for fact in newer.facts where !facts.contains(where: { $0.key == fact.key }) {
            found.append(Difference(key: fact.key, old: nil, new: fact.value))
        }
        return found
    }

    /// `kind H, limit 25, deadband 2, on_delay_s 5`: in one line, without what is usual.
    package var line: String {
        facts.filter { $0.key != "point" && $0.key != "priority" }.map { "\($0.key) \($0.value)" }
            .joined(separator: ", ")
    }

    private mutating func add(_ key: String, _ value: String) { facts.append(Fact(key: key, value: value)) }
    private mutating func add(_ key: String, _ number: Double) { add(key, DecimalText.shortest(number)) }

    /// A duration in seconds, left out when it is none.
    private mutating func add(_ key: String, _ duration: Duration) {
        if duration > .zero { add(key, DecimalText.shortest(duration.seconds)) }
    }

    private mutating func addLimit(_ limit: Double, deadband: Double) {
        add("limit", limit)
        if deadband > 0 { add("deadband", deadband) }
    }

    private mutating func addKind(_ kind: RuleKind) {
        switch kind {
        case .threshold(let threshold):
            addLimit(threshold.limit, deadband: threshold.deadband)
            if let clamp = threshold.clampAbove { add("clamp_above", clamp) }
        case .rateOfChange(let rate):
            addLimit(rate.limit, deadband: rate.deadband)
            addEstimator(rate.estimator)
        case .state(let test): addTest(test)
        case .badQuality, .stale: break
        case .frozen(let window, let minSpan, let unless):
            add("window_s", window)
            add("min_span", minSpan)
            if let unless { add("unless", unless) }
        case .deviation(let other, let limit, let deadband, let turn):
            add("other", other)
            addLimit(limit, deadband: deadband)
            if let turn { add("circular", turn) }
        case .vote(let members, let needed, let onBad, let scores):
            add("of", members.joined(separator: " "))
            add("m", "\(needed)")
            add("on_bad", onBad.rawValue)
            if !scores.isEmpty { add("scores", scores.map(String.init).joined(separator: " ")) }
        case .expect(let when, let within, let test):
            add("when", when)
            add("within_s", within)
            addTest(test)
        case .timeTo(let target):
            add("limit", target.limit)
            add("direction", target.direction.rawValue)
            add("horizon_s", target.horizon)
            add("clear_horizon_s", target.clearHorizon)
            addEstimator(target.estimator)
        case .count(let members, let needed, let window):
            add("of", members.joined(separator: " "))
            add("n", "\(needed)")
            add("window_s", window)
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            addLimit(limit, deadband: deadband)
            add("window_s", window)
            add("min_good", minGood)
        case .ladder(let levels): add("levels", levels.joined(separator: " "))
        }
    }

    private mutating func addTest(_ test: RuleKind.StateTest) {
        switch test {
        case .states(let states): add("states", states.map(DecimalText.shortest).joined(separator: " "))
        case .bit(let place, let inverted):
            add("bit", "\(place)")
            if inverted { add("invert", "true") }
        }
    }

    private mutating func addEstimator(_ estimator: RuleKind.Estimator) {
        switch estimator {
        case .leastSquares(let window): add("window_s", window)
        case .theilSen(let window):
            add("method", "theil_sen")
            add("window_s", window)
        case .ewma(let tau):
            add("method", "ewma")
            add("tau_s", tau)
        }
    }
}
