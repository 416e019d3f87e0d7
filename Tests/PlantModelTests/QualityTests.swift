import PlantModel
import Testing

@Suite struct `The quality of a value` {
    @Test func `is the word and the reason in two bytes`() {
        #expect(Quality.good.bits == 0)
        for reason in QualityReason.allCases {
            #expect(Quality.uncertain(reason).bits == 0x0100 + UInt16(reason.rawValue))
            #expect(Quality.bad(reason).bits == 0x0200 + UInt16(reason.rawValue))
            #expect(Quality.bad(reason).word == .bad && Quality.bad(reason).reason == reason)
            #expect(Quality.uncertain(reason).word == .uncertain && Quality.uncertain(reason).reason == reason)
            #expect(Quality(bits: Quality.bad(reason).bits) == .bad(reason))
        }
    }

    @Test func `is usable when good or uncertain, and in no other way`() {
        for high in 0...255 {
            for low in [0, 1, 12, 35, 255] {
                let quality = Quality(bits: UInt16(high << 8 | low))
                #expect(quality.isUsable == (quality.word != .bad))
                #expect(quality.isUsable == (high < 2))
            }
        }
        #expect(Quality(bits: 0x0363).reason == .unspecified, "an unknown reason is unspecified, never good")
    }

    /// The numbers stand in input logs and snapshots; a file of last year must read as it was written.
    @Test func `stands in logs under numbers that never change`() {
        #expect(Quality.Word.allCases.map(\.rawValue) == [0, 1, 2])
        #expect(Quality.Word.allCases.map(\.name) == ["good", "uncertain", "bad"])
        let written = QualityReason.allCases.map { "\($0.rawValue) \($0.name)" }
        #expect(
            written == [
                "0 unspecified", "1 not-a-number", "2 decode-failed", "3 sentinel", "4 link-down", "5 no-target",
                "6 device-fault", "7 misconfigured", "8 warm-up", "9 calibrating", "10 maintenance", "11 substituted",
                "12 stale", "13 shut-down", "14 out-of-range", "32 over-range", "33 under-range", "34 source-clock",
                "35 degraded",
            ])
    }
}

@Suite struct `The words of an alarm` {
    @Test func `stand in journals under numbers and words that never change`() {
        #expect(
            AlarmEvent.Transition.allCases.map { "\($0.rawValue) \($0.word)" } == [
                "1 raise", "2 clear", "3 escalate", "4 de-escalate", "5 acknowledge", "6 unacknowledge", "7 reset",
                "8 re-alarm", "9 comment", "10 retire", "11 shelve", "12 unshelve", "13 refused",
            ])
        #expect(
            AlarmState.allCases.map { "\($0.rawValue) \($0.word)" } == [
                "0 normal", "1 unacknowledged", "2 acknowledged", "3 returnedUnacknowledged", "4 latchedUnacknowledged",
                "5 latchedAcknowledged",
            ])
        #expect(
            CommandRefusal.allCases.map { "\($0.rawValue) \($0.word)" } == [
                "0 none", "1 unknown-alarm", "2 alarm-changed", "3 not-active", "4 still-active", "5 acknowledge-first",
                "6 not-latched", "7 not-acknowledged", "8 point-not-usable", "9 not-offered",
            ])
        #expect(
            Priority.allCases.map { "\($0.rawValue) \($0.word)" } == ["1 LOW", "2 MEDIUM", "3 HIGH", "4 CRITICAL"])
        #expect(
            WarningColour.allCases.map { "\($0.rawValue) \($0.word)" } == [
                "1 red", "2 orange", "3 yellow", "4 blue",
            ])
        #expect(
            OperatorCommand.Verb.allCases.map(\.rawValue) == [
                "acknowledge", "unacknowledge", "reset", "comment", "shelve", "unshelve", "retire",
            ])
    }

    @Test func `are read back as they were written, and nothing else is`() {
        for transition in AlarmEvent.Transition.allCases {
            #expect(AlarmEvent.Transition(word: transition.word) == transition)
        }
        for state in AlarmState.allCases { #expect(AlarmState(word: state.word) == state) }
        for refusal in CommandRefusal.allCases { #expect(CommandRefusal(word: refusal.word) == refusal) }
        for priority in Priority.allCases { #expect(Priority(word: priority.word) == priority) }
        for colour in WarningColour.allCases { #expect(WarningColour(word: colour.word) == colour) }
        for word in ["", "Raise", "raise ", "normally", "HIGHER", "High", "Red"] {
            #expect(AlarmEvent.Transition(word: word) == nil && AlarmState(word: word) == nil)
            #expect(
                CommandRefusal(word: word) == nil && Priority(word: word) == nil && WarningColour(word: word) == nil)
        }
    }

    @Test func `of a state say who still owes an answer`() {
        #expect(AlarmState.allCases.filter(\.isActive) == [.unacknowledged, .acknowledged])
        #expect(
            AlarmState.allCases.filter(\.awaitsAnswer) == [
                .unacknowledged, .returnedUnacknowledged, .latchedUnacknowledged,
            ])
    }

    @Test func `of duties and marks stand in journals under bits that never change`() {
        let duties: [Duties] = [
            .annunciate, .notify, .sayCleared, .sayAcknowledged, .startEscalation, .stopEscalation, .reportToPlatform,
        ]
        #expect(duties.map(\.rawValue) == [1, 2, 4, 8, 16, 32, 64])
        let marks: [EventMarks] = [.late, .afterRestart, .notRecorded, .masked, .supersedes]
        #expect(marks.map(\.rawValue) == [1, 2, 4, 8, 16])
        let words = ["late", "afterRestart", "notRecorded", "masked", "supersedes"]
        #expect(EventMarks(rawValue: 31).words == words)
        for (mark, word) in zip(marks, words) {
            #expect(mark.words == [word])
            #expect(EventMarks(words: [word]) == mark)
        }
        #expect(EventMarks(words: ["masked", "of a newer station", "late"]) == [.late, .masked])
        #expect(EventMarks(words: []).isEmpty && EventMarks(rawValue: 1 << 15).words.isEmpty)
    }

    @Test func `of urgency are ordered, and each has its colour`() {
        #expect(Priority.allCases.sorted(by: >) == [.critical, .high, .medium, .low])
        #expect(Priority.low < .medium && Priority.medium < .high && Priority.high < .critical)
        #expect(
            [Priority.critical, .high, .medium, .low].map { ColourTable.usual[$0] } == [.red, .orange, .yellow, .blue])
        let own = ColourTable([.high: .red])
        #expect(own[.high] == .red && own[.critical] == .red && own[.low] == .blue && own[.medium] == .yellow)
    }
}

@Suite struct `A class of points` {
    @Test func `is polled in the order of what it can do to people`() {
        let order: [Point.Class] = [.sis, .gas, .level, .crane, .dust, .electricity, .system]
        for (higher, lower) in zip(order, order.dropFirst()) { #expect(lower < higher) }
        #expect(!(Point.Class.crane < .slope) && !(Point.Class.slope < .crane))
        #expect(Point.Class.allCases.filter(\.isSafety) == [.sis, .gas])
    }

    @Test func `of people says who may answer alarms`() {
        #expect(Role.allCases.filter(\.mayAcknowledge) == [.dutyOfficer, .safetyEngineer])
    }
}
