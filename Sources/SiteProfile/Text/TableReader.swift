import PlantModel

/// Takes the settings of one mapping, key by key, each as the thing it must be; what is wrong is noted and the rest goes
/// on, so that all mistakes of a file are told at once. `finish()` refuses the keys that nobody took.
struct TableReader {
    let place: SourceLocation
    let findings: Findings
    private let entries: [Setting.Entry]
    private var isTaken: [Bool]

    /// nil, with a diagnostic, when the setting is no mapping.
    init?(_ setting: Setting, what: String, findings: Findings) {
        guard let entries = setting.table else {
            findings.error(at: setting.place, "\(what) must be a mapping, found \(setting.described)")
            return nil
        }
        self.init(entries: entries, place: setting.place, findings: findings)
    }

    init(entries: [Setting.Entry], place: SourceLocation, findings: Findings) {
        self.place = place
        self.findings = findings
        self.entries = entries
        isTaken = [Bool](repeating: false, count: entries.count)
    }

    // MARK: Places

    /// Where a key's value stands; the mapping itself when the key is absent.
    func location(of key: String) -> SourceLocation {
        entries.first { $0.key == key }?.value.place ?? place
    }

    func has(_ key: String) -> Bool { entries.contains { $0.key == key } }
    var keys: [String] { entries.map(\.key) }

    func error(at key: String, _ message: String) { findings.error(at: location(of: key), message) }

    // MARK: Taking

    /// The raw setting of a key, now taken.
    mutating func setting(_ key: String) -> Setting? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        isTaken[index] = true
        return entries[index].value
    }

    /// Notes that a key which must be there is not.
    mutating func require<Value>(_ value: Value?, _ key: String, for what: String) -> Value? {
        if value == nil, !has(key) { findings.error(at: place, "\(what) needs \"\(key)\"") }
        return value
    }

    mutating func text(_ key: String) -> String? {
        guard let setting = setting(key) else { return nil }
        guard case .scalar(let text, _) = setting.shape, !setting.isNothing, !text.isEmpty else {
            refuse(setting, "\(key) must be a text, found \(setting.described)")
            return nil
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
        ) {
            refuse(setting, "\(key) holds a control character; plain text would do")
            return nil
        }
        return text
    }

    /// One line of text that names a thing.
    mutating func name(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        guard Self.isName(text) else {
            error(at: key, "\(key) must be one line without spaces around it, at most 200 characters")
            return nil
        }
        return text
    }

    static func isName(_ text: String) -> Bool {
        text.count <= 200 && text.first?.isWhitespace != true && text.last?.isWhitespace != true
            && !text.contains(where: \.isNewline)
    }

    mutating func number(_ key: String) -> Double? {
        setting(key).flatMap { number($0, key) }
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let setting = setting(key) else { return nil }
        if case .scalar(let text, isPlain: true) = setting.shape {
            if text == "true" { return true }
            if text == "false" { return false }
        }
        refuse(setting, "\(key) must be true or false, found \(setting.described)")
        return nil
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        setting(key).flatMap { integer($0, key, in: range) }
    }

    /// A word of a fixed list.
    mutating func word<Word: CaseIterable>(_ key: String, _ spelled: (Word) -> String) -> Word? {
        guard let setting = setting(key) else { return nil }
        if case .scalar(let text, _) = setting.shape,
            let match = Word.allCases.first(where: { spelled($0) == text })
        {
            return match
        }
        let words = Word.allCases.map(spelled).joined(separator: " ")
        refuse(setting, "\(key) must be one of \(words), found \(setting.described)")
        return nil
    }

    mutating func list(_ key: String) -> [Setting]? {
        guard let setting = setting(key) else { return nil }
        guard case .list(let items) = setting.shape else {
            refuse(setting, "\(key) must be a list, found \(setting.described)")
            return nil
        }
        return items
    }

    mutating func numbers(_ key: String) -> [Double]? {
        guard let items = list(key) else { return nil }
        let numbers = items.compactMap { number($0, key) }
        return numbers.count == items.count ? numbers : nil
    }

    mutating func names(_ key: String) -> [String]? {
        guard let items = list(key) else { return nil }
        var names: [String] = []
        for item in items {
            guard case .scalar(let text, _) = item.shape, !item.isNothing, !text.isEmpty, Self.isName(text) else {
                refuse(item, "\(key) must list names, found \(item.described)")
                continue
            }
            if names.contains(text) { refuse(item, "\(key) names \"\(text)\" twice; once would do") }
            names.append(text)
        }
        return names.count == items.count ? names : nil
    }

    /// A mapping below this one.
    mutating func table(_ key: String) -> TableReader? {
        guard let setting = setting(key) else { return nil }
        return TableReader(setting, what: key, findings: findings)
    }

    /// Every key with its value of a mapping below this one whose keys are names of the site; none when it is absent.
    mutating func members(_ key: String) -> [Setting.Entry] {
        guard let setting = setting(key), !setting.isNothing,
            var members = TableReader(setting, what: key, findings: findings)
        else { return [] }
        return members.takeAll()
    }

    /// Every key of this mapping with its value, all taken: for mappings whose keys are names of the site.
    mutating func takeAll() -> [Setting.Entry] {
        for index in isTaken.indices { isTaken[index] = true }
        return entries
    }

    /// `{zh-CN: ..., en: ...}`, or one text for both languages.
    mutating func bilingual(_ key: String) -> BilingualText? {
        guard let setting = setting(key) else { return nil }
        if case .scalar(let text, _) = setting.shape, !setting.isNothing {
            return BilingualText(chinese: text, english: text)
        }
        guard var languages = TableReader(setting, what: key, findings: findings) else { return nil }
        let both = BilingualText(chinese: languages.text("zh-CN"), english: languages.text("en"))
        languages.finish { _ in "the languages are zh-CN and en" }
        return both
    }

    // MARK: The end

    /// Refuses every key that was not taken.
    /// - Parameter advice: what would do instead; given the key.
    func finish(_ advice: (String) -> String) {
        for (index, entry) in entries.enumerated() where !isTaken[index] {
            findings.error(at: entry.keyPlace, "unknown key \"\(entry.key)\"; \(advice(entry.key))")
        }
    }

    func finish(knows keys: String...) {
        finish { _ in "the keys here are \(keys.joined(separator: " "))" }
    }

    /// The keys that nobody took, with the places of the keys themselves.
    var untaken: [(key: String, location: SourceLocation)] {
        entries.indices.filter { !isTaken[$0] }.map { (entries[$0].key, entries[$0].keyPlace) }
    }

    func refuse(_ setting: Setting, _ message: String) { findings.error(at: setting.place, message) }
}

