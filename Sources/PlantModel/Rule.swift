/// Where a line of configuration stands, for messages: `site.yaml:14:9`.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    package var line: Int
    package var column: Int
    /// Where the template has it, when this is the line at which a person put the template to use.
    package var template: String?

    package init(file: String, line: Int, column: Int, template: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.template = template
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// What makes an alarm: one entry of a rule file (semantics.md A2, B). Checked by the door that read it: every number is
/// finite, every duration a whole number of milliseconds, every name it refers to stands above it.
package struct Rule: Sendable, Equatable {
    package var id: String
    /// The tag of the point it judges; for VOTE, COUNT and LADDER the tag that is shown with it.
    package var point: String
    package var kind: RuleKind
    package var onDelay: Duration
    package var offDelay: Duration
    /// Silence of the point for this long acts as BAD (A7); nil: silence holds the last value.
    package var maxAge: Duration?
    package var priority: Priority
    /// Works, but writes no event: it is there to be named by other rules.
    package var isSilent: Bool
    package var latching: Bool
    /// What people call it; empty when the id must do.
    package var name: BilingualText
    package var guidance: Guidance
    /// The clause or document that the set-point rests on, and who approved it. Data, never code.
    package var basis: String?
    package var approvedBy: String?
    /// How sure the set-point's source is, as the document of its template flags it: `F6`, `MH`, `C`, `P`. Shown only.
    package var flags: [String]
    /// The limit as it was written, where it had to be converted into the point's unit: `20 mg/m3` of 28.7 ppm.
    package var written: WrittenLimit?
    package var location: SourceLocation

    package init(
        id: String, point: String, kind: RuleKind, onDelay: Duration = .zero, offDelay: Duration = .zero,
        maxAge: Duration? = nil, priority: Priority, isSilent: Bool = false, latching: Bool = false,
        name: BilingualText = BilingualText(), guidance: Guidance = Guidance(), basis: String? = nil,
        approvedBy: String? = nil, flags: [String] = [], written: WrittenLimit? = nil,
        location: SourceLocation = SourceLocation(file: "", line: 0, column: 0)
    ) {
        self.id = id
        self.point = point
        self.kind = kind
        self.onDelay = onDelay
        self.offDelay = offDelay
        self.maxAge = maxAge
        self.priority = priority
        self.isSilent = isSilent
        self.latching = latching
        self.name = name
        self.guidance = guidance
        self.basis = basis
        self.approvedBy = approvedBy
        self.flags = flags
        self.written = written
        self.location = location
    }
}

/// What the officer needs to act: why it happens, what follows, what to do, and by when.
package struct Guidance: Sendable, Hashable, Codable {
    package var cause = BilingualText()
    package var consequence = BilingualText()
    package var action = BilingualText()
    package var respondWithinSeconds: Int?

    package init(
        cause: BilingualText = BilingualText(), consequence: BilingualText = BilingualText(),
        action: BilingualText = BilingualText(), respondWithinSeconds: Int? = nil
    ) {
        self.cause = cause
        self.consequence = consequence
        self.action = action
        self.respondWithinSeconds = respondWithinSeconds
    }
}

/// The kinds of semantics.md A2 and B, each with exactly the keys it uses.
package enum RuleKind: Sendable, Equatable {
    /// H, HH, L, LL.
    case threshold(Threshold)
    /// ROC, ROC_RISE, ROC_FALL.
    case rateOfChange(RateLimit)
    case state(StateTest)
    case badQuality
    /// Needs the rule's `maxAge`.
    case stale
    case frozen(window: Duration, minSpan: Double, unless: String?)
    case deviation(other: String, limit: Double, deadband: Double, turn: Double?)
    /// With `scores` its members are ladders, and `needed` is a sum: at level k a member counts `scores[k - 1]`.
    case vote(of: [String], needed: Int, onBad: VoteOnBad, scores: [Int] = [])
    case expect(when: String, within: Duration, StateTest)
    case timeTo(TimeToLimit)
    case count(of: [String], needed: Int, window: Duration)
    case timeWeightedAverage(limit: Double, deadband: Double, window: Duration, minGood: Double)
    case ladder(levels: [String])

    package struct Threshold: Sendable, Equatable {
        package enum Level: String, Sendable, CaseIterable { case H, HH, L, LL }
        package var level: Level
        package var limit: Double
        package var deadband: Double
        /// A usable value at or above it is in the raise zone whatever the limit (H and HH only).
        package var clampAbove: Double?

        package init(level: Level, limit: Double, deadband: Double = 0, clampAbove: Double? = nil) {
            self.level = level
            self.limit = limit
            self.deadband = deadband
            self.clampAbove = clampAbove
        }

        /// H and HH look up, L and LL down.
        package var looksUp: Bool { level == .H || level == .HH }
    }

    package struct RateLimit: Sendable, Equatable {
        package enum Direction: String, Sendable, CaseIterable {
            case either = "ROC"
            case rise = "ROC_RISE"
            case fall = "ROC_FALL"
        }
        package var direction: Direction
        /// Units of the point per second.
        package var limit: Double
        package var deadband: Double
        package var estimator: Estimator

        package init(direction: Direction, limit: Double, deadband: Double = 0, estimator: Estimator) {
            self.direction = direction
            self.limit = limit
            self.deadband = deadband
            self.estimator = estimator
        }
    }

    package enum Estimator: Sendable, Equatable {
        case leastSquares(window: Duration)
        case theilSen(window: Duration)
        case ewma(tau: Duration)
    }

    package enum StateTest: Sendable, Equatable {
        /// Met when the value equals one of these.
        case states([Double])
        /// Met when bit 0...52 of the whole number is 1, or 0 with `inverted`.
        case bit(Int, inverted: Bool)
    }

    /// What a member does that is unknown and not active: lowers the number needed, counts as met, or leaves the vote
    /// unknown for as long as it could turn it.
    package enum VoteOnBad: String, Sendable, CaseIterable { case drop, trip, hold }

    package struct TimeToLimit: Sendable, Equatable {
        package enum Direction: String, Sendable, CaseIterable { case up, down }
        package var limit: Double
        package var direction: Direction
        package var horizon: Duration
        package var clearHorizon: Duration
        package var estimator: Estimator

        package init(
            limit: Double, direction: Direction, horizon: Duration, clearHorizon: Duration, estimator: Estimator
        ) {
            self.limit = limit
            self.direction = direction
            self.horizon = horizon
            self.clearHorizon = clearHorizon
            self.estimator = estimator
        }
    }

    /// The word in rule files: `HH`, `ROC_RISE`, `EXPECT`.
    package var word: String {
        switch self {
        case .threshold(let threshold): threshold.level.rawValue
        case .rateOfChange(let rate): rate.direction.rawValue
        case .state: "STATE"
        case .badQuality: "BAD_QUALITY"
        case .stale: "STALE"
        case .frozen: "FROZEN"
        case .deviation: "DEVIATION"
        case .vote: "VOTE"
        case .expect: "EXPECT"
        case .timeTo: "TIME_TO"
        case .count: "COUNT"
        case .timeWeightedAverage: "TWA"
        case .ladder: "LADDER"
        }
    }

    /// The number that is shown as the limit, where the kind has one.
    package var shownLimit: Double? {
        switch self {
        case .threshold(let threshold): threshold.limit
        case .rateOfChange(let rate): rate.limit
        case .deviation(_, let limit, _, _), .timeWeightedAverage(let limit, _, _, _): limit
        case .timeTo(let target): target.limit
        case .vote(_, let needed, _, _), .count(_, let needed, _): Double(needed)
        case .state, .badQuality, .stale, .frozen, .expect, .ladder: nil
        }
    }
}

/// A point computed from others: an entry of the same list (semantics.md B, derived points).
package struct DerivedPoint: Sendable, Equatable {
    package enum Operation: Sendable, Equatable {
        case sum
        case difference
        case linear(scale: Double, offset: Double)
        case table(x: [Double], y: [Double])
        case mean(window: Duration)
        case counter(wrap: Double?)
        case unwrap(period: Double)
        case product
        /// 1 / max(|x|, floor), floor above 0: never infinite.
        case inverse(floor: Double)
        case minimum
        case maximum
        /// The least-squares slope of A8, units of the input per second.
        case slope(window: Duration)

        /// How far back it remembers rows.
        package var window: Duration? {
            switch self {
            case .mean(let window), .slope(let window): window
            case .sum, .difference, .linear, .table, .counter, .unwrap, .product, .inverse, .minimum, .maximum: nil
            }
        }
    }

    package var name: String
    package var operation: Operation
    package var inputs: [String]
    package var maxAge: Duration?
    package var location: SourceLocation

    package init(name: String, operation: Operation, inputs: [String], maxAge: Duration?, location: SourceLocation) {
        self.name = name
        self.operation = operation
        self.inputs = inputs
        self.maxAge = maxAge
        self.location = location
    }
}

/// The entries of a rule file in their order, which is the order of judgement and of output (A10, B1).
package struct RuleSet: Sendable, Equatable {
    package enum Entry: Sendable, Equatable {
        case rule(Rule)
        case derived(DerivedPoint)
    }

    package var entries: [Entry]

    package init(entries: [Entry] = []) { self.entries = entries }
    package init(rules: [Rule]) { entries = rules.map { .rule($0) } }

    /// How many entries are rules. Copies nothing, where `rules.count` copies them all.
    package var ruleCount: Int {
        entries.count { if case .rule = $0 { true } else { false } }
    }

    /// The rules alone, in order. A ``RuleIndex`` is a position in this list.
    package var rules: [Rule] {
        entries.compactMap { if case .rule(let rule) = $0 { rule } else { nil } }
    }
}
