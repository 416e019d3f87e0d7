/// An exact fraction: what lies between two units is one (60 s a minute, 27315/100 K), and so is every number that a
/// person wrote. Arithmetic that leaves 128 bits answers nil; nothing is rounded on the way.
package struct Ratio: Sendable, Hashable {
    /// Without a common factor; the sign stands here.
    package let numerator: Int128
    /// At least 1.
    package let denominator: Int128

    package static let zero = Ratio(0)
    package static let one = Ratio(1)

    package init(_ whole: Int) {
        numerator = Int128(whole)
        denominator = 1
    }

    /// - Returns: nil for a denominator of 0.
    package init?(_ numerator: Int128, over denominator: Int128) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        let common = Self.commonFactor(numerator.magnitude, denominator.magnitude)
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / Int128(common)
        self.denominator = sign * denominator / Int128(common)
    }

    /// The decimal number that a person wrote: the shortest text that reads back to this double.
    /// - Returns: nil when it is not finite, or has digits too far from the point (beyond 1e30 or 1e-30).
    package init?(written number: Double) {
        guard number.isFinite else { return nil }
        let parts = number.magnitude.description.split(separator: "e")
        let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = digits.count > 1 && digits[1] != "0" ? digits[1] : ""
        guard let mantissa = Int128("\(digits[0])\(fraction)"),
            let exponent = parts.count > 1 ? Int(parts[1]) : 0
        else { return nil }
        let shift = exponent - fraction.utf8.count
        guard abs(shift) <= 30, let power = Self.powerOfTen(abs(shift)) else { return nil }
        let signed = number < 0 ? -mantissa : mantissa
        if shift >= 0 {
            let (product, overflows) = signed.multipliedReportingOverflow(by: power)
            guard !overflows else { return nil }
            self.init(product, over: 1)
        } else {
            self.init(signed, over: power)
        }
    }

    package func times(_ other: Ratio) -> Ratio? {
        // Crosswise first, so that what would cancel does not overflow.
        guard let left = Ratio(numerator, over: other.denominator),
            let right = Ratio(other.numerator, over: denominator)
        else { return nil }
        let (above, isTooLarge) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (below, isTooSmall) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return isTooLarge || isTooSmall ? nil : Ratio(above, over: below)
    }

    package func plus(_ other: Ratio) -> Ratio? {
        let (left, overflowsLeft) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, overflowsRight) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (below, overflowsBelow) = denominator.multipliedReportingOverflow(by: other.denominator)
        let (above, overflowsAbove) = left.addingReportingOverflow(right)
        return overflowsLeft || overflowsRight || overflowsBelow || overflowsAbove ? nil : Ratio(above, over: below)
    }

    package var negated: Ratio { Ratio(-numerator, over: denominator) ?? .zero }

    /// nil for zero.
    package var inverse: Ratio? { Ratio(denominator, over: numerator) }

    /// The nearest double, where numerator and denominator have at most 53 bits; else one next to it.
    package var double: Double { Double(numerator) / Double(denominator) }

    // MARK: Parts

    private static func powerOfTen(_ exponent: Int) -> Int128? {
        var power: Int128 = 1
        for _ in 0..<exponent {
            let (next, overflows) = power.multipliedReportingOverflow(by: 10)
            guard !overflows else { return nil }
            power = next
        }
        return power
    }

    private static func commonFactor(_ left: UInt128, _ right: UInt128) -> UInt128 {
        var (larger, smaller) = (left, right)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return larger == 0 ? 1 : larger
    }
}
