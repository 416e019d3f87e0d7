import ArgumentParser
import Glibc
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile

/// `hazardctl replay`: a recording through the very core that runs in the station.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a recording through rules; write the alarms that would have come. 回放记录,输出本应发生的报警。",
        discussion: """
            The core is the one that runs in the station: what it says here it would have said there.

            Examples:
              hazardctl replay --rules tank.yaml --recording may.csv --events alarms.csv
              hazardctl replay --site /etc/hazardd --recording may.csv
              zcat may.csv.gz | hazardctl replay --rules tank.yaml --recording -
              hazardctl replay --compare tank.yaml tank-new.yaml --recording may.csv --html changes.html

            The recording: time,point,value,quality
              2024-01-01T00:00:00.000Z,LT-1203,3.41,GOOD
            Rows stand in the order of time; one older than the newest before it is dropped and counted. Quality is \
            GOOD, UNCERTAIN or BAD; a value that is no finite number is a bad row. Points that no rule names only move \
            the clock, which starts at the first row and stops at the last: a delay that ends later does not come.

            The events: time,rule,point,event,value
              2024-01-01T00:02:10.000Z,LT-1203.HH,LT-1203,raise,9.2

            --compare OLD NEW asks what changes if new rules go live, each a rule file or a site folder: alarms added, \
            gone, earlier, later; rate, floods, chattering. An old and a new alarm of one rule id are the same if they \
            overlap in time, the longest overlap first, or else if their raises lie at most 10 min apart, the nearest \
            first. Status 0 whatever is found; with --fail-on-difference 1 when any alarm changes.

            Mistakes go to standard error as file:line:column: error: ..., and then no events are written.

            Exit status: 0 played to the end, 1 a mistake in the rules or the recording, 64 wrong usage.
            """)

    @Option(
        help: ArgumentHelp("A rule file.", valueName: "rules.yaml"), completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @Option(
        help: ArgumentHelp("A site folder: its points, and the rules in force on them.", valueName: "folder"),
        completion: .directory)
    var site: String?

    @Option(
        name: .customLong("profiles"),
        help: "A folder of device profiles, searched after the site's own; may be given more than once.",
        completion: .directory)
    var profileFolders: [String] = []

    @Option(
        help: ArgumentHelp("The recording; - is standard input.", valueName: "rec.csv"),
        completion: .file(extensions: ["csv"]))
    var recording: String

    @Option(
        help: ArgumentHelp("Where the events go, put in place whole; - is standard output.", valueName: "out.csv"),
        completion: .file(extensions: ["csv"]))
    var events = "-"

    @OptionGroup(title: "Comparing two sets of rules") var comparing: CompareOptions

    func validate() throws {
        if comparing.isAsked {
            guard rules == nil, site == nil else {
                throw ValidationError("--compare names both sets of rules itself; leave --rules and --site out")
            }
            return
        }
        guard (rules == nil) != (site == nil) else {
            throw ValidationError("give --rules FILE or --site FOLDER, one of them")
        }
    }

    func run() throws {
        if comparing.isAsked {
            return try comparing.run(recording: recording, profileFolders: profileFolders)
        }
        guard let replay = try rules.map(replay(ofRuleFile:)) ?? site.map(replay(ofSite:)) else { return }
        do {
            let report = try replay.run(ByteSource(path: recording))
            try OutputFile.write(report.sheet, to: events)
            tell(summary(of: report))
        } catch {
            // Each of these says file, place, and what would do.
            tell("\(error)")
            throw ExitCode(1)
        }
    }

    private func replay(ofRuleFile path: String) throws -> Replay {
        let file = RuleFile.read(path: path)
        try refuse(file.diagnostics)
        return Replay(rules: file.rules)
    }

    private func replay(ofSite folder: String) throws -> Replay {
        let folders = profileFolders.isEmpty ? SiteLoader.usualProfileFolders : profileFolders
        // A recording needs no addresses: a site that is still to be filled in can be played.
        let result = SiteLoader.load(directory: folder, profileFolders: folders, addresses: .mayBeMissing)
        try refuse(result.diagnostics)
        guard let site = result.site else { throw ExitCode(1) }
        return Replay(rules: site.rules, points: site.description.points.map(\.tag), site: site.description.id)
    }

    /// Warnings are `check`'s; here only what keeps the rules from being played is told.
    private func refuse(_ diagnostics: [Diagnostic]) throws {
        guard diagnostics.hasErrors else { return }
        for diagnostic in diagnostics where diagnostic.severity == .error { tell(diagnostic.description) }
        throw ExitCode(1)
    }

    private func summary(of report: Replay.Report) -> String {
        let span = report.first.flatMap { first in
            report.last.map { " from \(TimeText.utc(first)) to \(TimeText.utc($0))" }
        }
        let dropped = report.rowsDropped == 0 ? "" : " (\(report.rowsDropped) older than a row before them, dropped)"
        return "\(report.rows) rows\(dropped)\(span ?? ""): \(report.events) events"
    }

    private func tell(_ line: String) {
        var bytes = Array("\(line)\n".utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
