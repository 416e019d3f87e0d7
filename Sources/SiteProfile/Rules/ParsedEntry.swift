import PlantModel

/// One entry of a rule file as it was read: the entry itself when it is free of mistakes, and what later checks need to
/// point at the line again.
struct ParsedEntry: Sendable {
    /// The rule's id or the derived point's name; nil when not even that could be read.
    var name: String?
    var isDerived: Bool
    var isSilent: Bool
    /// nil: it has mistakes, which have been told.
    var entry: RuleSet.Entry?
    /// The unit its numbers are in, when the entry says so.
    var unit: String?
    /// What the entry declares for the conversion of its numbers.
    var conversion: ConversionBasis?
    /// What a derived point is called, and the values it can show.
    var shownName: BilingualText?
    var range: ClosedRange<Double>?
    var setting: Setting

    var rule: Rule? { if case .rule(let rule)? = entry { rule } else { nil } }
    var derived: DerivedPoint? { if case .derived(let derived)? = entry { derived } else { nil } }

    var location: SourceLocation { setting.place }

    /// Where the value of a key stands; the entry itself when it has no such key.
    func location(of key: String) -> SourceLocation {
        setting.table?.first { $0.key == key }?.value.place ?? setting.place
    }

    /// Where a name stands in the value of a key: in the list, or as the value itself.
    func location(of name: String, in key: String) -> SourceLocation {
        guard let value = setting.table?.first(where: { $0.key == key })?.value else { return location }
        guard case .list(let items) = value.shape else { return value.place }
        return items.first { if case .scalar(name, _) = $0.shape { true } else { false } }?.place ?? value.place
    }

    /// The rules it names, each with the key that names it.
    var ruleReferences: [(key: String, name: String)] {
        guard let rule else { return [] }
        switch rule.kind {
        case .vote(let of, _, _, _), .count(let of, _, _): return of.map { ("of", $0) }
        case .ladder(let levels): return levels.map { ("levels", $0) }
        case .expect(let when, _, _): return [("when", when)]
        case .frozen(_, _, let unless): return unless.map { [("unless", $0)] } ?? []
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .deviation, .timeTo, .timeWeightedAverage:
            return []
        }
    }

    /// The points it reads, each with the key that names it. VOTE, COUNT and LADDER read none: theirs is only shown.
    var pointReferences: [(key: String, name: String)] {
        if let derived { return derived.inputs.map { ("of", $0) } }
        guard let rule else { return [] }
        switch rule.kind {
        case .vote, .count, .ladder: return []
        case .deviation(let other, _, _, _): return [("point", rule.point), ("other", other)]
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .expect, .timeTo, .timeWeightedAverage:
            return [("point", rule.point)]
        }
    }
}
