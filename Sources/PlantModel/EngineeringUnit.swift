/// The unit that a value is shown and judged in, as written in profiles and rules: `mg/m3`, `ppm`, `degC`, `mA`. What it
/// measures, and how it turns into others, is told by ``definition``; a unit that is not in the table is a name that must
/// match.
package struct EngineeringUnit: Sendable, Hashable, Codable {
    /// As typed in files and sent to machines.
    package let symbol: String

    /// The unit of a plain number, a state or a count.
    package static let none = EngineeringUnit(symbol: "")

    package init(symbol: String) { self.symbol = symbol }

    /// As people read it: `mg/m³`, `°C`. Of a rate, `ppm/min`, the first part is read so.
    package var shown: String {
        switch symbol {
        case "mg/m3": return "mg/m³"
        case "g/m3": return "g/m³"
        case "ug/m3": return "µg/m³"
        case "kg/m3": return "kg/m³"
        case "m3": return "m³"
        case "degC": return "°C"
        case "degF": return "°F"
        case "deg": return "°"
        default:
            guard let slash = symbol.lastIndex(of: "/"), slash > symbol.startIndex else { return symbol }
            return EngineeringUnit(symbol: String(symbol[..<slash])).shown + symbol[slash...]
        }
    }

    /// The unit of this one's rate of change, as estimators compute it: `ppm/s`; `1/s` of a plain number.
    package var perSecond: EngineeringUnit { EngineeringUnit(symbol: symbol.isEmpty ? "1/s" : "\(symbol)/s") }

    /// What it measures and its size; nil for a unit that is not in the table.
    package var definition: UnitDefinition? { UnitTable.definition(of: symbol) }

    package init(from decoder: any Decoder) throws {
        symbol = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(symbol)
    }
}

/// What a unit measures: a quantity, or its rate of change, or the rate of that.
package struct UnitDimension: Sendable, Hashable {
    package enum Quantity: String, Sendable, CaseIterable {
        case number, share, humidity, volumeShare, massConcentration, explosiveShare, explosivePath, volumePath
        case length, mass, volume, time, temperature, pressure, angle, force, torque
        case current, voltage, power, apparentPower, reactivePower, energy, resistance, soundLevel
    }

    package var quantity: Quantity
    /// How often it is divided by time: 0 for mm, 1 for mm/h, 2 for mm/h/h.
    package var perTime: Int

    package init(_ quantity: Quantity, perTime: Int = 0) {
        self.quantity = quantity
        self.perTime = perTime
    }
}

/// A unit by the base unit of its quantity: base = value * scale + offset.
package struct UnitDefinition: Sendable, Hashable {
    package var dimension: UnitDimension
    package var scale: Ratio
    /// Not zero for degC and degF only.
    package var offset: Ratio

    package init(_ dimension: UnitDimension, scale: Ratio, offset: Ratio = .zero) {
        self.dimension = dimension
        self.scale = scale
        self.offset = offset
    }
}
