import PlantModel

/// Units in a rule file that stands alone: a recording does not say in which unit its values are, so they are in the one
/// that the first rule of a point states, and the others are brought to it. A file without units means what it says.
enum PlainUnits {
    static func fit(_ entries: inout [ParsedEntry], findings: Findings) {
        var units: [String: EngineeringUnit] = [:]
        for place in entries.indices {
            let entry = entries[place]
            guard let symbol = entry.unit else { continue }
            if entry.isDerived {
                if let name = entry.name { units[name] = EngineeringUnit(symbol: symbol) }
                continue
            }
            guard let rule = entry.rule, rule.kind.hasMeasuredNumber else { continue }
            guard let own = pointUnit(of: rule, statedAs: symbol) else {
                findings.error(
                    at: entry.location(of: "unit"),
                    "unit \(symbol) is no rate; \(UnitWords.rates(of: EngineeringUnit(symbol: symbol))) would do")
                continue
            }
            let unit = units[rule.point] ?? own
            units[rule.point] = unit
            guard symbol != (rule.kind.isRate ? unit.perSecond : unit).symbol else { continue }
            var fit = RuleFit(
                rule: rule, entry: entry,
                point: Point(index: PointIndex(0), tag: rule.point, pointClass: .other, unit: unit),
                detail: PointDetail(index: PointIndex(0)))
            if UnitFit.convert(&fit, findings: findings) { entries[place].entry = .rule(fit.rule) }
        }
    }

    /// The unit that a rule takes its point to be in; nil when a rate states one without a time.
    private static func pointUnit(of rule: Rule, statedAs symbol: String) -> EngineeringUnit? {
        guard case .rateOfChange = rule.kind else { return EngineeringUnit(symbol: symbol) }
        guard let slash = symbol.lastIndex(of: "/"),
            ["s", "min", "h", "d"].contains(String(symbol[symbol.index(after: slash)...]))
        else { return nil }
        let base = String(symbol[..<slash])
        return EngineeringUnit(symbol: base == "1" ? "" : base)
    }
}
