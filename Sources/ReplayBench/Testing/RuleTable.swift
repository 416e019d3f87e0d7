package import PlantModel

/// The rules under test by number and name, and the points that each reads.
package struct RuleTable: Sendable {
    package let rules: [Rule]
    package let names: ReplayNames
    private let numbers: [String: Int]
    /// For each rule the points it judges, measured ones in place of those computed from them; for VOTE, COUNT and LADDER
    /// those of their members.
    private let reads: [[PointIndex]]
    private let derived: Set<String>
    /// Of each derived point how long each of its inputs may be silent.
    private let inputMaxAges: [String: Duration]
    /// Rules to which bad evidence is evidence, by kind or through a member.
    private let badnessJudges: Set<String>

    package init(_ set: RuleSet, names: ReplayNames) {
        rules = set.rules
        self.names = names
        numbers = Dictionary(
            rules.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let points = Dictionary(
            names.points.enumerated().map { ($0.element, PointIndex(offset: $0.offset)) },
            uniquingKeysWith: { first, _ in first })
        var measured: [String: [PointIndex]] = [:]
        func sources(of tag: String) -> [PointIndex] { measured[tag] ?? points[tag].map { [$0] } ?? [] }
        var reads: [[PointIndex]] = []
        var byName: [String: [PointIndex]] = [:]
        var maxAges: [String: Duration] = [:]
        var judges: Set<String> = []
        // References stand above their use, so one pass knows all that it needs (semantics.md B2).
        for entry in set.entries {
            switch entry {
            case .derived(let derived):
                measured[derived.name] = Self.unique(derived.inputs.flatMap(sources))
                maxAges[derived.name] = derived.maxAge
            case .rule(let rule):
                let own: [PointIndex] =
                    switch rule.kind {
                    case .vote(let of, _, _, _), .count(let of, _, _): of.flatMap { byName[$0] ?? [] }
                    case .ladder(let levels): levels.flatMap { byName[$0] ?? [] }
                    case .deviation(let other, _, _, _): sources(of: rule.point) + sources(of: other)
                    default: sources(of: rule.point)
                    }
                if rule.isNeverUnknown || rule.members.contains(where: judges.contains) { judges.insert(rule.id) }
                byName[rule.id] = Self.unique(own)
                reads.append(Self.unique(own))
            }
        }
        self.reads = reads
        derived = Set(measured.keys)
        inputMaxAges = maxAges
        badnessJudges = judges
    }

    private static func unique(_ points: [PointIndex]) -> [PointIndex] {
        var seen = Set<PointIndex>()
        return points.filter { seen.insert($0).inserted }
    }

    package func number(of name: String) -> RuleIndex? { numbers[name].map { RuleIndex(offset: $0) } }
    package func rule(_ number: RuleIndex) -> Rule { rules[number.offset] }
    /// Whether the event belongs to a rule at all: a refused command may name none.
    package func knows(_ number: RuleIndex) -> Bool { number.offset < rules.count }
    package func points(readBy rule: RuleIndex) -> [PointIndex] { reads[rule.offset] }
    func judgesBadness(_ rule: Rule) -> Bool { badnessJudges.contains(rule.id) }
    func isDerived(_ tag: String) -> Bool { derived.contains(tag) }
    func inputMaxAge(ofDerived tag: String) -> Duration? { inputMaxAges[tag] }
    package func tag(_ point: PointIndex) -> String { names.points[point.offset] }
}

extension Rule {
    /// VOTE, COUNT and LADDER judge these rules, not points.
    var members: [String] {
        switch kind {
        case .vote(let of, _, _, _), .count(let of, _, _): of
        case .ladder(let levels): levels
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .deviation, .expect, .timeTo,
            .timeWeightedAverage:
            []
        }
    }

    /// Kinds that are never unknown (semantics.md B7): bad evidence is evidence to them, so it never pauses them.
    var isNeverUnknown: Bool {
        switch kind {
        case .badQuality, .stale, .expect, .vote(_, _, .trip, _): true
        case .threshold, .rateOfChange, .state, .frozen, .deviation, .vote(_, _, .drop, _), .vote(_, _, .hold, _),
            .timeTo, .count,
            .timeWeightedAverage, .ladder:
            false
        }
    }
}
