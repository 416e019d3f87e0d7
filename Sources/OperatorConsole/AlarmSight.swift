/// What a person had seen of an alarm when acting on it: the `"7.3"` of `If-Match` and `ETag`.
struct AlarmSight: Sendable, Equatable {
    var occurrence: UInt32
    var version: UInt32

    init(occurrence: UInt32, version: UInt32) {
        self.occurrence = occurrence
        self.version = version
    }

    /// Reads one strong entity tag. `*`, lists and weak tags are nil: they name no single sight.
    init?(entityTag: String) {
        let text = entityTag.trimmingSpaces
        guard text.count >= 5, text.first == "\"", text.last == "\"" else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let occurrence = Self.number(parts[0]), let version = Self.number(parts[1]) else {
            return nil
        }
        self.init(occurrence: occurrence, version: version)
    }

    var entityTag: String { "\"\(occurrence).\(version)\"" }

    /// Digits only: `+7` and `٧` are not what we wrote.
    private static func number(_ digits: Substring) -> UInt32? {
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt32(digits) : nil
    }
}

extension StringProtocol {
    /// Without the blanks and tabs that HTTP allows around a field's value.
    var trimmingSpaces: SubSequence {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
