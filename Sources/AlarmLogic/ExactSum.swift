/// A running sum of readings times whole numbers, kept exactly: what was added can be taken away again without a trace.
///
/// Plain running sums keep the rounding of an absurd reading for ever after it has left the window (semantics.md A8);
/// this one is a 320-bit fixed-point integer, so adding and taking away are exact and cost the same whatever the window
/// holds.
///
/// - Range: readings below 2^128 (all that a 32-bit float can carry) and multipliers below 2^38, at most 2^20 of them.
///   A larger reading counts as 2^128; digits below 2^-112 are cut, on the way in and on the way out alike.
package struct ExactSum: Sendable, BitwiseCopyable, Equatable {
    /// Two's complement, lowest first; the point stands ``fractionBits`` bits from the right.
    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0
    private var word4: UInt64 = 0

    static let fractionBits = 112

    package init() {}

    /// Five words, lowest first, moved up by less than 64 bits.
    init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64, shiftedBy bits: UInt64) {
        let down = 64 - bits
        word0 = a << bits
        word1 = b << bits | a >> down
        word2 = c << bits | b >> down
        word3 = d << bits | c >> down
        word4 = e << bits | d >> down
    }

    package var isZero: Bool { word0 | word1 | word2 | word3 | word4 == 0 }

    /// The five words, lowest first: for snapshots.
    package var words: [UInt64] { [word0, word1, word2, word3, word4] }

    /// - Parameter words: five, as ``words`` gave them.
    package init?(words: [UInt64]) {
        guard words.count == 5 else { return nil }
        (word0, word1, word2, word3, word4) = (words[0], words[1], words[2], words[3], words[4])
    }

    package mutating func add(_ reading: Double, times count: Int64 = 1) {
        accumulate(reading, count, subtracting: (reading < 0) != (count < 0))
    }

    package mutating func subtract(_ reading: Double, times count: Int64 = 1) {
        accumulate(reading, count, subtracting: (reading < 0) == (count < 0))
    }

    /// Takes another sum in.
    mutating func add(_ other: ExactSum) { addWords(other.word0, other.word1, other.word2, other.word3, other.word4) }

    /// Takes `other * count` away.
    package mutating func subtract(_ other: ExactSum, times count: Int64) {
        let product = WideInteger(other.words5, times: count).words
        subtractWords(product.0, product.1, product.2, product.3, product.4)
    }

    var words5: (UInt64, UInt64, UInt64, UInt64, UInt64) { (word0, word1, word2, word3, word4) }

    private mutating func accumulate(_ reading: Double, _ count: Int64, subtracting: Bool) {
        // reading = mantissa * 2^(exponent - 1075); moved so that the sum's last bit is 2^-112.
        let bits = reading.bitPattern
        let exponent = Int(bits >> 52 & 0x7FF)
        var mantissa = bits & 0xF_FFFF_FFFF_FFFF | 0x10_0000_0000_0000
        var shift = exponent - 1075 + Self.fractionBits
        if shift < 0 {
            mantissa = shift > -64 ? mantissa >> UInt64(-shift) : 0
            shift = 0
        } else if shift > 187 {
            mantissa = 0x1F_FFFF_FFFF_FFFF
            shift = 187
        }
        let product = mantissa.multipliedFullWidth(by: count.magnitude)
        let offset = UInt64(shift & 63)
        let low = product.low << offset
        let carriedLow = offset == 0 ? 0 : product.low >> (64 - offset)
        let middle = product.high << offset | carriedLow
        let high = offset == 0 ? 0 : product.high >> (64 - offset)
        switch (shift >> 6, subtracting) {
        case (0, false): addWords(low, middle, high, 0, 0)
        case (1, false): addWords(0, low, middle, high, 0)
        case (_, false): addWords(0, 0, low, middle, high)
        case (0, true): subtractWords(low, middle, high, 0, 0)
        case (1, true): subtractWords(0, low, middle, high, 0)
        case (_, true): subtractWords(0, 0, low, middle, high)
        }
    }

    @inline(__always)
    private mutating func addWords(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64) {
        var carry = false
        (word0, carry) = word0.addingReportingOverflow(a)
        (word1, carry) = Self.add(word1, b, carry)
        (word2, carry) = Self.add(word2, c, carry)
        (word3, carry) = Self.add(word3, d, carry)
        (word4, carry) = Self.add(word4, e, carry)
    }

    @inline(__always)
    private mutating func subtractWords(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64) {
        var borrow = false
        (word0, borrow) = word0.subtractingReportingOverflow(a)
        (word1, borrow) = Self.subtract(word1, b, borrow)
        (word2, borrow) = Self.subtract(word2, c, borrow)
        (word3, borrow) = Self.subtract(word3, d, borrow)
        (word4, borrow) = Self.subtract(word4, e, borrow)
    }

    @inline(__always)
    private static func add(_ a: UInt64, _ b: UInt64, _ carry: Bool) -> (UInt64, Bool) {
        let (sum, over) = a.addingReportingOverflow(b)
        let (total, overAgain) = sum.addingReportingOverflow(carry ? 1 : 0)
        return (total, over || overAgain)
    }

    @inline(__always)
    private static func subtract(_ a: UInt64, _ b: UInt64, _ borrow: Bool) -> (UInt64, Bool) {
        let (difference, under) = a.subtractingReportingOverflow(b)
        let (total, underAgain) = difference.subtractingReportingOverflow(borrow ? 1 : 0)
        return (total, under || underAgain)
    }
}

extension ExactSum {
    /// The sum divided by a whole number above zero, rounded once.
    package func divided(by divisor: Int64) -> Double {
        WideInteger(words5, times: 1).quotient(by: UInt128(divisor.magnitude), fractionBits: Self.fractionBits)
    }
}
