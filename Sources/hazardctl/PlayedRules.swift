import Glibc
import PlantModel
import ReplayBench

/// The rules that a command plays, by the name that the person gave: a rule file, a folder of them, or a site folder.
struct PlayedRules {
    var subject: ReplaySubject
    var label: String

    var replay: Replay { subject.replay }
    /// What the site says of its points; empty for a rule file.
    var points: [Point] { subject.description.points }
    /// The site's; of a rule file the usual one.
    var utcOffsetSeconds: Int { subject.description.utcOffsetSeconds }
    /// Names by id.
    var people: [String: String] {
        Dictionary(subject.description.people.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// Symbol of the unit of a rule's point; empty when it has none or nobody knows.
    func unit(of rule: String) -> String {
        guard let point = replay.rules.rules.first(where: { $0.id == rule })?.point else { return "" }
        return points.first { $0.tag == point }?.unit.symbol ?? ""
    }

    static func load(_ path: String, profileFolders: [String]) throws -> PlayedRules {
        guard isFolder(path) else { return try ruleFile(path) }
        guard unsafe access("\(path)/site.yaml", F_OK) == 0 else {
            return PlayedRules(subject: try .of(ruleFolder: path), label: path)
        }
        return try site(path, profileFolders: profileFolders)
    }

    static func ruleFile(_ path: String) throws -> PlayedRules {
        PlayedRules(subject: try .of(ruleFile: path), label: path)
    }

    static func site(_ folder: String, profileFolders: [String]) throws -> PlayedRules {
        PlayedRules(subject: try .of(site: folder, profileFolders: profileFolders), label: folder)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
