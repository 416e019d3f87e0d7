import FoundationEssentials

/// How many messages a broker had dropped when it was last heard, over a restart of ours: what it drops meanwhile is lost
/// while nobody of ours counts.
///
/// One file of one line: the broker's address and its number. Of another broker the number would say nothing.
struct DropMemory {
    let path: String
    let address: String

    /// The remembered number; nil when there is none, or the file cannot be read.
    func recall() -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == address, let total = Int(words[1]), total >= 0 else { return nil }
        return total
    }

    /// Replaces the file in one step.
    func remember(_ total: Int) throws {
        try Data("\(address) \(total)\n".utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
