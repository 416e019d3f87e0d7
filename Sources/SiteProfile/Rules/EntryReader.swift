import PlantModel

/// Reads one entry of a rule file: a rule or a derived point.
enum EntryReader {
    static func read(_ setting: Setting, findings: Findings) -> ParsedEntry? {
        guard let table = TableReader(setting, what: "an entry", findings: findings) else { return nil }
        return table.has("derived")
            ? derived(table, setting: setting, findings: findings)
            : rule(table, setting: setting, findings: findings)
    }

    // MARK: Rules

    private static func rule(
        _ given: TableReader, setting: Setting, findings: Findings
    ) -> ParsedEntry {
        var table = given
        let mistakesBefore = findings.errorCount
        let id = table.require(table.name("id"), "id", for: "a rule")
        let point = table.require(table.name("point"), "point", for: "a rule")
        let priority = table.require(priority(&table), "priority", for: "a rule")
        let isSilent = table.flag("silent") ?? false
        let latching = table.flag("latching") ?? false
        let name = table.bilingual("name")
        let unit = table.text("unit")
        let basis = table.text("basis")
        let approvedBy = table.text("approved_by")
        let flags = SourceFlags.read(&table)
        let guidance = guidance(&table)

        var parsed = ParsedEntry(
            name: id, isDerived: false, isSilent: isSilent, entry: nil, unit: unit,
            conversion: ConversionReader.read(&table), setting: setting)
        guard let known = kind(&table) else { return parsed }
        let (word, keys) = known
        let onDelay = keys.contains("on_delay_s") ? table.seconds("on_delay_s", atLeast: .zero) : nil
        let offDelay = keys.contains("off_delay_s") ? table.seconds("off_delay_s", atLeast: .zero) : nil
        let maxAge = keys.contains("max_age_s") ? table.seconds("max_age_s", atLeast: .moreThanZero) : nil
        if ["STALE", "DEVIATION", "TWA"].contains(word) { _ = table.require(maxAge, "max_age_s", for: "kind \(word)") }
        let kind = RuleKindReader.read(word, &table)
        for (key, location) in table.untaken {
            findings.error(
                at: location,
                RuleKeys.objection(to: key, in: "kind \(word)", using: RuleKeys.everyRule + keys))
        }

        guard findings.errorCount == mistakesBefore, let id, let point, let priority, let kind else { return parsed }
        parsed.entry = .rule(
            Rule(
                id: id, point: point, kind: kind, onDelay: onDelay ?? .zero, offDelay: offDelay ?? .zero,
                maxAge: maxAge, priority: priority, isSilent: isSilent, latching: latching,
                name: name ?? BilingualText(), guidance: guidance, basis: basis, approvedBy: approvedBy, flags: flags,
                location: parsed.location))
        return parsed
    }

    private static func priority(_ table: inout TableReader) -> Priority? {
        guard let setting = table.setting("priority") else { return nil }
        if case .scalar(let text, _) = setting.shape, let priority = Priority(word: text) { return priority }
        table.refuse(setting, "priority must be one of CRITICAL HIGH MEDIUM LOW, found \(setting.described)")
        return nil
    }

    private static func kind(_ table: inout TableReader) -> (word: String, keys: [String])? {
        guard let setting = table.setting("kind") else {
            table.findings.error(at: table.place, "a rule needs \"kind\"")
            return nil
        }
        if case .scalar(let text, _) = setting.shape, let match = RuleKeys.kinds.first(where: { $0.word == text }) {
            return match
        }
        let words = RuleKeys.kinds.map(\.word).joined(separator: " ")
        table.refuse(setting, "kind must be one of \(words), found \(setting.described)")
        return nil
    }

    private static func guidance(_ table: inout TableReader) -> Guidance {
        guard var inner = table.table("guidance") else { return Guidance() }
        let guidance = Guidance(
            cause: inner.bilingual("cause") ?? BilingualText(),
            consequence: inner.bilingual("consequence") ?? BilingualText(),
            action: inner.bilingual("action") ?? BilingualText(),
            respondWithinSeconds: inner.integer("respond_within_s", in: 1...604_800))
        inner.finish(knows: "cause", "consequence", "action", "respond_within_s")
        return guidance
    }

    // MARK: Derived points

