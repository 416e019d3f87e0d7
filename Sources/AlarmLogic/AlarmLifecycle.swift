package import PlantModel

/// What an alarm does to people: the state of one rule's newest occurrence and the one table of semantics.md C.
///
/// A pure value: a stimulus comes in, the transition and the duties come out, nothing is done here.
package struct AlarmLifecycle: Sendable, BitwiseCopyable, Equatable {
    package var state: AlarmState
    /// Numbered per rule from 1; 0 before the first raise.
    package var occurrence: UInt32
    /// Counts the visible changes within the occurrence, from 1 at its raise.
    package var version: UInt32

    package init(state: AlarmState = .normal, occurrence: UInt32 = 0, version: UInt32 = 0) {
        self.state = state
        self.occurrence = occurrence
        self.version = version
    }

    /// What can happen to an alarm: the columns of the table.
    package enum Stimulus: Sendable, CaseIterable {
        case raise, escalate, clear, acknowledge, unacknowledge, reset, reAlarm
    }

    package enum Answer: Sendable, Equatable {
        /// The alarm moved (or was annunciated again where it stood): `duties` are owed.
        case moved(to: AlarmState, Duties, EventMarks = [])
        /// Accepted, and nothing is to be seen of it.
        case same
        case refused(CommandRefusal)
        /// The plant cannot do this in this state: nothing happens.
        case impossible
    }

    /// Looks the answer up and moves there; the occurrence is counted at a raise, the version at every visible change.
    package mutating func take(_ stimulus: Stimulus, latching: Bool) -> Answer {
        let answer = Self.answer(to: stimulus, in: state, latching: latching)
        guard case .moved(let next, _, _) = answer else { return answer }
        if case .raise = stimulus {
            occurrence += 1
            version = 1
        } else {
            version += 1
        }
        state = next
        return answer
    }

    /// A milder level: journalled and told to the platform, never annunciated; the state stays.
    package mutating func deescalate() -> Duties {
        version += 1
        return .reportToPlatform
    }

    /// The table of semantics.md C, row by row. The plant never restarts a chain: a raise or an escalation over an
    /// unanswered alarm lets the running chain go on.
    package static func answer(to stimulus: Stimulus, in state: AlarmState, latching: Bool) -> Answer {
        switch (state, stimulus) {
        case (.normal, .raise):
            .moved(to: .unacknowledged, [.annunciate, .notify, .startEscalation, .reportToPlatform])
        case (.normal, .acknowledge), (.normal, .unacknowledge): .refused(.notActive)
        case (.normal, .reset): .refused(.notLatched)
        case (.normal, .escalate), (.normal, .clear), (.normal, .reAlarm): .impossible

        case (.unacknowledged, .escalate): .moved(to: .unacknowledged, [.annunciate, .notify, .reportToPlatform])
        case (.unacknowledged, .clear):
            .moved(to: latching ? .latchedUnacknowledged : .returnedUnacknowledged, [.sayCleared, .reportToPlatform])
        case (.unacknowledged, .acknowledge):
            .moved(to: .acknowledged, [.sayAcknowledged, .stopEscalation, .reportToPlatform])
        case (.unacknowledged, .unacknowledge): .refused(.notAcknowledged)
        case (.unacknowledged, .reset): .refused(.stillActive)
        case (.unacknowledged, .raise), (.unacknowledged, .reAlarm): .impossible

        case (.acknowledged, .escalate):
            .moved(to: .unacknowledged, [.annunciate, .notify, .startEscalation, .reportToPlatform])
        case (.acknowledged, .clear):
            .moved(to: latching ? .latchedAcknowledged : .normal, [.sayCleared, .reportToPlatform])
        case (.acknowledged, .acknowledge): .same
        case (.acknowledged, .unacknowledge): .moved(to: .unacknowledged, [.annunciate, .startEscalation])
        case (.acknowledged, .reset): .refused(.stillActive)
        case (.acknowledged, .reAlarm): .moved(to: .unacknowledged, [.annunciate, .notify, .startEscalation])
        case (.acknowledged, .raise): .impossible

        case (.returnedUnacknowledged, .raise):
            .moved(to: .unacknowledged, [.annunciate, .notify, .reportToPlatform], .supersedes)
        case (.returnedUnacknowledged, .acknowledge):
            .moved(to: .normal, [.sayAcknowledged, .stopEscalation, .reportToPlatform])
        case (.returnedUnacknowledged, .unacknowledge): .refused(.notAcknowledged)
        case (.returnedUnacknowledged, .reset): .refused(.notLatched)
        case (.returnedUnacknowledged, .escalate), (.returnedUnacknowledged, .clear),
            (.returnedUnacknowledged, .reAlarm):
            .impossible

        case (.latchedUnacknowledged, .raise):
            .moved(to: .unacknowledged, [.annunciate, .notify, .reportToPlatform], .supersedes)
        case (.latchedUnacknowledged, .acknowledge):
            .moved(to: .latchedAcknowledged, [.sayAcknowledged, .stopEscalation, .reportToPlatform])
        case (.latchedUnacknowledged, .unacknowledge): .refused(.notAcknowledged)
        case (.latchedUnacknowledged, .reset): .refused(.acknowledgeFirst)
        case (.latchedUnacknowledged, .escalate), (.latchedUnacknowledged, .clear), (.latchedUnacknowledged, .reAlarm):
            .impossible

        case (.latchedAcknowledged, .raise):
            .moved(to: .unacknowledged, [.annunciate, .notify, .startEscalation, .reportToPlatform])
        case (.latchedAcknowledged, .acknowledge): .same
        case (.latchedAcknowledged, .unacknowledge): .refused(.notActive)
        case (.latchedAcknowledged, .reset): .moved(to: .normal, .reportToPlatform)
        case (.latchedAcknowledged, .escalate), (.latchedAcknowledged, .clear), (.latchedAcknowledged, .reAlarm):
            .impossible
        }
    }

    /// Whether a command may speak of this alarm: it must name the occurrence and the version that stand now.
    /// - Parameters:
    ///   - occurrence: 0 means the present one.
    ///   - version: nil only from a person who asked for the present one by name.
    package func refusal(ofOccurrence named: UInt32, version seen: UInt32?) -> CommandRefusal? {
        if named > occurrence { return .unknownAlarm }
        if named != 0, named < occurrence { return .alarmChanged }
        if let seen, seen != version { return .alarmChanged }
        return nil
    }
}
