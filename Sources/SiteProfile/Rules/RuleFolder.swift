import PlantModel

/// A folder of rule files without a site around it: all of its `*.yaml` as one list, references above their uses.
package enum RuleFolder {
    /// - Parameter path: as it is to be named in messages, before the names of the files.
    package static func read(path: String) -> RuleFileResult {
        let findings = Findings()
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let names = FolderFile.names(in: folder).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        if names.isEmpty {
            findings.error(
                at: SourceLocation(file: folder, line: 1, column: 1),
                "neither site.yaml nor a rule file (*.yaml) is in this folder")
        }
        var entries: [ParsedEntry] = []
        var isWhole = true
        for name in names {
            let shown = "\(folder)/\(name)"
            guard let file = FolderFile.read(shown, shown: shown, limit: .rules, findings: findings),
                let text = file.text(findings: findings), let items = RuleFile.items(text, findings: findings)
            else {
                isWhole = false
                continue
            }
            entries += items.compactMap { $0.entry(alone: findings) }
        }
        var sorted = ReferenceOrder.sorted(entries, isWhole: isWhole, findings: findings) ?? entries
        PlainUnits.fit(&sorted, findings: findings)
        return RuleFileResult(
            rules: RuleSet(entries: sorted.compactMap(\.entry)), diagnostics: findings.diagnostics.inReadingOrder)
    }
}
