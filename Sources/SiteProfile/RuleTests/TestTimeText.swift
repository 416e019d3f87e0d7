import PlantTime

/// Times as a test writes them.
enum TestTimeText {
    static let advice = "an offset such as +1m30s, or 2026-01-01T00:00:22.000Z"
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    /// The instants that a recording may hold (1700 to 2200), so that no sum of times runs over.
    private static let instants: ClosedRange<Int64> = -8_520_336_000_000...7_258_118_400_000
    private static let longest: Int64 = 3_155_760_000_000

    /// `+1m30s` or a full UTC time; nil for anything else.
    static func time(_ text: some StringProtocol) -> RuleTestTime? {
        if text.first == "+" { return span(text.dropFirst()).map { .offset($0) } }
        return instant(text).map { .instant($0) }
    }

    /// A full time in the years that a recording may hold, in milliseconds since 1970.
    static func instant(_ text: some StringProtocol) -> Int64? {
        TimeText.milliseconds(of: text).flatMap { instants.contains($0) ? $0 : nil }
    }

    /// `90s`, `1m30s`, `1.5s`, `250ms` in milliseconds: units fall, each once; only the last number may have decimals.
    static func span(_ text: some StringProtocol) -> Int64? {
        var rest = Substring(text)
        var total: Int64 = 0
        var largest = Int64.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let word = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(word.count)
            guard let unit = units.first(where: { $0.name == word }), unit.milliseconds < largest,
                let count = Double(number), number.first != ".", number.last != ".",
                rest.isEmpty || !number.contains("."), count <= 1e12
            else { return nil }
            largest = unit.milliseconds
            let milliseconds = (count * Double(unit.milliseconds)).rounded()
            // The nearest double to the decimal text is the one that whole milliseconds give, or there were more digits.
            guard milliseconds / Double(unit.milliseconds) == count, milliseconds <= Double(longest) else { return nil }
            total += Int64(milliseconds)
        }
        return total <= longest ? total : nil
    }

    /// `A..B`; either side may be left open. nil when it is none.
    static func range(_ text: some StringProtocol) -> RuleTestSpan? {
        guard let dots = text.firstRange(of: "..") else { return nil }
        let (left, right) = (text[..<dots.lowerBound], text[dots.upperBound...])
        guard !left.isEmpty || !right.isEmpty else { return nil }
        let (from, to) = (time(left), time(right))
        guard left.isEmpty || from != nil, right.isEmpty || to != nil else { return nil }
        return RuleTestSpan(from: from, to: to)
    }
}
