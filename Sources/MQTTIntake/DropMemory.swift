import DeviceMap
import FoundationEssentials

/// How many messages a broker had dropped when it was last heard, over a restart of ours: what it drops meanwhile is lost
/// while nobody of ours counts.
///
/// One file of one line: the broker's address and its number, or `-` for one that it has never said. Of another broker the
/// number would say nothing.
struct DropMemory {
    let path: String
    let address: String

    /// The remembered number; nil when there is none, or the file cannot be read.
    func recall() -> DroppedTotal? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == address else { return nil }
        if words[1] == "-" { return .unchanged }
        guard let total = Int(words[1]), total >= 0 else { return nil }
        return .number(total)
    }

    /// Replaces the file in one step.
    func remember(_ total: DroppedTotal) throws {
        let word =
            switch total {
            case .number(let number): "\(number)"
            case .unchanged: "-"
            }
        try Data("\(address) \(word)\n".utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
