/// How long until a limit is reached if things go on as they do (semantics.md B, TIME_TO): minutes are what an officer can
/// act on.
package struct TimeToLimit: Sendable, BitwiseCopyable, Equatable {
    /// +1 when the limit lies above, -1 when it lies below.
    private let side: Double
    private let limit: Double
    private let horizon: Double
    private let clearHorizon: Double

    /// What is said of "never" (about 31 years).
    package static let never: Double = 1e9

    /// - Parameters: `horizon` and `clearHorizon` >= `horizon` in seconds.
    package init(limit: Double, isBelow: Bool, horizon: Double, clearHorizon: Double) {
        side = isBelow ? -1 : 1
        self.limit = isBelow ? -limit : limit
        self.horizon = horizon
        self.clearHorizon = clearHorizon
    }

    /// - Parameter slope: units per second; nil while unknown.
    /// - Returns: seconds to the limit, 0 at or beyond it; nil when the slope is unknown and the limit is not reached.
    package func seconds(from value: Double, slope: Double?) -> Double? {
        let seen = value * side
        if seen >= limit { return 0 }
        guard let slope else { return nil }
        let approach = slope * side
        return approach > 0 ? min((limit - seen) / approach, Self.never) : Self.never
    }

    package func zone(of seconds: Double) -> Verdict {
        if seconds <= horizon { return .raise }
        return seconds > clearHorizon ? .clear : .hold
    }
}
