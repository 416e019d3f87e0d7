package import PlantModel
import PlantTime

/// One sentence of an answer, and what it is about.
package struct WhyLine: Sendable, Equatable {
    package enum Topic: String, Sendable, CaseIterable {
        case answer, sample, clause, timer, mask, before, rule, stages, people, told, note

        package var heading: BilingualText {
            switch self {
            case .answer: BilingualText(chinese: "结论", english: "answer")
            case .sample: BilingualText(chinese: "采样", english: "sample")
            case .clause: BilingualText(chinese: "条件", english: "clause")
            case .timer: BilingualText(chinese: "延时", english: "timer")
            case .mask: BilingualText(chinese: "屏蔽", english: "mask")
            case .before: BilingualText(chinese: "此前", english: "before")
            case .rule: BilingualText(chinese: "规则", english: "rule")
            case .stages: BilingualText(chinese: "各阶段", english: "stages")
            case .people: BilingualText(chinese: "人员", english: "people")
            case .told: BilingualText(chinese: "通知", english: "told")
            case .note: BilingualText(chinese: "说明", english: "note")
            }
        }
    }

    package var topic: Topic
    package var text: BilingualText

    package init(_ topic: Topic, _ english: String, _ chinese: String) {
        self.topic = topic
        text = BilingualText(chinese: chinese, english: english)
    }

    init(_ topic: Topic, _ text: BilingualText) {
        self.topic = topic
        self.text = text
    }
}

/// An answer: sentences, and whether it is the answer that was asked for.
package struct WhyAnswer: Sendable, Equatable {
    package var lines: [WhyLine]
    /// False: the records do not reach back so far, or hold no such thing.
    package var isAnswered: Bool

    package init(lines: [WhyLine], isAnswered: Bool = true) {
        self.lines = lines
        self.isAnswered = isAnswered
    }
}

/// How an answer writes numbers and times.
package struct WhyManner: Sendable {
    package var utcOffsetSeconds: Int
    /// Symbol of the unit of the rule's point; empty for a plain number.
    package var unit: String

    package init(utcOffsetSeconds: Int, unit: String = "") {
        self.utcOffsetSeconds = utcOffsetSeconds
        self.unit = unit
    }

    func time(_ instant: PlantInstant) -> String { ShownTime.full(instant, utcOffsetSeconds) }

    /// Without the date when it is that of another time.
    func time(_ instant: PlantInstant, besides other: PlantInstant) -> String {
        let (text, beside) = (time(instant), time(other))
        return text.prefix(10) == beside.prefix(10) ? String(text.dropFirst(11)) : text
    }

    func value(_ number: Double, of kind: RuleKind, beside limit: Double? = nil) -> String {
        let text = ShownNumber.value(number, beside: limit)
        let unit = unitOfCompared(kind)
        return unit.isEmpty ? text : "\(text) \(unit)"
    }

    /// The unit of the number that a kind compares.
    private func unitOfCompared(_ kind: RuleKind) -> String {
        let own = EngineeringUnit(symbol: unit).shown
        switch kind {
        case .threshold, .deviation, .timeWeightedAverage, .frozen: return own
        case .rateOfChange: return own.isEmpty ? "/s" : "\(own)/s"
        case .timeTo, .stale: return "s"
        case .state, .badQuality, .vote, .expect, .count, .ladder: return ""
        }
    }
}
