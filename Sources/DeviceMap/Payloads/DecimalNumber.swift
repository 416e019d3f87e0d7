/// A decimal number while its digits are read: exact as long as it can be, then the nearest double.
struct DecimalNumber {
    var isNegative = false
    var exponentIsNegative = false
    /// The digits without the point, while they fit.
    private var significand: UInt64 = 0
    private var overflowed = false
    private var isWhole = true
    private var fractionDigits = 0
    private var exponent = 0

    mutating func appendWhole(_ digit: UInt8) {
        let (tenfold, high) = significand.multipliedReportingOverflow(by: 10)
        let (sum, carried) = tenfold.addingReportingOverflow(UInt64(digit))
        if high || carried { overflowed = true } else { significand = sum }
    }

    mutating func appendFraction(_ digit: UInt8) {
        isWhole = false
        appendWhole(digit)
        fractionDigits += 1
    }

    mutating func appendExponent(_ digit: UInt8) {
        isWhole = false
        // Beyond 9,999 only "far out of range" matters; a longer exponent must not overflow.
        exponent = min(exponent * 10 + Int(digit), 9_999)
    }

    /// The value: an exact integer where it is written as one and fits in 64 bits, else the nearest double.
    /// - Parameter written: the same number as text, read again when the quick way is not exact.
    /// - Returns: nil when it is beyond the largest double.
    func value(written: ArraySlice<UInt8>) -> PayloadValue? {
        if isWhole, !overflowed {
            if !isNegative { return Int64(exactly: significand).map(PayloadValue.signed) ?? .unsigned(significand) }
            if significand <= UInt64(Int64.max) { return .signed(-Int64(significand)) }
            if significand == UInt64(Int64.max) + 1 { return .signed(.min) }
        }
        let power = (exponentIsNegative ? -exponent : exponent) - fractionDigits
        // Clinger's quick way: both factors are exact doubles, so the one rounding of * or / is the right one.
        if !overflowed, significand <= 1 << 53, abs(power) < Self.exactPowers.count {
            let scale = Self.exactPowers[abs(power)]
            let magnitude = power < 0 ? Double(significand) / scale : Double(significand) * scale
            return .decimal(isNegative ? -magnitude : magnitude)
        }
        guard let nearest = Double(String(decoding: written, as: UTF8.self)), nearest.isFinite else { return nil }
        return .decimal(nearest)
    }

    /// 10^0 ... 10^22: the powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

extension UInt8 {
    /// `0` to `9`.
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}

enum HexDigit {
    /// The value of `0`-`9`, `a`-`f`, `A`-`F`; nil for any other byte.
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

enum UTF8Form {
    /// Bytes of the well-formed sequence of two to four bytes at an offset; 0 when it is not one (Unicode table 3-7:
    /// neither overlong, nor a surrogate, nor above U+10FFFF).
    static func length(in bytes: [UInt8], at offset: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[offset] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return 0 }
        for place in offset + 2..<offset + length where !(0x80...0xBF).contains(bytes[place]) { return 0 }
        return length
    }
}
