/// The unit that a value is shown and judged in, as written in profiles and rules: `mg/m3`, `ppm`, `degC`, `mA`.
/// Conversion between units comes with the unit checks of the rule linter; here a unit is a name that must match.
package struct EngineeringUnit: Sendable, Hashable, Codable {
    /// As typed in files and sent to machines.
    package let symbol: String

    /// The unit of a plain number, a state or a count.
    package static let none = EngineeringUnit(symbol: "")

    package init(symbol: String) { self.symbol = symbol }

    /// As people read it: `mg/m³`, `°C`.
    package var shown: String {
        switch symbol {
        case "mg/m3": "mg/m³"
        case "g/m3": "g/m³"
        case "ug/m3": "µg/m³"
        case "degC": "°C"
        case "deg": "°"
        default: symbol
        }
    }

    package init(from decoder: any Decoder) throws {
        symbol = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(symbol)
    }
}
