package import PlantModel
import PlantTime

/// Writes the rules that are in force as one flat rule file: templates expanded, limits in their points' units, inherited
/// ages and clamps filled in. What it writes reads back as the same rules, and two of them can be compared line by line.
package enum RuleListWriter {
    /// - Parameter points: of the site, for the units.
    package static func text(of rules: RuleSet, points: [Point]) -> String {
        let units = Dictionary(points.map { ($0.tag, $0.unit) }) { first, _ in first }
        var text = ""
        for entry in rules.entries {
            if !text.isEmpty { text += "\n" }
            var lines =
                switch entry {
                case .rule(let rule): lines(of: rule, unit: units[rule.point])
                case .derived(let derived): lines(of: derived, unit: units[derived.name])
                }
            lines[0] = "- \(lines[0])"
            for place in lines.indices.dropFirst() { lines[place] = "  \(lines[place])" }
            text += lines.joined(separator: "\n") + "\n"
        }
        return text
    }

    // MARK: Rules

    private static func lines(of rule: Rule, unit: EngineeringUnit?) -> [String] {
        var lines = ["id: \(quoted(rule.id))", "point: \(quoted(rule.point))", "kind: \(rule.kind.word)"]
        if rule.kind.hasMeasuredNumber, let unit {
            let shown = rule.kind.isRate ? unit.perSecond : unit
            if !shown.symbol.isEmpty { lines.append("unit: \(quoted(shown.symbol))") }
        }
        let asWritten = rule.written.map { "  # \(written($0.value)) \($0.unit.symbol)" } ?? ""
        lines += kindLines(rule.kind, limitComment: asWritten)
        if rule.onDelay > .zero { lines.append("on_delay_s: \(seconds(rule.onDelay))") }
        if rule.offDelay > .zero { lines.append("off_delay_s: \(seconds(rule.offDelay))") }
        if let maxAge = rule.maxAge { lines.append("max_age_s: \(seconds(maxAge))") }
        lines.append("priority: \(rule.priority.word)")
        if rule.isSilent { lines.append("silent: true") }
        if rule.latching { lines.append("latching: true") }
        if !rule.name.isEmpty { lines.append("name: \(bilingual(rule.name))") }
        if let basis = rule.basis { lines.append("basis: \(quoted(basis))") }
        if !rule.flags.isEmpty { lines.append("flag: [\(rule.flags.joined(separator: ", "))]") }
        if let approvedBy = rule.approvedBy { lines.append("approved_by: \(quoted(approvedBy))") }
        return lines + guidanceLines(rule.guidance)
    }

    private static func kindLines(_ kind: RuleKind, limitComment: String) -> [String] {
        func limit(_ limit: Double, _ deadband: Double) -> [String] {
            ["limit: \(number(limit))\(limitComment)"] + (deadband > 0 ? ["deadband: \(number(deadband))"] : [])
        }
        switch kind {
        case .threshold(let threshold):
            return limit(threshold.limit, threshold.deadband)
                + (threshold.clampAbove.map { ["clamp_above: \(number($0))"] } ?? [])
        case .rateOfChange(let rate): return limit(rate.limit, rate.deadband) + lines(of: rate.estimator)
        case .state(let test): return lines(of: test)
        case .badQuality, .stale: return []
        case .frozen(let window, let minSpan, let unless):
            return ["window_s: \(seconds(window))", "min_span: \(number(minSpan))"]
                + (unless.map { ["unless: \(quoted($0))"] } ?? [])
        case .deviation(let other, let apart, let deadband, let turn):
            return ["other: \(quoted(other))"] + limit(apart, deadband)
                + (turn.map { ["circular: \(number($0))"] } ?? [])
        case .vote(let of, let needed, let onBad, let scores):
            return ["of: \(list(of))", "m: \(needed)", "on_bad: \(onBad.rawValue)"]
                + (scores.isEmpty ? [] : ["scores: [\(scores.map(String.init).joined(separator: ", "))]"])
        case .expect(let when, let within, let test):
            return ["when: \(quoted(when))", "within_s: \(seconds(within))"] + lines(of: test)
        case .timeTo(let target):
            return limit(target.limit, 0) + [
                "direction: \(target.direction.rawValue)", "horizon_s: \(seconds(target.horizon))",
                "clear_horizon_s: \(seconds(target.clearHorizon))",
            ] + lines(of: target.estimator)
        case .count(let of, let needed, let window):
            return ["of: \(list(of))", "n: \(needed)", "window_s: \(seconds(window))"]
        case .timeWeightedAverage(let mean, let deadband, let window, let minGood):
            return limit(mean, deadband) + ["window_s: \(seconds(window))", "min_good: \(number(minGood))"]
        case .ladder(let levels): return ["levels: \(list(levels))"]
        }
    }

    private static func lines(of estimator: RuleKind.Estimator) -> [String] {
        switch estimator {
        case .leastSquares(let window): ["window_s: \(seconds(window))"]
        case .theilSen(let window): ["method: theil_sen", "window_s: \(seconds(window))"]
        case .ewma(let tau): ["method: ewma", "tau_s: \(seconds(tau))"]
        }
    }

    private static func lines(of test: RuleKind.StateTest) -> [String] {
        switch test {
        case .states(let states): ["states: [\(states.map(number).joined(separator: ", "))]"]
        case .bit(let bit, let inverted): ["bit: \(bit)"] + (inverted ? ["invert: true"] : [])
        }
    }

    private static func guidanceLines(_ guidance: Guidance) -> [String] {
        var lines: [String] = []
        for (key, text) in [
            ("cause", guidance.cause), ("consequence", guidance.consequence), ("action", guidance.action),
        ] where !text.isEmpty {
            lines.append("  \(key): \(bilingual(text))")
        }
        if let seconds = guidance.respondWithinSeconds { lines.append("  respond_within_s: \(seconds)") }
        return lines.isEmpty ? [] : ["guidance:"] + lines
    }

    // MARK: Derived points

    private static func lines(of derived: DerivedPoint, unit: EngineeringUnit?) -> [String] {
        var lines = ["derived: \(quoted(derived.name))"]
        switch derived.operation {
        case .sum: lines.append("op: sum")
        case .difference: lines.append("op: difference")
        case .linear(let scale, let offset):
            lines += ["op: linear", "scale: \(number(scale))", "offset: \(number(offset))"]
        case .table(let x, let y):
            lines += [
                "op: table", "x: [\(x.map(number).joined(separator: ", "))]",
                "y: [\(y.map(number).joined(separator: ", "))]",
            ]
        case .mean(let window): lines += ["op: mean", "window_s: \(seconds(window))"]
        case .counter(let wrap): lines += ["op: counter"] + (wrap.map { ["wrap: \(number($0))"] } ?? [])
        case .unwrap(let period): lines += ["op: unwrap", "period: \(number(period))"]
        case .product: lines.append("op: product")
        case .inverse(let floor): lines += ["op: inverse", "floor: \(number(floor))"]
        case .minimum: lines.append("op: min")
        case .maximum: lines.append("op: max")
        case .slope(let window): lines += ["op: slope", "window_s: \(seconds(window))"]
        }
        lines.append("of: \(list(derived.inputs))")
        if let maxAge = derived.maxAge { lines.append("max_age_s: \(seconds(maxAge))") }
        if let unit, !unit.symbol.isEmpty { lines.append("unit: \(quoted(unit.symbol))") }
        return lines
    }

    // MARK: Words

    private static func seconds(_ span: Duration) -> String { written(span.seconds) }

    /// Shortest digits that read back to the same double.
    private static func number(_ number: Double) -> String { written(number) }

    private static func list(_ names: [String]) -> String { "[\(names.map(quoted).joined(separator: ", "))]" }

    private static func bilingual(_ text: BilingualText) -> String {
        let parts = [("zh-CN", text.chinese), ("en", text.english)].compactMap { language, words in
            words.map { "\(language): \(quoted($0))" }
        }
        return "{\(parts.joined(separator: ", "))}"
    }

    /// A YAML text in double quotes, safe for every character that a rule file may hold.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
