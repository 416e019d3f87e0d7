import ArgumentParser
import PlantModel
import PlantTime
import ReplayBench

/// `hazardctl replay --compare OLD NEW`: what changes if the new rules go live.
struct CompareOptions: ParsableArguments {
    @Option(
        name: .customLong("compare"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Compare the alarms of two sets of rules, each a rule file or a site folder. 对比新旧两套规则。",
            valueName: "old new"), completion: .file())
    var sides: [String] = []

    @Option(
        help: ArgumentHelp("Also write the comparison as JSON, every alarm that changes. 另存为 JSON", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var json: String?

    @Option(
        help: ArgumentHelp(
            "Also write it as one self-contained page with plots. 另存为含曲线的单个网页", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Flag(help: "End with status 1 when any alarm changes. 有变化时以状态 1 结束")
    var failOnDifference = false

    @Option(help: "Language, zh or en; a page without it speaks both. 语言(网页默认双语)") var lang: Language?

    @Option(
        help: ArgumentHelp(
            "Offset from UTC of the times shown, such as +08:00; the default is the site's, else +08:00. 时区",
            valueName: "offset"))
    var tz: String?

    var isAsked: Bool { !sides.isEmpty }

    func validate() throws {
        guard isAsked else {
            for (given, name) in [(json, "--json"), (html, "--html")] where given != nil {
                throw ValidationError("\(name) belongs to --compare OLD NEW; without it use --events")
            }
            if failOnDifference { throw ValidationError("--fail-on-difference belongs to --compare OLD NEW") }
            return
        }
        guard sides.count == 2 else {
            throw ValidationError(
                "--compare takes two, OLD and NEW, each a rule file or a site folder; found \(sides.count)")
        }
        if let tz, Self.offset(tz) == nil {
            throw ValidationError("--tz takes an offset from UTC such as +08:00 or Z, found \(tz)")
        }
    }

    /// Seconds east of UTC; nil when the text is no offset.
    static func offset(_ text: String) -> Int? {
        TimeText.milliseconds(of: "1970-01-02T00:00:00\(text)").map { Int(86_400 - $0 / 1000) }
    }

    /// - Parameter sources: read once for each pass; standard input is held in memory.
    func run(_ sources: ReplaySources, profileFolders: [String]) throws {
        try Refusal.told {
            let sides = try sides.map { try PlayedRules.load($0, profileFolders: profileFolders) }
            // The site whose points are numbered and whose log is played; of two rule files either will do.
            let subject = (sides.first { !$0.points.isEmpty } ?? sides[1]).subject
            let test = BackTest(
                old: sides[0].replay, sides[0].label, new: sides[1].replay, sides[1].label, site: subject.replay.site)
            Interrupts.note()
            do {
                if sources.recordings == ["-"] {
                    var source = try RecordingSource(ByteSource(path: "-"), names: try test.names())
                    let held = try HeldTimeline(reading: &source)
                    try run(test, sides, subject, recording: sources.label) { _ in held }
                } else {
                    try run(test, sides, subject, recording: sources.label) {
                        try sources.timeline(for: subject, names: $0)
                    }
                }
            } catch let refusal as Refusal {
                throw refusal
            } catch let code as ExitCode {
                throw code
            } catch {
                // Each of these says file, place, and what would do.
                throw Refusal(.no, "\(error)")
            }
        }
    }

    private func run<Source: TimelineSource & ~Copyable>(
        _ test: BackTest, _ sides: [PlayedRules], _ subject: ReplaySubject, recording: String,
        open: (ReplayNames) throws -> Source
    ) throws {
        let language = lang ?? Language.ofShell(Terminal.environment)
        let offset = tz.flatMap(Self.offset) ?? subject.description.utcOffsetSeconds
        var progress = ReplayProgress(language)
        let comparison = try test.compare(goesOn: { progress.goesOn($0) }, open: open)
        progress.end()
        for note in comparison.new.outcome.tally.notes { Terminal.tell(note) }
        if let json {
            try OutputFile.write(try ComparisonJSON(comparison, recording: recording).encoded(), to: json)
        }
        if let html {
            let facts = PageFacts(
                recording: recording, utcOffsetSeconds: offset, language: lang.map { .one($0) } ?? .both,
                points: sides[1].points + sides[0].points)
            let page = ComparisonPage(
                comparison, closeUps: try test.closeUps(of: comparison, open: open), facts: facts)
            try OutputFile.write(Array(page.html().utf8), to: html)
        }
        if json != "-", html != "-" {
            let report = CompareReport(
                comparison: comparison, recording: recording, utcOffsetSeconds: offset,
                language: language)
            Terminal.answer(report.text(inColour: Terminal.hasColour))
        }
        if !comparison.isWhole { throw ExitStatus.interrupted.code }
        if failOnDifference, comparison.differs { throw ExitStatus.no.code }
    }
}