// MARK: - Scalars

extension TableReader {
    /// A finite decimal number, written without quotes.
    func number(_ setting: Setting, _ key: String) -> Double? {
        guard case .scalar(let text, isPlain: true) = setting.shape, !setting.isNothing else {
            refuse(setting, "\(key) must be a number, found \(setting.described)")
            return nil
        }
        guard let number = Self.decimal(text) else {
            let isWord = [".nan", ".inf", "-.inf", "+.inf", "nan", "inf", "-inf", "infinity"].contains(
                text.lowercased())
            refuse(setting, "\(key) must be a \(isWord ? "finite " : "")number, found \(setting.described)")
            return nil
        }
        guard number.isFinite else {
            refuse(setting, "\(key) must be a finite number, found \(setting.described)")
            return nil
        }
        return number
    }

    func integer(_ setting: Setting, _ key: String, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let text, isPlain: true) = setting.shape, let number = Self.whole(text) else {
            refuse(setting, "\(key) must be a whole number, found \(setting.described)")
            return nil
        }
        guard range.contains(number) else {
            refuse(setting, "\(key) must lie in \(range.lowerBound) to \(range.upperBound), found \(number)")
            return nil
        }
        return number
    }

    /// Decimal digits, point and exponent only: Swift's own reading also takes `0x1p3`, `nan` and `infinity`.
    static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ $0.isDigit || "+-.eE".utf8.contains($0) }), text.utf8.contains(where: \.isDigit)
        else { return nil }
        return Double(text)
    }

    /// Decimal or `0x` hexadecimal.
    static func whole(_ text: String) -> Int? {
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16).flatMap { $0 >= 0 ? $0 : nil } }
        guard text.utf8.allSatisfy({ $0.isDigit || "+-".utf8.contains($0) }) else { return nil }
        return Int(text)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}

// MARK: - Spans of time

extension TableReader {
    /// The smallest value that a span may have.
    enum SpanFloor { case zero, moreThanZero }

    private static let longestSeconds = 3_155_760_000.0

    /// A number of seconds with at most three decimals: `on_delay_s: 1.5`.
    mutating func seconds(_ key: String, atLeast floor: SpanFloor) -> Duration? {
        guard let setting = setting(key), let seconds = number(setting, key) else { return nil }
        switch floor {
        case .zero where seconds < 0:
            refuse(setting, "\(key) must not be negative, found \(written(seconds))")
        case .moreThanZero where seconds <= 0:
            refuse(setting, "\(key) must be more than 0, found \(written(seconds))")
        case _ where seconds > Self.longestSeconds:
            refuse(setting, "\(key) must be at most 100 years, found \(written(seconds)) s")
        default:
            let milliseconds = (seconds * 1000).rounded()
            // The nearest double to the decimal text and the nearest to milliseconds/1000 are one if the text has no more digits.
            guard milliseconds / 1000 == seconds else {
                refuse(setting, "\(key) must be a whole number of milliseconds, found \(written(seconds)) s")
                return nil
            }
            return .milliseconds(Int64(milliseconds))
        }
        return nil
    }

    /// A span with its unit: `500ms`, `1s`, `5m`, `24h`.
    mutating func span(_ key: String, atLeast floor: SpanFloor = .moreThanZero) -> Duration? {
        setting(key).flatMap { span($0, key, atLeast: floor) }
    }

    func span(_ setting: Setting, _ key: String, atLeast floor: SpanFloor = .moreThanZero) -> Duration? {
        guard case .scalar(let text, _) = setting.shape, let span = Self.span(text) else {
            refuse(setting, "\(key) must be a time such as 500ms, 5s, 2m or 24h, found \(setting.described)")
            return nil
        }
        if floor == .moreThanZero, span == .zero {
            refuse(setting, "\(key) must be more than 0, found \(setting.described)")
            return nil
        }
        return span
    }

    static func span(_ text: String) -> Duration? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let count = Int64(digits), count <= 1_000_000_000
            else { return nil }
            return .milliseconds(count * milliseconds)
        }
        return nil
    }
}
