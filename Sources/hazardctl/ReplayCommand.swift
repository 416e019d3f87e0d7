import ArgumentParser
import PlantTime
import ReplayBench

/// `hazardctl replay`: a time line through the very core that runs in the station.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a recording, a history or a script through rules; write the alarms. 回放数据,输出本应发生的报警。",
        discussion: """
            The core is the one that runs in the station: what it says here it would have said there.

            Examples:
              hazardctl replay --rules tank.yaml --recording may.csv --events alarms.csv
              hazardctl replay --site /etc/hazardd --recording may.csv
              hazardctl replay --site /etc/hazardd --history /var/lib/hazardd --from 2026-11-24 --to 2026-11-25
              hazardctl replay --site /etc/hazardd --capture wire.jsonl --journal seen.jsonl
              hazardctl replay --rules tank.yaml --script overfill.yaml --journal overfill.csv
              zcat may.csv.gz | hazardctl replay --rules tank.yaml --recording -
              hazardctl replay --compare tank.yaml tank-new.yaml --recording may.csv --html changes.html
              hazardctl replay --compare /etc/hazardd new-site --history /var/lib/hazardd --from 2026-11-24

            The recording: time,point,value,quality
              2024-01-01T00:00:00.000Z,LT-1203,3.41,GOOD
            Rows stand in the order of time; one older than the newest before it is dropped and counted. Quality is \
            GOOD, UNCERTAIN or BAD; a value that is no finite number is a bad row. Points that no rule names only move \
            the clock, which starts at the first row and stops at the last: a delay that ends later does not come.

            The history is the station's own input log, read only, also while the station runs: every sample, tick and \
            command in the order in which its core took them. With the rules that were in force it gives the events \
            that the journal holds. --from still plays what lies before (or begins with a snapshot), so that alarms \
            that were open are known; only what happened from then on is written.

            The capture: Modbus frames and MQTT messages as they came, decoded through the site's profiles by the \
            station's own decoders; one JSON object a line, endpoint and broker by their ids in the site:
              {"time":"2026-11-24T08:30:00.120Z","endpoint":"nh3","request":"0001...","response":"0001..."}
              {"time":"2026-11-24T08:30:00.500Z","broker":"park","topic":"park/demo/crane/TC-1/telemetry","payload":"{...}"}
            (payload_base64, retained, qos, properties; "link":"down"; no response: none came in time)

            The script: what points read, which devices go, what people do; spans count from its beginning.
              for: 10m
              every: 1s
              seed: 7
              points:
                LT-1203:
                  value: 3.0
                  signals:
                    - noise: {sd: 0.02}
                    - ramp: {at: 1m, to: 9.5, over: 2m}
                    - exception: {at: 5m, for: 10s, code: 4}
              last_wills:
                - {device: TC-1, at: 2m, for: 30s}
              actions:
                - acknowledge: {rule: LT-1203.HH, at: 4m, by: zhang, comment: "crew sent"}
            Signals: step, ramp, spike {to | by}; sine {amplitude, period}; drift {by, per}; noise {sd, seed}; freeze; \
            drop_out; burst {every}; late {by}; duplicate; clock_jump {by: -1h}; exception {code}; bad {reason}; each \
            with at, and with for where it can end. Acts: acknowledge, unacknowledge, reset, comment, and those that \
            the station refuses today. Without occurrence an act means the alarm as it stands then. The script \
            begins at its start, else with the other sources, else at 2024-01-01T00:00:00Z.

            Several sources are one line: by time; at one instant recordings first, in the order given, then the \
            history, captures, scripts; commands come last of their instant.

            The events: time,rule,point,event,value
              2024-01-01T00:02:10.000Z,LT-1203.HH,LT-1203,raise,9.2

            --journal writes the whole life of every alarm as the station's journal would: states before and after, \
            occurrence, version, key, who answered (.jsonl: the journal's own JSON, one record a line; else CSV whose \
            first columns are those of 'hazardctl journal export'). --deliveries writes whom the station would have \
            told of what, and when; nothing is sent.

            --compare OLD NEW asks what changes if new rules go live, each a rule file or a site folder: alarms added, \
            gone, earlier, later; rate, floods, chattering. An old and a new alarm of one rule id are the same if they \
            overlap in time, the longest overlap first, or else if their raises lie at most 10 min apart, the nearest \
            first. Status 0 whatever is found; with --fail-on-difference 1 when any alarm changes.

            Mistakes go to standard error as file:line:column: error: ..., and then nothing is written. Ctrl-C ends \
            in order: what was found so far is written beside the file named, as FILE.partial, right up to the instant \
            that is told; a second Ctrl-C ends at once.

            Exit status: 0 played to the end, 1 a mistake in the rules or a source, 64 wrong usage, 130 interrupted.
            """)

    @Option(
        help: ArgumentHelp("A rule file.", valueName: "rules.yaml"), completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @Option(
        help: ArgumentHelp("A site folder: its points, and the rules in force on them.", valueName: "folder"),
        completion: .directory)
    var site: String?

    @OptionGroup var profiles: ProfileFolders

    @OptionGroup var sources: ReplaySources

    @Option(
        help: ArgumentHelp("Where the events go, put in place whole; - is standard output.", valueName: "out.csv"),
        completion: .file(extensions: ["csv"]))
    var events = "-"

    @Option(
        help: ArgumentHelp("Where the journal's records go, .jsonl or .csv. 完整报警记录", valueName: "out.jsonl"),
        completion: .file(extensions: ["jsonl", "csv"]))
    var journal: String?

    @Option(
        help: ArgumentHelp("Where the messages go that would have been sent. 本应发送的通知", valueName: "out.csv"),
        completion: .file(extensions: ["csv"]))
    var deliveries: String?

    @OptionGroup(title: "Comparing two sets of rules") var comparing: CompareOptions

    func validate() throws {
        if comparing.isAsked {
            guard rules == nil, site == nil else {
                throw ValidationError("--compare names both sets of rules itself; leave --rules and --site out")
            }
            guard journal == nil, deliveries == nil else {
                throw ValidationError("--compare writes neither --journal nor --deliveries")
            }
            guard sources.isOneRecording || !sources.recordings.contains("-") else {
                throw ValidationError("--compare reads its sources more than once; put standard input into a file")
            }
            return
        }
        guard (rules == nil) != (site == nil) else {
            throw ValidationError("give --rules FILE or --site FOLDER, one of them")
        }
        guard site != nil || (sources.history == nil && sources.captures.isEmpty && deliveries == nil) else {
            throw ValidationError(
                "--history, --capture and --deliveries need --site: its points, profiles and people")
        }
        let toScreen = [events, journal, deliveries].count { $0 == "-" }
        guard toScreen < 2 else {
            throw ValidationError("only one of --events, --journal and --deliveries can go to standard output")
        }
    }

    func run() throws {
        if comparing.isAsked {
            return try comparing.run(sources, profileFolders: profiles.all)
        }
        let language = comparing.lang ?? Language.ofShell(Terminal.environment)
        guard
            let subject = try rules.map(ReplaySubject.of(ruleFile:))
                ?? site.map({ try ReplaySubject.of(site: $0, profileFolders: profiles.all) })
        else { return }
        do {
            Interrupts.note()
            var played = try ReplayRun(subject, sources, journal: journal, deliveries: deliveries, language)
            let isWhole = try played.play()
            let files = try written(&played, isWhole: isWhole)
            for note in played.outcome.tally.notes { Terminal.tell(note) }
            Terminal.note(played.summary(language))
            guard !isWhole else { return }
            Terminal.tell(Phrase.replayPartial(language, ["to": played.reached, "files": files]))
            throw ExitStatus.interrupted.code
        } catch let code as ExitCode {
            throw code
        } catch {
            // Each of these says file, place, and what would do.
            Terminal.note("\(error)")
            throw ExitStatus.no.code
        }
    }

    /// Puts the sheets in place; of a replay that was interrupted, beside the files that were named.
    private func written(_ played: inout ReplayRun, isWhole: Bool) throws -> String {
        var files: [String] = []
        for (bytes, path) in [
            (played.eventBytes(), events), (played.journalBytes, journal), (played.deliveryBytes, deliveries),
        ] {
            guard let bytes, let path else { continue }
            let place = isWhole || path == "-" ? path : "\(path).partial"
            try OutputFile.write(bytes, to: place)
            if place != "-" { files.append(place) }
        }
        return files.isEmpty ? "-" : files.joined(separator: ", ")
    }
}
