import ArgumentParser
import PlantModel
import PlantTime
import ReplayBench
import SampleHistory
import SiteProfile

/// Where the time line of a replay comes from; several sources are merged by time.
struct ReplaySources: ParsableArguments {
    @Option(
        name: .customLong("recording"),
        help: ArgumentHelp(
            "A recording, time,point,value,quality; - is standard input. 记录文件", valueName: "rec.csv"),
        completion: .file(extensions: ["csv"]))
    var recordings: [String] = []

    @Option(
        help: ArgumentHelp(
            "A station's own log: its state folder, or history.sqlite. 监测站自身的历史", valueName: "state"),
        completion: .directory)
    var history: String?

    @Option(
        name: .customLong("capture"),
        help: ArgumentHelp(
            "Modbus frames and MQTT messages as they came, JSON lines. 原始报文", valueName: "wire.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var captures: [String] = []

    @Option(
        name: .customLong("script"),
        help: ArgumentHelp(
            "A script: signals of points, devices that go, what people do. 脚本", valueName: "day.yaml"),
        completion: .file(extensions: ["yaml", "yml"]))
    var scripts: [String] = []

    @Option(help: "Events from this day or time on, e.g. 2026-11-24T08:00:00Z. 起始(含)") var from: String?
    @Option(help: "Only what was taken before this day or time. 结束(不含)") var to: String?

    var isOneRecording: Bool {
        recordings.count == 1 && history == nil && captures.isEmpty && scripts.isEmpty && from == nil && to == nil
    }

    func validate() throws {
        guard !recordings.isEmpty || history != nil || !captures.isEmpty || !scripts.isEmpty else {
            throw ValidationError("give a source: --recording, --history, --capture or --script")
        }
        for text in [from, to].compactMap({ $0 }) where Self.instant(text, offsetSeconds: 0) == nil {
            throw ValidationError("\(text) is no time; expected 2026-11-24 or 2026-11-24T08:30:05Z")
        }
        guard (recordings + captures).count(where: { $0 == "-" }) < 2 else {
            throw ValidationError("standard input can be one source only")
        }
    }

    /// A day begins at the site's midnight.
    func span(_ subject: ReplaySubject) -> HistorySource.Span {
        let offset = subject.description.utcOffsetSeconds
        return HistorySource.Span(
            from: from.flatMap { Self.instant($0, offsetSeconds: offset) },
            to: to.flatMap { Self.instant($0, offsetSeconds: offset) })
    }

    /// What is played, in a person's words.
    var label: String { (recordings + [history].compactMap { $0 } + scripts).joined(separator: " + ") }

    /// The one line of all sources.
    /// - Parameter names: of the core that plays it; nil: the subject's own.
    func timeline(for subject: ReplaySubject, names: ReplayNames? = nil) throws -> MergedTimeline {
        let names = try names ?? subject.replay.names()
        let span = span(subject)
        var feeds: [TimelineFeed] = []
        for path in recordings {
            feeds.append(.of(try RecordingSource(ByteSource(path: path), names: names)))
        }
        if let history {
            let reader = try HistoryReader(history)
            feeds.append(
                .of(
                    try HistorySource(
                        reader, names: names, site: subject.replay.site, span: span,
                        mayRestore: feeds.isEmpty && captures.isEmpty && scripts.isEmpty)))
        }
        for path in captures {
            feeds.append(
                .of(CaptureSource(try ByteSource(path: path), modbus: subject.modbus, brokers: subject.brokers)))
        }
        // A script without a beginning of its own begins with what it is mixed with.
        var timeline = MergedTimeline(feeds)
        let begins = try timeline.firstInstant()
        for path in scripts {
            let result = ScriptReader.read(path: path)
            try ReplaySubject.refuse(result.diagnostics)
            guard let script = result.script else { continue }
            timeline.append(
                .of(
                    try ScriptSource(script, file: path, names: names, devices: subject.devices, begins: begins)))
        }
        return timeline
    }

    private static func instant(_ text: String, offsetSeconds: Int) -> PlantInstant? {
        JournalCommand.Export.milliseconds(of: text, offsetSeconds: offsetSeconds).map {
            PlantInstant(milliseconds: $0)
        }
    }
}
