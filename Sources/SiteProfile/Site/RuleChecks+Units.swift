import PlantModel

/// One rule laid over its point.
struct RuleFit {
    /// In the point's unit once it has been converted.
    var rule: Rule
    let entry: ParsedEntry
    let point: Point
    let detail: PointDetail
    /// From the unit that the rule states to the unit of its point, or of the point's rate.
    var conversion = UnitConversion.none

    init(rule: Rule, entry: ParsedEntry, point: Point, detail: PointDetail) {
        self.rule = rule
        self.entry = entry
        self.point = point
        self.detail = detail
    }

    var isRate: Bool { rule.kind.isRate }

    /// The unit in which its numbers stand after conversion.
    var unit: EngineeringUnit { isRate ? point.unit.perSecond : point.unit }

    /// The unit in which a person wrote them.
    var writtenUnit: EngineeringUnit { entry.unit.map { EngineeringUnit(symbol: $0) } ?? unit }

    /// `900 cm = 9 m`, or `9 m` where nothing was converted.
    var shownLimit: String {
        let limit = rule.kind.shownLimit ?? 0
        guard let given = rule.written else { return "\(written(limit)) \(unit.symbol)" }
        return "\(written(given.value)) \(given.unit.symbol) = \(rounded(limit)) \(unit.symbol)"
    }

    /// A difference in the point's unit, as its author would write it.
    func asWritten(_ difference: Double) -> String {
        conversion == .none ? "\(written(difference)) \(writtenUnit.symbol)" : computed(difference)
    }

    /// A computed difference, in the unit that its author writes.
    func computed(_ difference: Double) -> String {
        "\(rounded(conversion.inverseDifference(difference))) \(writtenUnit.symbol)"
    }

    /// The point's range with its unit: `0 to 20 m`.
    var shownRange: String? {
        point.range.map { "\(written($0.lowerBound)) to \(written($0.upperBound)) \(point.unit.symbol)" }
    }
}

// MARK: - Conversion

/// Lays the unit that a rule states over its point's.
enum UnitFit {
    /// Brings limit, deadband and clamp into the point's unit, or says why that cannot be.
    /// - Returns: whether its numbers are in the point's unit now.
    static func convert(_ fit: inout RuleFit, findings: Findings) -> Bool {
        guard let symbol = fit.entry.unit, symbol != fit.unit.symbol else { return true }
        func refuse(_ message: String) -> Bool {
            findings.error(at: fit.entry.location(of: "unit"), message)
            return false
        }
        guard fit.rule.kind.hasMeasuredNumber else {
            return refuse(
                "unit \(symbol) is not that of \"\(fit.point.tag)\"; \(UnitWords.alternative(fit.unit)) would do")
        }
        do {
            let basis = (fit.detail.conversion ?? ConversionBasis()).overlaid(by: fit.entry.conversion)
            fit.conversion = try conversion(from: fit.writtenUnit, to: fit.unit, of: fit.point, basis)
            fit.rule.convert(by: fit.conversion, from: fit.writtenUnit)
            return true
        } catch {
            return refuse(text(error, fit))
        }
    }

    private static func conversion(
        from given: EngineeringUnit, to unit: EngineeringUnit, of point: Point, _ basis: ConversionBasis
    ) throws(UnitConversion.Refused) -> UnitConversion {
        // A unit that is not in the table still has a rate per minute.
        if point.unit.definition == nil, given.symbol.hasPrefix("\(point.unit.symbol)/") {
            return try UnitConversion(
                from: EngineeringUnit(symbol: "1" + given.symbol.dropFirst(point.unit.symbol.count)),
                to: EngineeringUnit(symbol: "1/s"))
        }
        return try UnitConversion(from: given, to: unit, under: basis)
    }

    private static func text(_ refusal: UnitConversion.Refused, _ fit: RuleFit) -> String {
        let (given, tag, target) = (fit.writtenUnit, fit.point.tag, fit.unit)
        let would = fit.isRate ? UnitWords.rates(of: fit.point.unit) : UnitWords.alternatives(to: target)
        switch refusal {
        case .unknown(let unit) where unit == given: return "\(UnitWords.unknown(unit)); \(would) would do"
        case .unknown(let unit):
            return "unit \(given.symbol) cannot become \(unit.symbol), which is not known here; \(would) would do"
        case .differ where fit.isRate:
            return
                "unit \(given.symbol) is no rate of \"\(tag)\", which is in \(UnitWords.alternative(fit.point.unit)); "
                + "\(would) would do"
        case .differ:
            return "unit \(given.symbol) is not that of \"\(tag)\" and does not turn into it; \(would) would do"
        case .needs(let keys):
            let wanted = (keys + ["basis"]).map { "\($0): ..." }.joined(separator: ", ")
            return "unit \(given.symbol) turns into \(target.symbol) of \"\(tag)\" only by its "
                + "\(keys.joined(separator: " and ")); conversion: {\(wanted)} on the rule, the device's point or the "
                + "profile's would do"
        }
    }
}

extension UnitWords {
    static func alternative(_ unit: EngineeringUnit) -> String { unit.symbol.isEmpty ? "no unit" : unit.symbol }

    static func rates(of unit: EngineeringUnit) -> String {
        let symbol = unit.symbol.isEmpty ? "1" : unit.symbol
        return ["s", "min", "h", "d"].map { "\(symbol)/\($0)" }.joined(separator: " ")
    }
}

extension RuleKind {
    var isRate: Bool { if case .rateOfChange = self { true } else { false } }

    /// Whether it holds a number in its point's unit, which `unit:` can speak of.
    var hasMeasuredNumber: Bool {
        switch self {
        case .threshold, .rateOfChange, .deviation, .timeTo, .timeWeightedAverage, .frozen: true
        case .state, .badQuality, .stale, .vote, .expect, .count, .ladder: false
        }
    }
}

extension Rule {
    /// Everything in the point's unit; what was written is kept for people.
    mutating func convert(by conversion: UnitConversion, from unit: EngineeringUnit) {
        if let limit = kind.shownLimit { written = WrittenLimit(value: limit, unit: unit) }
        switch kind {
        case .threshold(var threshold):
            threshold.limit = conversion.value(threshold.limit)
            threshold.deadband = conversion.difference(threshold.deadband)
            threshold.clampAbove = threshold.clampAbove.map { conversion.value($0) }
            kind = .threshold(threshold)
        case .rateOfChange(var rate):
            rate.limit = conversion.difference(rate.limit)
            rate.deadband = conversion.difference(rate.deadband)
            kind = .rateOfChange(rate)
        case .deviation(let other, let limit, let deadband, let turn):
            kind = .deviation(
                other: other, limit: conversion.difference(limit), deadband: conversion.difference(deadband),
                turn: turn.map { conversion.difference($0) })
        case .timeTo(var target):
            target.limit = conversion.value(target.limit)
            kind = .timeTo(target)
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            kind = .timeWeightedAverage(
                limit: conversion.value(limit), deadband: conversion.difference(deadband), window: window,
                minGood: minGood)
        case .frozen(let window, let minSpan, let unless):
            kind = .frozen(window: window, minSpan: conversion.difference(minSpan), unless: unless)
        case .state, .badQuality, .stale, .vote, .expect, .count, .ladder: break
        }
    }
}
