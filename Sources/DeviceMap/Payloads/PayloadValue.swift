/// What stands at one path of a payload, as written and not yet as a reading.
package enum PayloadValue: Sendable, Equatable {
    /// The payload has nothing at the path.
    case missing
    case null
    case boolean(Bool)
    /// A number written without point and exponent that fits; `.unsigned` only above the range of `.signed`.
    case signed(Int64)
    case unsigned(UInt64)
    case decimal(Double)
    case text(PayloadText)
    case object
    case array

    /// What it is, in the words of a diagnostic.
    package var kind: String {
        switch self {
        case .missing: "nothing"
        case .null: "null"
        case .boolean: "true or false"
        case .signed, .unsigned, .decimal: "a number"
        case .text: "a string"
        case .object: "an object"
        case .array: "an array"
        }
    }
}

/// A string of a payload: a place in its bytes, already known to be well formed.
package struct PayloadText: Sendable, Equatable {
    /// Without the quotation marks.
    package var range: Range<Int>
    package var isEscaped: Bool

    /// The text as UTF-8, with escapes undone.
    /// - Parameter bytes: the payload that the text was found in.
    package func utf8(in bytes: [UInt8]) -> [UInt8] {
        guard isEscaped else { return Array(bytes[range]) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            guard bytes[offset] == UInt8(ascii: "\\") else {
                decoded.append(bytes[offset])
                offset += 1
                continue
            }
            let letter = bytes[offset + 1]
            offset += 2
            switch letter {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = Self.unit(in: bytes, at: offset)
                offset += 4
                if (0xD800...0xDBFF).contains(scalar) {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (Self.unit(in: bytes, at: offset + 2) - 0xDC00)
                    offset += 6
                }
                Unicode.Scalar(scalar).map { decoded.append(contentsOf: Array(String(Character($0)).utf8)) }
            default: decoded.append(letter)
            }
        }
        return decoded
    }

    package func string(in bytes: [UInt8]) -> String { String(decoding: utf8(in: bytes), as: UTF8.self) }

    private static func unit(in bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 4 | UInt32(HexDigit.value(of: $1) ?? 0) }
    }
}
