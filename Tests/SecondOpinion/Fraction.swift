/// A rational number without rounding. Every finite double is one.
struct Fraction: Comparable, Sendable {
    let numerator: Whole
    /// Above 0. Numerator and denominator share no factor of two; other common factors stay.
    let denominator: Whole

    init(_ numerator: Whole, over denominator: Whole) {
        precondition(!denominator.isZero, "a fraction over zero")
        let isTurned = denominator.isNegative
        let twos =
            numerator.isZero
            ? denominator.factorsOfTwo : min(numerator.factorsOfTwo, denominator.factorsOfTwo)
        self.numerator = (isTurned ? -numerator : numerator).shiftedRight(twos)
        self.denominator = (isTurned ? -denominator : denominator).shiftedRight(twos)
    }

    init(_ number: Whole) {
        numerator = number
        denominator = Whole(1)
    }

    init(_ number: some BinaryInteger) { self.init(Whole(number)) }

    /// Exactly the number that the double is.
    /// - Precondition: finite.
    init(_ number: Double) {
        let (digits, power) = Self.parts(of: number)
        self.init(
            digits.shiftedLeft(max(0, power)), over: Whole(1).shiftedLeft(max(0, -power)))
    }

    /// A double as a whole number times a power of two.
    static func parts(of number: Double) -> (digits: Whole, power: Int) {
        precondition(number.isFinite, "no fraction is infinite")
        guard number != 0 else { return (.zero, 0) }
        let digits = Int64(number.significand * 0x1p52)
        let twos = digits.trailingZeroBitCount
        return (Whole((number < 0 ? -digits : digits) >> Int64(twos)), Int(number.exponent) - 52 + twos)
    }

    static let zero = Fraction(0)

    static prefix func - (number: Fraction) -> Fraction { Fraction(-number.numerator, over: number.denominator) }

    static func + (left: Fraction, right: Fraction) -> Fraction {
        if left.denominator == right.denominator {
            return Fraction(left.numerator + right.numerator, over: left.denominator)
        }
        return Fraction(
            left.numerator * right.denominator + right.numerator * left.denominator,
            over: left.denominator * right.denominator)
    }

    static func - (left: Fraction, right: Fraction) -> Fraction { left + -right }

    static func * (left: Fraction, right: Fraction) -> Fraction {
        Fraction(left.numerator * right.numerator, over: left.denominator * right.denominator)
    }

    static func / (left: Fraction, right: Fraction) -> Fraction {
        Fraction(left.numerator * right.denominator, over: left.denominator * right.numerator)
    }

    static func < (left: Fraction, right: Fraction) -> Bool {
        left.numerator * right.denominator < right.numerator * left.denominator
    }

    static func == (left: Fraction, right: Fraction) -> Bool {
        left.numerator * right.denominator == right.numerator * left.denominator
    }

    var magnitude: Fraction { numerator.isNegative ? -self : self }

    /// The largest whole number that is not above it.
    /// - Precondition: its magnitude is far below 2 to the power of 100, or it is whole.
    var floor: Whole {
        var low = Whole(0)
        var step = Whole(1)
        let size = magnitude
        while Fraction(step) <= size { step = step.shiftedLeft(1) }
        while !step.isZero {
            if Fraction(low + step) <= size { low = low + step }
            step = step.factorsOfTwo == 0 ? .zero : step.shiftedRight(1)
        }
        if !numerator.isNegative { return low }
        return Fraction(low) == size ? -low : -(low + Whole(1))
    }

    /// A double within a few units of its last place.
    var nearby: Double {
        let (above, up) = numerator.leadingBits
        let (below, down) = denominator.leadingBits
        return above / below * Double(sign: .plus, exponent: up - down, significand: 1)
    }

    /// The double nearest to it; of two equally near, the even one.
    var nearest: Double {
        var found = nearby
        guard found.isFinite else { return found }
        while true {
            let exact = Fraction(found)
            if exact == self { return found }
            let other = exact < self ? found.nextUp : found.nextDown
            let (here, there) = ((self - exact).magnitude, (self - Fraction(other)).magnitude)
            if here < there || here == there && found.significandBitPattern.isMultiple(of: 2) { return found }
            found = other
            if here == there { return found }
        }
    }

    /// Whether a double is exactly this number.
    var isDouble: Bool { nearby.isFinite && Fraction(nearest) == self }
}
