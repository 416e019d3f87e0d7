import PlantModel

/// What a test may speak of: the rules and the points that it is played on.
struct TestNames {
    private let rules: Set<String>
    private let ruleList: [String]
    private let points: Set<String>
    private let derived: Set<String>
    private let pointList: [String]

    /// - Parameter points: tags that the site has besides those that the rules name.
    init(rules set: RuleSet, points given: [String]) {
        ruleList = set.rules.map(\.id)
        rules = Set(ruleList)
        var measured = given
        var computed: Set<String> = []
        for entry in set.entries {
            switch entry {
            case .rule(let rule):
                measured.append(rule.point)
                if case .deviation(let other, _, _, _) = rule.kind { measured.append(other) }
            case .derived(let point):
                computed.insert(point.name)
                measured += point.inputs
            }
        }
        points = Set(measured)
        derived = computed
        pointList = points.subtracting(computed).sorted()
    }

    func hasRule(_ name: String) -> Bool { rules.contains(name) }

    /// Whether a first word is meant as a rule: it is one, or nearly, or looks like the name of one.
    func couldBeRule(_ word: String) -> Bool {
        word.contains { $0 == "." || $0 == "-" || $0 == "/" || $0.isNumber } || hasRule(word)
            || RuleKeys.nearest(to: word, among: ruleList) != nil
    }

    func checkRule(_ name: String, at place: SourceLocation) throws(SentenceRefusal) {
        guard !hasRule(name) else { return }
        throw SentenceRefusal(place, "no rule is called \"\(name)\"\(Self.advice(name, near: ruleList))")
    }

    /// Why no row may be given for this point; nil when one may.
    func objection(toRowOf tag: String) -> String? {
        if derived.contains(tag) { return "point \"\(tag)\" is derived by the rules; it is computed, not recorded" }
        if points.contains(tag) { return nil }
        return "no rule reads a point \"\(tag)\"\(Self.advice(tag, near: pointList))"
    }

    /// The names that a slip of the pen leads to, else where the names stand.
    private static func advice(_ name: String, near names: [String]) -> String {
        if let near = RuleKeys.nearest(to: name, among: names) { return "; \"\(near)\" is one" }
        let alike = names.filter { $0.hasPrefix(name.prefix { $0 != "." }) }.prefix(3)
        if !alike.isEmpty { return "; there are \(alike.map { "\"\($0)\"" }.joined(separator: ", "))" }
        return names.isEmpty ? "" : "; names here are such as \"\(names[0])\""
    }
}
