import PlantModel

/// What a rule file cannot know by itself: whether its rules fit the points of the site, and whether what must be watched
/// is watched (semantics.md D).
struct RuleChecks {
    let points: [Point]
    let details: [String: PointDetail]
    let brokenDevices: Set<String>
    let findings: Findings

    private func point(_ tag: String) -> Point? { details[tag].map { points[$0.index.offset] } }

    /// Lays the site's points under the rules: inherited ages and clamps; everything that does not fit is an error.
    func completed(_ entries: [ParsedEntry]) -> [RuleSet.Entry] {
        let tags = Set(details.keys)
        let completed = entries.compactMap { entry -> RuleSet.Entry? in
            for (key, name) in references(entry) where !tags.contains(name) && !isOfBrokenDevice(name) {
                let near = nearest(to: name, among: tags).map { "; \"\($0)\" is known" } ?? ""
                findings.error(
                    at: entry.location(of: name, in: key), "\(key) names \"\(name)\", and no point has that tag\(near)")
            }
            if let derived = entry.derived { return .derived(inherited(derived)) }
            guard var rule = entry.rule else { return nil }
            guard let point = point(rule.point) else { return .rule(rule) }
            inherit(&rule, from: point)
            checkAge(rule, entry, point)
            checkUnit(entry, point)
            checkLimits(rule, entry, point)
            checkPeople(rule, entry)
            return .rule(rule)
        }
        checkGaps(entries)
        // An entry with mistakes may be the very one that watches: its own mistake is told, and that will do.
        if entries.allSatisfy({ $0.entry != nil }) { checkWatch(entries) }
        return completed
    }

    /// VOTE, COUNT and LADDER read no point, but theirs is shown, and must exist.
    private func references(_ entry: ParsedEntry) -> [(key: String, name: String)] {
        guard let rule = entry.rule, entry.pointReferences.isEmpty else { return entry.pointReferences }
        return [("point", rule.point)]
    }

    private func isOfBrokenDevice(_ tag: String) -> Bool {
        tag.lastIndex(of: ".").map { brokenDevices.contains(String(tag[..<$0])) } ?? false
    }

    private func nearest(to tag: String, among tags: Set<String>) -> String? {
        // Looking at every tag for every mistake is for people's files, not for files that are wrong throughout.
        guard findings.errorCount < 200 else { return nil }
        return RuleKeys.nearest(to: tag, among: tags.filter { abs($0.utf8.count - tag.utf8.count) <= 2 }.sorted())
    }

    // MARK: Inheritance

    private func inherit(_ rule: inout Rule, from point: Point) {
        switch rule.kind {
        case .vote, .count, .ladder: return
        case .threshold(var threshold) where threshold.looksUp && threshold.clampAbove == nil:
            threshold.clampAbove = details[rule.point]?.clampAbove
            rule.kind = .threshold(threshold)
        default: break
        }
        rule.maxAge = rule.maxAge ?? point.staleAfter
    }

    private func inherited(_ derived: DerivedPoint) -> DerivedPoint {
        var derived = derived
        derived.maxAge = derived.maxAge ?? details[derived.name]?.staleAfter
        return derived
    }

    // MARK: One rule

    private func checkAge(_ rule: Rule, _ entry: ParsedEntry, _ point: Point) {
        guard point.pointClass.isSafety, !entry.pointReferences.isEmpty else { return }
        guard let maxAge = rule.maxAge else {
            findings.error(
                at: entry.location,
                "rule on \(point.pointClass.rawValue) point \"\(point.tag)\" needs \"max_age_s\": "
                    + "its silence must not hold the last value")
            return
        }
        guard rule.offDelay >= maxAge else { return }
        findings.error(
            at: entry.location(of: "off_delay_s"),
            "off_delay_s \(written(rule.offDelay)) is not below max_age_s \(written(maxAge)): silence could end the alarm; "
                + "less than \(written(maxAge)) would do")
    }

    private func checkUnit(_ entry: ParsedEntry, _ point: Point) {
        guard let unit = entry.unit, let rule = entry.rule else { return }
        let isRate = if case .rateOfChange = rule.kind { true } else { false }
        let wanted = isRate ? "\(point.unit.symbol)/s" : point.unit.symbol
        guard unit != wanted else { return }
        findings.error(
            at: entry.location(of: "unit"),
            "unit \(unit) is not that of \"\(point.tag)\"\(isRate ? " per second" : ""); \(wanted) would do")
    }

