package import PlantModel
package import PlantTime

/// The sentence that an officer reads: which alarm, how bad, since when, what to do and by when, in the words of console.md 7.
///
/// Made from the record alone (and the site's offset from UTC), so that every attempt, every channel and every restart says
/// the same.
package struct AlarmSentence: Sendable {
    private let record: AlarmRecord
    private let endedAt: WallTime?
    private let language: BilingualText.Language
    private let utcOffsetSeconds: Int

    /// - Parameter endedAt: of a raise that its clear has overtaken: it is told as "was active from ... to ...".
    package static func text(
        for record: AlarmRecord, endedAt: WallTime? = nil, in language: BilingualText.Language, utcOffsetSeconds: Int
    ) -> String {
        AlarmSentence(record: record, endedAt: endedAt, language: language, utcOffsetSeconds: utcOffsetSeconds).text
    }

    /// The sentences of a message, each ended once: an action that brings its own "!" gets no full stop.
    private var text: String {
        sentences.reduce("") { text, sentence in
            guard let last = text.last else { return sentence }
            let end = say(.sentenceEnd)
            return text + (".!?。!?".contains(last) ? String(end.dropFirst()) : end) + sentence
        }
    }

    private var sentences: [String] {
        let head = marks + Phrase(badge: record.colour).text(in: language) + subject
        switch AlarmEvent.Transition(word: record.transition) {
        case .raise: return [head + condition + when] + advice
        case .escalate: return [head + escalated + condition + when] + advice
        case .reAlarm: return [head + say(.stillStanding, ["number": "\(record.nth)"]) + condition + when] + advice
        case .clear: return [head + cleared]
        case .acknowledge: return [head + acknowledged]
        case .deescalate, .unacknowledge, .reset, .comment, .retire, .shelve, .unshelve, .refused, nil:
            return [head + say(.changed, ["transition": record.transition, "time": time(record.occurredAt)]) + comment]
        }
    }
}

// MARK: - The parts

extension AlarmSentence {
    private var marks: String {
        let words: [(EventMarks, Phrase)] = [
            (.notRecorded, .notRecorded), (.masked, .masked), (.afterRestart, .afterRestart), (.late, .late),
        ]
        return words.filter { record.markSet.contains($0.0) }.map { say($0.1) }.joined()
    }

    private var subject: String {
        let name = record.pointName.text(language)
        return name.isEmpty ? "\(record.point) " : say(.subject, ["tag": record.point, "name": name])
    }

    private var escalated: String { record.level > 0 ? say(.escalated, ["level": "\(record.level)"]) : "" }

    private var when: String {
        let began = time(record.raisedAt ?? record.occurredAt)
        guard let endedAt else { return say(.since, ["time": began]) }
        return say(.activeFromTo, ["from": began, "to": time(endedAt)])
    }

    /// What to do and by when; nothing for an alarm that is over.
    private var advice: [String] {
        guard endedAt == nil else { return [] }
        var sentences: [String] = []
        let action = record.guidance.action.text(language)
        if !action.isEmpty { sentences.append(action) }
        if let seconds = record.guidance.respondWithinSeconds {
            sentences.append(say(.answerWithin, ["duration": duration(.seconds(seconds))]))
        }
        return sentences
    }

    private var cleared: String {
        let began = record.raisedAt ?? record.occurredAt
        let places = ["time": time(record.occurredAt), "duration": duration(record.occurredAt - began)]
        let back =
            record.value.flatMap { isMeasurement ? measured($0) : nil }
            .map { say(.backTo, places.merging(["value": $0]) { _, new in new }) } ?? say(.backWithoutNumber, places)
        return back + (AlarmState(word: record.stateAfter)?.awaitsAnswer == true ? say(.notYetAcknowledged) : "")
    }

    private var acknowledged: String {
        let places = ["who": record.actor ?? "?", "origin": record.origin ?? "", "time": time(record.occurredAt)]
        return say((record.origin ?? "").isEmpty ? .acknowledgedBare : .acknowledged, places) + comment
    }

    private var comment: String {
        guard let comment = record.comment, !comment.isEmpty else { return "" }
        return say(.comment, ["comment": comment])
    }
}

// MARK: - What is wrong

