import DeviceMap

/// The text of a topic as profiles and sites write it: `{device}`, `{site}` and names that the site fills in, and `{+name}`
/// for a level that varies and is read.
enum TopicText {
    /// Fills in what is known.
    /// - Returns: also the names that nothing was given for.
    static func filled(_ text: String, with values: [String: String]) -> (text: String, missing: [String]) {
        var filled = ""
        var missing: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            filled += rest[..<open]
            if let value = values[name] {
                filled += value
            } else {
                filled += rest[open...close]
                if !name.hasPrefix("+") { missing.append(name) }
            }
            rest = rest[rest.index(after: close)...]
        }
        return (filled + rest, missing)
    }

    /// A filled topic as a filter, `+` at each level that varies.
    static func filter(_ topic: String) -> (filter: String, captures: [TopicCapture]) {
        var captures: [TopicCapture] = []
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false).enumerated().map { place, level in
            guard level.hasPrefix("{+"), level.hasSuffix("}") else { return String(level) }
            captures.append(TopicCapture(name: String(level.dropFirst(2).dropLast()), level: place))
            return "+"
        }
        return (levels.joined(separator: "/"), captures)
    }

    /// Whether it is one topic, but for names in braces; a name that varies must be a whole level.
    static func isTopic(_ text: String) -> Bool {
        text.utf8.count <= 1024
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { level in
                if level.hasPrefix("{+"), level.hasSuffix("}") { return isName(level.dropFirst(2).dropLast()) }
                var rest = level
                while let open = rest.firstIndex(of: "{") {
                    guard !rest[..<open].contains(where: { "#+}$".contains($0) }),
                        let close = rest[open...].firstIndex(of: "}"),
                        isName(rest[rest.index(after: open)..<close])
                    else { return false }
                    rest = rest[rest.index(after: close)...]
                }
                return !rest.contains { "#+}$".contains($0) }
            }
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
