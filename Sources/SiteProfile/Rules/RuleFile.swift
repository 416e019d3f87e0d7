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
            let items = items(try text(), findings: findings)
            var entries = items?.compactMap { $0.entry(alone: findings) } ?? []
            ReferenceOrder.check(entries, findings: findings)
            PlainUnits.fit(&entries, findings: findings)
            return RuleFileResult(
                rules: RuleSet(entries: entries.compactMap(\.entry)), diagnostics: findings.diagnostics.inReadingOrder)
        } catch {
            return RuleFileResult(rules: RuleSet(), diagnostics: [error.diagnostic])
        }
    }

    /// What one file holds, each item checked by itself; nil when it could not be read at all.
    static func items(_ text: ConfigurationText, findings: Findings) -> [RuleFileItem]? {
        guard let root = SettingFile.read(text, findings: findings) else { return nil }
        guard case .list(let items) = root.shape else {
            findings.error(at: root.place, "a rule file must be a list of rules, found \(root.described)")
            return nil
        }
        if items.isEmpty { findings.error(at: root.place, "the list of rules is empty") }
        return items.compactMap { item in
            if item.table?.contains(where: { $0.key == "template" }) == true {
                return TemplateUse(item, findings: findings).map { .template($0) }
            }
            return EntryReader.read(item, findings: findings).map { .entry($0) }
        }
    }
}

/// One item of a rule file.
enum RuleFileItem {
    case entry(ParsedEntry)
    /// Becomes entries once the devices of the site are known.
    case template(TemplateUse)

    /// Of a file that stands alone, without a site.
    func entry(alone findings: Findings) -> ParsedEntry? {
        switch self {
        case .entry(let entry): return entry
        case .template(let use):
            findings.error(
                at: use.place,
                "template \(use.id) needs the devices of a site; the rules that hazardctl check --expanded prints of it "
                    + "would do")
            return nil
        }
    }
}

/// What a rule file holds. With an error among the diagnostics the rules are not fit for use.
package struct RuleFileResult: Sendable {
    package let rules: RuleSet
    /// In reading order.
    package let diagnostics: [Diagnostic]

    package var hasErrors: Bool { diagnostics.hasErrors }
}
