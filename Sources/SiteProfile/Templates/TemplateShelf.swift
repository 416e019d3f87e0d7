import PlantModel

/// Finds rule templates by id, as profiles are found: first in the site's own `profiles` folder, then in the installed
/// ones, in the folder `rules` of the class. Each file is read once.
final class TemplateShelf {
    private let folders: [(path: String, shown: String)]
    private let findings: Findings
    private var read: [String: RuleTemplate?] = [:]
    /// Every file that was read, for the site's hash.
    private(set) var files: [FolderFile] = []

    /// - Parameter folders: each with the name by which messages call it.
    init(folders: [(path: String, shown: String)], findings: Findings) {
        self.folders = folders
        self.findings = findings
    }

    /// The template of an id such as `gas/ammonia-room@1`; nil, with a diagnostic at `place`, when there is none.
    func template(_ id: String, at place: SourceLocation) -> RuleTemplate? {
        let parts = id.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, ProfileShelf.isPath(parts[0]), Int(parts[1]) != nil else {
            findings.error(at: place, "template must be <class>/<name>@<rev>, found \(id)")
            return nil
        }
        let path = String(parts[0])
        if read[path] == nil { read[path] = .some(load(path, at: place)) }
        guard let template = read[path] ?? nil else { return nil }
        guard template.id == id else {
            findings.error(at: place, "template \(id) is not here; \(template.id) is")
            return nil
        }
        return template
    }

    private func load(_ path: String, at place: SourceLocation) -> RuleTemplate? {
        let file = path.replacing("/", with: "/rules/", maxReplacements: 1) + ".yaml"
        for folder in folders {
            guard
                let found = FolderFile.read(
                    "\(folder.path)/\(file)", shown: "\(folder.shown)/\(file)", limit: .other, findings: findings)
            else { continue }
            files.append(found)
            guard let text = found.text(findings: findings) else { return nil }
            return RuleTemplateReader.read(text, path: path, findings: findings)
        }
        let places = folders.map(\.shown).joined(separator: " and ")
        let className = path.split(separator: "/").first.map(String.init) ?? ""
        let known = folders.flatMap { FolderFile.names(in: "\($0.path)/\(className)/rules") }
            .filter { $0.hasSuffix(".yaml") }.map { "\(className)/\($0.dropLast(5))" }
        let would = known.isEmpty ? "" : "; there are \(Array(Set(known)).sorted().joined(separator: " "))"
        findings.error(at: place, "template \(path) is not in \(places)\(would)")
        return nil
    }
}
