package import PlantTime

/// One transition of one alarm, or one answer to a command: a slot of the event ring. Never edited once made.
///
/// Fixed size and free of references; names, units and guidance are looked up when the journal writes the readable
/// ``AlarmRecord``.
package struct AlarmEvent: Sendable, BitwiseCopyable, Equatable {
    package var transition: Transition
    package var stateBefore: AlarmState
    package var stateAfter: AlarmState
    package var priority: Priority
    /// What people are owed because of it (semantics.md C, outputs).
    package var duties: Duties
    package var marks: EventMarks
    /// Why a command was refused; `.none` on everything else.
    package var refusal: CommandRefusal
    package var rule: RuleIndex
    /// The point that the rule shows; `PointIndex(.max)` when it has none.
    package var point: PointIndex
    /// Numbered per rule from 1.
    package var occurrence: UInt32
    /// Counts the visible changes within the occurrence; a command must name the one it saw.
    package var version: UInt32
    /// The level of a LADDER, from 1; 0 elsewhere.
    package var level: UInt8
    /// Counts this transition within the occurrence, from 1 (part of the key).
    package var nth: UInt32
    /// Number of the command that made it, in the command table; 0 when the plant did.
    package var command: UInt32
    /// The judged value (B5); NaN when there is none.
    package var value: Double
    /// Quality of the sample behind the value.
    package var quality: Quality
    /// The instant it speaks for: a delay's end, a row's time.
    package var occurredAt: PlantInstant
    /// When the core decided it.
    package var decidedAt: PlantInstant
    /// Stage stamps of the slot that caused it, for the latency histograms. When its bytes were at the door says nothing of
    /// what was decided: events are equal without it.
    package var sampleRead: PlantInstant
    package var sampleArrival: PlantInstant
    package var samplePublished: PlantInstant
    /// The input ring's sequence of the slot that caused it.
    package var inputSequence: UInt64

    /// What happened. Raw values are written in journals: never renumbered.
    package enum Transition: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        case raise = 1
        case clear = 2
        case escalate = 3
        case deescalate = 4
        case acknowledge = 5
        case unacknowledge = 6
        case reset = 7
        case reAlarm = 8
        case comment = 9
        case retire = 10
        case shelve = 11
        case unshelve = 12
        /// A command that changed nothing; `refusal` says why.
        case refused = 13

        /// The word in event keys, files and APIs.
        package var word: String {
            switch self {
            case .raise: "raise"
            case .clear: "clear"
            case .escalate: "escalate"
            case .deescalate: "de-escalate"
            case .acknowledge: "acknowledge"
            case .unacknowledge: "unacknowledge"
            case .reset: "reset"
            case .reAlarm: "re-alarm"
            case .comment: "comment"
            case .retire: "retire"
            case .shelve: "shelve"
            case .unshelve: "unshelve"
            case .refused: "refused"
            }
        }

        package init?(word: some StringProtocol) {
            guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
            self = match
        }
    }

    package init(
        _ transition: Transition, rule: RuleIndex, point: PointIndex, occurrence: UInt32, version: UInt32, nth: UInt32,
        level: UInt8 = 0, from stateBefore: AlarmState, to stateAfter: AlarmState, priority: Priority, duties: Duties,
        marks: EventMarks = [], refusal: CommandRefusal = .none, command: UInt32 = 0, value: Double,
        quality: Quality = .good, occurredAt: PlantInstant, decidedAt: PlantInstant, sampleArrival: PlantInstant,
        samplePublished: PlantInstant, sampleRead: PlantInstant? = nil, inputSequence: UInt64
    ) {
        self.transition = transition
        self.rule = rule
        self.point = point
        self.occurrence = occurrence
        self.version = version
        self.nth = nth
        self.level = level
        self.stateBefore = stateBefore
        self.stateAfter = stateAfter
        self.priority = priority
        self.duties = duties
        self.marks = marks
        self.refusal = refusal
        self.command = command
        self.value = value
        self.quality = quality
        self.occurredAt = occurredAt
        self.decidedAt = decidedAt
        self.sampleRead = sampleRead ?? samplePublished
        self.sampleArrival = sampleArrival
        self.samplePublished = samplePublished
        self.inputSequence = inputSequence
    }

    package static func == (left: AlarmEvent, right: AlarmEvent) -> Bool {
        left.transition == right.transition && left.rule == right.rule && left.point == right.point
            && left.occurrence == right.occurrence && left.version == right.version && left.nth == right.nth
            && left.level == right.level && left.stateBefore == right.stateBefore && left.stateAfter == right.stateAfter
            && left.priority == right.priority && left.duties == right.duties && left.marks == right.marks
            && left.refusal == right.refusal && left.command == right.command
            && left.value.bitPattern == right.value.bitPattern && left.quality == right.quality
            && left.occurredAt == right.occurredAt && left.decidedAt == right.decidedAt
            && left.sampleArrival == right.sampleArrival && left.samplePublished == right.samplePublished
            && left.inputSequence == right.inputSequence
    }
}

