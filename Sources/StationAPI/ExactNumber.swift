/// A number of an answer: whole ones keep every digit that 64 bits have, where a double keeps 53 bits.
package enum ExactNumber: Codable, Sendable, Equatable {
    case signed(Int64)
    case unsigned(UInt64)
    case decimal(Double)

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let whole = try? value.decode(Int64.self) {
            self = .signed(whole)
        } else if let whole = try? value.decode(UInt64.self) {
            self = .unsigned(whole)
        } else {
            self = .decimal(try value.decode(Double.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .signed(let whole): try value.encode(whole)
        case .unsigned(let whole): try value.encode(whole)
        case .decimal(let number): try value.encode(number)
        }
    }

    /// The nearest double, as rules see it.
    package var number: Double {
        switch self {
        case .signed(let whole): Double(whole)
        case .unsigned(let whole): Double(whole)
        case .decimal(let number): number
        }
    }

    /// As JSON and CSV write it: 30, 41.3.
    package var digits: String {
        switch self {
        case .signed(let whole): "\(whole)"
        case .unsigned(let whole): "\(whole)"
        case .decimal(let number): "\(number)"
        }
    }

    /// All digits of a whole number of which a double may not have them all; nil of any other.
    package var longDigits: String? {
        let isLong =
            switch self {
            case .signed(let whole): whole.magnitude >= 1 << 53
            case .unsigned(let whole): whole >= 1 << 53
            case .decimal: false
            }
        return isLong ? digits : nil
    }
}
