import PlantModel
import StationAPI

/// The open alarms as hazardctl knows them: from a list, kept up by the stream's records. A value; it shows, it does not
/// ask.
struct AlarmBoard: Sendable, Equatable {
    private var alarms: [String: AlarmAnswer] = [:]
    private let priorities: Set<String>?
    /// The journal's sequence that this picture is of.
    private(set) var sequence: UInt64

    /// - Parameter priorities: those that are shown; nil: all.
    init(_ list: AlarmListAnswer, priorities: Set<String>? = nil) {
        self.priorities = priorities
        sequence = list.sequence
        for alarm in list.alarms where isShown(alarm.priority) { alarms[alarm.name] = alarm }
    }

    var openCount: Int { alarms.count }
    var unansweredCount: Int { alarms.values.count { AlarmState(word: $0.state)?.awaitsAnswer ?? true } }

    /// To answer first, then by priority, then newest.
    var inOrder: [AlarmAnswer] {
        alarms.values.sorted { left, right in
            let (a, b) = (rank(left), rank(right))
            return a == b ? (left.occurredAt, left.name) > (right.occurredAt, right.name) : a > b
        }
    }

    func isShown(_ priority: String) -> Bool { priorities?.contains(priority) ?? true }

    /// Takes one record of the stream. Records that it has already are recognised by their sequence.
    mutating func apply(_ record: RecordAnswer) {
        guard record.sequence > sequence else { return }
        sequence = record.sequence
        guard record.refusal == nil, isShown(record.priority) else { return }
        alarms[record.name] = record.alarm(following: alarms[record.name])
    }

    private func rank(_ alarm: AlarmAnswer) -> Int {
        let owesAnswer = AlarmState(word: alarm.state)?.awaitsAnswer ?? true
        return (owesAnswer ? 8 : 0) + Int(Priority(word: alarm.priority)?.rawValue ?? 0)
    }

    // MARK: Showing

    /// The table of alarms, each with what to do under it.
    func table(_ clock: StationClock, _ language: Language) -> TextTable {
        TextTable(
            columns: [
                .init(Phrase.mark(language)), .init(Phrase.state(language)), .init(Phrase.alarm(language)),
                .init(Phrase.name(language), widthMax: 24), .init(Phrase.value(language), isNumber: true),
                .init(Phrase.limit(language)), .init(Phrase.since(language)), .init(Phrase.respond(language)),
            ], lines: inOrder.map { line($0, clock, language) })
    }

    private func line(_ alarm: AlarmAnswer, _ clock: StationClock, _ language: Language) -> TextTable.Line {
        let badge = ShownWord.badge(colour: alarm.colour, priority: alarm.priority)
        let age = clock.ageSeconds(of: alarm.occurredAt)
        let since = clock.shown(alarm.occurredAt) + (age.map { " (\(ShownText.span(seconds: $0)))" } ?? "")
        let action = alarm.guidance?.action.text(language) ?? ""
        return TextTable.Line(
            [
                badge.text, state(of: alarm, language), alarm.name, alarm.pointName?.text(language) ?? alarm.point,
                ShownText.reading(alarm.reading, limit: alarm.limit.value, language), ShownText.limit(alarm.limit),
                since,
                respond(alarm, age: age, language),
            ], colour: badge.number, below: action.isEmpty ? nil : "→ \(action)")
    }

    private func state(of alarm: AlarmAnswer, _ language: Language) -> String {
        let state = ShownWord.state(alarm.state, language)
        return alarm.acknowledged.map { "\(state) \($0.name ?? $0.by)" } ?? state
    }

    /// How long the person has, while an answer is owed.
    private func respond(_ alarm: AlarmAnswer, age: Double?, _ language: Language) -> String {
        guard AlarmState(word: alarm.state)?.awaitsAnswer ?? true, let limit = alarm.respondWithinSeconds, let age
        else { return "" }
        let left = Double(limit) - age
        let time = ShownText.span(seconds: abs(left))
        return left >= 0 ? Phrase.actIn(language, ["time": time]) : Phrase.overdue(language, ["time": time])
    }
}

/// What stands under every list: how much of the plant it speaks for.
struct WatchSummary: Sendable, Equatable {
    var pointsLive: Int
    var pointsTotal: Int
    var newestSampleAgeSeconds: Double?
    var storageLost: Bool
    var reasons: [String]

    init(_ health: HealthAnswer) {
        pointsLive = health.pointsLive
        pointsTotal = health.pointsTotal
        newestSampleAgeSeconds = health.newestSampleAgeSeconds
        storageLost = health.storageLost
        reasons = health.ready ? [] : health.reasons
    }

    mutating func apply(_ beat: BeatAnswer) {
        pointsLive = beat.pointsLive
        pointsTotal = beat.pointsTotal
        newestSampleAgeSeconds = beat.newestSampleAgeSeconds
        storageLost = beat.storageLost
    }

    /// "No alarms" among what can be seen is another sentence than "no alarms".
    func lines(for board: AlarmBoard, _ language: Language) -> [String] {
        let isBlind = pointsLive < pointsTotal
        let phrase: Phrase =
            board.openCount == 0 ? (isBlind ? .nothingOpenSeen : .nothingOpen) : (isBlind ? .openCountSeen : .openCount)
        let age = newestSampleAgeSeconds.map { ShownText.span(seconds: $0) } ?? "-"
        var lines = [
            phrase(
                language,
                [
                    "open": "\(board.openCount)", "answer": "\(board.unansweredCount)", "live": "\(pointsLive)",
                    "blind": "\(pointsTotal - pointsLive)", "total": "\(pointsTotal)", "age": age,
                ])
        ]
        if storageLost { lines.append(Phrase.notRecorded(language)) }
        lines += reasons.map { Phrase.notReady(language, ["reason": $0]) }
        return lines
    }
}
