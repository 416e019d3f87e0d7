package import AlarmLogic
import MonitorCore
package import PlantModel
import PlantTime

/// One side of a comparison: which alarms its rules made of a line, and what that asked of the person at the desk.
package struct RunRecord: Sendable {
    /// What was played: the name of a rule file or of a site folder.
    package var label: String
    package var names: ReplayNames
    /// By ``RuleIndex``.
    package var rules: [Rule]
    /// By ``RuleIndex``; each list in the order of time.
    package var occurrences: [[AlarmOccurrence]]
    package var figures: AlarmFigures
    package var outcome: Replay.Outcome

    package var raises: Int { figures.all.raises }

    /// The ten busiest rules by name.
    package var busiest: [(rule: String, raises: Int)] {
        figures.busiest().map { (names.rules[$0.rule.offset], $0.raises) }
    }
}

/// Watches a replay and keeps its alarms.
struct RunRecorder: ReplayWitness {
    private var occurrences: [[AlarmOccurrence]]
    private var performance: AlarmPerformance?
    private let priorities: [Priority]
    private var start: PlantInstant?

    /// - Parameter rules: by ``RuleIndex``.
    init(rules: [Rule]) {
        occurrences = Array(repeating: [], count: rules.count)
        priorities = rules.map(\.priority)
    }

    mutating func took(_ slots: Span<InputSlot>, firstSequence: UInt64) {
        guard start == nil, let first = slots.indices.first else { return }
        start = slots[first].lineTime
        performance = AlarmPerformance(priorities: priorities, startingAt: slots[first].lineTime)
    }

    mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for place in events.indices { note(events[place]) }
    }

    private mutating func note(_ event: AlarmEvent) {
        let rule = event.rule.offset
        // A refused command may name no rule.
        guard occurrences.indices.contains(rule) else { return }
        switch event.transition {
        case .raise:
            occurrences[rule].append(
                AlarmOccurrence(
                    number: event.occurrence, raisedAt: event.occurredAt, clearedAt: nil, levelMax: event.level,
                    value: event.value.isNaN ? nil : event.value))
            performance?.raised(event.rule, at: event.occurredAt)
        case .escalate:
            if let last = occurrences[rule].indices.last {
                occurrences[rule][last].levelMax = max(occurrences[rule][last].levelMax, event.level)
            }
        case .clear:
            if occurrences[rule].isEmpty, let start {
                // It was active when the line began.
                occurrences[rule].append(
                    AlarmOccurrence(number: event.occurrence, raisedAt: start, clearedAt: nil, levelMax: event.level))
            }
            if let last = occurrences[rule].indices.last, occurrences[rule][last].clearedAt == nil {
                occurrences[rule][last].clearedAt = event.occurredAt
            }
            performance?.cleared(event.rule, at: event.occurredAt)
        case .deescalate, .acknowledge, .unacknowledge, .reset, .reAlarm, .comment, .retire, .shelve, .unshelve,
            .refused:
            break
        }
    }

    func record(label: String, names: ReplayNames, rules: [Rule], outcome: Replay.Outcome) -> RunRecord {
        let end = outcome.last ?? PlantInstant(milliseconds: 0)
        let performance = self.performance ?? AlarmPerformance(priorities: priorities, startingAt: end)
        return RunRecord(
            label: label, names: names, rules: rules, occurrences: occurrences,
            figures: performance.figures(through: end), outcome: outcome)
    }
}

extension Replay {
    /// Plays a line and keeps its alarms.
    /// - Parameters: as ``run(_:witness:goesOn:)``.
    package func record<Source: TimelineSource & ~Copyable>(
        _ source: inout Source, label: String, goesOn: (TimelineTally) -> Bool = { _ in true }
    ) throws -> RunRecord {
        let ordered = rules.rules
        var recorder = RunRecorder(rules: ordered)
        let outcome = try run(&source, witness: &recorder, goesOn: goesOn)
        return recorder.record(label: label, names: try names(), rules: ordered, outcome: outcome)
    }
}
