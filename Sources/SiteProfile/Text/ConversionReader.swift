import PlantModel

/// Reads `conversion: {molar_mass: 17.031, temperature: 25, basis: ...}`: what must be declared before a limit in mg/m3
/// can stand on a point in ppm.
enum ConversionReader {
    static let keys = ["molar_mass", "temperature", "pressure", "lower_limit", "hundred_percent", "basis"]

    /// - Parameter key: in which mapping; nil there means nothing is declared.
    static func read(_ table: inout TableReader, _ key: String = "conversion") -> ConversionBasis? {
        guard var inner = table.table(key) else { return nil }
        let basis = ConversionBasis(
            molarMass: within(0.5...2000, "molar_mass", "g/mol", &inner),
            temperature: within(-100...200, "temperature", "degC", &inner),
            pressure: within(10...200, "pressure", "kPa", &inner),
            lowerLimit: within(0.01...100, "lower_limit", "%vol", &inner),
            hundredPercent: quantity("hundred_percent", &inner), basis: inner.text("basis"))
        _ = inner.require(basis.basis, "basis", for: key)
        inner.finish { _ in "the keys here are \(keys.joined(separator: " "))" }
        return basis
    }

    private static func within(
        _ range: ClosedRange<Double>, _ key: String, _ unit: String, _ table: inout TableReader
    ) -> Double? {
        guard let number = table.number(key) else { return nil }
        guard range.contains(number) else {
            table.error(
                at: key,
                "\(key) must lie in \(written(range.lowerBound)) to \(written(range.upperBound)) \(unit), "
                    + "found \(written(number))")
            return nil
        }
        return number
    }

    /// A number and a unit of the table in one text: `10 m`.
    static func quantity(_ key: String, _ table: inout TableReader) -> WrittenLimit? {
        guard let text = table.text(key) else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let value = TableReader.decimal(parts[0]), value.isFinite, value != 0 else {
            table.error(at: key, "\(key) must be a number and its unit, such as 10 m, found \(text)")
            return nil
        }
        let unit = EngineeringUnit(symbol: parts[1])
        guard unit.definition != nil else {
            table.error(at: key, "\(key): \(UnitWords.unknown(unit))")
            return nil
        }
        return WrittenLimit(value: value, unit: unit)
    }
}

extension ConversionBasis {
    /// This one, with what is declared nearer to the limit laid over it.
    func overlaid(by nearer: ConversionBasis?) -> ConversionBasis {
        guard let nearer else { return self }
        return ConversionBasis(
            molarMass: nearer.molarMass ?? molarMass, temperature: nearer.temperature ?? temperature,
            pressure: nearer.pressure == Self.usualPressure ? pressure : nearer.pressure,
            lowerLimit: nearer.lowerLimit ?? lowerLimit, hundredPercent: nearer.hundredPercent ?? hundredPercent,
            basis: nearer.basis ?? basis)
    }
}

/// What messages say of units.
enum UnitWords {
    static func unknown(_ unit: EngineeringUnit) -> String {
        let near = RuleKeys.nearest(to: unit.symbol, among: usual).map { "; \($0) is known" } ?? ""
        return "unit \(unit.symbol) is not known here\(near)"
    }

    /// `m mm cm km um`: what could stand instead, the point's own unit first.
    static func alternatives(to unit: EngineeringUnit) -> String {
        let others = unit.alternatives.filter { $0 != unit }.map(\.symbol)
        return ([unit.symbol.isEmpty ? "no unit" : unit.symbol] + others).joined(separator: " ")
    }

    private static let usual = [
        "%", "ppm", "ppb", "%vol", "%LEL", "mg/m3", "g/m3", "ug/m3", "m", "mm", "cm", "km", "degC", "K", "Pa", "kPa",
        "MPa",
        "bar", "deg", "m/s", "km/h", "mm/h", "mm/d", "A", "mA", "V", "kV", "W", "kW", "kg", "t", "L", "m3", "m3/h", "s",
        "min", "h", "d",
    ]
}
