import DeliveryPlan
import PlantModel
import PlantTime

/// What a rule says, as a person reads it: when it is met, how long that must last, how urgent it is, who is told, and what
/// it rests on.
struct RuleText {
    let language: Language
    let description: SiteDescription
    let delivery: DeliveryDescription
    private let units: [String: EngineeringUnit]

    init(language: Language, description: SiteDescription, delivery: DeliveryDescription) {
        self.language = language
        self.description = description
        self.delivery = delivery
        units = Dictionary(description.points.map { ($0.tag, $0.unit) }) { first, _ in first }
    }

    // MARK: The condition

    /// `>= 25 ppm, deadband 5 ppm`.
    func condition(_ rule: Rule) -> String {
        let unit = units[rule.point] ?? .none
        let measured = { (value: Double, unit: EngineeringUnit) in self.measured(value, unit, of: rule) }
        let own = { measured($0, unit) }
        switch rule.kind {
        case .threshold(let threshold):
            return (threshold.looksUp ? "≥ " : "≤ ") + own(threshold.limit)
                + deadband(measured(threshold.deadband, unit), threshold.deadband)
                + overRange(threshold, own)
        case .rateOfChange(let rate):
            let phrase: ExplainPhrase =
                switch rate.direction {
                case .either: .changes
                case .rise: .rises
                case .fall: .falls
                }
            return say(phrase, ["limit": measured(rate.limit, unit.perSecond)])
                + deadband(measured(rate.deadband, unit.perSecond), rate.deadband) + ", " + estimator(rate.estimator)
        case .state(let test): return state(test)
        case .badQuality:
            guard let age = rule.maxAge else { return say(.isBad) }
            return say(.isBadOrSilent, ["span": ExactText.span(age)])
        case .stale: return say(.isSilent, ["span": rule.maxAge.map(ExactText.span) ?? "-"])
        case .frozen(let window, let span, let unless):
            return say(.isFrozen, ["span": own(span), "window": ExactText.span(window)])
                + (unless.map { say(.unless, ["rule": $0]) } ?? "")
        case .deviation(let other, let limit, let deadband, let turn):
            return say(.differs, ["other": other, "limit": own(limit)]) + self.deadband(own(deadband), deadband)
                + (turn.map { say(.circular, ["turn": own($0)]) } ?? "")
        case .expect(let when, let within, let test):
            return say(.notExpected, ["state": state(test), "within": ExactText.span(within), "rule": when])
        case .timeTo(let target):
            return say(
                target.direction == .up ? .reachesUp : .reachesDown,
                [
                    "limit": own(target.limit), "horizon": ExactText.span(target.horizon),
                    "clear": ExactText.span(target.clearHorizon),
                ]) + ", " + estimator(target.estimator)
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            return say(
                .averages,
                [
                    "limit": own(limit), "window": ExactText.span(window),
                    "good": ExactText.number((minGood * 100_000).rounded() / 1000),
                ]) + self.deadband(own(deadband), deadband)
        case .vote, .count, .ladder: return ofRules(rule.kind)
        }
    }

    private func ofRules(_ kind: RuleKind) -> String {
        switch kind {
        case .vote(let members, let needed, let onBad, let scores):
            let list = members.joined(separator: " ")
            if !scores.isEmpty {
                let points = scores.map(String.init).joined(separator: " ")
                return say(.scored, ["needed": "\(needed)", "members": list, "scores": points])
            }
            return say(
                .voted, ["needed": "\(needed)", "count": "\(members.count)", "members": list, "bad": onBad.rawValue])
        case .count(let members, let needed, let window):
            return say(
                .counted,
                ["needed": "\(needed)", "members": members.joined(separator: " "), "window": ExactText.span(window)])
        case .ladder(let levels): return say(.worstOf, ["levels": levels.joined(separator: " < ")])
        default: return ""
        }
    }

    /// Only where it says more than the limit.
    private func overRange(_ threshold: RuleKind.Threshold, _ own: (Double) -> String) -> String {
        guard let clamp = threshold.clampAbove, clamp < threshold.limit else { return "" }
        return say(.orOverRange, ["from": own(clamp)])
    }

