/// How often each transition of an occurrence has come, as the table of standings keeps it: `{"clear":1,"raise":2}`.
enum CountsText {
    static func text(of counts: [String: UInt32]) -> String {
        "{" + counts.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// Reads what ``text(of:)`` wrote, and nothing else: words of transitions hold no quote.
    static func counts(in text: String) throws(JournalFault) -> [String: UInt32] {
        var counts: [String: UInt32] = [:]
        guard text.first == "{", text.last == "}" else {
            throw .damaged("counts of a standing cannot be read: \(text)")
        }
        for member in text.dropFirst().dropLast().split(separator: ",") {
            let parts = member.split(separator: ":")
            guard parts.count == 2, parts[0].count > 2, parts[0].first == "\"", parts[0].last == "\"",
                let count = UInt32(parts[1])
            else { throw .damaged("counts of a standing cannot be read: \(text)") }
            counts[String(parts[0].dropFirst().dropLast())] = count
        }
        return counts
    }
}
