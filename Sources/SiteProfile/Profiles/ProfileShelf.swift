import Digests
import PlantModel

/// Finds profiles by id: first in the site's own `profiles` folder, then in the installed ones. Each file is read once.
final class ProfileShelf {
    private let folders: [(path: String, shown: String)]
    private let findings: Findings
    private(set) var read: [String: DeviceProfile?] = [:]
    /// Every file that was read, for the site's hash.
    private(set) var files: [FolderFile] = []

    /// - Parameter folders: each with the name by which messages call it.
    init(folders: [(path: String, shown: String)], findings: Findings) {
        self.folders = folders
        self.findings = findings
    }

    /// The profile of an id such as `gas/virtual-nh3-tx@1`; nil, with a diagnostic at `place`, when there is none.
    func profile(_ id: String, at place: SourceLocation) -> DeviceProfile? {
        guard let path = Self.path(ofID: id) else {
            let isPath = Self.isPath(id[...])
            let found = isPath ? profile(path: id, at: place) : nil
            if !isPath || found != nil {
                let near = found.map { "; \($0.id) is here" } ?? ""
                findings.error(at: place, "profile must be <class>/<maker>-<model>@<rev>, found \(id)\(near)")
            }
            return nil
        }
        guard let profile = profile(path: path, at: place) else { return nil }
        guard profile.id == id else {
            findings.error(at: place, "profile \(id) is not here; \(profile.id) is")
            return nil
        }
        return profile
    }

    /// The profile of a path, whatever its revision.
    fileprivate func profile(path: String, at place: SourceLocation) -> DeviceProfile? {
        if read[path] == nil { read[path] = .some(load(path, at: place)) }
        return read[path] ?? nil
    }

    private func load(_ path: String, at place: SourceLocation) -> DeviceProfile? {
        var digest = SHA256Stream()
        guard let root = settings(path, at: place, extendedBy: [], digest: &digest) else { return nil }
        var profile = ProfileReader.read(root, path: path, findings: findings)
        profile?.digest = digest.finish().hex
        return profile
    }

    /// A file's settings, laid over those of the profile that it extends.
    private func settings(
        _ path: String, at place: SourceLocation, extendedBy children: [String], digest: inout SHA256Stream
    ) -> Setting? {
        guard let file = file(path, at: place) else { return nil }
        digest.update("\(path) \(file.bytes.count)\n")
        digest.update(file.bytes)
        guard let text = file.text(findings: findings), let root = SettingFile.read(text, findings: findings) else {
            return nil
        }
        guard let entries = root.table, let extends = entries.first(where: { $0.key == "extends" }) else { return root }
        guard case .scalar(let id, _) = extends.value.shape, let parent = Self.path(ofID: id) else {
            findings.error(
                at: extends.value.place,
                "extends must be <class>/<maker>-<model>@<rev>, found \(extends.value.described)")
            return nil
        }
        let chain = children + [path]
        guard !chain.contains(parent), chain.count < 8 else {
            findings.error(
                at: extends.value.place,
                "profiles extend each other in a circle, or too deep: "
                    + (chain + [parent]).joined(separator: " "))
            return nil
        }
        guard let base = settings(parent, at: extends.value.place, extendedBy: chain, digest: &digest) else {
            return nil
        }
        let revision = base.table?.first { $0.key == "rev" }?.value
        guard case .scalar(let rev, _)? = revision?.shape, id == "\(parent)@\(rev)" else {
            findings.error(
                at: extends.value.place, "profile \(id) is not here; \(parent)@\(revision?.described ?? "?") is")
            return nil
        }
        return ProfileInheritance.laid(root, over: base)
    }

    private func file(_ path: String, at place: SourceLocation) -> FolderFile? {
        for folder in folders {
            let shown = folder.shown.isEmpty ? "\(path).yaml" : "\(folder.shown)/\(path).yaml"
            if let file = FolderFile.read(
                "\(folder.path)/\(path).yaml", shown: shown, limit: .other, findings: findings)
            {
                files.append(file)
                return file
            }
        }
        let places = folders.map(\.shown).joined(separator: " and ")
        findings.error(at: place, "profile \(path) is not in \(places)")
        return nil
    }

    private static func path(ofID id: String) -> String? {
        let parts = id.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && isPath(parts[0]) && Int(parts[1]) != nil ? String(parts[0]) : nil
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
    /// Whether a text has the form `<class>/<maker>-<model>`, without a revision.
    package static func isProfilePath(_ text: String) -> Bool { ProfileShelf.isPath(text[...]) }

    /// The ids of the profiles that are sound, and the mistakes of the others.
    /// - Parameter path: holds `<class>/<maker>-<model>.yaml`.
    package static func check(_ path: String) -> (ids: [String], diagnostics: [Diagnostic]) {
        let findings = Findings()
        let shelf = ProfileShelf(folders: [(path, "")], findings: findings)
        var ids: [String] = []
        for folder in FolderFile.names(in: path) {
            for name in FolderFile.names(in: "\(path)/\(folder)") where name.hasSuffix(".yaml") {
                let profile = "\(folder)/\(name.dropLast(5))"
                let place = SourceLocation(file: "\(folder)/\(name)", line: 1, column: 1)
                if let sound = shelf.profile(path: profile, at: place) { ids.append(sound.id) }
            }
        }
        return (ids, findings.diagnostics.inReadingOrder)
    }
}
