/// A decimal number without an exponent, `-12.5`, as the double nearest to it.
struct PlainDecimal {
    let value: Double
    /// Where it ends.
    let end: Int

    /// - Returns: nil for what is no such number, or has more than 19 digits.
    /// - Parameter bytes: at least 48 lie behind `start`.
    @inline(__always)
    init?(in bytes: RawSpan, at start: Int) {
        var place = start
        let isNegative = bytes.byte(place) == 0x2D
        if isNegative { place += 1 }
        var mantissa: UInt64 = 0
        let first = place
        while true {
            let digit = UInt64(bytes.byte(place)) &- 0x30
            guard digit <= 9 else { break }
            mantissa = mantissa &* 10 &+ digit
            place += 1
            guard place - first < 20 else { return nil }
        }
        var digits = place - first
        var decimals = 0
        if bytes.byte(place) == 0x2E {
            place += 1
            let second = place
            while true {
                let digit = UInt64(bytes.byte(place)) &- 0x30
                guard digit <= 9 else { break }
                mantissa = mantissa &* 10 &+ digit
                place += 1
                guard place - second < 20 else { return nil }
            }
            decimals = place - second
            digits += decimals
        }
        guard digits > 0, digits <= 19 else { return nil }
        let magnitude = Self.quotient(mantissa, decimals: decimals)
        value = isNegative ? -magnitude : magnitude
        end = place
    }

    /// `mantissa` / 10^`decimals`, rounded once.
    /// - Parameter decimals: at most 19.
    @inline(__always)
    static func quotient(_ mantissa: UInt64, decimals: Int) -> Double {
        // Digits and power of ten both exact as doubles: one rounding, the right one (Clinger 1990).
        if mantissa <= 1 << 53 { return Double(Int64(mantissa)) / powers[decimals] }
        return longQuotient(mantissa, decimals: decimals)
    }

    /// The same for digits that no double holds: by whole numbers of 128 bits.
    @inline(never)
    private static func longQuotient(_ mantissa: UInt64, decimals: Int) -> Double {
        let empty = mantissa.leadingZeroBitCount
        let divisor = UInt128(wholePowers[decimals])
        let (whole, rest) = (UInt128(mantissa) << UInt128(64 + empty)).quotientAndRemainder(dividingBy: divisor)
        // 64 bits of the quotient, and in the last of them whether anything was left: a conversion then rounds rightly.
        let shift = 64 - whole.leadingZeroBitCount
        let top = UInt64(truncatingIfNeeded: shift >= 0 ? whole >> UInt128(shift) : whole << UInt128(-shift))
        let lost = rest != 0 || (shift > 0 && whole & (1 << UInt128(shift) - 1) != 0)
        return Double(lost ? top | 1 : top) * Double(bitPattern: UInt64(1023 + shift - 64 - empty) << 52)
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    ]

    private static let wholePowers: [UInt64] = (0...19).map { place in (0..<place).reduce(1) { power, _ in power * 10 }
    }
}
