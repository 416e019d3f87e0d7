import PlantModel

/// What a rule file cannot know by itself: whether its rules fit the points of the site, and whether what must be watched
/// is watched (semantics.md D).
struct RuleChecks {
    let points: [Point]
    let details: [String: PointDetail]
    let brokenDevices: Set<String>
    let findings: Findings
    /// False when a rule file could not be read at all: what it would have held is not missing.
    var isWhole = true
    var deviceLocations: [String: SourceLocation] = [:]

    func point(_ tag: String) -> Point? { details[tag].map { points[$0.index.offset] } }

    /// Lays the site's points under the rules: converted limits, inherited ages and clamps; everything that does not fit
    /// is an error.
    func completed(_ entries: [ParsedEntry]) -> [RuleSet.Entry] {
        let tags = Set(details.keys)
        var fitted = entries
        for place in fitted.indices {
            let entry = fitted[place]
            checkReferences(entry, tags: tags)
            if let derived = entry.derived {
                checkInputs(of: derived, entry)
                fitted[place].entry = .derived(inherited(derived))
            } else if let rule = entry.rule, let point = point(rule.point), let detail = details[rule.point] {
                var fit = RuleFit(rule: rule, entry: entry, point: point, detail: detail)
                guard UnitFit.convert(&fit, findings: findings) else {
                    fitted[place].entry = nil
                    continue
                }
                inherit(&fit.rule, from: point)
                checkAge(fit)
                checkReach(fit)
                checkTiming(fit)
                checkPeople(fit)
                fitted[place].entry = .rule(fit.rule)
            }
        }
        checkGaps(fitted)
        checkLadders(fitted)
        // An entry with mistakes may be the very one that watches: its own mistake is told, and that will do.
        if isWhole, fitted.allSatisfy({ $0.entry != nil }) {
            checkWatch(fitted)
            checkRoles(fitted)
        }
        return fitted.compactMap(\.entry)
    }

    // MARK: References

    private func checkReferences(_ entry: ParsedEntry, tags: Set<String>) {
        guard isWhole else { return }
        for (key, name) in references(entry) where !tags.contains(name) && !isOfBrokenDevice(name) {
            let near = nearest(to: name, among: tags).map { "; \"\($0)\" is known" } ?? ""
            findings.error(
                at: entry.location(of: name, in: key), "\(key) names \"\(name)\", and no point has that tag\(near)")
        }
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

    // MARK: Being watched

    private static let watchKinds = ["STALE", "BAD_QUALITY"]

    /// Every point that people's lives may hang on must tell when it cannot be seen.
    private func checkWatch(_ entries: [ParsedEntry]) {
        var watched: [String: Set<String>] = [:]
        var critical: [String: SourceLocation] = [:]
        // What a rule judges, itself or through its members, which stand above it and may be silent.
        var judged: [String: Set<String>] = [:]
        for entry in entries {
            guard let rule = entry.rule else { continue }
            switch rule.kind {
            case .stale, .badQuality:
                if !rule.isSilent, rule.priority >= .high {
                    watched[rule.kind.word, default: []].insert(group(rule.point))
                }
            default:
                let members = Self.members(of: entry)
                let tags = members.reduce(into: Set(entry.pointReferences.map(\.name))) { tags, member in
                    tags.formUnion(judged[member] ?? [])
                }
                judged[rule.id] = tags
                guard rule.priority == .critical, !rule.isSilent else { continue }
                let location = entry.location(of: entry.ruleReferences.first?.key ?? "point")
                for tag in tags where critical[tag] == nil { critical[tag] = location }
            }
        }
        for point in points where point.pointClass != .system && point.device != nil {
            let location = critical[point.tag]
            guard point.pointClass.isSafety || location != nil else { continue }
            let missing = Self.watchKinds.filter { watched[$0]?.contains(group(point.tag)) != true }
            guard !missing.isEmpty else { continue }
            let why = location == nil ? "of class \(point.pointClass.rawValue)" : "judged by a CRITICAL rule"
            findings.error(
                at: location ?? deviceLocation(point),
                "point \"\(point.tag)\" is \(why) and has no \(missing.joined(separator: " and no ")) rule of at least HIGH"
            )
        }
        checkWatchBeneath(critical, entries, watched)
    }

    /// The rules without which a rule cannot be judged. What only holds a FROZEN back is none.
    private static func members(of entry: ParsedEntry) -> [String] {
        if case .frozen = entry.rule?.kind { return [] }
        return entry.ruleReferences.map(\.name)
    }

    /// A derived point falls silent with what it is made of: it tells, or all that it is made of does. Nobody would hear of
    /// the silence otherwise, so this is an error as it is of a measured point.
    ///
    /// STALE counts rows, and a derived point has them while one of its inputs does. That another of them is silent is told
    /// by BAD_QUALITY, which a stale input raises: so both are asked for, and each may stand at its own place.
    private func checkWatchBeneath(
        _ critical: [String: SourceLocation], _ entries: [ParsedEntry], _ watched: [String: Set<String>]
    ) {
        let derived = entries.compactMap(\.derived)
        let untold = Self.watchKinds.map { (kind: $0, points: unseen(among: derived, watched: watched[$0] ?? [])) }
        for point in derived {
            guard let location = critical[point.name] else { continue }
            let missing = untold.filter { $0.points[point.name] != nil }
            guard !missing.isEmpty else { continue }
            let beneath = sources(missing.map { $0.points[point.name] ?? [] })
            let shown = beneath.prefix(Self.shownSources).map { "\"\($0)\"" }.joined(separator: " and ")
            findings.error(
                at: location,
                "derived point \"\(point.name)\" is judged by a CRITICAL rule and has no "
                    + "\(missing.map(\.kind).joined(separator: " and no ")) rule of at least HIGH, nor has what it is made of; on "
                    + "\"\(point.name)\", or on \(shown)\(beneath.count > Self.shownSources ? " and others" : ""), would do"
            )
        }
    }

    /// The points that would fall silent untold, each with the measured ones that it is so by. The station publishes its own
    /// points, and what no device has is a mistake that has been told.
    private func unseen(among derived: [DerivedPoint], watched: Set<String>) -> [String: [String]] {
        var unseen: [String: [String]] = [:]
        for point in points where point.pointClass != .system && point.device != nil {
            if !watched.contains(group(point.tag)) { unseen[point.tag] = [point.tag] }
        }
        // What a derived point is made of stands above it.
        for point in derived where !watched.contains(point.name) {
            let beneath = sources(point.inputs.map { unseen[$0] ?? [] })
            if !beneath.isEmpty { unseen[point.name] = beneath }
        }
        return unseen
    }

    private static let shownSources = 4

    /// One point of each snapshot, as one rule watches all of it; not many more than are shown, as a sum of sums has them all.
    private func sources(_ lists: [[String]]) -> [String] {
        var groups: Set<String> = []
        return Array(lists.joined().filter { groups.insert(group($0)).inserted }.prefix(Self.shownSources + 1))
    }

    /// What is read in one request falls silent as one: a rule on one point of a snapshot watches all of them.
    private func group(_ tag: String) -> String { details[tag]?.group ?? tag }

    func deviceLocation(_ point: Point) -> SourceLocation {
        point.device.flatMap { deviceLocations[$0] } ?? SourceLocation(file: "site.yaml", line: 1, column: 1)
    }
}
