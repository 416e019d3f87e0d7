import PlantModel
import PlantTime

/// Finds a transition that came while its evidence was bad, by the rows alone: the core is not asked about itself.
///
/// A rule's evidence is bad when the newest row of a point that it reads is bad, or lies longer back than the rule's
/// `max_age_s`. A rule that judges rules (VOTE, COUNT, LADDER) has bad evidence only when every point behind it is bad.
struct BadTimes {
    private struct Row {
        var time: PlantInstant
        var isUsable: Bool
        /// Since when it has been bad without a break.
        var badSince: PlantInstant?
    }

    private let slots: [InputSlot]
    private let rules: RuleTable
    private var newest: [Row?]
    private var next = 0

    init(line: TestLine, rules: RuleTable) {
        slots = line.line.slots
        self.rules = rules
        newest = Array(repeating: nil, count: rules.names.points.count)
    }

    /// - Parameters:
    ///   - name: one rule, whatever its kind; nil: every rule whose evidence is not badness itself.
    ///   - events: in the order of decision.
    mutating func firstTransition(
        of name: String?, among events: [AlarmEvent]
    ) -> (AlarmEvent, point: PointIndex, since: PlantInstant?)? {
        let watched = name.flatMap { rules.number(of: $0) }
        for event in events where rules.knows(event.rule) {
            switch event.transition {
            case .raise, .clear, .escalate, .deescalate: break
            case .acknowledge, .unacknowledge, .reset, .reAlarm, .comment, .retire, .shelve, .unshelve, .refused:
                continue
            }
            if let watched, event.rule != watched { continue }
            if watched == nil, rules.rule(event.rule).isNeverUnknown { continue }
            takeRows(before: event)
            if let (point, since) = badPoint(of: event) { return (event, point, since) }
        }
        return nil
    }

    /// The rows that the core had judged when it decided: all before the slot that caused the event, and that one too
    /// unless a delay ended before it.
    private mutating func takeRows(before event: AlarmEvent) {
        while next < slots.count {
            let slot = slots[next]
            let sequence = UInt64(next) + 1
            let isJudged =
                sequence < event.inputSequence
                || (sequence == event.inputSequence && slot.time <= event.occurredAt)
            guard isJudged else { return }
            next += 1
            guard slot.kind == .sample, Int(slot.point) < newest.count else { continue }
            let sample = slot.sample
            let isUsable = sample.quality.isUsable && sample.payload.number.isFinite
            let badSince = isUsable ? nil : newest[Int(slot.point)]?.badSince ?? slot.time
            newest[Int(slot.point)] = Row(time: slot.time, isUsable: isUsable, badSince: badSince)
        }
    }

    private func badPoint(of event: AlarmEvent) -> (PointIndex, since: PlantInstant?)? {
        let rule = rules.rule(event.rule)
        let points = rules.points(readBy: event.rule)
        let bad = points.compactMap { point -> (PointIndex, since: PlantInstant?)? in
            guard let row = newest[point.offset] else { return (point, nil) }
            if let since = row.badSince { return (point, since) }
            guard let maxAge = rule.maxAge else { return nil }
            // At the very instant, delays end before silence counts (semantics.md A7).
            let stale = row.time + maxAge
            return stale < event.occurredAt ? (point, stale) : nil
        }
        guard !rule.judgesRules || bad.count == points.count else { return nil }
        return bad.first
    }
}