    private static func derived(
        _ given: TableReader, setting: Setting, findings: Findings
    ) -> ParsedEntry {
        var table = given
        let mistakesBefore = findings.errorCount
        let name = table.name("derived")
        let inputs = table.require(table.names("of"), "of", for: "a derived point")
        let maxAge = table.seconds("max_age_s", atLeast: .moreThanZero)
        let unit = table.text("unit")
        let shownName = table.bilingual("name")
        let range = table.range("range")

        var parsed = ParsedEntry(
            name: name, isDerived: true, isSilent: false, entry: nil, unit: unit, shownName: shownName, range: range,
            setting: setting)
        guard let (word, keys) = operationWord(&table) else { return parsed }
        let operation = operation(word, &table)
        for (key, location) in table.untaken {
            findings.error(
                at: location, RuleKeys.objection(to: key, in: "op \(word)", using: RuleKeys.everyDerived + keys))
        }
        if let inputs {
            let needed = word == "difference" ? 2 : 1
            let takesMany = ["sum", "product", "min", "max"].contains(word)
            if !takesMany, inputs.count != needed {
                table.error(
                    at: "of", "op \(word) takes \(needed) point\(needed == 1 ? "" : "s"), found \(inputs.count)")
            } else if inputs.isEmpty {
                table.error(at: "of", "op \(word) takes at least 1 point, found none")
            }
            if inputs.count > 1 { _ = table.require(maxAge, "max_age_s", for: "a derived point of several inputs") }
        }

        guard findings.errorCount == mistakesBefore, let name, let inputs, let operation else { return parsed }
        parsed.entry = .derived(
            DerivedPoint(name: name, operation: operation, inputs: inputs, maxAge: maxAge, location: parsed.location))
        return parsed
    }

    private static func operationWord(_ table: inout TableReader) -> (word: String, keys: [String])? {
        guard let setting = table.setting("op") else {
            table.findings.error(at: table.place, "a derived point needs \"op\"")
            return nil
        }
        if case .scalar(let text, _) = setting.shape, let match = RuleKeys.operations.first(where: { $0.word == text })
        {
            return match
        }
        let words = RuleKeys.operations.map(\.word).joined(separator: " ")
        table.refuse(setting, "op must be one of \(words), found \(setting.described)")
        return nil
    }

    private static func operation(_ word: String, _ table: inout TableReader) -> DerivedPoint.Operation? {
        switch word {
        case "sum": return .sum
        case "difference": return .difference
        case "linear": return .linear(scale: table.number("scale") ?? 1, offset: table.number("offset") ?? 0)
        case "table": return lookUp(&table)
        case "mean":
            let window = table.seconds("window_s", atLeast: .moreThanZero)
            return table.require(window, "window_s", for: "op mean").map { .mean(window: $0) }
        case "counter": return .counter(wrap: table.positive("wrap"))
        case "unwrap":
            return table.require(table.positive("period"), "period", for: "op unwrap").map { .unwrap(period: $0) }
        case "product": return .product
        case "inverse":
            return table.require(table.positive("floor"), "floor", for: "op inverse").map { .inverse(floor: $0) }
        case "min": return .minimum
        case "max": return .maximum
        case "slope":
            let window = table.seconds("window_s", atLeast: .moreThanZero)
            return table.require(window, "window_s", for: "op slope").map { .slope(window: $0) }
        default: return nil
        }
    }

    private static func lookUp(_ table: inout TableReader) -> DerivedPoint.Operation? {
        let x = table.require(table.numbers("x"), "x", for: "op table")
        let y = table.require(table.numbers("y"), "y", for: "op table")
        guard let x, let y else { return nil }
        guard x.count == y.count, !x.isEmpty else {
            table.error(at: "y", "x and y must have the same number of entries, found \(x.count) and \(y.count)")
            return nil
        }
        guard zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }) else {
            table.error(at: "x", "x must rise from entry to entry")
            return nil
        }
        return .table(x: x, y: y)
    }
}

extension TableReader {
    /// A number above 0.
    mutating func positive(_ key: String) -> Double? {
        guard let number = number(key) else { return nil }
        guard number > 0 else {
            error(at: key, "\(key) must be more than 0, found \(written(number))")
            return nil
        }
        return number
    }

    /// `[low, high]`, low below high.
    mutating func range(_ key: String) -> ClosedRange<Double>? {
        guard let numbers = numbers(key) else { return nil }
        guard numbers.count == 2, numbers[0] < numbers[1] else {
            error(at: key, "\(key) must be [low, high] with low below high")
            return nil
        }
        return numbers[0]...numbers[1]
    }
}
