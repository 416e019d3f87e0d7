import Glibc
import PlantModel
import ReplayBench
import SiteProfile

/// The rules that a command plays: those of a rule file, or those in force on the points of a site folder.
struct PlayedRules {
    var replay: Replay
    /// What the person named.
    var label: String
    /// What the site says of its points; empty for a rule file.
    var points: [Point] = []
    /// Names by id; empty for a rule file.
    var people: [String: String] = [:]
    /// The site's; nil for a rule file.
    var utcOffsetSeconds: Int?

    /// Symbol of the unit of a rule's point; empty when it has none or nobody knows.
    func unit(of rule: String) -> String {
        guard let point = replay.rules.rules.first(where: { $0.id == rule })?.point else { return "" }
        return points.first { $0.tag == point }?.unit.symbol ?? ""
    }

    /// Where no site says otherwise.
    static let usualOffsetSeconds = 8 * 3600

    /// - Throws: ``Refusal`` with every mistake of the file or the folder, a line each.
    static func load(_ path: String, profileFolders: [String]) throws -> PlayedRules {
        isFolder(path) ? try site(path, profileFolders: profileFolders) : try ruleFile(path)
    }

    static func ruleFile(_ path: String) throws -> PlayedRules {
        let file = RuleFile.read(path: path)
        try refuse(file.diagnostics)
        return PlayedRules(replay: Replay(rules: file.rules), label: path)
    }

    static func site(_ folder: String, profileFolders: [String]) throws -> PlayedRules {
        let folders = profileFolders.isEmpty ? SiteLoader.usualProfileFolders : profileFolders
        // A recording needs no addresses: a site that is still to be filled in can be played.
        let result = SiteLoader.load(directory: folder, profileFolders: folders, addresses: .mayBeMissing)
        try refuse(result.diagnostics)
        guard let site = result.site else { throw Refusal(.no, "\(folder): not a site") }
        return PlayedRules(
            replay: Replay(
                rules: site.rules, points: site.description.points.map(\.tag), site: site.description.id),
            label: folder, points: site.description.points,
            people: Dictionary(site.description.people.map { ($0.id, $0.name) }) { first, _ in first },
            utcOffsetSeconds: site.description.utcOffsetSeconds)
    }

    /// Warnings are `check`'s; here only what keeps the rules from being played is told.
    private static func refuse(_ diagnostics: [Diagnostic]) throws {
        guard diagnostics.hasErrors else { return }
        throw Refusal(
            .no, diagnostics.filter { $0.severity == .error }.map(\.description).joined(separator: "\n"))
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