    private func checkLimits(_ rule: Rule, _ entry: ParsedEntry, _ point: Point) {
        guard let range = point.range else { return }
        let span = "\(written(range.lowerBound)) to \(written(range.upperBound)) \(point.unit.symbol)"
        func refuse(_ limit: Double) {
            findings.error(
                at: entry.location(of: "limit"),
                "limit \(written(limit)) \(point.unit.symbol) lies outside the range of \"\(point.tag)\", \(span): "
                    + "it could never be reached")
        }
        switch rule.kind {
        case .threshold(let threshold):
            let isClamped = threshold.clampAbove.map { range.contains($0) } ?? false
            if !range.contains(threshold.limit), !(isClamped && threshold.limit > range.upperBound) {
                refuse(threshold.limit)
            }
        case .timeTo(let target): if !range.contains(target.limit) { refuse(target.limit) }
        case .timeWeightedAverage(let limit, _, _, _): if !range.contains(limit) { refuse(limit) }
        case .rateOfChange, .state, .badQuality, .stale, .frozen, .deviation, .vote, .expect, .count, .ladder: return
        }
    }

    private func checkPeople(_ rule: Rule, _ entry: ParsedEntry) {
        if rule.priority == .critical, !rule.isSilent, rule.guidance.action.isEmpty {
            findings.error(
                at: entry.location(of: "priority"),
                "rule \"\(rule.id)\" is CRITICAL and needs guidance with an action: what must who do at once")
        }
        if !rule.id.hasPrefix("sys."), rule.id.contains("/") || rule.id.contains(" ") {
            findings.error(at: entry.location(of: "id"), "id \"\(rule.id)\" must have no space and no / in a site")
        }
        if rule.id.hasPrefix("sys.") {
            findings.error(
                at: entry.location(of: "id"),
                "id \"\(rule.id)\": rules of the station itself are shipped; system_rules can delay them")
        }
    }

    // MARK: Rules beside each other

    private struct Level {
        let word: String
        let threshold: RuleKind.Threshold
        let entry: ParsedEntry
    }

    /// A deadband wider than the gap to the next level would keep one level active in the zone of the next.
    private func checkGaps(_ entries: [ParsedEntry]) {
        var levels: [String: [Level]] = [:]
        for entry in entries {
            guard let rule = entry.rule, case .threshold(let threshold) = rule.kind else { continue }
            levels[rule.point, default: []].append(
                Level(word: rule.kind.word, threshold: threshold, entry: entry))
        }
        for (tag, group) in levels {
            let unit = point(tag)?.unit.symbol ?? ""
            let sorted = group.sorted { $0.threshold.limit < $1.threshold.limit }
            for (place, level) in sorted.enumerated() {
                let next =
                    level.threshold.looksUp
                    ? sorted[..<place].last { $0.threshold.limit < level.threshold.limit }
                    : sorted[(place + 1)...].first { $0.threshold.limit > level.threshold.limit }
                guard let next else { continue }
                let gap = abs(level.threshold.limit - next.threshold.limit)
                guard level.threshold.deadband > gap else { continue }
                let (low, high) = level.threshold.looksUp ? (next, level) : (level, next)
                findings.error(
                    at: level.entry.location(of: "deadband"),
                    "deadband \(written(level.threshold.deadband)) \(unit) is wider than the gap between "
                        + "\(low.word) \(written(low.threshold.limit)) \(unit) and \(high.word) "
                        + "\(written(high.threshold.limit)) \(unit); at most \(written(gap)) \(unit) would do")
            }
        }
    }

    /// Every point that people's lives may hang on must tell when it cannot be seen.
    private func checkWatch(_ entries: [ParsedEntry]) {
        var watched: [String: Set<String>] = ["STALE": [], "BAD_QUALITY": []]
        var critical: [String: ParsedEntry] = [:]
        for entry in entries {
            guard let rule = entry.rule, !rule.isSilent else { continue }
            switch rule.kind {
            case .stale, .badQuality:
                if rule.priority >= .high { watched[rule.kind.word]?.insert(group(rule.point)) }
            default:
                guard rule.priority == .critical else { continue }
                for (_, tag) in entry.pointReferences where critical[tag] == nil { critical[tag] = entry }
            }
        }
        for point in points where point.pointClass != .system && point.device != nil {
            let location = critical[point.tag]?.location(of: "point")
            guard point.pointClass.isSafety || location != nil else { continue }
            let missing = ["STALE", "BAD_QUALITY"].filter { watched[$0]?.contains(group(point.tag)) != true }
            guard !missing.isEmpty else { continue }
            let why = location == nil ? "of class \(point.pointClass.rawValue)" : "judged by a CRITICAL rule"
            findings.error(
                at: location ?? deviceLocation(point),
                "point \"\(point.tag)\" is \(why) and has no \(missing.joined(separator: " and no ")) rule of at least HIGH"
            )
        }
    }

    /// What is read in one request falls silent as one: a rule on one point of a snapshot watches all of them.
    private func group(_ tag: String) -> String { details[tag]?.group ?? tag }

    var deviceLocations: [String: SourceLocation] = [:]

    private func deviceLocation(_ point: Point) -> SourceLocation {
        point.device.flatMap { deviceLocations[$0] } ?? SourceLocation(file: "site.yaml", line: 1, column: 1)
    }
}
