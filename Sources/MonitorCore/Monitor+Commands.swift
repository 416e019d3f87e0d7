import AlarmLogic
import PlantModel
import PlantTime

// Every command yields exactly one event: accepted, or refused with a reason (semantics.md C).
extension Monitor {
    /// Obeys the command of a slot. A number that the command table does not know is answered too: the person behind it
    /// must hear something.
    mutating func obey(_ slot: InputSlot, _ command: OperatorCommand?) {
        guard let command, let rule = book.rules.number(of: command.rule), !entries[Int(alarms[rule].entry)].isSilent
        else {
            refuseUnknown(slot)
            return
        }
        let before = alarms[rule].lifecycle.state
        switch answer(to: command, rule) {
        case .moved(_, let duties, let marks):
            noteChange(ofEntry: Int(alarms[rule].entry))
            emit(
                command.verb.transition, rule, from: before, duties: duties, marks: marks, command: slot.auxiliary,
                occurredAt: slot.time)
        case .same: emit(command.verb.transition, rule, from: before, command: slot.auxiliary, occurredAt: slot.time)
        case .refused(let reason):
            emit(.refused, rule, from: before, refusal: reason, command: slot.auxiliary, occurredAt: slot.time)
        case .impossible:
            emit(.refused, rule, from: before, refusal: .notOffered, command: slot.auxiliary, occurredAt: slot.time)
        }
    }

    private mutating func answer(to command: OperatorCommand, _ rule: Int) -> AlarmLifecycle.Answer {
        // A comment speaks of the occurrence, whatever became of it since; the others of what the person saw.
        let version = command.verb == .comment ? nil : command.version
        if let reason = alarms[rule].lifecycle.refusal(ofOccurrence: command.occurrence, version: version) {
            return .refused(reason)
        }
        let isLatching = alarms[rule].isLatching
        switch command.verb {
        case .acknowledge: return alarms[rule].lifecycle.take(.acknowledge, latching: isLatching)
        case .unacknowledge: return alarms[rule].lifecycle.take(.unacknowledge, latching: isLatching)
        case .reset: return reset(rule)
        case .comment: return .same
        case .shelve, .unshelve, .retire: return .refused(.notOffered)
        }
    }

    /// Reset needs the condition clear, which a latch says, and the point usable.
    private mutating func reset(_ rule: Int) -> AlarmLifecycle.Answer {
        let lifecycle = alarms[rule].lifecycle
        if lifecycle.state == .latchedAcknowledged, entries[Int(alarms[rule].entry)].isUnknown {
            return .refused(.pointNotUsable)
        }
        return alarms[rule].lifecycle.take(.reset, latching: alarms[rule].isLatching)
    }

    private mutating func refuseUnknown(_ slot: InputSlot) {
        append(
            AlarmEvent(
                .refused, rule: RuleIndex(.max), point: PointIndex(.max), occurrence: 0, version: 0, nth: 1,
                from: .normal,
                to: .normal, priority: .low, duties: [], refusal: .unknownAlarm, command: slot.auxiliary, value: .nan,
                occurredAt: slot.time, decidedAt: cause.decidedAt, sampleArrival: cause.arrival,
                samplePublished: cause.published, sampleRead: cause.read, inputSequence: cause.sequence))
    }
}

extension OperatorCommand.Verb {
    /// The transition that the verb makes when it is obeyed.
    fileprivate var transition: AlarmEvent.Transition {
        switch self {
        case .acknowledge: .acknowledge
        case .unacknowledge: .unacknowledge
        case .reset: .reset
        case .comment: .comment
        case .shelve: .shelve
        case .unshelve: .unshelve
        case .retire: .retire
        }
    }
}
