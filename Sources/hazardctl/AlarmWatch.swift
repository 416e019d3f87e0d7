import FoundationEssentials
import PlantModel
import PlantTime
import StationAPI

/// `alarms --watch`: a picture that tells its own age, follows the stream, and never shows a dead line as a quiet plant.
struct AlarmWatch {
    /// The station beats every 2 s; two missing beats and a little more are a lost line.
    private static let silenceLimit: Duration = .seconds(5)

    let priorities: Set<String>?
    let json: Bool
    /// Redraws on a terminal; prints a line per event elsewhere.
    private let redraws = Terminal.isInteractive
    /// Runs on while the station is away; only ages are taken from it.
    private let steady = SteadyClock()

    init(priorities: Set<String>?, json: Bool) {
        self.priorities = priorities
        self.json = json
    }

    /// The picture and when it was of now.
    private final class Picture {
        var board: AlarmBoard
        var summary: WatchSummary
        var clock: StationClock
        var freshAt: PlantInstant

        init(board: AlarmBoard, summary: WatchSummary, clock: StationClock, freshAt: PlantInstant) {
            self.board = board
            self.summary = summary
            self.clock = clock
            self.freshAt = freshAt
        }
    }

    /// Follows until interrupted. Throws only when the station was not there to begin with, or turns us away.
    mutating func run(_ channel: inout StationChannel) throws {
        let picture = try load(&channel)
        show(picture, channel.language)
        while true {
            let language = channel.language
            let lostAt = picture.freshAt
            // Events come on this thread, inside `follow`, one after the other.
            let watch = self
            let reason = try channel.follow(after: picture.board.sequence, silenceLimit: Self.silenceLimit) { event in
                watch.take(event, into: picture, lostAt: lostAt, language)
            }
            try reconnect(&channel, picture, reason)
        }
    }

    private func load(_ channel: inout StationChannel) throws -> Picture {
        let list: AlarmListAnswer = try channel.get("/api/v1/alarms")
        let health: HealthAnswer = try channel.get("/api/v1/health")
        guard let clock = StationClock(time: health.time, offsetSeconds: health.utcOffsetSeconds) else {
            throw Refusal(
                .notReached, Phrase.answerUnreadable(channel.language, ["place": channel.place, "reason": "time"]))
        }
        return Picture(
            board: AlarmBoard(list, priorities: priorities), summary: WatchSummary(health), clock: clock,
            freshAt: steady.now())
    }

    private func take(_ event: StreamEvent, into picture: Picture, lostAt: PlantInstant, _ language: Language) {
        let now = steady.now()
        switch event.name {
        case "beat":
            guard let beat = try? JSONDecoder().decode(BeatAnswer.self, from: Data(event.data.utf8)),
                let clock = StationClock(time: beat.time, offsetSeconds: picture.clock.offsetSeconds)
            else { return }
            picture.clock = clock
            picture.summary.apply(beat)
        case "alarm", "command":
            guard let record = try? JSONDecoder().decode(RecordAnswer.self, from: Data(event.data.utf8)) else { return }
            let isNew = record.sequence > picture.board.sequence
            picture.board.apply(record)
            if isNew, picture.board.isShown(record.priority) { print(record, event, picture, language) }
        default: return
        }
        if now - picture.freshAt > Self.silenceLimit {
            let blind = ShownText.span(seconds: (now - picture.freshAt).seconds)
            Terminal.note(Phrase.again(language, ["age": blind]))
        }
        picture.freshAt = now
        show(picture, language)
    }

    private func show(_ picture: Picture, _ language: Language, lost: String? = nil) {
        guard redraws, !json else { return }
        let age = ShownText.span(seconds: (steady.now() - picture.freshAt).seconds)
        var lines = [
            lost
                ?? Phrase.watching(
                    language,
                    ["sequence": "\(picture.board.sequence)", "time": picture.clock.shownNow, "age": age])
        ]
        if picture.board.openCount > 0 {
            lines.append(picture.board.table(picture.clock, language).text(inColour: Terminal.hasColour))
        }
        lines += picture.summary.lines(for: picture.board, language)
        Terminal.redraw(lines.joined(separator: "\n"))
    }

    private func print(_ record: RecordAnswer, _ event: StreamEvent, _ picture: Picture, _ language: Language) {
        if json { return Terminal.answer(event.data) }
        guard !redraws else { return }
        Terminal.answer(RecordLine.text(record, picture.clock, language))
    }

    /// Says that the picture stands still, and goes on trying. A picture that the journal has left behind (a restored
    /// machine, another journal) is loaded afresh.
    private func reconnect(_ channel: inout StationChannel, _ picture: Picture, _ reason: String) throws {
        let language = channel.language
        let shownTime = picture.clock.shownNow
        while true {
            let age = ShownText.span(seconds: (steady.now() - picture.freshAt).seconds)
            let line = Phrase.lost(language, ["time": shownTime, "age": age]) + " (\(reason))"
            if redraws, !json { show(picture, language, lost: line) } else { Terminal.note(line) }
            Terminal.pause(milliseconds: 1000)
            guard let health: HealthAnswer = try? channel.get("/api/v1/health") else { continue }
            guard health.sequence < picture.board.sequence else { return }
            let fresh = try load(&channel)
            picture.board = fresh.board
            picture.summary = fresh.summary
            picture.clock = fresh.clock
            return
        }
    }
}

/// One record of the journal on one line.
enum RecordLine {
    static func text(_ record: RecordAnswer, _ clock: StationClock, _ language: Language) -> String {
        let badge = ShownWord.badge(colour: record.colour, priority: record.priority)
        let name = record.pointName?.text(language) ?? record.point
        let reading = ShownText.reading(record.reading, limit: record.limit.value, language)
        var parts = [
            clock.shown(record.occurredAt), badge.text, ShownWord.transition(record, language), record.name, name,
            reading,
            ShownText.limit(record.limit), "#\(record.sequence)",
        ]
        if let actor = record.actor { parts.append("(\(actor))") }
        if let comment = record.comment { parts.append("“\(comment)”") }
        if record.transition == "raise", let action = record.guidance?.action.text(language), !action.isEmpty {
            parts.append("→ \(action)")
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "  ")
    }
}
