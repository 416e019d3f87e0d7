/// Decimal numbers that are hard to read rightly, from a seed: shortest and longer texts of any double, whole numbers beside
/// the halves between two doubles, many digits, exponents at both ends of the range.
package struct RandomDecimals {
    private var dice: FuzzDice

    package init(seed: UInt64) { dice = FuzzDice(seed: seed) }

    package mutating func next() -> String {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0: return "\(finite())"
        // More digits than a double has.
        case 1: return "\(finite().magnitude.significand)\(digits(1...9))"
        case 2: return sign() + digits(1...25)
        case 3: return sign() + digits(1...10) + "." + digits(1...12)
        case 4: return sign() + digits(1...19) + "." + digits(0...22)
        // Above 2^53 every odd number lies halfway between two doubles, and one beside it does not.
        case 5:
            return
                "\((UInt64(1) << 53 + UInt64.random(in: 0..<1 << 53, using: &dice)) * 2 + .random(in: 0...2, using: &dice))"
        case 6:
            return sign() + digits(1...20) + "e" + ["", "-", "+"][Int.random(in: 0..<3, using: &dice)] + digits(1...3)
        // A measured value as devices write it.
        default:
            let counts = Double(Int.random(in: -99_999...999_999, using: &dice))
            return "\(counts / Double([1, 10, 100, 1000][Int.random(in: 0..<4, using: &dice)]))"
        }
    }

    private mutating func finite() -> Double {
        while true {
            let number = Double(bitPattern: dice.next())
            if number.isFinite { return number }
        }
    }

    private mutating func sign() -> String { ["", "", "", "-", "+"][Int.random(in: 0..<5, using: &dice)] }

    private mutating func digits(_ count: ClosedRange<Int>) -> String {
        var text = ""
        for _ in 0..<Int.random(in: count, using: &dice) { text += "\(Int.random(in: 0...9, using: &dice))" }
        return text
    }
}

/// SplitMix64: the same numbers from the same seed on every machine.
package struct FuzzDice: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
