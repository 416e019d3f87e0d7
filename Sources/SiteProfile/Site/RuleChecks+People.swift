import PlantModel

/// What a person needs who answers the alarm, and who answers for its numbers.
extension RuleChecks {
    func checkPeople(_ fit: RuleFit) {
        checkID(fit.rule, fit.entry)
        checkBasis(fit.rule, fit.entry)
        guard fit.rule.priority == .critical, !fit.rule.isSilent else { return }
        let missing = Self.missing(in: fit.rule.guidance)
        guard !missing.isEmpty else { return }
        findings.error(
            at: fit.entry.location(of: "priority"),
            "rule \"\(fit.rule.id)\" is CRITICAL and its guidance has no \(missing.joined(separator: ", no ")); "
                + "cause, consequence, action, each {zh-CN: ..., en: ...}, and respond_within_s would do")
    }

    /// `action.en`: every text in both languages, and the time.
    private static func missing(in guidance: Guidance) -> [String] {
        let texts = [("cause", guidance.cause), ("consequence", guidance.consequence), ("action", guidance.action)]
        var missing = texts.flatMap { name, text -> [String] in
            if text.isEmpty { return [name] }
            return [("zh-CN", text.chinese), ("en", text.english)]
                .filter { ($0.1 ?? "").isEmpty }.map { "\(name).\($0.0)" }
        }
        if guidance.respondWithinSeconds == nil { missing.append("respond_within_s") }
        return missing
    }

    private func checkID(_ rule: Rule, _ entry: ParsedEntry) {
        if rule.id.hasPrefix("sys.") {
            findings.error(
                at: entry.location(of: "id"),
                "id \"\(rule.id)\": rules of the station itself are shipped; system_rules can delay them")
        } else if rule.id.contains("/") || rule.id.contains(" ") {
            findings.error(at: entry.location(of: "id"), "id \"\(rule.id)\" must have no space and no / in a site")
        }
    }

    /// A set-point is a decision: somebody made it, on some ground.
    private func checkBasis(_ rule: Rule, _ entry: ParsedEntry) {
        guard rule.kind.hasSetpoint else { return }
        let missing = [("basis", rule.basis), ("approved_by", rule.approvedBy)].filter { $0.1 == nil }.map(\.0)
        guard !missing.isEmpty else { return }
        let place = entry.location(of: "limit")
        let lacks = missing.joined(separator: " and no ")
        if rule.priority == .critical {
            findings.error(
                at: place,
                "limit of CRITICAL rule \"\(rule.id)\" has no \(lacks): what it rests on and who approved it must be said"
            )
        } else {
            findings.warning(
                at: place,
                "limit of \"\(rule.id)\" has no \(lacks); the clause or document, and a name with a date, would do")
        }
    }
}

extension RuleKind {
    /// Whether it has a number that somebody had to choose for the process.
    fileprivate var hasSetpoint: Bool {
        switch self {
        case .threshold, .rateOfChange, .deviation, .timeTo, .timeWeightedAverage: true
        case .state, .badQuality, .stale, .frozen, .vote, .expect, .count, .ladder: false
        }
    }
}
