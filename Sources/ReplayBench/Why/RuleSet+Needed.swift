package import PlantModel

extension RuleSet {
    /// A rule with everything that it rests on: rules that it names, derived points that it reads, and theirs. In file order,
    /// so that they judge as they do among all the others.
    /// - Returns: nil when there is no such rule.
    package func needed(by id: String) -> RuleSet? {
        var rules: [String: Int] = [:]
        var makers: [String: Int] = [:]
        for (place, entry) in entries.enumerated() {
            switch entry {
            case .rule(let rule): rules[rule.id] = place
            case .derived(let derived): makers[derived.name] = place
            }
        }
        guard let first = rules[id] else { return nil }
        var wanted: Set<Int> = []
        var open = [first]
        while let place = open.popLast() {
            guard wanted.insert(place).inserted else { continue }
            switch entries[place] {
            case .rule(let rule):
                open += (rule.kind.namedRules.compactMap { rules[$0] })
                open += ([rule.point] + rule.kind.otherPoints).compactMap { makers[$0] }
            case .derived(let derived): open += derived.inputs.compactMap { makers[$0] }
            }
        }
        return RuleSet(entries: wanted.sorted().map { entries[$0] })
    }
}

extension RuleKind {
    /// The rules that a kind names.
    package var namedRules: [String] {
        switch self {
        case .vote(let members, _, _, _), .count(let members, _, _): members
        case .ladder(let levels): levels
        case .expect(let when, _, _): [when]
        case .frozen(_, _, let unless): unless.map { [$0] } ?? []
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .deviation, .timeTo, .timeWeightedAverage: []
        }
    }

    /// The points that a kind reads besides its own.
    package var otherPoints: [String] {
        if case .deviation(let other, _, _, _) = self { [other] } else { [] }
    }

    /// How far back a judgement of this kind looks.
    package var memory: Duration {
        switch self {
        case .rateOfChange(let rate): rate.estimator.memory
        case .timeTo(let target): target.estimator.memory
        case .frozen(let window, _, _), .count(_, _, let window), .timeWeightedAverage(_, _, let window, _): window
        case .expect(_, let within, _): within
        case .threshold, .state, .badQuality, .stale, .deviation, .vote, .ladder: .zero
        }
    }
}

extension RuleKind.Estimator {
    /// An EWMA has forgotten all but 1/150 of what lies five tau back.
    fileprivate var memory: Duration {
        switch self {
        case .leastSquares(let window), .theilSen(let window): window
        case .ewma(let tau): tau * 5
        }
    }
}
