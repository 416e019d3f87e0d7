package import PlantModel

/// One test of rules as an engineer wrote it: what the plant shows, what people do, and what must come of it.
///
/// Read and checked by ``RuleTestFile``: every rule that it names exists, every file that it names is there. Played by
/// the replay bench.
package struct RuleTest: Sendable {
    package var name: String
    package var location: SourceLocation
    package var input: RuleTestInput
    /// Milliseconds since 1970 that offsets count from; nil: the first row of the input.
    package var start: Int64?
    /// The clock runs on to here when the input ends before; nil: it stops at the last row (semantics.md A6).
    package var until: RuleTestTime?
    /// In the order of the file.
    package var acts: [RuleTestAct]
    package var assertions: [RuleTestAssertion]
}

/// Where the samples come from.
package enum RuleTestInput: Sendable, Equatable {
    /// A recording: `time,point,value,quality`. The path is ready to be opened.
    case recording(path: String, SourceLocation)
    /// A script of a replay, read and checked; its file for messages.
    case script(ReplayScript, file: String)
    /// Rows that stand in the test itself, in the order of time.
    case rows([RuleTestRow])

    /// Offsets count from the test's start, not from the first row.
    package var hasOwnStart: Bool { if case .rows = self { true } else { false } }
}

/// One row of the input, written in the test.
package struct RuleTestRow: Sendable, Equatable {
    package var time: RuleTestTime
    package var point: String
    /// NaN where none is given.
    package var value: Double
    package var quality: Quality.Word

    package init(time: RuleTestTime, point: String, value: Double, quality: Quality.Word) {
        self.time = time
        self.point = point
        self.value = value
        self.quality = quality
    }
}

/// An instant on the time line of a test: `2026-01-01T00:00:22.000Z`, or `+22s` from its start.
package enum RuleTestTime: Sendable, Hashable {
    /// Milliseconds since 1970.
    case instant(Int64)
    /// Milliseconds after the start.
    case offset(Int64)

    /// Milliseconds since 1970.
    package func milliseconds(from start: Int64) -> Int64 {
        switch self {
        case .instant(let milliseconds): milliseconds
        case .offset(let milliseconds): start + milliseconds
        }
    }
}

/// From one instant to another, both included; nil is the end of the time line on that side.
package struct RuleTestSpan: Sendable, Equatable {
    package var from: RuleTestTime?
    package var to: RuleTestTime?

    package init(from: RuleTestTime?, to: RuleTestTime?) {
        self.from = from
        self.to = to
    }
}

/// What a person does at an instant, after all else that happens at it.
package struct RuleTestAct: Sendable, Equatable {
    package var time: RuleTestTime
    package var verb: OperatorCommand.Verb
    package var rule: String
    package var comment: String
    package var location: SourceLocation
}

/// Which events are meant: `NH3-301.L1 raise`, `NH3-301.L1/2 clear` (of its second occurrence), `TANK escalate:2`.
package struct RuleTestEvent: Sendable, Equatable {
    package var rule: String
    /// nil: of any occurrence.
    package var occurrence: UInt32?
    package var transition: AlarmEvent.Transition
    /// The level of a LADDER; nil: any.
    package var level: UInt8?
    /// As a person wrote it.
    package var text: String

    package init(
        rule: String, occurrence: UInt32? = nil, transition: AlarmEvent.Transition, level: UInt8? = nil, text: String
    ) {
        self.rule = rule
        self.occurrence = occurrence
        self.transition = transition
        self.level = level
        self.text = text
    }
}

package enum TestComparison: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case atLeast = ">="
    case atMost = "<="
    case more = ">"
    case less = "<"

    package func holds<Number: Comparable>(_ left: Number, _ right: Number) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .atLeast: left >= right
        case .atMost: left <= right
        case .more: left > right
        case .less: left < right
        }
    }
}

/// How a rule must stand at an instant.
package enum RuleTestState: Sendable, Equatable {
    /// Its condition, whatever people have answered.
    case active, inactive
    /// Inactive, and its on-delay runs or is paused.
    case pending
    /// It cannot judge: bad, stale, or not enough rows.
    case unknown
    case lifecycle(AlarmState)
    /// The last judged value; equal means within 1e-9 + 1e-6 x |number|.
    case value(TestComparison, Double)
    /// The level at which a LADDER stands, 0 for none.
    case level(UInt8)
}

/// One thing that must be true of the time line.
package struct RuleTestAssertion: Sendable {
    package enum Kind: Sendable, Equatable {
        /// `at TIME RULE is [not] STATE`, after all that happens at that instant.
        case state(at: RuleTestTime, rule: String, RuleTestState, isNegated: Bool)
        /// `never EVENT [in A..B]`.
        case never(RuleTestEvent, in: RuleTestSpan?)
        /// `count EVENT = n [in A..B]`.
        case count(RuleTestEvent, TestComparison, Int, in: RuleTestSpan?)
        /// `EVENT before EVENT`: the first of each.
        case before(RuleTestEvent, RuleTestEvent)
        /// `EVENT within T of|after|before TIME|EVENT`: the first of each.
        case within(RuleTestEvent, milliseconds: Int64, RuleTestSide, RuleTestAnchor)
        /// `no transition [of RULE] while bad`.
        case quietWhileBad(rule: String?)
        /// `sequence: [...]`; with `exact` nothing else may come between.
        case sequence([RuleTestStep], isExact: Bool, of: [String])
        /// `golden: file.csv`. The path is ready to be opened.
        case golden(path: String, shown: String)
    }

    package var kind: Kind
    package var location: SourceLocation
    /// As it was written, on one line.
    package var text: String
}

/// On which side of the other instant an event must lie.
package enum RuleTestSide: String, Sendable, CaseIterable { case of, after, before }

package enum RuleTestAnchor: Sendable, Equatable {
    case time(RuleTestTime)
    case event(RuleTestEvent)
}

/// One event of an expected sequence.
package struct RuleTestStep: Sendable, Equatable {
    package var event: RuleTestEvent
    /// nil: whenever it comes.
    package var time: RuleTestTime?
    package var location: SourceLocation
    /// As it was written.
    package var text: String
}
