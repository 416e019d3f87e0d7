package import PlantModel

/// A rule file: a list of rules and derived points (semantics.md "Files", B), as `replay --rules` and a site's `rules`
/// folder take it. All mistakes of a file are told at once.
package enum RuleFile {
    /// - Parameter file: the name that messages carry.
    /// - Complexity: linear in the text; about 0.1 ms a rule, most of it in the YAML parser.
    package static func read(text: String, file: String) -> RuleFileResult {
        read { () throws(UnreadableText) in try ConfigurationText(text: text, file: file, limit: .rules) }
    }

    package static func read(bytes: [UInt8], file: String) -> RuleFileResult {
        read { () throws(UnreadableText) in try ConfigurationText(bytes: bytes, file: file, limit: .rules) }
    }

    /// Reads a rule file from disk; a file that cannot be read is a diagnostic too.
    package static func read(path: String) -> RuleFileResult {
        let findings = Findings()
        guard let file = FolderFile.read(path, shown: path, limit: .rules, findings: findings) else {
            if findings.errorCount == 0 {
                findings.error(at: SourceLocation(file: path, line: 1, column: 1), "no such file")
            }
            return RuleFileResult(rules: RuleSet(), diagnostics: findings.diagnostics)
        }
        return read(bytes: file.bytes, file: path)
    }

    private static func read(_ text: () throws(UnreadableText) -> ConfigurationText) -> RuleFileResult {
        let findings = Findings()
        do {
            let entries = entries(try text(), findings: findings)
            ReferenceOrder.check(entries, findings: findings)
            return RuleFileResult(
                rules: RuleSet(entries: entries.compactMap(\.entry)), diagnostics: findings.diagnostics.inReadingOrder)
        } catch {
            return RuleFileResult(rules: RuleSet(), diagnostics: [error.diagnostic])
        }
    }

    /// The entries of one file, each checked by itself.
    static func entries(_ text: ConfigurationText, findings: Findings) -> [ParsedEntry] {
        guard let root = SettingFile.read(text, findings: findings) else { return [] }
        guard case .list(let items) = root.shape else {
            findings.error(at: root.place, "a rule file must be a list of rules, found \(root.described)")
            return []
        }
        if items.isEmpty { findings.error(at: root.place, "the list of rules is empty") }
        return items.compactMap { EntryReader.read($0, findings: findings) }
    }
}

/// What a rule file holds. With an error among the diagnostics the rules are not fit for use.
package struct RuleFileResult: Sendable {
    package let rules: RuleSet
    /// In reading order.
    package let diagnostics: [Diagnostic]

    package var hasErrors: Bool { diagnostics.hasErrors }
}