extension AlarmSentence {
    private var condition: String {
        switch record.kind {
        case "H": overLimit(.atOrAboveLimit, .limitH)
        case "HH": overLimit(.atOrAboveLimit, .limitHH)
        case "L": overLimit(.atOrBelowLimit, .limitL)
        case "LL": overLimit(.atOrBelowLimit, .limitLL)
        case "ROC": perMinute(.rate)
        case "ROC_RISE": perMinute(.rising)
        case "ROC_FALL": perMinute(.falling)
        case "STATE": say(.inState, ["value": bare])
        case "BAD_QUALITY": say(.cannotJudge, ["reason": reason])
        case "STALE": say(.noSample, ["duration": spoken(record.value)])
        case "FROZEN": say(.frozen, ["value": withUnit])
        case "DEVIATION": say(.deviation, ["value": withUnit, "limit": limit])
        case "VOTE": say(.votes, ["value": bare, "limit": limit])
        case "EXPECT": say(.notAsExpected)
        case "TIME_TO": say(.timeToLimit, ["limit": limitWithUnit, "duration": spoken(record.value)])
        case "COUNT": say(.timesRaised, ["value": bare, "limit": limit])
        case "TWA": say(.mean, ["value": withUnit, "limit": limit])
        case "LADDER": say(.ladderLevel, ["level": "\(record.level)", "value": withUnit])
        default: say(.otherKind, ["kind": record.kind, "value": withUnit])
        }
    }

    /// Whether the event's value is a reading of the point in its unit, worth telling when it is back.
    private var isMeasurement: Bool {
        ["H", "HH", "L", "LL", "TWA", "DEVIATION", "LADDER", "FROZEN"].contains(record.kind)
    }

    private func overLimit(_ phrase: Phrase, _ name: Phrase) -> String {
        say(phrase, ["value": withUnit, "limitName": say(name, ["limit": limit])])
    }

    /// Rates are judged per second and told per minute; which way it goes is in the words, so the number has no sign.
    private func perMinute(_ phrase: Phrase) -> String {
        let slope = (record.value ?? .nan).magnitude * 60
        let limit = record.limit.map { $0 * 60 }
        return say(
            phrase,
            [
                "value": joined(NumberText.shown(slope, beside: limit), unit: rateUnit),
                "limit": limit.map { joined(NumberText.shown($0), unit: rateUnit) + rateAsWritten } ?? "?",
            ])
    }

    private var reason: String {
        let known = QualityReason.allCases.first { $0.name == record.reason }
        return say(Phrase(reason: known ?? .unspecified))
    }

    private var bare: String { record.value.map { NumberText.shown($0, beside: record.limit) } ?? "?" }
    private var withUnit: String { record.value.map { measured($0) } ?? "?" }
    private var limit: String { record.limit.map { limitNumber($0) + asWritten } ?? "?" }
    private var limitWithUnit: String { record.limit.map { joined(limitNumber($0)) + asWritten } ?? "?" }

    /// A converted limit has digits that nobody wrote: three say enough, and what was written stands behind.
    private func limitNumber(_ limit: Double) -> String {
        record.limitWritten == nil ? NumberText.exact(limit) : NumberText.shown(limit)
    }

    private var asWritten: String { record.limitWritten.map { " (\($0))" } ?? "" }

    /// Per minute it is told already.
    private var rateAsWritten: String { record.limitWritten?.hasSuffix("/min") == true ? "" : asWritten }

    private func measured(_ value: Double) -> String { joined(NumberText.shown(value, beside: record.limit)) }

    /// The point's unit: a rate's record has it per second, the words have it per minute.
    private var rateUnit: String { record.unit.hasSuffix("/s") ? String(record.unit.dropLast(2)) : record.unit }

    /// Number, space, unit symbol.
    private func joined(_ number: String, unit symbol: String? = nil) -> String {
        let unit = EngineeringUnit(symbol: symbol ?? record.unit).shown
        let shown = unit == "°C" && language == .chinese ? "℃" : unit
        return shown.isEmpty ? number : "\(number) \(shown)"
    }
}

// MARK: - Times and words

extension AlarmSentence {
    private func say(_ phrase: Phrase, _ places: [String: String] = [:]) -> String {
        phrase.text(in: language, places)
    }

    private func time(_ time: WallTime) -> String { TimeText.timeOfDay(time, offsetSeconds: utcOffsetSeconds) }

    private func spoken(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite, seconds.magnitude < 1e9 else { return "?" }
        return duration(.milliseconds(Int64(seconds * 1000)))
    }

    /// `45 s`, `11 min 05 s`, `2 h 05 min`, and whole minutes short: `3 min`.
    private func duration(_ span: Duration) -> String {
        let total = max(0, span.components.seconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch total {
        case ..<60: return say(.seconds, ["seconds": "\(total)"])
        case ..<3600 where total % 60 == 0: return say(.wholeMinutes, ["minutes": "\(total / 60)"])
        case ..<3600: return say(.minutesSeconds, ["minutes": "\(total / 60)", "seconds": two(total % 60)])
        default: return say(.hoursMinutes, ["hours": "\(total / 3600)", "minutes": two(total / 60 % 60)])
        }
    }
}
