public import PlantTime

/// How long a condition must hold before the alarm comes, and be gone before it goes. Both >= 0, whole milliseconds.
public struct Delays: Sendable, BitwiseCopyable, Equatable {
    public var on: Int64
    public var off: Int64

    /// Both in nanoseconds.
    @inlinable public init(onNanoseconds on: Int64, offNanoseconds off: Int64) {
        self.on = on
        self.off = off
    }

    public init(on: Duration = .zero, off: Duration = .zero) {
        self.init(onNanoseconds: on.nanoseconds, offNanoseconds: off.nanoseconds)
    }

    public static let none = Delays(onNanoseconds: 0, offNanoseconds: 0)
}

/// One delay: it runs towards an instant, or has been paused with time left, or neither (semantics.md A6, A7).
@frozen public enum DelayTimer: Sendable, BitwiseCopyable, Equatable {
    case idle
    case running(until: PlantInstant)
    /// On-delays only: time served is kept while the evidence is interrupted.
    case paused(leftNanoseconds: Int64)

    @inlinable public static func == (left: DelayTimer, right: DelayTimer) -> Bool {
        switch (left, right) {
        case (.idle, .idle): true
        case (.running(let one), .running(let other)): one == other
        case (.paused(let one), .paused(let other)): one == other
        case (.idle, _), (.running, _), (.paused, _): false
        }
    }
}

/// One condition and its delay: from verdicts to raise and clear, exactly as semantics.md A4-A7 say.
///
/// The caller watches ``DelayTimer/running(until:)`` and calls ``delayEnded()`` at that very instant, rows of the instant
/// first.
public struct AlarmCondition: Sendable, BitwiseCopyable, Equatable {
    public var isActive: Bool
    public var timer: DelayTimer

    @frozen public enum Change: UInt8, Sendable, BitwiseCopyable { case none, raised, cleared }

    @inlinable public init(isActive: Bool = false, timer: DelayTimer = .idle) {
        self.isActive = isActive
        self.timer = timer
    }

    /// Inactive, and no delay has begun.
    @inlinable public var isAtRest: Bool { isIdle && !isActive }

    /// No delay has begun.
    @inlinable public var isIdle: Bool {
        if case .idle = timer { return true }
        return false
    }

    /// Whether a verdict that is not unknown would leave it just as it is.
    @inlinable public func stands(_ verdict: Verdict) -> Bool {
        switch timer {
        case .idle: verdict != (isActive ? .clear : .raise)
        case .running: verdict == (isActive ? .clear : .raise)
        case .paused: false
        }
    }

    /// The instant at which the running delay ends; nil when none runs.
    @inlinable public var delayEnd: PlantInstant? {
        if case .running(let end) = timer { return end }
        return nil
    }

    /// A new verdict at `now`. O(1).
    @inlinable public mutating func judge(_ verdict: Verdict, at now: PlantInstant, _ delays: Delays) -> Change {
        isActive ? judgeActive(verdict, at: now, delays.off) : judgeInactive(verdict, at: now, delays.on)
    }

    /// The running delay has ended: the alarm comes or goes.
    @inlinable public mutating func delayEnded() -> Change {
        timer = .idle
        isActive.toggle()
        return isActive ? .raised : .cleared
    }

    /// Raises at once, past any delay: for a late sample (semantics.md D).
    @inlinable public mutating func raiseNow() {
        timer = .idle
        isActive = true
    }

    @inlinable mutating func judgeInactive(_ verdict: Verdict, at now: PlantInstant, _ delay: Int64) -> Change {
        switch (verdict, timer) {
        case (.raise, .idle):
            if delay == 0 { return delayEnded() }
            timer = .running(until: now.advanced(byNanoseconds: delay))
        case (.raise, .paused(let left)):
            if left == 0 { return delayEnded() }
            timer = .running(until: now.advanced(byNanoseconds: left))
        case (.unknown, .running(let end)):
            timer = .paused(leftNanoseconds: max(0, end.nanoseconds - now.nanoseconds))
        case (.raise, .running), (.unknown, .idle), (.unknown, .paused): break
        case (.hold, _), (.clear, _): timer = .idle
        }
        return .none
    }

    @inlinable mutating func judgeActive(_ verdict: Verdict, at now: PlantInstant, _ delay: Int64) -> Change {
        switch (verdict, timer) {
        case (.clear, .idle), (.clear, .paused):
            if delay == 0 { return delayEnded() }
            timer = .running(until: now.advanced(byNanoseconds: delay))
        case (.clear, .running): break
        case (.raise, _), (.hold, _), (.unknown, _): timer = .idle
        }
        return .none
    }
}
