/// A reading as a whole number of steps of 2^-67, in two registers: what nearly every reading of a plant is.
///
/// - Range: zero, and magnitudes from 2^-15 up to 2^35 (3.1e-5 to 3.4e10), all their digits kept. Other readings have
///   none of it; they are summed by ``ExactSum``.
struct FixedReading: BitwiseCopyable {
    /// The reading is `mantissa` times 2^`shift` steps.
    let mantissa: Int64
    let shift: UInt8

    static let fractionBits = 67
    private static let shiftMax: UInt64 = 49

    @inline(__always)
    init?(_ reading: Double) {
        let bits = reading.bitPattern
        let shift = (bits >> 52 & 0x7FF) &- UInt64(1075 - Self.fractionBits)
        guard shift <= Self.shiftMax else {
            guard reading == 0 else { return nil }
            (mantissa, self.shift) = (0, 0)
            return
        }
        let magnitude = Int64(bitPattern: bits & 0xF_FFFF_FFFF_FFFF | 0x10_0000_0000_0000)
        let sign = Int64(bitPattern: bits) >> 63
        mantissa = (magnitude ^ sign) &- sign
        self.shift = UInt8(truncatingIfNeeded: shift)
    }

    /// In steps of 2^-67.
    var steps: Int128 { Int128(mantissa) &<< Int128(shift) }
}

/// A running sum of fixed readings times whole numbers: 192 bits, two's complement, exact.
///
/// What was added can be taken away without a trace, as with ``ExactSum``, at half the price. Products of a reading below
/// 2^35 and a time below 2^37 ms leave room for 2^20 of them, and for the factors of a slope.
struct FixedSum: Sendable, BitwiseCopyable, Equatable {
    private(set) var low: UInt128 = 0
    private(set) var high: Int64 = 0

    init() {}

    private init(low: UInt128, high: Int64) {
        self.low = low
        self.high = high
    }

    /// `number * factor`, for a factor not below zero.
    @inline(__always)
    init(_ number: Int128, times factor: Int64) {
        let first = UInt128(UInt64(truncatingIfNeeded: number)) &* UInt128(UInt64(bitPattern: factor))
        let second = (number >> 64) &* Int128(factor)
        self.init(low: first, high: 0)
        add(low: UInt128(truncatingIfNeeded: second) &<< 64, high: Int64(truncatingIfNeeded: second >> 64))
    }

    /// Takes `reading * count` in.
    @inline(__always)
    mutating func add(_ reading: FixedReading, times count: Int64) {
        let (low, high) = Self.product(reading, count)
        add(low: low, high: high)
    }

    /// Takes `reading * count` away.
    @inline(__always)
    mutating func subtract(_ reading: FixedReading, times count: Int64) {
        let (low, high) = Self.product(reading, count)
        subtract(low: low, high: high)
    }

    @inline(__always)
    mutating func subtract(_ other: FixedSum) { subtract(low: other.low, high: other.high) }

    @inline(__always)
    private static func product(_ reading: FixedReading, _ count: Int64) -> (low: UInt128, high: Int64) {
        let product = Int128(reading.mantissa) &* Int128(count)
        let shift = UInt128(reading.shift)
        // Two steps, for no shift is as wide as the register.
        let above = (product &>> Int128(127 &- reading.shift)) &>> 1
        return (UInt128(truncatingIfNeeded: product) &<< shift, Int64(truncatingIfNeeded: above))
    }

    @inline(__always)
    private mutating func add(low: UInt128, high: Int64) {
        let (sum, carry) = self.low.addingReportingOverflow(low)
        self.low = sum
        self.high = self.high &+ high &+ (carry ? 1 : 0)
    }

    @inline(__always)
    private mutating func subtract(low: UInt128, high: Int64) {
        let (difference, borrow) = self.low.subtractingReportingOverflow(low)
        self.low = difference
        self.high = self.high &- high &- (borrow ? 1 : 0)
    }

    /// The sum times `factor`; what does not fit in 192 bits is lost.
    @inline(__always)
    func multiplied(by factor: UInt64) -> FixedSum {
        let first = UInt128(UInt64(truncatingIfNeeded: low)) &* UInt128(factor)
        let second = (low >> 64) &* UInt128(factor) &+ first >> 64
        let third = UInt64(bitPattern: high) &* factor &+ UInt64(truncatingIfNeeded: second >> 64)
        return FixedSum(
            low: second &<< 64 | UInt128(UInt64(truncatingIfNeeded: first)), high: Int64(bitPattern: third))
    }

