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
            if watched == nil, rules.judgesBadness(rules.rule(event.rule)) { continue }
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
        // Every row of an input is a row of the derived point, so only silence of all of them is silence for the rule;
        // each input may be silent as long as the derived point says. At the very instant, delays end first (A7).
        let newestTime = points.compactMap { newest[$0.offset]?.time }.max()
        let isDerived = rules.isDerived(rule.point)
        let bad = points.compactMap { point -> (PointIndex, since: PlantInstant?)? in
            guard let row = newest[point.offset] else { return (point, nil) }
            if let since = row.badSince { return (point, since) }
            let ages: [(PlantInstant, Duration?)] =
                isDerived
                ? [(row.time, rules.inputMaxAge(ofDerived: rule.point)), (newestTime ?? row.time, rule.maxAge)]
                : [(row.time, rule.maxAge)]
            for case (let last, let maxAge?) in ages where last + maxAge < event.occurredAt {
                return (point, last + maxAge)
            }
            return nil
        }
        guard rule.members.isEmpty || bad.count == points.count else { return nil }
        return bad.first
    }
}