    private func deadband(_ shown: String, _ width: Double) -> String {
        width > 0 ? say(.deadband, ["width": shown]) : ""
    }

    /// With every digit, unless the limit was written in another unit, which ``grounds(_:)`` says in full.
    private func measured(_ value: Double, _ unit: EngineeringUnit, of rule: Rule) -> String {
        guard rule.written != nil else { return ExactText.measured(value, unit) }
        return unit.shown.isEmpty ? ExactText.converted(value) : "\(ExactText.converted(value)) \(unit.shown)"
    }

    private func state(_ test: RuleKind.StateTest) -> String {
        switch test {
        case .states(let states): say(.isState, ["states": ExactText.numbers(states)])
        case .bit(let bit, let inverted): "\(say(.bit, ["bit": "\(bit)"])) = \(inverted ? 0 : 1)"
        }
    }

    private func estimator(_ estimator: RuleKind.Estimator) -> String {
        switch estimator {
        case .leastSquares(let window): say(.leastSquares, ["span": ExactText.span(window)])
        case .theilSen(let window): say(.theilSen, ["span": ExactText.span(window)])
        case .ewma(let tau): say(.ewma, ["span": ExactText.span(tau)])
        }
    }

    // MARK: Delays, urgency, people

    /// EXPECT has its time in its condition.
    func delays(_ rule: Rule) -> (on: String, off: String) {
        let isExpect = if case .expect = rule.kind { true } else { false }
        return (
            isExpect || rule.onDelay == .zero ? "" : ExactText.span(rule.onDelay),
            rule.offDelay == .zero ? "" : ExactText.span(rule.offDelay)
        )
    }

    /// `[2] HIGH`: the digit says what the site's colour says.
    func priority(_ rule: Rule) -> String {
        "[\(description.colours[rule.priority].rawValue)] \(rule.priority.word)"
    }

    /// - Parameter fed: the rules that it decides.
    func told(_ rule: Rule, feeding fed: [String]) -> String {
        if rule.isSilent {
            return fed.isEmpty ? say(.toldNobody) : say(.feeds, ["rules": fed.joined(separator: " ")])
        }
        let names = Dictionary(description.people.map { ($0.id, $0.name) }) { first, _ in first }
        let ways =
            delivery.webhooks.filter { rule.priority >= $0.minimumPriority }
            .map { "\($0.id) (\(names[$0.recipient] ?? $0.recipient))" } + delivery.platforms.map(\.id)
        return ways.isEmpty ? say(.consoleOnly) : ways.joined(separator: ", ")
    }

    // MARK: What it rests on

    /// Name, basis, approver and where it is written, in one line.
    func grounds(_ rule: Rule) -> String {
        var parts: [String] = []
        let name = rule.name.text(language)
        if !name.isEmpty { parts.append(name) }
        if let written = rule.written {
            parts.append(say(.asWritten, ["limit": ExactText.measured(written.value, written.unit)]))
        }
        if rule.latching { parts.append(say(.latches)) }
        if rule.point.hasPrefix("sys."), rule.approvedBy == "hazardd" {
            return (parts + [say(.shipped)]).joined(separator: "; ")
        }
        if let basis = rule.basis, !basis.isEmpty { parts.append(say(.basis, ["basis": basis])) }
        if !rule.flags.isEmpty { parts.append(rule.flags.map { "[\($0)]" }.joined()) }
        parts.append(rule.approvedBy.map { say(.approved, ["person": $0]) } ?? say(.notApproved))
        parts.append(origin(rule))
        return parts.joined(separator: "; ")
    }

    private func origin(_ rule: Rule) -> String {
        let place = "\(rule.location.file):\(rule.location.line)"
        guard let template = rule.location.template else { return place }
        return say(.fromTemplate, ["place": place, "template": template])
    }

    private func say(_ phrase: ExplainPhrase, _ values: KeyValuePairs<String, String> = [:]) -> String {
        phrase(language, values)
    }
}
