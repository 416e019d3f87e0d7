package import AlarmLogic
package import MonitorCore
package import PlantModel
package import PlantTime

/// A stretch of time in which one rule saw the same: one zone, or one reason to see nothing, with one delay running or none.
package struct RulePhase: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case neverJudged
        case zone(Verdict)
        case unknown(RuleInspection.Blindness)
    }

    package enum DelayState: Sendable, Equatable { case none, running(RuleInspection.RunningDelay.Side), paused }

    package var kind: Kind
    package var isActive: Bool
    package var delay: DelayState
    package var from: PlantInstant
    /// The last instant at which it was seen so.
    package var to: PlantInstant
    /// What was compared at its beginning and at its end; nil without a number.
    package var first: Double?
    package var last: Double?
    /// The number nearest to raising, and when it was seen.
    package var nearest: Double?
    package var nearestAt: PlantInstant
    /// The rule as it stood at the end of the phase.
    package var inspection: RuleInspection
}

/// Follows one rule of a replay that is played instant by instant, and keeps what it saw as phases.
package struct RuleTracer: ReplayWitness {
    /// What the rule did.
    package struct Move: Sendable, Equatable {
        package var event: AlarmEvent
        /// The phase that it happened in, or that began with it: the newest seen at that moment.
        package var phase: Int
    }

    package let rule: RuleIndex
    /// Oldest first. At most ``phasesMax`` of them; older ones are gone.
    package private(set) var phases: [RulePhase] = []
    package private(set) var moves: [Move] = []
    /// The newest slots of the points that it reads, newest last: which sample it was.
    package private(set) var slots: [Seen] = []
    package private(set) var phasesGone = 0
    /// The rule as it stood at the moment that is asked about: behind the last instant of the line up to it.
    package private(set) var then: RuleInspection?
    package private(set) var nextLook: PlantInstant?

    /// A slot, and its place on the line.
    package struct Seen: Sendable, Equatable {
        package var sequence: UInt64
        package var slot: InputSlot
    }

    private let points: Set<UInt32>
    private let from: PlantInstant
    private let moment: PlantInstant?
    private let sign: Double

    package static let phasesMax = 4096
    package static let slotsMax = 65_536

    /// - Parameters:
    ///   - points: numbers of the points whose samples it may rest on.
    ///   - kind: says which way lies danger.
    ///   - from: what lies before is not kept.
    ///   - moment: the instant at which the rule is to be seen in full; nil: none.
    package init(
        _ rule: RuleIndex, kind: RuleKind, points: Set<UInt32>, from: PlantInstant, moment: PlantInstant? = nil
    ) {
        self.moment = moment
        self.rule = rule
        self.points = points
        self.from = from
        sign = kind.dangerSign
    }

    package mutating func took(_ taken: Span<InputSlot>, firstSequence: UInt64) {
        var newest: PlantInstant?
        for index in taken.indices {
            let slot = taken[index]
            newest = slot.lineTime
            guard slot.kind == .sample, points.contains(slot.point) else { continue }
            slots.append(Seen(sequence: firstSequence + UInt64(index), slot: slot))
        }
        if slots.count > Self.slotsMax * 2 { slots.removeFirst(slots.count - Self.slotsMax) }
        if let newest, newest >= from { nextLook = newest }
    }

    package mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for index in events.indices where events[index].rule == rule {
            moves.append(Move(event: events[index], phase: phases.count + phasesGone))
        }
    }

    package mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        see(monitor.inspect(rule), at: instant)
        // Between two slots only deadlines can come.
        let inspection = phases.last?.inspection
        let due = [inspection?.delay?.ends, inspection?.silenceEnds].compactMap { $0 }.filter { $0 > instant }.min()
        nextLook = due
    }

    package mutating func ended(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        see(monitor.inspect(rule), at: instant)
    }

    private mutating func see(_ inspection: RuleInspection, at instant: PlantInstant) {
        if let moment, instant <= moment { then = inspection }
        let (kind, number) = inspection.sight.parts
        let delay: RulePhase.DelayState =
            inspection.delay.map { $0.isPaused ? .paused : .running($0.side) } ?? .none
        guard var last = phases.last, last.kind.isAlike(kind), last.isActive == inspection.isActive, last.delay == delay
        else {
            phases.append(
                RulePhase(
                    kind: kind, isActive: inspection.isActive, delay: delay, from: instant, to: instant, first: number,
                    last: number, nearest: number, nearestAt: instant, inspection: inspection))
            if phases.count > Self.phasesMax {
                phases.removeFirst()
                phasesGone += 1
            }
            return
        }
        last.to = instant
        last.last = number
        last.inspection = inspection
        last.kind = kind
        if let number, last.nearest.map({ distance(number) > distance($0) }) ?? true {
            last.nearest = number
            last.nearestAt = instant
        }
        phases[phases.count - 1] = last
    }

    /// More is nearer to raising.
    private func distance(_ number: Double) -> Double { sign == 0 ? abs(number) : number * sign }

    /// The phase that an instant lies in: the last that had begun by then.
    package func phase(at instant: PlantInstant) -> Int? { phases.lastIndex { $0.from <= instant } }
}

extension RuleInspection.Sight {
    fileprivate var parts: (RulePhase.Kind, Double?) {
        switch self {
        case .neverJudged: (.neverJudged, nil)
        case .zone(let verdict, let compared): (.zone(verdict), compared.isNaN ? nil : compared)
        case .unknown(let blindness): (.unknown(blindness), nil)
        }
    }
}

extension RulePhase.Kind {
    /// The same but for numbers that grow: a window that fills is one phase.
    fileprivate func isAlike(_ other: Self) -> Bool {
        switch (self, other) {
        case (.unknown(.tooFewRows), .unknown(.tooFewRows)),
            (.unknown(.windowNotCovered), .unknown(.windowNotCovered)),
            (.unknown(.bitUnreadable), .unknown(.bitUnreadable)):
            true
        default: self == other
        }
    }
}

extension RuleKind {
    /// +1: danger lies above, -1: below, 0: on either side.
    var dangerSign: Double {
        switch self {
        case .threshold(let threshold): threshold.looksUp ? 1 : -1
        case .rateOfChange(let rate):
            switch rate.direction {
            case .either: 0
            case .rise: 1
            case .fall: -1
            }
        case .deviation: 0
        case .timeTo: -1
        case .state, .badQuality, .stale, .frozen, .vote, .expect, .count, .timeWeightedAverage, .ladder: 1
        }
    }
}
