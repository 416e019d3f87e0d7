/// Numbers as people read them: three significant digits, and more until the print lies on the value's true side of its
/// limit, so that 39.96 never reads 40.0 under a limit of 40 (console.md 4.8).
package enum NumberText {
    /// - Parameters:
    ///   - value: finite; a value that is not prints as `?`.
    ///   - limit: printed beside it; nil when there is none.
    package static func shown(_ value: Double, beside limit: Double? = nil) -> String {
        guard value.isFinite else { return "?" }
        let exact = DecimalDigits(value)
        for decimals in exact.decimalsForThreeDigits..<max(exact.decimals, exact.decimalsForThreeDigits + 1) {
            let text = exact.text(decimals: decimals)
            guard let limit, limit.isFinite else { return text }
            // The text is our own and reads back; what it reads back to decides.
            guard let printed = Double(text) else { break }
            if (printed < limit) == (value < limit), (printed > limit) == (value > limit) { return text }
        }
        return exact.text(decimals: exact.decimals)
    }

    /// All the digits of a set-point, and no more: `40`, `0.5`.
    package static func exact(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let digits = DecimalDigits(value)
        return digits.text(decimals: digits.decimals)
    }
}

/// The shortest decimal digits that read back to a double, to be rounded as one rounds on paper.
private struct DecimalDigits {
    private let isNegative: Bool
    /// Most significant first, no leading zero; empty for zero.
    private let digits: [Int]
    /// How many of the digits stand before the point; negative: zeros behind the point before the first digit.
    private let pointAt: Int

    init(_ value: Double) {
        // Swift prints the shortest text that reads back, with an exponent for very large and very small values.
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0].compactMap(\.wholeNumberValue)
        let fraction = mantissa.count > 1 ? mantissa[1].compactMap(\.wholeNumberValue) : []
        let all = whole + fraction
        let leading = all.prefix { $0 == 0 }.count
        var kept = Array(all.dropFirst(leading))
        while kept.last == 0 { kept.removeLast() }
        digits = kept
        pointAt = whole.count - leading + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        isNegative = value < 0
    }

    /// Digits behind the point that the value has.
    var decimals: Int { max(0, digits.count - pointAt) }

    /// Digits behind the point that show three significant ones.
    var decimalsForThreeDigits: Int { min(decimals, max(0, 3 - pointAt)) }

    /// Rounded half away from zero; trailing zeros behind the point are left out.
    func text(decimals wanted: Int) -> String {
        guard !digits.isEmpty else { return "0" }
        let keep = pointAt + wanted
        var rounded = keep > 0 ? Array(digits.prefix(keep)) : []
        rounded += Array(repeating: 0, count: max(0, keep - rounded.count))
        var point = pointAt
        if keep >= 0, keep < digits.count, digits[keep] >= 5 {
            var position = rounded.count - 1
            while position >= 0, rounded[position] == 9 {
                rounded[position] = 0
                position -= 1
            }
            if position >= 0 {
                rounded[position] += 1
            } else {
                rounded.insert(1, at: 0)
                point += 1
            }
        }
        return written(rounded, pointAt: point)
    }

    private func written(_ digits: [Int], pointAt: Int) -> String {
        let padded = pointAt > 0 ? digits : Array(repeating: 0, count: 1 - pointAt) + digits
        let wholeCount = max(1, pointAt)
        let whole = padded.prefix(wholeCount).map { String($0) }.joined()
        var fraction = padded.dropFirst(wholeCount)
        while fraction.last == 0 { fraction.removeLast() }
        let isZero = padded.allSatisfy { $0 == 0 }
        let number = whole + (fraction.isEmpty ? "" : "." + fraction.map { String($0) }.joined())
        return (isNegative && !isZero ? "-" : "") + number
    }
}
