import ArgumentParser
import PlantModel
import StationAPI

/// What the four acts have in common: which alarm, with which words, on which station.
struct ActOptions: ParsableArguments {
    @Argument(
        help: "RULE/OCCURRENCE as AT-101.HH/7, or RULE alone for the one that is open now. 报警,如 AT-101.HH/7")
    var alarm: String

    @Option(name: .shortAndLong, help: "Words that stay with it in the journal. 备注") var message: String = ""
    @OptionGroup var station: StationOptions
}

/// Reads an alarm, says what was seen, and acts on exactly that.
struct Act {
    /// The last part of the address: `acknowledge`.
    let verb: String
    let done: Phrase

    private static let triesMax = 4

    func perform(_ options: ActOptions) throws {
        try Refusal.told {
            var channel = try options.station.open()
            let language = channel.language
            let alarm = try find(options.alarm, &channel)
            let seen = [
                ShownText.reading(alarm.reading, limit: alarm.limit.value, language), ShownText.limit(alarm.limit),
            ].joined(separator: " ")
            Terminal.note(
                Phrase.saw(
                    language,
                    [
                        "alarm": alarm.name, "state": ShownWord.state(alarm.state, language),
                        "version": "\(alarm.version)", "what": seen,
                    ]))
            let answer = try send(alarm, comment: options.message, &channel)
            Terminal.answer(line(answer, alarm, &channel))
        }
    }

    /// The alarm that the person named. Without an occurrence: the newest open one of the rule.
    private func find(_ name: String, _ channel: inout StationChannel) throws -> AlarmAnswer {
        if let slash = name.lastIndex(of: "/"), UInt32(name[name.index(after: slash)...]) != nil {
            let rule = PathText.segment(String(name[..<slash]))
            return try channel.get("/api/v1/alarms/\(rule)/\(name[name.index(after: slash)...])")
        }
        let list: AlarmListAnswer = try channel.get("/api/v1/alarms")
        guard let alarm = list.alarms.filter({ $0.rule == name }).max(by: { $0.occurrence < $1.occurrence }) else {
            throw Refusal(.no, Phrase.noOpenAlarm(channel.language, ["rule": name]))
        }
        return alarm
    }

    /// Sends one act, again under the same key while nobody knows whether it arrived.
    private func send(_ alarm: AlarmAnswer, comment: String, _ channel: inout StationChannel) throws -> ActAnswer {
        let path = "/api/v1/alarms/\(PathText.segment(alarm.rule))/\(alarm.occurrence)/\(verb)"
        let sight = "\"\(alarm.occurrence).\(alarm.version)\""
        let key =
            "hazardctl-" + String(UInt64.random(in: .min ... .max), radix: 16)
            + String(UInt64.random(in: .min ... .max), radix: 16)
        var reason = ""
        for attempt in 1...Self.triesMax {
            let result = try channel.act(path, sight: sight, key: key, comment: comment)
            if let answer = result.answer { return answer }
            reason = result.reason
            guard attempt < Self.triesMax else { break }
            Terminal.note(Phrase.sendingAgain(channel.language, ["reason": reason]))
            Terminal.pause(milliseconds: 500)
        }
        throw Refusal(.notReached, Phrase.notReached(channel.language, ["place": channel.place, "reason": reason]))
    }

    /// Who was first is told with the time at the site; that line must not fail the act, so a missing clock shows UTC.
    private func line(_ answer: ActAnswer, _ alarm: AlarmAnswer, _ channel: inout StationChannel) -> String {
        let language = channel.language
        guard let already = answer.already else {
            return done(language, ["alarm": alarm.name, "sequence": "\(answer.sequence)"])
        }
        let health: HealthAnswer? = try? channel.get("/api/v1/health")
        let clock = health.flatMap { StationClock(time: $0.time, offsetSeconds: $0.utcOffsetSeconds) }
        let time = already.at.map { clock?.shown($0) ?? $0 } ?? "-"
        return Phrase.already(
            language,
            [
                "who": already.name ?? already.by, "alarm": alarm.name, "time": time, "sequence": "\(answer.sequence)",
            ])
    }
}

struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Acknowledge an alarm: you saw it and act. 确认报警。",
        discussion: """
            hazardctl ack AT-101.HH/7 -m "crew sent"
            hazardctl ack AT-101.HH

            The alarm is read first and printed; what is acknowledged is exactly that. If it changes in between \
            (escalated, cleared, a new occurrence) nothing is done and the exit status is 75: look again.
            """)

    @OptionGroup var options: ActOptions

    func run() throws { try Act(verb: "acknowledge", done: .acknowledged).perform(options) }
}

struct UnacknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unack", abstract: "Take an acknowledgement back. 撤销确认。",
        discussion: "hazardctl unack AT-101.HH/7 -m \"wrong alarm\"")

    @OptionGroup var options: ActOptions

    func run() throws { try Act(verb: "unacknowledge", done: .unacknowledged).perform(options) }
}

struct CommentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment", abstract: "Write a comment on an alarm. 添加备注。",
        discussion: "hazardctl comment AT-101.HH/7 -m \"valve V-12 closed by hand\"")

    @OptionGroup var options: ActOptions

    func validate() throws {
        if options.message.allSatisfy(\.isWhitespace) { throw ValidationError("a comment needs words: -m \"...\"") }
    }

    func run() throws { try Act(verb: "comments", done: .commented).perform(options) }
}

struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Reset a latched alarm whose condition is gone. 复位已锁定的报警。",
        discussion: "hazardctl reset SIS-1.TRIP/2 -m \"checked on site\"")

    @OptionGroup var options: ActOptions

    func run() throws { try Act(verb: "reset", done: .resetDone).perform(options) }
}
