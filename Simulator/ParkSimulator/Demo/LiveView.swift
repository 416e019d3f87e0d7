import DeliveryPlan
package import PlantModel
package import PlantTime

/// What the terminal shows of alarms and receipts: one line each, with shape, digit and word before colour, so that it also
/// reads without colour. Pure text.
package struct LiveView: Sendable {
    package var language: BilingualText.Language
    /// ANSI colours; off in a pipe and with NO_COLOR.
    package var coloured: Bool
    package var utcOffsetSeconds: Int

    package init(language: BilingualText.Language, coloured: Bool, utcOffsetSeconds: Int = 8 * 3600) {
        self.language = language
        self.coloured = coloured
        self.utcOffsetSeconds = utcOffsetSeconds
    }

    /// `08:30:05 ▲ [2 ORANGE] NH3-101.conc ammonia concentration 25.3 ppm ≥ limit 25 (H) since 08:30:05. Clear the room ...`
    package func line(_ record: AlarmRecord) -> String {
        let time = TimeText.timeOfDay(record.occurredAt, offsetSeconds: utcOffsetSeconds)
        let isOver = record.transition == "clear"
        let sentence = AlarmSentence.text(for: record, in: language, utcOffsetSeconds: utcOffsetSeconds)
        let mark = Self.shape(record.colour, hollow: isOver)
        return "\(time) \(painted(mark, record.colour, dim: isOver)) \(painted(sentence, nil, dim: isOver))"
    }

    /// A receipt, indented below the alarms: who got what.
    package func receipt(_ receiver: Receiver, transition: String, rule: String, detail: String, at time: WallTime)
        -> String
    {
        let clock = TimeText.timeOfDay(time, offsetSeconds: utcOffsetSeconds)
        let name =
            switch (receiver, language) {
            case (.dutyOfficer, .chinese): "值班员已收到"
            case (.dutyOfficer, .english): "duty officer got"
            case (.platform, .chinese): "应急平台已存储"
            case (.platform, .english): "platform stored"
            }
        let text = "   -> \(name): \(rule) \(word(transition))\(detail.isEmpty ? "" : ", \(detail)")"
        return "\(clock) \(painted(text, nil, dim: true))"
    }

    /// A transition in the reader's language; the word of the event key where there is no other.
    private func word(_ transition: String) -> String {
        guard language == .chinese else { return transition }
        switch AlarmEvent.Transition(word: transition) {
        case .raise: return "报警"
        case .clear: return "恢复"
        case .escalate: return "升级"
        case .deescalate: return "降级"
        case .acknowledge: return "确认"
        case .unacknowledge: return "撤销确认"
        case .reset: return "复位"
        case .reAlarm: return "重复报警"
        case .comment: return "备注"
        case .retire: return "退役"
        case .shelve: return "搁置"
        case .unshelve: return "取消搁置"
        case .refused: return "拒绝"
        case nil: return transition
        }
    }

    package enum Receiver: Sendable { case dutyOfficer, platform }

    /// A line of the wrapper's own, in the reader's language.
    package func note(chinese: String, english: String) -> String {
        painted("== " + (language == .chinese ? chinese : english), nil, dim: false)
    }

    private static func shape(_ colour: WarningColour, hollow: Bool) -> String {
        switch colour {
        case .red: hollow ? "⬡" : "⬢"
        case .orange: hollow ? "△" : "▲"
        case .yellow: hollow ? "□" : "■"
        case .blue: hollow ? "○" : "●"
        }
    }

    private func painted(_ text: String, _ colour: WarningColour?, dim: Bool) -> String {
        guard coloured else { return text }
        var codes: [String] = []
        switch colour {
        case .red: codes.append("1;38;5;203")
        case .orange: codes.append("1;38;5;208")
        case .yellow: codes.append("1;38;5;220")
        case .blue: codes.append("1;38;5;75")
        case nil: break
        }
        if dim { codes.append("2") }
        return codes.isEmpty ? text : "\u{1B}[\(codes.joined(separator: ";"))m\(text)\u{1B}[0m"
    }
}
