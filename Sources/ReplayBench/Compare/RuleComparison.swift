package import PlantModel
package import PlantTime

/// One rule under the old and the new rules: what changed in it, and what that did to its alarms.
package struct RuleComparison: Sendable, Equatable {
    package var id: String
    /// nil: the old rules have no such rule.
    package var old: Rule?
    package var new: Rule?
    /// What differs between the two versions of the rule; empty when one is missing.
    package var changes: [RuleFacts.Difference]
    /// All its alarms, in the order of time.
    package var pairs: [OccurrencePair]

    package func count(_ verdict: OccurrencePair.Verdict) -> Int { pairs.count { $0.verdict == verdict } }

    /// The alarms that are not what they were.
    package var differences: [OccurrencePair] { pairs.filter { $0.verdict != .same } }
    package var differs: Bool { pairs.contains { $0.verdict != .same } }
    /// Not one alarm is another, and yet the rule is.
    package var isSilentChange: Bool { !differs && (old == nil || new == nil || !changes.isEmpty) }

    /// The rule as it is to be, or as it was.
    package var shown: Rule? { new ?? old }
    package var priority: Priority { shown?.priority ?? .low }
    package var oldAlarms: Int { pairs.count { $0.old != nil } }
    package var newAlarms: Int { pairs.count { $0.new != nil } }
}

/// Two sets of rules over one line: what changes for the person at the desk if the new ones go live.
package struct Comparison: Sendable {
    package var old: RunRecord
    package var new: RunRecord
    /// Every rule of either side: in the order of the new rules, those that are gone behind.
    package var rules: [RuleComparison]
    /// Where the line begins and ends; nil: it was empty.
    package var span: ClosedRange<PlantInstant>?
    package var pairing: OccurrencePairing

    /// Pairs the alarms of two runs over the same line, rule by rule of the same id.
    package init(old: RunRecord, new: RunRecord, pairing: OccurrencePairing = OccurrencePairing()) {
        self.old = old
        self.new = new
        self.pairing = pairing
        if let first = old.outcome.first, let last = old.outcome.last { span = first...max(first, last) }
        let line = span?.upperBound ?? PlantInstant(milliseconds: 0)
        var places: [String: Int] = [:]
        for (place, rule) in old.rules.enumerated() { places[rule.id] = place }
        var compared: [RuleComparison] = []
        for (place, rule) in new.rules.enumerated() {
            let before = places.removeValue(forKey: rule.id)
            let oldRule = before.map { old.rules[$0] }
            compared.append(
                RuleComparison(
                    id: rule.id, old: oldRule, new: rule,
                    changes: oldRule.map { RuleFacts($0).differences(to: RuleFacts(rule)) } ?? [],
                    pairs: pairing.pairs(
                        old: before.map { old.occurrences[$0] } ?? [], new: new.occurrences[place], through: line)))
        }
        for (place, rule) in old.rules.enumerated() where places[rule.id] != nil {
            compared.append(
                RuleComparison(
                    id: rule.id, old: rule, new: nil, changes: [],
                    pairs: pairing.pairs(old: old.occurrences[place], new: [], through: line)))
        }
        rules = compared
    }

    /// Whether any alarm is not what it was.
    package var differs: Bool { rules.contains(where: \.differs) }
    /// False when a run was stopped before the end of the line.
    package var isWhole: Bool { old.outcome.isWhole && new.outcome.isWhole }

    package func count(_ verdict: OccurrencePair.Verdict) -> Int { rules.reduce(0) { $0 + $1.count(verdict) } }

    /// The rules whose alarms differ: most urgent first, then those with most differences, then in order.
    package var changed: [RuleComparison] {
        rules.enumerated().filter { $0.element.differs }.sorted { left, right in
            let one = (right.element.priority.rawValue, right.element.differences.count, left.offset)
            let two = (left.element.priority.rawValue, left.element.differences.count, right.offset)
            return one < two
        }.map(\.element)
    }

    /// Rules that were changed, made or dropped without any alarm being another.
    package var silentChanges: [RuleComparison] { rules.filter(\.isSilentChange) }
}
