import AlarmLogic
import PlantModel
import PlantTime

// From a condition that changed to the event that people are told of.
extension Monitor {
    /// The delay of an entry has run out at `instant`.
    mutating func endDelay(of entry: Int, at instant: PlantInstant) {
        switch entries[entry].condition.delayEnded() {
        case .none: break
        case .raised: raise(entry, at: instant)
        case .cleared: clear(entry, at: instant)
        }
    }

    mutating func raise(_ entry: Int, at instant: PlantInstant, marks: EventMarks = []) {
        for place in entries[entry].dependents.range {
            let dependent = Int(book.dependents[place])
            if entries[dependent].mechanism == .count { countRaise(in: dependent, at: instant) }
            agenda.push(.judgement(dependent))
        }
        move(entry, .raise, as: .raise, at: instant, marks: marks)
    }

    mutating func clear(_ entry: Int, at instant: PlantInstant) {
        tellDependents(of: entry)
        move(entry, .clear, as: .clear, at: instant)
    }

    /// A LADDER has gone to another level; for others it stays active, and only a VOTE that scores levels is told.
    mutating func changeLevel(_ entry: Int, isWorse: Bool, at instant: PlantInstant) {
        for place in entries[entry].dependents.range {
            let dependent = Int(book.dependents[place])
            guard entries[dependent].mechanism == .vote,
                lists.votings[Int(entries[dependent].detail)].scores.count > 0
            else { continue }
            agenda.push(.judgement(dependent))
        }
        guard !isWorse else {
            move(entry, .escalate, as: .escalate, at: instant)
            return
        }
        noteChange(ofEntry: entry)
        guard !entries[entry].isSilent else { return }
        let rule = Int(entries[entry].rule)
        let state = alarms[rule].lifecycle.state
        let duties = alarms[rule].lifecycle.deescalate()
        emit(.deescalate, rule, from: state, duties: duties, occurredAt: instant)
    }

    mutating func tellDependents(of entry: Int) {
        for place in entries[entry].dependents.range { agenda.push(.judgement(Int(book.dependents[place]))) }
    }

    private mutating func move(
        _ entry: Int, _ stimulus: AlarmLifecycle.Stimulus, as transition: AlarmEvent.Transition,
        at instant: PlantInstant,
        marks: EventMarks = []
    ) {
        noteChange(ofEntry: entry)
        guard !entries[entry].isSilent else { return }
        let rule = Int(entries[entry].rule)
        let before = alarms[rule].lifecycle.state
        guard
            case .moved(_, let duties, let tableMarks) = alarms[rule].lifecycle.take(
                stimulus, latching: alarms[rule].isLatching)
        else { return }
        if case .raise = stimulus { counts.forget(rule) }
        emit(transition, rule, from: before, duties: duties, marks: marks.union(tableMarks), occurredAt: instant)
    }

    // MARK: Events

    /// Writes an event of a rule with the stamps of the slot that caused it.
    mutating func emit(
        _ transition: AlarmEvent.Transition, _ rule: Int, from before: AlarmState, duties: Duties = [],
        marks: EventMarks = [], refusal: CommandRefusal = .none, command: UInt32 = 0, occurredAt instant: PlantInstant
    ) {
        let entry = Int(alarms[rule].entry)
        let cell = present(entry)
        let lifecycle = alarms[rule].lifecycle
        let nth = counts.count(transition, of: rule)
        append(
            AlarmEvent(
                transition, rule: RuleIndex(offset: rule), point: PointIndex(cell.point),
                occurrence: lifecycle.occurrence, version: lifecycle.version, nth: nth,
                level: cell.level, from: before, to: lifecycle.state, priority: alarms[rule].priority,
                duties: duties, marks: marks, refusal: refusal, command: command, value: cell.value,
                quality: cell.quality, occurredAt: instant, decidedAt: cause.decidedAt,
                sampleArrival: cause.arrival, samplePublished: cause.published, sampleRead: cause.read,
                inputSequence: cause.sequence))
    }

    mutating func append(_ event: AlarmEvent) {
        digest.mix(event)
        events.append(event)
    }
}
