import PlantModel

/// Levels beside each other on one point: H under HH, one rate under another, the rungs of a ladder.
extension RuleChecks {
    private struct Level {
        let word: String
        let limit: Double
        let deadband: Double
        /// Clears by falling: H, HH and rates.
        let looksUp: Bool
        let unit: String
        let entry: ParsedEntry
        let range: ClosedRange<Double>?

        /// Told elsewhere.
        var couldNeverClear: Bool {
            guard let range else { return false }
            return deadband >= (looksUp ? limit - range.lowerBound : range.upperBound - limit)
        }
    }

    /// A deadband wider than the gap to the next level would keep one level active in the zone of the next.
    func checkGaps(_ entries: [ParsedEntry]) {
        var levels: [String: [Level]] = [:]
        for entry in entries {
            guard let rule = entry.rule, let point = point(rule.point) else { continue }
            switch rule.kind {
            case .threshold(let threshold):
                levels[rule.point, default: []].append(
                    Level(
                        word: rule.kind.word, limit: threshold.limit, deadband: threshold.deadband,
                        looksUp: threshold.looksUp, unit: point.unit.symbol, entry: entry,
                        range: point.range))
            case .rateOfChange(let rate):
                // Rates over different windows are different things.
                levels["\(rule.point) \(rule.kind.word) \(rate.estimator)", default: []].append(
                    Level(
                        word: rule.kind.word, limit: rate.limit, deadband: rate.deadband, looksUp: true,
                        unit: point.unit.perSecond.symbol, entry: entry, range: nil))
            default: continue
            }
        }
        for group in levels.values { checkGaps(within: group.sorted { $0.limit < $1.limit }) }
    }

    private func checkGaps(within sorted: [Level]) {
        for (place, level) in sorted.enumerated() where level.deadband > 0 && !level.couldNeverClear {
            let next =
                level.looksUp
                ? sorted[..<place].last { $0.limit < level.limit }
                : sorted[(place + 1)...].first { $0.limit > level.limit }
            guard let next else { continue }
            let gap = abs(level.limit - next.limit)
            guard level.deadband > gap else { continue }
            let (low, high) = level.looksUp ? (next, level) : (level, next)
            findings.error(
                at: level.entry.location(of: "deadband"),
                "deadband \(rounded(level.deadband)) \(level.unit) is wider than the gap between "
                    + "\(low.word) \(rounded(low.limit)) \(level.unit) and \(high.word) "
                    + "\(rounded(high.limit)) \(level.unit); at most \(rounded(gap)) \(level.unit) would do")
        }
    }

    /// The mildest level stands first: of thresholds on one point that is a question of numbers.
    func checkLadders(_ entries: [ParsedEntry]) {
        var rules: [String: Rule] = [:]
        for entry in entries { if let rule = entry.rule { rules[rule.id] = rule } }
        for entry in entries {
            guard case .ladder(let levels)? = entry.rule?.kind else { continue }
            for (milder, worse) in zip(levels, levels.dropFirst()) {
                guard let first = rules[milder], let second = rules[worse], first.point == second.point,
                    let order = Self.isMilder(first.kind, than: second.kind), !order
                else { continue }
                findings.error(
                    at: entry.location(of: worse, in: "levels"),
                    "levels has \"\(worse)\" behind \"\(milder)\", and it is reached first; the mildest first would do")
            }
        }
    }

    /// nil where the two cannot be compared.
    private static func isMilder(_ kind: RuleKind, than other: RuleKind) -> Bool? {
        switch (kind, other) {
        case (.threshold(let one), .threshold(let two)) where one.looksUp == two.looksUp:
            one.looksUp ? one.limit < two.limit : one.limit > two.limit
        case (.rateOfChange(let one), .rateOfChange(let two)) where one.direction == two.direction:
            one.limit < two.limit
        default: nil
        }
    }
}
