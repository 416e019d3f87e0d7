/// The units of the seven device classes. Every size is a fraction of whole numbers; units that stand to theirs in no
/// such fraction (rad to deg) are left out.
enum UnitTable {
    private typealias Row = (symbol: String, quantity: UnitDimension.Quantity, above: Int, below: Int)

    private static let rows: [Row] = [
        ("", .number, 1, 1), ("1", .number, 1, 1),
        ("%", .share, 1, 100), ("%RH", .humidity, 1, 100),
        ("ppb", .volumeShare, 1, 1_000_000_000), ("ppm", .volumeShare, 1, 1_000_000), ("%vol", .volumeShare, 1, 100),
        ("ug/m3", .massConcentration, 1, 1_000_000), ("mg/m3", .massConcentration, 1, 1000),
        ("g/m3", .massConcentration, 1, 1), ("kg/m3", .massConcentration, 1000, 1),
        ("%LEL", .explosiveShare, 1, 100), ("LEL", .explosiveShare, 1, 1),
        ("%LEL.m", .explosivePath, 1, 100), ("LEL.m", .explosivePath, 1, 1), ("ppm.m", .volumePath, 1, 1),
        ("um", .length, 1, 1_000_000), ("mm", .length, 1, 1000), ("cm", .length, 1, 100), ("m", .length, 1, 1),
        ("km", .length, 1000, 1),
        ("mg", .mass, 1, 1_000_000), ("g", .mass, 1, 1000), ("kg", .mass, 1, 1), ("t", .mass, 1000, 1),
        ("mL", .volume, 1, 1_000_000), ("L", .volume, 1, 1000), ("m3", .volume, 1, 1),
        ("ms", .time, 1, 1000), ("s", .time, 1, 1), ("min", .time, 60, 1), ("h", .time, 3600, 1),
        ("d", .time, 86_400, 1),
        ("K", .temperature, 1, 1),
        ("Pa", .pressure, 1, 1), ("hPa", .pressure, 100, 1), ("mbar", .pressure, 100, 1), ("kPa", .pressure, 1000, 1),
        ("bar", .pressure, 100_000, 1), ("MPa", .pressure, 1_000_000, 1), ("mmH2O", .pressure, 980_665, 100_000),
        ("arcsec", .angle, 1, 3600), ("arcmin", .angle, 1, 60), ("deg", .angle, 1, 1),
        ("N", .force, 1, 1), ("kN", .force, 1000, 1), ("N.m", .torque, 1, 1), ("kN.m", .torque, 1000, 1),
        ("t.m", .torque, 980_665, 100),
        ("uA", .current, 1, 1_000_000), ("mA", .current, 1, 1000), ("A", .current, 1, 1), ("kA", .current, 1000, 1),
        ("mV", .voltage, 1, 1000), ("V", .voltage, 1, 1), ("kV", .voltage, 1000, 1),
        ("W", .power, 1, 1), ("kW", .power, 1000, 1), ("MW", .power, 1_000_000, 1),
        ("VA", .apparentPower, 1, 1), ("kVA", .apparentPower, 1000, 1),
        ("var", .reactivePower, 1, 1), ("kvar", .reactivePower, 1000, 1),
        ("J", .energy, 1, 1), ("kJ", .energy, 1000, 1), ("Wh", .energy, 3600, 1), ("kWh", .energy, 3_600_000, 1),
        ("ohm", .resistance, 1, 1), ("kohm", .resistance, 1000, 1), ("Mohm", .resistance, 1_000_000, 1),
        ("dB", .soundLevel, 1, 1),
    ]

    /// With an offset, or a rate with a symbol of its own.
    private static let others: [(symbol: String, definition: UnitDefinition?)] = [
        ("degC", defined(.init(.temperature), 1, 1, offset: Ratio(27_315, over: 100))),
        ("degF", defined(.init(.temperature), 5, 9, offset: Ratio(45_967, over: 180))),
        ("Hz", defined(.init(.number, perTime: 1), 1, 1)), ("rpm", defined(.init(.number, perTime: 1), 1, 60)),
        ("m/s2", defined(.init(.length, perTime: 2), 1, 1)),
    ]

    private static let definitions: [String: UnitDefinition] = {
        let plain = rows.compactMap { row in
            defined(.init(row.quantity), row.above, row.below).map { (row.symbol, $0) }
        }
        let special = others.compactMap { row in row.definition.map { (row.symbol, $0) } }
        return Dictionary(plain + special) { first, _ in first }
    }()

    private static func defined(
        _ dimension: UnitDimension, _ above: Int, _ below: Int, offset: Ratio? = .zero
    ) -> UnitDefinition? {
        guard let scale = Ratio(Int128(above), over: Int128(below)), let offset else { return nil }
        return UnitDefinition(dimension, scale: scale, offset: offset)
    }

    /// A unit of the table, or one of them per s, min, h or d, at most twice.
    static func definition(of symbol: String) -> UnitDefinition? {
        if let known = definitions[symbol] { return known }
        guard let slash = symbol.lastIndex(of: "/"), slash > symbol.startIndex,
            let time = definitions[String(symbol[symbol.index(after: slash)...])], time.dimension == .init(.time),
            let base = definition(of: String(symbol[..<slash])), base.dimension.perTime < 2,
            let perTime = time.scale.inverse, let scale = base.scale.times(perTime)
        else { return nil }
        // A rate is a difference: 1 degC/min is 1 K/min.
        return UnitDefinition(
            UnitDimension(base.dimension.quantity, perTime: base.dimension.perTime + 1), scale: scale)
    }

    /// The symbols that measure a quantity, in the order of the table: for messages.
    static func symbols(of quantity: UnitDimension.Quantity) -> [String] {
        rows.filter { $0.quantity == quantity && !$0.symbol.isEmpty }.map(\.symbol)
            + others.filter { $0.definition?.dimension == .init(quantity) }.map(\.symbol)
    }
}

extension EngineeringUnit {
    /// Every unit that measures the same quantity, itself among them; for "... would do". Rates get this one's time.
    package var alternatives: [EngineeringUnit] {
        guard let definition else { return [self] }
        let plain = UnitTable.symbols(of: definition.dimension.quantity)
        guard definition.dimension.perTime > 0 else { return plain.map { EngineeringUnit(symbol: $0) } }
        guard let slash = symbol.lastIndex(of: "/") else { return [self] }
        return plain.map { EngineeringUnit(symbol: "\($0)\(symbol[slash...])") }
    }
}