/// The states of an alarm (ISA-18.2; OPC UA Part 9 names). Raw values are written in journals: never renumbered.
package enum AlarmState: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case normal = 0
    case unacknowledged = 1
    case acknowledged = 2
    case returnedUnacknowledged = 3
    case latchedUnacknowledged = 4
    case latchedAcknowledged = 5

    package var word: String {
        switch self {
        case .normal: "normal"
        case .unacknowledged: "unacknowledged"
        case .acknowledged: "acknowledged"
        case .returnedUnacknowledged: "returnedUnacknowledged"
        case .latchedUnacknowledged: "latchedUnacknowledged"
        case .latchedAcknowledged: "latchedAcknowledged"
        }
    }

    package init?(word: some StringProtocol) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }

    /// The condition stands.
    package var isActive: Bool { self == .unacknowledged || self == .acknowledged }
    /// A person still owes an answer.
    package var awaitsAnswer: Bool {
        self == .unacknowledged || self == .returnedUnacknowledged || self == .latchedUnacknowledged
    }
}

/// What a transition owes to people: the letters of semantics.md C.
package struct Duties: OptionSet, Sendable, Hashable, BitwiseCopyable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A: seen and heard on the console.
    package static let annunciate = Duties(rawValue: 1 << 0)
    /// N: told to people.
    package static let notify = Duties(rawValue: 1 << 1)
    /// C: told that it cleared.
    package static let sayCleared = Duties(rawValue: 1 << 2)
    /// K: told that it was acknowledged.
    package static let sayAcknowledged = Duties(rawValue: 1 << 3)
    /// E: the escalation chain starts.
    package static let startEscalation = Duties(rawValue: 1 << 4)
    /// E0: the chain ends.
    package static let stopEscalation = Duties(rawValue: 1 << 5)
    /// P: reported to the emergency platform.
    package static let reportToPlatform = Duties(rawValue: 1 << 6)
}

package struct EventMarks: OptionSet, Sendable, Hashable, BitwiseCopyable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Raised by a late sample (semantics.md D).
    package static let late = EventMarks(rawValue: 1 << 0)
    /// Found after a restart.
    package static let afterRestart = EventMarks(rawValue: 1 << 1)
    /// Sent while nothing could be committed (operations.md, storage-lost).
    package static let notRecorded = EventMarks(rawValue: 1 << 2)
    package static let masked = EventMarks(rawValue: 1 << 3)
    /// An earlier occurrence, unanswered, ends with this one's raise.
    package static let supersedes = EventMarks(rawValue: 1 << 4)

    private static let named: [(mark: EventMarks, word: String)] = [
        (.late, "late"), (.afterRestart, "afterRestart"), (.notRecorded, "notRecorded"), (.masked, "masked"),
        (.supersedes, "supersedes"),
    ]

    /// The words in APIs and messages.
    package var words: [String] { Self.named.filter { contains($0.mark) }.map(\.word) }

    /// Words that are not known are passed over: a newer station may know more.
    package init(words: [String]) {
        self = Self.named.filter { words.contains($0.word) }.reduce(into: []) { $0.formUnion($1.mark) }
    }
}

/// Why a command changed nothing. Raw values are written in journals: never renumbered.
package enum CommandRefusal: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case none = 0
    /// No such rule, or no such occurrence.
    case unknownAlarm = 1
    /// The alarm has moved on since the person looked: occurrence or version is no longer the one that was seen.
    case alarmChanged = 2
    case notActive = 3
    case stillActive = 4
    case acknowledgeFirst = 5
    case notLatched = 6
    case notAcknowledged = 7
    case pointNotUsable = 8
    /// A verb that this station does not offer.
    case notOffered = 9

    package var word: String {
        switch self {
        case .none: "none"
        case .unknownAlarm: "unknown-alarm"
        case .alarmChanged: "alarm-changed"
        case .notActive: "not-active"
        case .stillActive: "still-active"
        case .acknowledgeFirst: "acknowledge-first"
        case .notLatched: "not-latched"
        case .notAcknowledged: "not-acknowledged"
        case .pointNotUsable: "point-not-usable"
        case .notOffered: "not-offered"
        }
    }

    package init?(word: some StringProtocol) {
        guard let match = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = match
    }
}
