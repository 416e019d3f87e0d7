package import AlarmLogic
package import PlantModel
package import PlantTime

/// Everything the core knows of one rule at one instant, for whoever asks why: evidence of a rule test, `why`, `why-not`.
///
/// Made by ``Monitor/inspect(_:)`` from the core's cells; the core keeps nothing for it. Masks do not exist yet, so none
/// stands here.
package struct RuleInspection: Sendable, Equatable {
    /// The core's clock: what running delays and silence are counted to.
    package var now: PlantInstant
    package var state: AlarmState
    /// Numbered per rule from 1; 0 before the first raise.
    package var occurrence: UInt32
    package var version: UInt32
    /// The level of a LADDER, from 1; 0 elsewhere and without an alarm.
    package var level: UInt8
    /// Raised and not cleared, through any bad quality.
    package var isActive: Bool
    package var sight: Sight
    /// The number an event would carry now (semantics.md B5): that of the last judgement that was not unknown.
    package var value: Double?
    /// The newest row of the point that the rule reads; nil before the first, and for rules that read rules alone.
    package var row: NewestRow?
    /// The on-delay or off-delay that runs or is paused.
    package var delay: RunningDelay?
    /// The window or memory that the kind judges over.
    package var window: WindowFill?
    /// When its point will have been silent too long; nil without `max_age_s`, and once it is.
    package var silenceEnds: PlantInstant?
    /// The rules that it names, in the order of the file.
    package var members: [Member]
    /// VOTE: how many members are needed now, dropped ones taken off. COUNT: how many raises.
    package var needed: Int?

    /// What the newest judgement saw.
    package enum Sight: Sendable, Equatable {
        /// Nothing that it reads has said anything yet.
        case neverJudged
        /// A zone (semantics.md A3), and the number that was compared: the value, the slope, the difference, the mean,
        /// seconds to the limit, members met.
        case zone(Verdict, compared: Double)
        /// No evidence (A7, B7): nothing is raised and nothing cleared.
        case unknown(Blindness)
    }

    /// Why a judgement is unknown.
    package enum Blindness: Sendable, Equatable {
        /// The point has had no row at all.
        case noRow(PointIndex)
        /// The newest row of the point is bad.
        case badRow(PointIndex, Quality)
        /// The point, or one that it is computed from, has been silent for `max_age_s`.
        case silent(PointIndex)
        /// A slope needs two rows.
        case tooFewRows(Int)
        /// A slope needs rows over half the window, an EWMA over `tau_s`, a TWA over `min_good` of the window.
        case windowNotCovered(Duration, needed: Duration)
        /// The bit of a value that is no whole number from 0 to below 2^53.
        case bitUnreadable(Double)
        /// Members that cannot judge themselves.
        case members([RuleIndex])
        /// The judgement was unknown, and what it rested on has changed since (its windows were restarted).
        case restarted
    }

    package struct NewestRow: Sendable, Equatable {
        package var point: PointIndex
        /// nil when the row is bad.
        package var value: Double?
        package var quality: Quality
        /// The instant it speaks for.
        package var time: PlantInstant
        /// When it arrived: silence counts from here.
        package var arrival: PlantInstant
    }

    /// A delay on its way (A4-A7).
    package struct RunningDelay: Sendable, Equatable {
        package enum Side: Sendable, Equatable { case on, off }

        package var side: Side
        package var length: Duration
        /// Time served so far; kept over pauses.
        package var served: Duration
        /// When it will have run; nil while it is paused.
        package var ends: PlantInstant?

        package var isPaused: Bool { ends == nil }
        package var left: Duration { length - served }
        /// When it started, if it was never paused since: the cells keep the end and the time left, not the start.
        package var startIfUnbroken: PlantInstant? { ends.map { $0 - length } }
    }

    /// How full the window of a rate, an average, a count or a stillness is.
    package struct WindowFill: Sendable, Equatable {
        /// Window, `tau_s` of an EWMA, or the time a FROZEN point must be still.
        package var length: Duration
        /// Rows (COUNT: raises) inside; nil where none are kept (EWMA, FROZEN).
        package var rows: Int?
        /// From the oldest row inside to the newest; TWA: covered by values; FROZEN: how long it has been still.
        package var covered: Duration
        /// Units per second, as the estimator gave it last; nil while unknown and for kinds without one.
        package var slope: Double?
    }

    /// A rule that this one names, as this one sees it (B3).
    package struct Member: Sendable, Equatable {
        package var rule: RuleIndex
        package var isActive: Bool
        package var isUnknown: Bool
    }
}
