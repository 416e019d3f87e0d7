import PlantModel

/// Finds profiles by id: first in the site's own `profiles` folder, then in the installed ones. Each file is read once.
final class ProfileShelf {
    private let folders: [(path: String, shown: String)]
    private let findings: Findings
    private var read: [String: DeviceProfile?] = [:]
    /// Every file that was read, for the site's hash.
    private(set) var files: [FolderFile] = []

    /// - Parameter folders: each with the name by which messages call it.
    init(folders: [(path: String, shown: String)], findings: Findings) {
        self.folders = folders
        self.findings = findings
    }

    /// The profile of an id such as `gas/virtual-nh3-tx@1`; nil, with a diagnostic at `place`, when there is none.
    func profile(_ id: String, at place: SourceLocation) -> DeviceProfile? {
        let parts = id.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isPath(parts[0]), Int(parts[1]) != nil else {
            findings.error(at: place, "profile must be <class>/<maker>-<model>@<rev>, found \(id)")
            return nil
        }
        let path = String(parts[0])
        if read[path] == nil { read[path] = .some(load(path, at: place)) }
        guard let profile = read[path] ?? nil else { return nil }
        guard profile.id == id else {
            findings.error(at: place, "profile \(id) is not here; \(profile.id) is")
            return nil
        }
        return profile
    }

    private func load(_ path: String, at place: SourceLocation) -> DeviceProfile? {
        for folder in folders {
            let shown = "\(folder.shown)/\(path).yaml"
            guard
                let file = FolderFile.read(
                    "\(folder.path)/\(path).yaml", shown: shown, limit: .other, findings: findings)
            else { continue }
            files.append(file)
            guard let text = file.text(findings: findings) else { return nil }
            return ProfileReader.read(text, path: path, findings: findings)
        }
        let places = folders.map(\.shown).joined(separator: " and ")
        findings.error(at: place, "profile \(path) is not in \(places)")
        return nil
    }

    /// Two words of letters, digits, dots, hyphens and underscores: never a way out of the folder.
    static func isPath(_ text: Substring) -> Bool {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        return words.count == 2
            && words.allSatisfy { word in
                word.first.map { $0.isLetter || $0.isNumber } == true
                    && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            }
    }
}

/// Reads every profile of a folder, for tests and for `check`.
package enum ProfileFolder {
    /// The ids of the profiles that are sound, and the mistakes of the others.
    /// - Parameter path: holds `<class>/<maker>-<model>.yaml`.
    package static func check(_ path: String) -> (ids: [String], diagnostics: [Diagnostic]) {
        let findings = Findings()
        var ids: [String] = []
        for folder in FolderFile.names(in: path) {
            for name in FolderFile.names(in: "\(path)/\(folder)") where name.hasSuffix(".yaml") {
                let shown = "\(folder)/\(name)"
                guard
                    let file = FolderFile.read("\(path)/\(shown)", shown: shown, limit: .other, findings: findings),
                    let text = file.text(findings: findings),
                    let profile = ProfileReader.read(
                        text, path: "\(folder)/\(name.dropLast(5))", findings: findings)
                else { continue }
                ids.append(profile.id)
            }
        }
        return (ids, findings.diagnostics.inReadingOrder)
    }
}
