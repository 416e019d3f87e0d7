/// A 384-bit signed integer: wide enough for every product of exact sums, so that a slope is rounded once, at its end.
struct WideInteger {
    /// Two's complement, lowest first.
    private(set) var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// A five-word two's complement number times `factor`.
    init(_ number: (UInt64, UInt64, UInt64, UInt64, UInt64), times factor: Int64) {
        let sign: UInt64 = number.4 >> 63 == 1 ? .max : 0
        words = (number.0, number.1, number.2, number.3, number.4, sign)
        multiply(by: factor.magnitude)
        if factor < 0 { negate() }
    }

    /// Multiplies by an unsigned number; the result must stay within 383 bits.
    mutating func multiply(by factor: UInt64) {
        var carry: UInt64 = 0
        words.0 = Self.multiply(words.0, factor, &carry)
        words.1 = Self.multiply(words.1, factor, &carry)
        words.2 = Self.multiply(words.2, factor, &carry)
        words.3 = Self.multiply(words.3, factor, &carry)
        words.4 = Self.multiply(words.4, factor, &carry)
        words.5 = Self.multiply(words.5, factor, &carry)
    }

    mutating func subtract(_ other: WideInteger) {
        var borrow: UInt64 = 0
        words.0 = Self.subtract(words.0, other.words.0, &borrow)
        words.1 = Self.subtract(words.1, other.words.1, &borrow)
        words.2 = Self.subtract(words.2, other.words.2, &borrow)
        words.3 = Self.subtract(words.3, other.words.3, &borrow)
        words.4 = Self.subtract(words.4, other.words.4, &borrow)
        words.5 = Self.subtract(words.5, other.words.5, &borrow)
    }

    private mutating func negate() {
        let number = self
        words = (0, 0, 0, 0, 0, 0)
        subtract(number)
    }

    /// This number, its point `fractionBits` from the right, divided by `divisor` > 0: the double nearest to the exact
    /// quotient (to within 2^-100 of a half step).
    func quotient(by divisor: UInt128, fractionBits: Int) -> Double {
        let isNegative = words.5 >> 63 == 1
        var magnitude = self
        if isNegative { magnitude.negate() }
        guard let above = Scaled(magnitude.words), let below = Scaled(divisor) else { return 0 }
        // One division in doubles, and a second for its remainder: 106 bits, then rounded to 53.
        let first = above.high / below.high
        let remainder = above.high.addingProduct(-first, below.high)
        let rest = remainder + (above.low - first * below.low) * 0x1p-53
        let quotient = first + rest / below.high
        let scaled = quotient * powerOfTwo(above.exponent - below.exponent - fractionBits)
        return isNegative ? -scaled : scaled
    }

    private static func multiply(_ a: UInt64, _ b: UInt64, _ carry: inout UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        let (sum, over) = low.addingReportingOverflow(carry)
        carry = high &+ (over ? 1 : 0)
        return sum
    }

    private static func subtract(_ a: UInt64, _ b: UInt64, _ borrow: inout UInt64) -> UInt64 {
        let (difference, under) = a.subtractingReportingOverflow(b)
        let (total, underAgain) = difference.subtractingReportingOverflow(borrow)
        borrow = under || underAgain ? 1 : 0
        return total
    }
}

/// The top 106 bits of a positive integer: (high + low * 2^-53) * 2^exponent with `high` of 53 bits.
private struct Scaled {
    let high: Double
    let low: Double
    let exponent: Int

    init?(_ words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)) {
        if words.5 != 0 {
            self.init(words.5, words.4, words.3, wordsBelow: 3)
        } else if words.4 != 0 {
            self.init(words.4, words.3, words.2, wordsBelow: 2)
        } else if words.3 != 0 {
            self.init(words.3, words.2, words.1, wordsBelow: 1)
        } else if words.2 != 0 {
            self.init(words.2, words.1, words.0, wordsBelow: 0)
        } else if words.1 != 0 {
            self.init(words.1, words.0, 0, wordsBelow: -1)
        } else if words.0 != 0 {
            self.init(words.0, 0, 0, wordsBelow: -2)
        } else {
            return nil
        }
    }

    init?(_ number: UInt128) {
        let top = UInt64(truncatingIfNeeded: number >> 64)
        let bottom = UInt64(truncatingIfNeeded: number)
        if top != 0 {
            self.init(top, bottom, 0, wordsBelow: -1)
        } else if bottom != 0 {
            self.init(bottom, 0, 0, wordsBelow: -2)
        } else {
            return nil
        }
    }

    /// - Parameter wordsBelow: how many words stand below the third; negative when words were made up with zeros.
    private init(_ first: UInt64, _ second: UInt64, _ third: UInt64, wordsBelow: Int) {
        let empty = UInt64(first.leadingZeroBitCount)
        let upper = empty == 0 ? first : first << empty | second >> (64 - empty)
        let lower = empty == 0 ? second : second << empty | third >> (64 - empty)
        high = Double(upper >> 11)
        low = Double((upper & 0x7FF) << 42 | lower >> 22)
        exponent = wordsBelow * 64 + 128 - Int(empty) + 11
    }
}

/// 2^exponent, for exponents of normal doubles.
private func powerOfTwo(_ exponent: Int) -> Double { Double(bitPattern: UInt64(1023 + exponent) << 52) }
