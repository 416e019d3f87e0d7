import ArgumentParser
import FoundationEssentials
import PlantModel
import StationAPI

/// `hazardctl alarms`: what must I answer now, and what do I do?
struct AlarmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "List open alarms, or follow them live. 列出未结报警,或实时跟踪。",
        discussion: """
            hazardctl alarms
            hazardctl alarms --priority CRITICAL,HIGH
            hazardctl alarms --watch
            hazardctl alarms --json | jq .rule

            The line under the list says how much of the plant it speaks for: "no open alarms" and "no open alarms \
            among what can be seen" are two things. --watch shows its own age; when the line to the station is lost \
            it says so, and catches up without a hole when it is back.
            """)

    @Flag(name: .shortAndLong, help: "Follow live until Ctrl-C. 实时跟踪") var watch = false
    @Option(help: "Only these, as CRITICAL,HIGH. 仅这些优先级") var priority: String?
    @Flag(help: "One JSON object a line. 每行一个 JSON") var json = false
    @Flag(help: "Comma-separated, times in UTC. CSV,时间为 UTC") var csv = false
    @OptionGroup var station: StationOptions

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
        if watch && csv { throw ValidationError("--csv prints one list; leave out --watch") }
        for word in priorities ?? [] where Priority(word: word) == nil {
            throw ValidationError("unknown priority \(word); known: CRITICAL, HIGH, MEDIUM, LOW")
        }
    }

    private var priorities: Set<String>? {
        priority.map { Set($0.split(separator: ",").map(String.init)) }
    }

    func run() throws {
        try Refusal.told {
            var channel = try station.open()
            if watch {
                var watch = AlarmWatch(priorities: priorities, json: json)
                try watch.run(&channel)
            } else {
                try list(&channel)
            }
        }
    }

    private func list(_ channel: inout StationChannel) throws {
        let bytes = try channel.bytes("/api/v1/alarms" + (priority.map { "?priority=\($0)" } ?? ""))
        let list: AlarmListAnswer = try channel.decode(bytes)
        if json {
            let tree: JSONTree = try channel.decode(bytes)
            for alarm in tree.list("alarms") { Terminal.answer(try Self.line(of: alarm)) }
            return
        }
        let board = AlarmBoard(list)
        if csv {
            Terminal.answer(Self.csv(board))
            return
        }
        let health: HealthAnswer = try channel.get("/api/v1/health")
        guard let clock = StationClock(time: health.time, offsetSeconds: health.utcOffsetSeconds) else {
            throw Refusal(
                .notReached, Phrase.answerUnreadable(channel.language, ["place": channel.place, "reason": "time"]))
        }
        if board.openCount > 0 {
            Terminal.answer(board.table(clock, channel.language).text(inColour: Terminal.hasColour))
        }
        for line in WatchSummary(health).lines(for: board, channel.language) { Terminal.answer(line) }
    }

    static func line(of tree: JSONTree) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(tree), as: UTF8.self)
    }

    private static func csv(_ board: AlarmBoard) -> String {
        let heading = [
            "priority", "colour", "state", "rule", "occurrence", "version", "point", "value", "unit", "quality",
            "limit",
            "kind", "occurred_at", "acknowledged_by", "sequence",
        ]
        let rows = board.inOrder.map { alarm in
            [
                alarm.priority, alarm.colour, alarm.state, alarm.rule, "\(alarm.occurrence)", "\(alarm.version)",
                alarm.point, alarm.reading.value.map { "\($0)" } ?? "", alarm.reading.unit, alarm.reading.quality,
                alarm.limit.value.map { "\($0)" } ?? "", alarm.limit.kind, alarm.occurredAt,
                alarm.acknowledged?.by ?? "", "\(alarm.sequence)",
            ]
        }
        return ([heading] + rows).map(CSVText.line).joined(separator: "\n")
    }
}
