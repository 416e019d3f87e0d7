import PlantModel

/// Reads the keys that belong to one kind of rule (semantics.md A2, B).
enum RuleKindReader {
    /// - Parameter word: one of ``RuleKeys/kinds``.
    static func read(_ word: String, _ table: inout TableReader) -> RuleKind? {
        switch word {
        case "H", "HH", "L", "LL": threshold(word, &table)
        case "ROC", "ROC_RISE", "ROC_FALL": rate(word, &table)
        case "STATE": stateTest(word, &table).map { .state($0) }
        case "BAD_QUALITY": .badQuality
        case "STALE": .stale
        case "FROZEN": frozen(&table)
        case "DEVIATION": deviation(&table)
        case "VOTE": vote(&table)
        case "EXPECT": expect(&table)
        case "TIME_TO": timeTo(&table)
        case "COUNT": count(&table)
        case "TWA": timeWeightedAverage(&table)
        case "LADDER": ladder(&table)
        default: nil
        }
    }

    // MARK: Limits

    private static func threshold(_ word: String, _ table: inout TableReader) -> RuleKind? {
        let limit = required("limit", word, &table)
        let deadband = deadband(&table)
        let clamp = word.hasPrefix("H") ? table.number("clamp_above") : nil
        guard let level = RuleKind.Threshold.Level(rawValue: word), let limit else { return nil }
        return .threshold(RuleKind.Threshold(level: level, limit: limit, deadband: deadband, clampAbove: clamp))
    }

    private static func rate(_ word: String, _ table: inout TableReader) -> RuleKind? {
        let limit = required("limit", word, &table)
        let deadband = deadband(&table)
        let estimator = estimator(word, &table)
        guard let direction = RuleKind.RateLimit.Direction(rawValue: word), let limit, let estimator else { return nil }
        if direction == .either, limit <= 0 {
            table.error(at: "limit", "limit of ROC must be more than 0, found \(written(limit))")
        } else if limit < 0 {
            let movement = direction == .rise ? "rise" : "fall"
            table.findings.warning(
                at: table.location(of: "limit"),
                "limit \(written(limit)) is below zero: it means \"does not \(movement) fast enough\"; "
                    + "a \(movement) has a positive limit")
        }
        return .rateOfChange(
            RuleKind.RateLimit(direction: direction, limit: limit, deadband: deadband, estimator: estimator))
    }

    private static func deviation(_ table: inout TableReader) -> RuleKind? {
        let other = table.require(table.name("other"), "other", for: "kind DEVIATION")
        let limit = required("limit", "DEVIATION", &table)
        let deadband = deadband(&table)
        let turn = table.number("circular")
        if let turn, turn <= 0 { table.error(at: "circular", "circular must be more than 0, found \(written(turn))") }
        if let other, other == table.text("point") {
            table.error(at: "other", "other must be another point than \"\(other)\"")
        }
        guard let other, let limit else { return nil }
        return .deviation(other: other, limit: limit, deadband: deadband, turn: turn)
    }

    private static func timeTo(_ table: inout TableReader) -> RuleKind? {
        let limit = required("limit", "TIME_TO", &table)
        let direction = table.word("direction") { (word: RuleKind.TimeToLimit.Direction) in word.rawValue } ?? .up
        let horizon = table.require(table.seconds("horizon_s", atLeast: .zero), "horizon_s", for: "kind TIME_TO")
        let clearHorizon = table.seconds("clear_horizon_s", atLeast: .zero)
        let estimator = estimator("TIME_TO", &table)
        if let horizon, let clearHorizon, clearHorizon < horizon {
            table.error(
                at: "clear_horizon_s",
                "clear_horizon_s must be at least horizon_s \(written(horizon)), found \(written(clearHorizon))")
        }
        guard let limit, let horizon, let estimator else { return nil }
        return .timeTo(
            RuleKind.TimeToLimit(
                limit: limit, direction: direction, horizon: horizon, clearHorizon: clearHorizon ?? horizon,
                estimator: estimator))
    }

    private static func timeWeightedAverage(_ table: inout TableReader) -> RuleKind? {
        let limit = required("limit", "TWA", &table)
        let deadband = deadband(&table)
        let window = window("TWA", &table)
        let minGood = table.number("min_good") ?? 0.75
        if !(0...1).contains(minGood) {
            table.error(at: "min_good", "min_good must lie in 0 to 1, found \(written(minGood))")
        }
        guard let limit, let window else { return nil }
        return .timeWeightedAverage(limit: limit, deadband: deadband, window: window, minGood: minGood)
    }

    private static func frozen(_ table: inout TableReader) -> RuleKind? {
        let window = window("FROZEN", &table)
        let minSpan = required("min_span", "FROZEN", &table)
        let unless = table.name("unless")
        if let minSpan, minSpan < 0 {
            table.error(at: "min_span", "min_span must not be negative, found \(written(minSpan))")
        }
        guard let window, let minSpan else { return nil }
        return .frozen(window: window, minSpan: minSpan, unless: unless)
    }

    // MARK: Rules about rules

