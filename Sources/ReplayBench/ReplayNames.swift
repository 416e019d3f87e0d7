package import MonitorCore
package import PlantModel

/// What a replay's core calls its points and rules, by number.
package struct ReplayNames: Sendable, Equatable {
    /// Tags by ``PointIndex``: the site's own, behind them the derived ones that it does not list.
    package var points: [String]
    /// Numbers of the points that the rules compute: nothing may be recorded under their names.
    package var derived: Set<UInt32>
    /// Ids by ``RuleIndex``.
    package var rules: [String]

    package init(points: [String], derived: Set<UInt32>, rules: [String]) {
        self.points = points
        self.derived = derived
        self.rules = rules
    }

    package init(of monitor: borrowing Monitor) {
        points = (0..<monitor.pointCount).map { monitor.tag(PointIndex(offset: $0)) }
        derived = []
        for offset in points.indices where monitor.isDerived(PointIndex(offset: offset)) {
            derived.insert(UInt32(offset))
        }
        rules = (0..<monitor.ruleCount).map { monitor.ruleID(RuleIndex(offset: $0)) }
    }
}

extension RuleSet {
    /// The tags that the entries name, in order of appearance, without the derived points that they make.
    package var pointsNamed: [String] {
        var seen = Set<String>()
        for case .derived(let derived) in entries { seen.insert(derived.name) }
        var tags: [String] = []
        func note(_ tag: String) { if seen.insert(tag).inserted { tags.append(tag) } }
        for entry in entries {
            switch entry {
            case .rule(let rule):
                note(rule.point)
                if case .deviation(let other, _, _, _) = rule.kind { note(other) }
            case .derived(let derived): derived.inputs.forEach(note)
            }
        }
        return tags
    }
}
