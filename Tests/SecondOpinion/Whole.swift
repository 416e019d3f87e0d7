/// A whole number of any size: sums and products are exact, and nothing else is wanted of it.
struct Whole: Comparable, Sendable {
    private enum Form: Equatable, Sendable {
        case small(Int128)
        /// The magnitude in words of 32 bits, least first, without leading zeros; too large for the small form.
        case large(isNegative: Bool, [UInt32])
    }

    private let form: Form

    init(_ number: some BinaryInteger) { form = .small(Int128(number)) }

    private init(isNegative: Bool, words: [UInt32]) {
        var words = words
        while words.last == 0 { words.removeLast() }
        if words.count < 4 || words.count == 4 && words[3] < 0x8000_0000 {
            let magnitude = words.reversed().reduce(Int128(0)) { $0 << 32 | Int128($1) }
            form = .small(isNegative ? -magnitude : magnitude)
        } else {
            form = .large(isNegative: isNegative, words)
        }
    }

    static let zero = Whole(0)

    var isNegative: Bool {
        switch form {
        case .small(let number): number < 0
        case .large(let isNegative, _): isNegative
        }
    }

    var isZero: Bool { form == .small(0) }
    var magnitude: Whole { isNegative ? -self : self }

    private var words: [UInt32] {
        switch form {
        case .small(let number):
            var rest = number.magnitude
            var words: [UInt32] = []
            while rest > 0 {
                words.append(UInt32(truncatingIfNeeded: rest))
                rest >>= 32
            }
            return words
        case .large(_, let words): return words
        }
    }

    // MARK: Sums and products

    static prefix func - (number: Whole) -> Whole {
        switch number.form {
        case .small(let value) where value > .min: Whole(-value)
        default: Whole(isNegative: !number.isNegative, words: number.words)
        }
    }

    static func + (left: Whole, right: Whole) -> Whole {
        if case .small(let one) = left.form, case .small(let other) = right.form {
            let (sum, overflow) = one.addingReportingOverflow(other)
            if !overflow { return Whole(sum) }
        }
        if left.isNegative == right.isNegative {
            return Whole(isNegative: left.isNegative, words: sum(left.words, right.words))
        }
        let isLeftLarger = compare(left.words, right.words) >= 0
        return isLeftLarger
            ? Whole(isNegative: left.isNegative, words: difference(left.words, right.words))
            : Whole(isNegative: right.isNegative, words: difference(right.words, left.words))
    }

    static func - (left: Whole, right: Whole) -> Whole { left + -right }

    static func * (left: Whole, right: Whole) -> Whole {
        if case .small(let one) = left.form, case .small(let other) = right.form {
            let (product, overflow) = one.multipliedReportingOverflow(by: other)
            if !overflow { return Whole(product) }
        }
        let (one, other) = (left.words, right.words)
        var words = [UInt32](repeating: 0, count: one.count + other.count)
        for i in one.indices {
            var carry: UInt64 = 0
            for j in other.indices {
                let part = UInt64(one[i]) * UInt64(other[j]) + UInt64(words[i + j]) + carry
                words[i + j] = UInt32(truncatingIfNeeded: part)
                carry = part >> 32
            }
            words[i + other.count] = UInt32(carry)
        }
        return Whole(isNegative: left.isNegative != right.isNegative, words: words)
    }

    static func < (left: Whole, right: Whole) -> Bool {
        if case .small(let one) = left.form, case .small(let other) = right.form { return one < other }
        if left.isNegative != right.isNegative { return left.isNegative }
        let order = compare(left.words, right.words)
        return left.isNegative ? order > 0 : order < 0
    }

    // MARK: Powers of two

    /// The number times 2 to the power of `bits`.
    func shiftedLeft(_ bits: Int) -> Whole {
        if case .small(let number) = form, number.magnitude.leadingZeroBitCount > bits + 1 {
            return Whole(number << Int128(bits))
        }
        let (whole, part) = (bits / 32, bits % 32)
        var words = [UInt32](repeating: 0, count: whole)
        var carry: UInt64 = 0
        for word in self.words {
            let moved = UInt64(word) << UInt64(part) | carry
            words.append(UInt32(truncatingIfNeeded: moved))
            carry = moved >> 32
        }
        words.append(UInt32(carry))
        return Whole(isNegative: isNegative, words: words)
    }

    /// The number divided by 2 to the power of `bits`, which must divide it.
    func shiftedRight(_ bits: Int) -> Whole {
        if case .small(let number) = form { return Whole(number >> Int128(bits)) }
        let (whole, part) = (bits / 32, bits % 32)
        let rest = Array(words.dropFirst(whole))
        let moved = rest.indices.map { index in
            let next = index + 1 < rest.count ? UInt64(rest[index + 1]) << 32 : 0
            return UInt32(truncatingIfNeeded: (next | UInt64(rest[index])) >> UInt64(part))
        }
        return Whole(isNegative: isNegative, words: moved)
    }

    /// How often 2 divides it; 0 for zero.
    var factorsOfTwo: Int {
        switch form {
        case .small(let number): return number == 0 ? 0 : number.trailingZeroBitCount
        case .large(_, let words):
            let whole = words.prefix { $0 == 0 }.count
            return whole * 32 + words[whole].trailingZeroBitCount
        }
    }

    /// Its first 64 bits as a double near it, and the power of two that they are to be multiplied with.
    var leadingBits: (Double, power: Int) {
        let words = self.words
        let first = words.suffix(3).reversed().reduce(0.0) { $0 * 0x1p32 + Double($1) }
        return (isNegative ? -first : first, power: max(0, words.count - 3) * 32)
    }

    // MARK: Magnitudes

    private static func compare(_ left: [UInt32], _ right: [UInt32]) -> Int {
        if left.count != right.count { return left.count < right.count ? -1 : 1 }
        for index in left.indices.reversed() where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return 0
    }

    private static func sum(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var words: [UInt32] = []
        var carry: UInt64 = 0
        for index in 0..<max(left.count, right.count) {
            let part =
                carry + (index < left.count ? UInt64(left[index]) : 0)
                + (index < right.count ? UInt64(right[index]) : 0)
            words.append(UInt32(truncatingIfNeeded: part))
            carry = part >> 32
        }
        words.append(UInt32(carry))
        return words
    }

    /// - Precondition: `left` is not smaller.
    private static func difference(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var words: [UInt32] = []
        var borrow: Int64 = 0
        for index in left.indices {
            var part = Int64(left[index]) - (index < right.count ? Int64(right[index]) : 0) - borrow
            borrow = part < 0 ? 1 : 0
            if part < 0 { part += 1 << 32 }
            words.append(UInt32(part))
        }
        return words
    }
}
