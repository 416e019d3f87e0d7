import AlarmLogic
import PlantModel
import Testing

/// One cell of the table of semantics.md C, in its own letters.
private func letters(_ answer: AlarmLifecycle.Answer) -> String {
    switch answer {
    case .moved(let state, let duties, _):
        let all: [(Duties, String)] = [
            (.annunciate, "A"), (.notify, "N"), (.sayCleared, "C"), (.sayAcknowledged, "K"), (.startEscalation, "E"),
            (.stopEscalation, "E0"), (.reportToPlatform, "P"),
        ]
        return ([state.word] + all.filter { duties.contains($0.0) }.map(\.1)).joined(separator: " ")
    case .same: return "same"
    case .refused(let reason): return "refuse \(reason.word)"
    case .impossible: return "-"
    }
}

@Suite struct `The life cycle` {
    /// raise, escalate, clear, clear when latching, acknowledge, unacknowledge, reset, re-alarm.
    private static let table: [(AlarmState, [String])] = [
        (
            .normal,
            [
                "unacknowledged A N E P", "-", "-", "-", "refuse not-active", "refuse not-active", "refuse not-latched",
                "-",
            ]
        ),
        (
            .unacknowledged,
            [
                "-", "unacknowledged A N P", "returnedUnacknowledged C P", "latchedUnacknowledged C P",
                "acknowledged K E0 P", "refuse not-acknowledged", "refuse still-active", "-",
            ]
        ),
        (
            .acknowledged,
            [
                "-", "unacknowledged A N E P", "normal C P", "latchedAcknowledged C P", "same", "unacknowledged A E",
                "refuse still-active", "unacknowledged A N E",
            ]
        ),
        (
            .returnedUnacknowledged,
            [
                "unacknowledged A N P", "-", "-", "-", "normal K E0 P", "refuse not-acknowledged", "refuse not-latched",
                "-",
            ]
        ),
        (
            .latchedUnacknowledged,
            [
                "unacknowledged A N P", "-", "-", "-", "latchedAcknowledged K E0 P", "refuse not-acknowledged",
                "refuse acknowledge-first", "-",
            ]
        ),
        (
            .latchedAcknowledged,
            ["unacknowledged A N E P", "-", "-", "-", "same", "refuse not-active", "normal P", "-"]
        ),
    ]

    @Test(arguments: AlarmState.allCases) func `answers every stimulus as the table says`(_ state: AlarmState) throws {
        let row = try #require(Self.table.first { $0.0 == state }).1
        let columns: [(AlarmLifecycle.Stimulus, Bool)] = [
            (.raise, false), (.escalate, false), (.clear, false), (.clear, true), (.acknowledge, false),
            (.unacknowledge, false), (.reset, false), (.reAlarm, false),
        ]
        for (column, expected) in zip(columns, row) {
            let answer = AlarmLifecycle.answer(to: column.0, in: state, latching: column.1)
            #expect(letters(answer) == expected, "\(state.word), \(column.0)")
        }
    }

    @Test func `counts occurrences at raises and versions at visible changes`() {
        var life = AlarmLifecycle()
        _ = life.take(.raise, latching: false)
        #expect(life == AlarmLifecycle(state: .unacknowledged, occurrence: 1, version: 1))
        _ = life.take(.escalate, latching: false)
        _ = life.take(.acknowledge, latching: false)
        #expect(life.version == 3)
        _ = life.take(.acknowledge, latching: false)
        #expect(life.version == 3)
        _ = life.take(.clear, latching: false)
        _ = life.take(.raise, latching: false)
        #expect(life == AlarmLifecycle(state: .unacknowledged, occurrence: 2, version: 1))
    }

    @Test func `a new occurrence over an unanswered one supersedes it and starts no second chain`() {
        var life = AlarmLifecycle(state: .returnedUnacknowledged, occurrence: 4, version: 2)
        guard case .moved(_, let duties, let marks) = life.take(.raise, latching: false) else {
            Issue.record("a raise moves a returned alarm")
            return
        }
        #expect(!duties.contains(.startEscalation))
        #expect(marks == .supersedes)
        #expect(life.occurrence == 5)
    }

    @Test(arguments: [
        (UInt32(0), UInt32?.none, CommandRefusal?.none), (3, 2, nil), (3, nil, nil), (3, 1, .alarmChanged),
        (2, 2, .alarmChanged), (4, 1, .unknownAlarm), (3, 3, .alarmChanged),
    ])
    func `a command must name what stands now`(_ occurrence: UInt32, _ version: UInt32?, _ refusal: CommandRefusal?) {
        let life = AlarmLifecycle(state: .unacknowledged, occurrence: 3, version: 2)
        #expect(life.refusal(ofOccurrence: occurrence, version: version) == refusal)
    }
}
