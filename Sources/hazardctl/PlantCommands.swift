import ArgumentParser
import PlantModel
import PlantTime
import StationAPI

/// `hazardctl points`: what stands at every point now, and where we are blind.
struct PointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "points", abstract: "Show what every point reads now. 显示各测点当前值。",
        discussion: """
            hazardctl points
            hazardctl points --bad       exit status 1 when a point cannot be judged 有无效测点时退出码为 1
            hazardctl points --watch
            """)

    @Flag(help: "Only points that cannot be judged. 仅无效测点") var bad = false
    @Flag(name: .shortAndLong, help: "Show again every 2 s until Ctrl-C. 每 2 秒刷新") var watch = false
    @Flag(help: "One JSON object a line. 每行一个 JSON") var json = false
    @Flag(help: "Comma-separated, times in UTC. CSV,时间为 UTC") var csv = false
    @OptionGroup var station: StationOptions

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
    }

    func run() throws {
        try Refusal.told {
            var channel = try station.open()
            let health: HealthAnswer? = watch ? try channel.get("/api/v1/health") : nil
            var shown = try show(&channel)
            let steady = SteadyClock()
            var shownAt = steady.now()
            while let health {
                Terminal.pause(milliseconds: 2000)
                do {
                    shown = try show(&channel)
                    shownAt = steady.now()
                } catch let refusal as Refusal where refusal.status == .notReached {
                    let clock = StationClock(time: shown.time, offsetSeconds: health.utcOffsetSeconds)
                    let age = ShownText.span(seconds: (steady.now() - shownAt).seconds)
                    Terminal.note(
                        Phrase.lost(channel.language, ["time": clock?.shownNow ?? shown.time, "age": age]))
                }
            }
            if bad, shown.badCount > 0 { throw ExitStatus.no.code }
        }
    }

    /// - Returns: how many of the shown points are bad, and the station's time of the picture.
    private func show(_ channel: inout StationChannel) throws -> (badCount: Int, time: String) {
        let bytes = try channel.bytes("/api/v1/points" + (bad ? "?quality=bad" : ""))
        let list: PointListAnswer = try channel.decode(bytes)
        let points = list.points
        if json {
            let tree: JSONTree = try channel.decode(bytes)
            for point in tree.list("points") { Terminal.answer(try AlarmsCommand.line(of: point)) }
        } else if csv {
            Terminal.answer(Self.csv(points))
        } else if points.isEmpty {
            Terminal.note(Phrase.nothingToShow(channel.language))
        } else {
            let text = Self.table(points, channel.language).text()
            if watch, Terminal.isInteractive { Terminal.redraw(text) } else { Terminal.answer(text) }
        }
        return (points.count { $0.quality == "bad" }, list.time)
    }

    static func table(_ points: [PointAnswer], _ language: Language) -> TextTable {
        TextTable(
            columns: [
                .init(Phrase.point(language)), .init(Phrase.name(language), widthMax: 28),
                .init(Phrase.value(language), isNumber: true), .init(Phrase.quality(language)),
                .init(Phrase.age(language), isNumber: true),
            ],
            lines: points.map { point in
                TextTable.Line([
                    point.tag, point.name?.text(language) ?? "", value(of: point),
                    ShownWord.quality(point.quality, reason: point.reason, language),
                    point.ageSeconds.map { ShownText.span(seconds: $0) } ?? Phrase.noSample(language),
                ])
            })
    }

    /// A bad point has no value; the last usable one stands in brackets.
    private static func value(of point: PointAnswer) -> String {
        if point.quality != "bad", let value = point.exact { return ShownText.measured(value, unit: point.unit) }
        return point.lastUsable.map { "? (\(ShownText.measured($0, unit: point.unit)))" } ?? "?"
    }

    private static func csv(_ points: [PointAnswer]) -> String {
        let heading = ["tag", "value", "unit", "quality", "reason", "last_usable", "time"]
        let rows = points.map { point in
            [
                point.tag, point.exact?.digits ?? "", point.unit, point.quality, point.reason ?? "",
                point.lastUsable.map { "\($0)" } ?? "", point.time ?? "",
            ]
        }
        return ([heading] + rows).map(CSVText.line).joined(separator: "\n")
    }
}

/// `hazardctl health`: is the watch awake?
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Say whether the station watches, records and tells. 监测是否正常。",
        discussion: "hazardctl health      exit status 0 awake, 1 impaired, 69 not reached 退出码:0 正常,1 受损,69 无法连接")

    @Flag(help: "One JSON object. 一个 JSON") var json = false
    @OptionGroup var station: StationOptions

    func run() throws {
        try Refusal.told {
            var channel = try station.open()
            let bytes = try channel.bytes("/api/v1/health")
            let health: HealthAnswer = try channel.decode(bytes)
            if json {
                Terminal.answer(try AlarmsCommand.line(of: try channel.decode(bytes)))
            } else {
                for line in Self.lines(health, channel.language) { Terminal.answer(line) }
            }
            if !health.ready || health.storageLost || health.beats.contains(where: { !$0.alive }) {
                throw ExitStatus.no.code
            }
        }
    }

    static func lines(_ health: HealthAnswer, _ language: Language) -> [String] {
        let clock = StationClock(time: health.time, offsetSeconds: health.utcOffsetSeconds)
        let isAwake = health.ready && !health.storageLost && health.beats.allSatisfy(\.alive)
        let head: Phrase = isAwake ? .watchAwake : .watchImpaired
        var lines = [head(language, ["site": health.site, "time": clock?.shownNow ?? health.time])]
        lines += health.reasons.map { Phrase.notReady(language, ["reason": $0]) }
        if health.storageLost { lines.append(Phrase.storageLostLine(language)) }
        lines.append(
            Phrase.pointsJudged(language, ["live": "\(health.pointsLive)", "total": "\(health.pointsTotal)"]))
        lines.append(Phrase.sourcesUp(language, ["up": "\(health.sourcesUp)", "total": "\(health.sourcesTotal)"]))
        if let age = health.newestSampleAgeSeconds {
            lines.append(Phrase.newestSample(language, ["age": ShownText.span(seconds: age)]))
        }
        let oldest = ShownText.span(seconds: health.outboxOldestSeconds)
        lines.append(Phrase.outbox(language, ["count": "\(health.outboxPending)", "age": oldest]))
        let stages = health.beats.map { beat in
            "\(beat.alive ? "" : "! ")\(beat.stage) \(ShownText.span(seconds: beat.ageSeconds))"
        }
        lines.append(Phrase.stages(language, ["list": stages.joined(separator: ", ")]))
        return lines
    }
}
