/// Numbers that devices write into strings.
enum NumberText {
    /// `"12.5"`, `" 007"`, `"+3"`, `".5"`, `"1.2e3"`: digits with an optional sign, point and exponent, between spaces.
    /// - Returns: nil for anything else, `NaN` and `inf` included, and for numbers beyond a double.
    static func decimal(_ text: [UInt8]) -> PayloadValue? {
        let written = trimmed(text)
        var rest = written
        var number = DecimalNumber()
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            number.isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        var digits = take(&rest) { number.appendWhole($0) }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            digits += take(&rest) { number.appendFraction($0) }
        }
        guard digits > 0 else { return nil }
        if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
                number.exponentIsNegative = sign == UInt8(ascii: "-")
                rest.removeFirst()
            }
            guard take(&rest, { number.appendExponent($0) }) > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
        return number.value(written: written)
    }

    /// `"0x1F"`, `"1f"`: at most 16 hexadecimal digits, between spaces.
    static func hexadecimal(_ text: [UInt8]) -> UInt64? {
        var digits = trimmed(text)
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) { digits = digits.dropFirst(2) }
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = HexDigit.value(of: byte) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        var slice = text.drop { $0 == 0x20 }
        while slice.last == 0x20 { slice.removeLast() }
        return slice
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, _ each: (UInt8) -> Void) -> Int {
        let run = rest.prefix(while: \.isDigit)
        for digit in run { each(digit - 0x30) }
        rest = rest.dropFirst(run.count)
        return run.count
    }
}
