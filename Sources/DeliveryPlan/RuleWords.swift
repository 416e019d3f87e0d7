import PlantModel

/// What records say of rules, without the rules: 32 bytes for each, and one phrase for all that say the same. A site has
/// tens of thousands of rules, made from a few dozen templates.
struct RuleWords: Sendable {
    /// What many rules have in common.
    struct Phrase: Sendable, Hashable {
        let kind: String
        let isStale: Bool
        let unit: UnitForm
        let limitWritten: String?
        let guidance: Guidance
    }

    /// In which unit the value of a rule is shown.
    enum UnitForm: Sendable, Hashable {
        case points, perSecond, seconds, none

        func symbol(at point: Point?) -> String {
            let symbol = point?.unit.symbol ?? ""
            switch self {
            case .points: return symbol
            case .perSecond: return "\(symbol)/s"
            case .seconds: return "s"
            case .none: return ""
            }
        }
    }

    /// One rule, looked up.
    struct Found {
        let id: String
        /// Its place among the site's points; nil where the site does not list the point.
        let point: Int32?
        let strayTag: String
        let limit: Double?
        let phrase: Phrase
    }

    private struct Row {
        let id: String
        /// NaN without one.
        let limit: Double
        /// Below 0: of the stray tags, counted from -1 down.
        let point: Int32
        let phrase: Int32
    }

    /// By rule number.
    private var rows: [Row] = []
    private var phrases: [Phrase] = []
    /// Tags that the site does not list: of points that only the rules make.
    private var strayTags: [String] = []

    /// - Parameter points: places of the site's points by tag.
    init(of rules: RuleSet, _ points: [String: Int32]) {
        var known: [Phrase: Int32] = [:]
        rows.reserveCapacity(rules.ruleCount)
        for case .rule(let rule) in rules.entries {
            let phrase = Phrase(
                kind: rule.kind.word, isStale: rule.kind == .stale, unit: UnitForm(rule.kind),
                limitWritten: rule.written.map { "\(NumberText.exact($0.value)) \($0.unit.shown)" },
                guidance: rule.guidance)
            let number = known[phrase] ?? Int32(phrases.count)
            if Int(number) == phrases.count {
                phrases.append(phrase)
                known[phrase] = number
            }
            if points[rule.point] == nil { strayTags.append(rule.point) }
            rows.append(
                Row(
                    id: rule.id, limit: rule.kind.shownLimit ?? .nan,
                    point: points[rule.point] ?? Int32(-strayTags.count), phrase: number))
        }
    }

    /// nil when there is no rule of this number.
    func rule(_ number: RuleIndex) -> Found? {
        guard number.offset < rows.count else { return nil }
        let row = rows[number.offset]
        return Found(
            id: row.id, point: row.point < 0 ? nil : row.point,
            strayTag: row.point < 0 ? strayTags[-1 - Int(row.point)] : "",
            limit: row.limit.isNaN ? nil : row.limit, phrase: phrases[Int(row.phrase)])
    }
}

extension RuleWords.UnitForm {
    /// A rate is shown per second of the point's unit; states, counts and votes are plain numbers.
    init(_ kind: RuleKind) {
        switch kind {
        case .threshold, .deviation, .timeWeightedAverage, .frozen: self = .points
        case .rateOfChange: self = .perSecond
        case .timeTo, .stale: self = .seconds
        case .state, .badQuality, .vote, .expect, .count, .ladder: self = .none
        }
    }
}