    private static func vote(_ table: inout TableReader) -> RuleKind? {
        let of = members("of", "VOTE", &table)
        let needed = table.require(table.integer("m", in: 1...1_000_000), "m", for: "kind VOTE")
        let scores = scores(&table)
        let given = table.word("on_bad") { (word: RuleKind.VoteOnBad) in word.rawValue }
        let onBad = given ?? (scores.isEmpty ? .drop : .hold)
        guard let of, let needed else { return nil }
        if !scores.isEmpty, onBad == .drop {
            table.error(at: "on_bad", "on_bad must be hold or trip where levels have scores, found drop")
        }
        let most = of.count * (scores.last ?? 1)
        if !of.isEmpty, needed > most {
            let what = scores.isEmpty ? "the number of rules in \"of\"" : "the highest sum of \"scores\""
            table.error(at: "m", "m must lie in 1 to \(most), \(what); found \(needed)")
        }
        return .vote(of: of, needed: needed, onBad: onBad, scores: scores)
    }

    /// What a ladder counts at each of its levels; empty without.
    private static func scores(_ table: inout TableReader) -> [Int] {
        guard let numbers = table.numbers("scores") else { return [] }
        let scores = numbers.compactMap { Int(exactly: $0) }
        guard scores.count == numbers.count, !scores.isEmpty, scores.allSatisfy({ (1...1_000_000).contains($0) }),
            zip(scores, scores.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            table.error(at: "scores", "scores must be whole numbers from 1 to 1000000 that rise, one a level")
            return []
        }
        return scores
    }

    private static func count(_ table: inout TableReader) -> RuleKind? {
        let of = members("of", "COUNT", &table)
        let needed = table.require(table.integer("n", in: 1...1_000_000), "n", for: "kind COUNT")
        let window = window("COUNT", &table)
        guard let of, let needed, let window else { return nil }
        return .count(of: of, needed: needed, window: window)
    }

    private static func ladder(_ table: inout TableReader) -> RuleKind? {
        guard let levels = members("levels", "LADDER", &table) else { return nil }
        if levels.count > Int(UInt8.max) {
            table.error(at: "levels", "levels may name \(UInt8.max) rules at most, found \(levels.count)")
        }
        return .ladder(levels: levels)
    }

    private static func expect(_ table: inout TableReader) -> RuleKind? {
        let when = table.require(table.name("when"), "when", for: "kind EXPECT")
        let within = table.require(table.seconds("within_s", atLeast: .moreThanZero), "within_s", for: "kind EXPECT")
        let test = stateTest("EXPECT", &table)
        guard let when, let within, let test else { return nil }
        return .expect(when: when, within: within, test)
    }

    // MARK: Parts

    private static func stateTest(_ word: String, _ table: inout TableReader) -> RuleKind.StateTest? {
        let states = table.numbers("states")
        let bit = table.integer("bit", in: 0...52)
        let inverted = table.flag("invert")
        switch (table.has("states"), table.has("bit")) {
        case (true, true):
            table.error(at: "bit", "kind \(word) takes \"states\" or \"bit\", found both")
            return nil
        case (false, false):
            table.findings.error(at: table.place, "kind \(word) needs \"states\" or \"bit\"")
            return nil
        case (true, false):
            if inverted != nil { table.error(at: "invert", "invert goes with \"bit\"; leaving it out would do") }
            if let states, states.isEmpty { table.error(at: "states", "states must name at least one number") }
            return states.map { .states($0) }
        case (false, true):
            return bit.map { .bit($0, inverted: inverted ?? false) }
        }
    }

    private static func estimator(_ word: String, _ table: inout TableReader) -> RuleKind.Estimator? {
        enum Method: String, CaseIterable { case leastSquares = "least_squares", theilSen = "theil_sen", ewma }
        let method = table.word("method") { (word: Method) in word.rawValue }
        if table.has("method"), method == nil { return nil }
        if method == .ewma {
            if table.has("window_s") {
                table.error(at: "window_s", "method ewma does not use \"window_s\"; \"tau_s\" would do")
                _ = table.setting("window_s")
            }
            let tau = table.seconds("tau_s", atLeast: .moreThanZero)
            return table.require(tau, "tau_s", for: "method ewma").map { .ewma(tau: $0) }
        }
        if table.has("tau_s") {
            table.error(
                at: "tau_s",
                "method \((method ?? .leastSquares).rawValue) does not use \"tau_s\"; \"window_s\" would do")
            _ = table.setting("tau_s")
        }
        return window(word, &table).map { method == .theilSen ? .theilSen(window: $0) : .leastSquares(window: $0) }
    }

    private static func window(_ word: String, _ table: inout TableReader) -> Duration? {
        table.require(table.seconds("window_s", atLeast: .moreThanZero), "window_s", for: "kind \(word)")
    }

    private static func required(_ key: String, _ word: String, _ table: inout TableReader) -> Double? {
        table.require(table.number(key), key, for: "kind \(word)")
    }

    private static func deadband(_ table: inout TableReader) -> Double {
        guard let deadband = table.number("deadband") else { return 0 }
        if deadband < 0 { table.error(at: "deadband", "deadband must not be negative, found \(written(deadband))") }
        return deadband
    }

    private static func members(_ key: String, _ word: String, _ table: inout TableReader) -> [String]? {
        guard let names = table.require(table.names(key), key, for: "kind \(word)") else { return nil }
        if names.isEmpty { table.error(at: key, "\(key) must name at least one rule") }
        return names
    }
}
