import PlantModel
import PlantTime
import StationAPI

/// Numbers, spans and times as a person reads them.
enum ShownText {
    /// The value with as few digits as tell the truth: it never prints on the other side of its limit (39.96 never reads
    /// 40.0 under a limit of 40).
    static func number(_ value: Double, limit: Double? = nil) -> String {
        let start = value.magnitude >= 100 ? 1 : value.magnitude >= 10 ? 2 : value.magnitude >= 1 ? 3 : 4
        for decimals in start...12 {
            let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
            let rounded = (value * scale).rounded() / scale
            guard rounded.isFinite else { break }
            if let limit, side(rounded, of: limit) != side(value, of: limit) { continue }
            return digits(rounded)
        }
        return digits(value)
    }

    private static func side(_ value: Double, of limit: Double) -> Int { value < limit ? -1 : value > limit ? 1 : 0 }

    private static func digits(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// `41.3 mg/m³`; of a bad reading the reason, for it has no number.
    static func reading(_ reading: AlarmAnswer.Reading, limit: Double?, _ language: Language) -> String {
        guard reading.quality != "bad", let value = reading.value else {
            return "? \(reading.reason ?? Phrase.bad(language))"
        }
        return measured(value, unit: reading.unit, limit: limit) + (reading.quality == "uncertain" ? " ~" : "")
    }

    static func measured(_ value: Double, unit: String, limit: Double? = nil) -> String {
        measured(text: number(value, limit: limit), unit: unit)
    }

    /// A counter of 64 bits is shown with all its digits.
    static func measured(_ value: ExactNumber, unit: String) -> String {
        measured(text: value.longDigits ?? number(value.number), unit: unit)
    }

    private static func measured(text: String, unit: String) -> String {
        let unit = EngineeringUnit(symbol: unit).shown
        return unit.isEmpty ? text : "\(text) \(unit)"
    }

    /// `≥ 40 HH`, `≤ 1 L`, `STATE`.
    static func limit(_ limit: AlarmAnswer.Limit) -> String {
        guard let value = limit.value else { return limit.kind }
        let sign =
            switch limit.kind {
            case "H", "HH", "ROC_RISE", "TWA", "VOTE", "COUNT", "DEVIATION": "≥ "
            case "L", "LL": "≤ "
            case "ROC": "± "
            default: ""
            }
        return "\(sign)\(number(value)) \(limit.kind)"
    }

    /// `0.4 s`, `59 s`, `1:07`, `2:03:09`, `3 d 4 h`.
    static func span(seconds: Double) -> String {
        if seconds < 10 { return "\(number((max(0, seconds) * 10).rounded() / 10)) s" }
        let whole = Int(min(seconds, 1e9))
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60):\(two(whole % 60))"
        case ..<86_400: return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }
}

/// The station's clock, as its last answer gave it: times are shown in the site's zone, ages run on the station's time.
struct StationClock: Sendable, Equatable {
    var now: Int64
    var offsetSeconds: Int

    init?(time: String, offsetSeconds: Int) {
        guard let now = TimeText.milliseconds(of: time) else { return nil }
        self.now = now
        self.offsetSeconds = offsetSeconds
    }

    /// `08:30:05`, with the date unless it is today's at the site.
    func shown(_ time: String) -> String {
        guard let milliseconds = TimeText.milliseconds(of: time) else { return time }
        let local = TimeText.local(WallTime(milliseconds: milliseconds), offsetSeconds: offsetSeconds)
        let today = TimeText.local(WallTime(milliseconds: now), offsetSeconds: offsetSeconds)
        let timeOfDay = local.dropFirst(11).prefix(8)
        return local.prefix(10) == today.prefix(10) ? String(timeOfDay) : "\(local.prefix(10)) \(timeOfDay)"
    }

    var shownNow: String { shown(TimeText.utc(milliseconds: now)) + " " + TimeText.offset(offsetSeconds) }

    func ageSeconds(of time: String) -> Double? {
        TimeText.milliseconds(of: time).map { Double(now - $0) / 1000 }
    }
}

/// Comma-separated lines (RFC 4180).
enum CSVText {
    static func line(_ fields: [String]) -> String {
        fields.map { field in
            let mustQuote = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return mustQuote ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",")
    }
}

/// The words of the API, in the person's language.
enum ShownWord {
    static func state(_ word: String, _ language: Language) -> String {
        switch AlarmState(word: word) {
        case .normal: Phrase.stateNormal(language)
        case .unacknowledged: Phrase.stateUnacknowledged(language)
        case .acknowledged: Phrase.stateAcknowledged(language)
        case .returnedUnacknowledged: Phrase.stateReturned(language)
        case .latchedUnacknowledged: Phrase.stateLatchedUnacknowledged(language)
        case .latchedAcknowledged: Phrase.stateLatchedAcknowledged(language)
        case nil: word
        }
    }

    static func transition(_ record: RecordAnswer, _ language: Language) -> String {
        switch AlarmEvent.Transition(word: record.transition) {
        case .raise: Phrase.raise(language)
        case .clear: Phrase.clear(language)
        case .escalate: Phrase.escalate(language)
        case .deescalate: Phrase.deescalate(language)
        case .acknowledge: Phrase.acknowledge(language)
        case .unacknowledge: Phrase.unacknowledge(language)
        case .reset: Phrase.reset(language)
        case .reAlarm: Phrase.reAlarm(language)
        case .comment: Phrase.comments(language)
        case .retire: Phrase.retire(language)
        case .shelve: Phrase.shelve(language)
        case .unshelve: Phrase.unshelve(language)
        case .refused: Phrase.refusedEvent(language, ["reason": record.refusal ?? "-"])
        case nil: record.transition
        }
    }

    static func quality(_ word: String, reason: String?, _ language: Language) -> String {
        let shown =
            switch word {
            case "good": Phrase.good(language)
            case "uncertain": Phrase.uncertain(language)
            case "bad": Phrase.bad(language)
            default: word
            }
        return reason.map { "\(shown) (\($0))" } ?? shown
    }

    /// `[1]` to `[4]`: the digit says what the colour says.
    static func badge(colour: String, priority: String) -> (text: String, number: Int) {
        let number = WarningColour(word: colour).map { Int($0.rawValue) } ?? 4
        return ("[\(number)] \(priority)", number)
    }
}
