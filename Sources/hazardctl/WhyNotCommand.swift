import ArgumentParser
import PlantModel
import PlantTime
import ReplayBench

/// `hazardctl why-not RULE TIME`: what kept a rule from being raised.
struct WhyNotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why-not", abstract: "Tell what kept a rule from being raised at a time. 某规则当时为何没有报警。",
        discussion: """
            The inputs that the station logged are played through the very core, up to that time and a little behind it; \
            the answer names the sample, the clause, the timer, what could not be seen, and how near it came. Files are \
            opened read-only; the station may be running.

            Examples:
              hazardctl why-not NH3-101.HH 2026-11-24T08:30:05
              hazardctl why-not NH3-101.HH 2026-11-24T00:30:05Z --state /var/lib/hazardd --site /etc/hazardd
              hazardctl why-not LT-1203.H 2024-05-01T08:30:00 --rules tank.yaml --recording may.csv

            A time without Z or an offset is the site's own. --around says how much on either side is looked at for the \
            nearest that it came.

            Exit status: 0 answered, 1 nothing is known of that time, no such rule, or a mistake in a file, 64 wrong \
            usage, 69 no log there.
            """)

    @Argument(help: "The rule's id. 规则编号") var rule: String
    @Argument(help: "When: 2026-11-24T08:30:05, with Z or an offset if not the site's. 时刻") var time: String

    @Option(
        help: ArgumentHelp("Ask of a recording: its rules.", valueName: "rules.yaml"),
        completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @Option(
        help: ArgumentHelp("Ask of a recording instead of the station's log.", valueName: "rec.csv"),
        completion: .file(extensions: ["csv"]))
    var recording: String?

    @Option(help: ArgumentHelp("Seconds on either side that are looked at. 前后查看的秒数", valueName: "seconds"))
    var around = 600

    @OptionGroup var options: WhyOptions

    func validate() throws {
        guard Self.instant(time, utcOffsetSeconds: 0) != nil else {
            throw ValidationError(
                "\(time) is no time; expected 2026-11-24T08:30:05, with Z or +08:00 if not the site's")
        }
        guard (1...86_400).contains(around) else {
            throw ValidationError("--around takes 1 to 86400 seconds, found \(around)")
        }
        if rules != nil, recording == nil { throw ValidationError("--rules belongs to --recording") }
        if rules != nil, options.site != nil {
            throw ValidationError("give --rules FILE or --site FOLDER, one of them")
        }
    }

    func run() throws {
        try Refusal.told {
            let played = try loadRules()
            let unit = played.unit(of: rule)
            let manner = options.manner(played, unit: unit)
            guard let instant = Self.instant(time, utcOffsetSeconds: manner.utcOffsetSeconds) else {
                throw Refusal(.usage, "\(time) is no time")
            }
            let span = Duration.seconds(around)
            do {
                let trace: RuleTrace
                if let recording {
                    trace = try played.replay.trace(
                        rule, from: instant - span, at: instant, through: instant + span
                    ) {
                        try RecordingSource(ByteSource(path: recording), names: $0)
                    }
                } else {
                    trace = try StationRecords(options, played).trace(
                        rule, from: instant - span, at: instant, through: instant + span)
                }
                try options.tell(WhyNot(trace, at: instant, manner: manner).answer())
            } catch let missing as RuleNotInForce {
                throw Refusal(.no, Self.line(missing, played.label))
            } catch let mistake as RecordingMistake {
                throw Refusal(.no, "\(mistake)")
            }
        }
    }

    private func loadRules() throws -> PlayedRules {
        if let rules { return try PlayedRules.ruleFile(rules) }
        return try PlayedRules.site(options.siteFolder(), profileFolders: options.profiles.all)
    }

    static func line(_ missing: RuleNotInForce, _ place: String) -> String {
        let near = missing.near.isEmpty ? "" : "; like it: \(missing.near.joined(separator: ", "))"
        return "\(place): no rule \(missing.id) is in force there / 没有生效的规则 \(missing.id)\(near)"
    }

    /// With its own zone, or in the one that is given.
    static func instant(_ text: String, utcOffsetSeconds: Int) -> PlantInstant? {
        let own = TimeText.milliseconds(of: text)
        let local = TimeText.milliseconds(of: text + TimeText.offset(utcOffsetSeconds))
        return (own ?? local).map { PlantInstant(milliseconds: $0) }
    }
}
