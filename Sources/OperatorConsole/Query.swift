import PlantModel

/// The part of an address behind the question mark. A name that a route does not know is refused, never ignored: a
/// misspelt filter would show too much and look like the whole truth.
struct Query: Sendable {
    private var values: [String: String] = [:]

    /// - Parameters:
    ///   - text: as it came, still percent-encoded; nil when the address has none.
    ///   - known: the names that the route reads.
    init(_ text: String?, known: [String]) throws(Problem) {
        for pair in (text ?? "").split(separator: "&").prefix(64) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let raw = parts.count == 2 ? parts[1].replacing("+", with: " ") : ""
            guard let name = PercentText.decoded(parts[0]), let value = PercentText.decoded(raw) else {
                throw Problem(.badParameter, found: String(pair), expected: "name=value")
            }
            guard known.contains(name) else {
                throw Problem(
                    .badParameter, found: name, expected: known.isEmpty ? "name=" : known.joined(separator: ", "))
            }
            values[name] = value
        }
    }

    func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func number(_ name: String, in range: ClosedRange<UInt64>) throws(Problem) -> UInt64? {
        guard let text = text(name) else { return nil }
        guard let number = UInt64(text), range.contains(number) else {
            throw Problem(
                .badParameter, found: "\(name)=\(text)", expected: "\(range.lowerBound) ... \(range.upperBound)")
        }
        return number
    }

    /// A list separated by commas, each word read by `read`.
    func list<Word>(_ name: String, words: [String], _ read: (Substring) -> Word?) throws(Problem) -> [Word]? {
        guard let text = text(name) else { return nil }
        var list: [Word] = []
        for word in text.split(separator: ",") {
            guard let value = read(word) else {
                throw Problem(.badParameter, found: "\(name)=\(word)", expected: words.joined(separator: ", "))
            }
            list.append(value)
        }
        return list
    }
}

/// Which alarms a list shows.
struct AlarmFilter: Sendable {
    static let parameters = ["state", "priority", "area"]
    /// Words for several states at once: the condition stands, or a person still owes an answer.
    static let groups = ["active", "unanswered"]

    private var states: [AlarmState]?
    private var priorities: [Priority]?
    private var area: String?

    init(_ query: Query) throws(Problem) {
        let stateWords = Self.groups + AlarmState.allCases.filter { $0 != .normal }.map(\.word)
        states = try query.list("state", words: stateWords) { word in
            switch word {
            case "active": AlarmState.allCases.filter(\.isActive)
            case "unanswered": AlarmState.allCases.filter(\.awaitsAnswer)
            default: AlarmState(word: word).flatMap { $0 == .normal ? nil : [$0] }
            }
        }?.flatMap { $0 }
        priorities = try query.list("priority", words: Priority.allCases.reversed().map(\.word)) { Priority(word: $0) }
        area = query.text("area")
    }

    func shows(state: String, priority: Priority, area: String) -> Bool {
        (states.map { $0.contains { $0.word == state } } ?? true) && (priorities?.contains(priority) ?? true)
            && (self.area.map { $0 == area } ?? true)
    }
}
