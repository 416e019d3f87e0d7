import ArgumentParser
import EventJournal
import FoundationEssentials
import PlantModel
import PlantTime
import StationAPI

/// `hazardctl journal`: what happened, in which order, who did it, and is the record as it was written?
struct JournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Show, export or verify the journal. 查看、导出或校验报警日志。",
        discussion: """
            hazardctl journal show --limit 50
            hazardctl journal export --from 2026-11-24 --to 2026-11-25 > day.csv
            hazardctl journal verify --state /var/lib/hazardd
            """,
        subcommands: [Show.self, Verify.self, Export.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the newest records. 查看最新记录。")

        @Option(help: "How many, at most 1000. 条数") var limit = 30
        @Option(help: "Only records after this sequence. 此序号之后") var after: UInt64?
        @Flag(help: "One JSON object a line. 每行一个 JSON") var json = false
        @OptionGroup var station: StationOptions

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit takes 1 to 1000, found \(limit)") }
        }

        func run() throws {
            try Refusal.told {
                var channel = try station.open()
                let health: HealthAnswer = try channel.get("/api/v1/health")
                let newest = health.sequence > UInt64(limit) ? health.sequence - UInt64(limit) : 0
                let bytes = try channel.bytes("/api/v1/journal?after=\(after ?? newest)&limit=\(limit)")
                let page: JournalAnswer = try channel.decode(bytes)
                let clock = StationClock(time: health.time, offsetSeconds: health.utcOffsetSeconds)
                if json {
                    let tree: JSONTree = try channel.decode(bytes)
                    for record in tree.list("records") { Terminal.answer(try AlarmsCommand.line(of: record)) }
                } else if page.records.isEmpty {
                    Terminal.note(Phrase.journalEmpty(channel.language))
                } else if let clock {
                    Terminal.answer(
                        Self.table(page.records, clock, channel.language).text(inColour: Terminal.hasColour))
                }
            }
        }

        static func table(_ records: [RecordAnswer], _ clock: StationClock, _ language: Language) -> TextTable {
            TextTable(
                columns: [
                    .init(Phrase.mark(language)), .init(Phrase.sequence(language), isNumber: true),
                    .init(Phrase.time(language)), .init(Phrase.event(language)), .init(Phrase.alarm(language)),
                    .init(Phrase.value(language), isNumber: true), .init(Phrase.who(language)),
                    .init(Phrase.comment(language), widthMax: 40),
                ],
                lines: records.map { record in
                    let badge = ShownWord.badge(colour: record.colour, priority: record.priority)
                    return TextTable.Line(
                        [
                            badge.text, "\(record.sequence)", clock.shown(record.occurredAt),
                            ShownWord.transition(record, language), record.name,
                            ShownText.reading(record.reading, limit: record.limit.value, language), record.actor ?? "",
                            record.comment ?? "",
                        ], colour: badge.number)
                })
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print records of a span as CSV or JSON, times in UTC. 导出一段时间的记录(时间为 UTC)。",
            discussion: "hazardctl journal export --from 2026-11-24 --to 2026-11-25T08:00:00Z > day.csv")

        @Option(help: "First day or time; a day begins at the site's midnight. 起始") var from: String?
        @Option(help: "Day or time that it ends before. 结束(不含)") var to: String?
        @Flag(help: "One JSON object a line instead of CSV. 每行一个 JSON") var json = false
        @Flag(help: "Comma-separated; the default. CSV(默认)") var csv = false
        @OptionGroup var station: StationOptions

        func validate() throws {
            if json && csv { throw ValidationError("--json and --csv exclude each other") }
            for text in [from, to].compactMap({ $0 }) where Self.milliseconds(of: text, offsetSeconds: 0) == nil {
                throw ValidationError("\(text) is no time; expected 2026-11-24 or 2026-11-24T08:30:05Z")
            }
        }

        func run() throws {
            try Refusal.told {
                var channel = try station.open()
                let health: HealthAnswer = try channel.get("/api/v1/health")
                let bound = { (text: String?) in
                    text.flatMap { Self.milliseconds(of: $0, offsetSeconds: health.utcOffsetSeconds) }
                }
                let (first, end) = (bound(from) ?? .min, bound(to) ?? .max)
                if !json { Terminal.answer(CSVText.line(Self.heading)) }
                var after: UInt64? = 0
                while let start = after {
                    let bytes = try channel.bytes("/api/v1/journal?after=\(start)&limit=1000")
                    let page: JournalAnswer = try channel.decode(bytes)
                    let trees = json ? (try channel.decode(bytes) as JSONTree).list("records") : []
                    for (place, record) in page.records.enumerated() {
                        guard let time = TimeText.milliseconds(of: record.occurredAt), time >= first, time < end else {
                            continue
                        }
                        Terminal.answer(json ? try AlarmsCommand.line(of: trees[place]) : Self.line(record))
                    }
                    after = page.next
                }
            }
        }

        private static let heading = [
            "sequence", "occurred_at", "decided_at", "transition", "rule", "occurrence", "version", "state", "priority",
            "point", "value", "unit", "quality", "limit", "actor", "origin", "comment", "refusal", "key",
        ]

        private static func line(_ record: RecordAnswer) -> String {
            CSVText.line([
                "\(record.sequence)", record.occurredAt, record.decidedAt, record.transition, record.rule,
                "\(record.occurrence)", "\(record.version)", record.state, record.priority, record.point,
                record.reading.value.map { "\($0)" } ?? "", record.reading.unit, record.reading.quality,
                record.limit.value.map { "\($0)" } ?? "", record.actor ?? "", record.origin ?? "", record.comment ?? "",
                record.refusal ?? "", record.key,
            ])
        }

        /// A day of the site, or an instant with its zone.
        static func milliseconds(of text: String, offsetSeconds: Int) -> Int64? {
            let day = text + "T00:00:00" + TimeText.offset(offsetSeconds)
            return TimeText.milliseconds(of: text) ?? TimeText.milliseconds(of: day)
        }
    }
}
