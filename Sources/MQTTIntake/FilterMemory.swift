import FoundationEssentials

/// The filters that the broker may still hold for us from earlier runs: a persistent session keeps a filter until it is
/// taken back, and a filter that nobody wants any more would be delivered, and kept, for ever.
///
/// One file, one filter per line. It names at least every filter the broker holds: it grows before filters are asked
/// for, and shrinks only after the broker has taken others back.
struct FilterMemory {
    let path: String

    /// The remembered filters; none when there is no file or it cannot be read.
    func recall() -> Set<String> {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// Replaces the file in one step.
    func remember(_ filters: some Collection<String>) throws {
        let text = filters.sorted().joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
