/// Numbers as recordings write them: `12`, `-3.5`, `1e15`.
enum DecimalText {
    /// The number that a text is, or NaN when it is none (an empty text, `nan`, `fault`), or infinite when it is too large.
    /// Spaces around it are no part of it.
    static func number(in bytes: Span<UInt8>, _ range: Range<Int>) -> Double {
        var place = range.lowerBound
        var end = range.upperBound
        while place < end, isSpace(bytes[place]) { place += 1 }
        while place < end, isSpace(bytes[end - 1]) { end -= 1 }
        let start = place
        var isNegative = false
        if place < end, bytes[place] == 0x2D || bytes[place] == 0x2B {
            isNegative = bytes[place] == 0x2D
            place += 1
        }
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var isExact = true
        var isFraction = false
        while place < end {
            let digit = UInt64(bytes[place]) &- 0x30
            if digit <= 9 {
                digits += 1
                if isFraction { exponent -= 1 }
                // 18 digits always fit; more are left to the careful way below.
                if mantissa < 100_000_000_000_000_000 { mantissa = mantissa * 10 + digit } else { isExact = false }
            } else if bytes[place] == 0x2E, !isFraction {
                isFraction = true
            } else {
                break
            }
            place += 1
        }
        guard digits > 0 else { return .nan }
        if place < end {
            guard bytes[place] | 0x20 == 0x65, let written = self.exponent(in: bytes, place + 1..<end) else {
                return .nan
            }
            exponent += written
        }
        // Both the digits and the power of ten are exact doubles: one rounding, the right one (Clinger 1990).
        if isExact, mantissa <= 1 << 53, abs(exponent) <= 22 {
            let magnitude =
                exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
            return isNegative ? -magnitude : magnitude
        }
        var text = ""
        for index in start..<end { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return Double(text) ?? .nan
    }

    /// The exponent that a text is, cut to a range that is infinite or zero anyway; nil when it is none.
    private static func exponent(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var place = range.lowerBound
        var isNegative = false
        if place < range.upperBound, bytes[place] == 0x2D || bytes[place] == 0x2B {
            isNegative = bytes[place] == 0x2D
            place += 1
        }
        guard place < range.upperBound else { return nil }
        var exponent = 0
        while place < range.upperBound {
            let digit = Int(bytes[place]) - 0x30
            guard (0...9).contains(digit) else { return nil }
            exponent = min(exponent * 10 + digit, 1_000_000)
            place += 1
        }
        return isNegative ? -exponent : exponent
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]

    /// The shortest text that reads back to the same double, without ornaments: `10`, `0.1`, `1e15`.
    static func shortest(_ number: Double) -> String {
        var text = "\(number)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        return text.replacing("e+", with: "e")
    }
}
