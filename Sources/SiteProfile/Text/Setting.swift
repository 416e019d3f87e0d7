import PlantModel

/// One value of a configuration file and the place where it stands. Text only: whoever takes it says what it must be.
struct Setting: Sendable {
    /// One `key: value`.
    struct Entry: Sendable {
        var key: String
        var keyPlace: SourceLocation
        var value: Setting
    }

    indirect enum Shape: Sendable {
        /// `isPlain`: written without quotes, so that it may be a number, a word or nothing.
        case scalar(String, isPlain: Bool)
        case list([Setting])
        case table([Entry])
    }

    var place: SourceLocation
    var shape: Shape

    /// Nothing stands behind the colon, or `~`, or `null`.
    var isNothing: Bool {
        guard case .scalar(let text, isPlain: true) = shape else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    var table: [Entry]? { if case .table(let entries) = shape { entries } else { nil } }

    /// What it is, for "found ..." in messages: `the text "abc"`, `12`, `a list`, `nothing`.
    var described: String {
        switch shape {
        case .scalar(let text, let isPlain):
            if isNothing { return "nothing" }
            let short = text.count > 60 ? "\(text.prefix(60))..." : text
            let oneLine = short.split(whereSeparator: \.isNewline).joined(separator: " ")
            return isPlain ? oneLine : "the text \"\(oneLine)\""
        case .list: return "a list"
        case .table: return "a mapping"
        }
    }
}

extension SourceLocation {
    /// Whether it stands before another place of the same file.
    func precedes(_ other: SourceLocation) -> Bool { (line, column) < (other.line, other.column) }
}