    /// Divided by a whole number above zero: the double nearest to the exact quotient (to within 2^-58 of a half step).
    func divided(by divisor: UInt64) -> Double {
        let isNegative = high < 0
        guard let above = magnitude.leading else { return 0 }
        let shift = divisor.leadingZeroBitCount
        let below = divisor << UInt64(shift)
        // One division of doubles gives 52 bits; what they leave of the sum, in whole numbers, gives the rest.
        let inverse = 1 / Double(Int64(below >> 1))
        let first = Int64(Double(Int64(truncatingIfNeeded: above.digits >> 65)) * inverse * 0x1p52)
        let rest = Int128(
            truncatingIfNeeded: above.digits &- (UInt128(UInt64(bitPattern: first)) &* UInt128(below)) &<< 12)
        let correction = Double(Int64(truncatingIfNeeded: rest >> 16)) * inverse * 0x1p3
        let exponent = above.exponent + shift + 12 - FixedReading.fractionBits
        let quotient = (Double(first) + correction) * Double(bitPattern: UInt64(1023 + exponent) << 52)
        return isNegative ? -quotient : quotient
    }

    /// The same for a divisor that fills more than one register, as that of a window of more than an hour at 1 Hz does.
    @inline(never)
    func divided(by divisor: UInt128) -> Double {
        let isNegative = high < 0
        guard let above = magnitude.leading else { return 0 }
        let shift = divisor.leadingZeroBitCount
        let below = divisor << UInt128(shift)
        let inverse = 1 / Double(Int64(truncatingIfNeeded: below >> 65))
        let first = Int64(Double(Int64(truncatingIfNeeded: above.digits >> 65)) * inverse * 0x1p52)
        // What the first 52 bits leave, in units of 2^64: the bits below weigh less than 2^-61 of a step.
        let factor = UInt128(UInt64(bitPattern: first))
        let taken = factor &* (below >> 64) &+ (factor &* UInt128(UInt64(truncatingIfNeeded: below))) >> 64
        let rest = Int128(truncatingIfNeeded: above.digits >> 12 &- taken)
        let correction = Double(Int64(truncatingIfNeeded: rest >> 4)) * inverse * 0x1p3
        let exponent = above.exponent + shift - 52 - FixedReading.fractionBits
        let quotient = (Double(first) + correction) * Double(bitPattern: UInt64(1023 + exponent) << 52)
        return isNegative ? -quotient : quotient
    }

    @inline(__always)
    private var magnitude: FixedSum {
        high < 0 ? FixedSum(low: ~low &+ 1, high: ~high &+ (low == 0 ? 1 : 0)) : self
    }

    /// The top 128 bits of a sum above zero: it is `digits` times 2^`exponent`, but for the bits below. nil for zero.
    @inline(__always)
    private var leading: (digits: UInt128, exponent: Int)? {
        if high != 0 {
            let empty = high.leadingZeroBitCount
            let top = UInt128(UInt64(bitPattern: high)) << 64 | low >> 64
            let next = UInt64(truncatingIfNeeded: low)
            return (empty == 0 ? top : top << UInt128(empty) | UInt128(next >> UInt64(64 - empty)), 64 - empty)
        }
        guard low != 0 else { return nil }
        let empty = low.leadingZeroBitCount
        return (low << UInt128(empty), -empty)
    }
}

extension ExactSum {
    /// The same sum with more room.
    init(_ sum: FixedSum) {
        let sign: UInt64 = sum.high < 0 ? .max : 0
        self.init(
            UInt64(truncatingIfNeeded: sum.low), UInt64(truncatingIfNeeded: sum.low >> 64),
            UInt64(bitPattern: sum.high), sign, sign, shiftedBy: UInt64(Self.fractionBits - FixedReading.fractionBits))
    }

    /// A number of steps of ``FixedReading``.
    init(steps: Int128) {
        let sign: UInt64 = steps < 0 ? .max : 0
        self.init(
            UInt64(truncatingIfNeeded: steps), UInt64(truncatingIfNeeded: steps >> 64), sign, sign, sign,
            shiftedBy: UInt64(Self.fractionBits - FixedReading.fractionBits))
    }
}
