package import PlantModel
package import PlantTime

/// Spells events out: from indexes to the readable records that the journal keeps and everybody is told of. A value, owned
/// by the journal's thread; a replay has its own.
package struct RecordScribe: Sendable {
    private let site: SiteDescription
    private let hazardSources: [String: HazardSource]
    private let pointsByTag: [String: Int32]
    private var words: RuleWords
    /// When the present occurrence of a rule began, by rule id.
    private var raisedAt: [String: WallTime]

    /// - Parameter raisedAt: from the journal, for alarms that are open at start.
    package init(site: SiteDescription, rules: RuleSet, raisedAt: [String: WallTime]) {
        self.site = site
        self.raisedAt = raisedAt
        hazardSources = Dictionary(site.hazardSources.map { ($0.id, $0) }) { first, _ in first }
        pointsByTag = Dictionary(site.points.enumerated().map { ($1.tag, Int32($0)) }) { first, _ in first }
        words = RuleWords(of: rules, pointsByTag)
    }

    /// The rules themselves are not kept.
    package mutating func adopt(_ rules: RuleSet) { words = RuleWords(of: rules, pointsByTag) }

    /// The record of an event; its sequence is given by the journal.
    /// - Parameter wall: the shown time of an instant: the clock's, or in a replay the line's own.
    package mutating func record(
        of event: AlarmEvent, command: OperatorCommand?, wall: (PlantInstant) -> WallTime
    ) -> AlarmRecord {
        let occurredAt = wall(event.occurredAt)
        guard let rule = words.rule(event.rule) else {
            return strayCommand(event, command: command, occurredAt: occurredAt, decidedAt: wall(event.decidedAt))
        }
        let point = rule.point.map { site.points[Int($0)] }
        let source = point?.hazardSource.flatMap { hazardSources[$0] }
        if event.transition == .raise { raisedAt[rule.id] = occurredAt }
        let isRefused = event.transition == .refused
        // The value of STALE is an age: a number of the station's own, good even when the point is not.
        let quality = rule.phrase.isStale ? Quality.good : event.quality
        return AlarmRecord(
            key: isRefused
                ? EventKey.refusedCommand(site: site.id, idempotencyKey: command?.idempotencyKey ?? "").text
                : EventKey(
                    site: site.id, rule: rule.id, occurrence: event.occurrence, transition: event.transition,
                    level: event.level, nth: event.nth
                ).text,
            site: site.id, transition: event.transition.word, rule: rule.id, kind: rule.phrase.kind,
            occurrence: event.occurrence, version: event.version, level: event.level, nth: event.nth,
            point: point?.tag ?? rule.strayTag,
            pointName: point?.name ?? BilingualText(), hazardSource: source?.id ?? "",
            hazardSourceName: source?.name ?? BilingualText(), area: point?.area ?? "",
            value: event.value.isFinite ? event.value : nil, unit: rule.phrase.unit.symbol(at: point),
            quality: quality.word.name, reason: quality.bits == 0 ? nil : quality.reason.name,
            limit: rule.limit, limitWritten: rule.phrase.limitWritten,
            priority: event.priority, colour: site.colours[event.priority],
            stateBefore: event.stateBefore.word, stateAfter: event.stateAfter.word, duties: event.duties,
            marks: event.marks, occurredAt: occurredAt, decidedAt: wall(event.decidedAt),
            raisedAt: raisedAt[rule.id], guidance: rule.phrase.guidance, actor: command?.actor, origin: command?.origin,
            comment: command.flatMap { $0.comment.isEmpty ? nil : $0.comment }, idempotencyKey: command?.idempotencyKey,
            refusal: isRefused ? event.refusal.word : nil, inputSequence: event.inputSequence,
            sampleArrival: event.sampleArrival.nanoseconds, samplePublished: event.samplePublished.nanoseconds)
    }

    /// A command that named no rule of this station: journalled all the same.
    private func strayCommand(
        _ event: AlarmEvent, command: OperatorCommand?, occurredAt: WallTime, decidedAt: WallTime
    ) -> AlarmRecord {
        AlarmRecord(
            key: EventKey.refusedCommand(site: site.id, idempotencyKey: command?.idempotencyKey ?? "").text,
            site: site.id, transition: event.transition.word, rule: command?.rule ?? "", kind: "",
            occurrence: command?.occurrence ?? 0, version: command?.version ?? 0, point: "", value: nil,
            priority: event.priority, colour: site.colours[event.priority], stateBefore: event.stateBefore.word,
            stateAfter: event.stateAfter.word, occurredAt: occurredAt, decidedAt: decidedAt,
            actor: command?.actor, origin: command?.origin,
            comment: command.flatMap { $0.comment.isEmpty ? nil : $0.comment }, idempotencyKey: command?.idempotencyKey,
            refusal: event.refusal.word, inputSequence: event.inputSequence)
    }
}
