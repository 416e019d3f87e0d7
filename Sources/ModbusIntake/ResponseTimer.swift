import PlantTime

/// How long to wait for an answer: smoothed round trip and its variation, as TCP does it (RFC 6298), within the bounds of
/// the profile. Late answers count too (their transaction says which request they belong to), so a device that has become
/// slow is waited for instead of being declared dead for ever.
package struct ResponseTimer: Sendable, Equatable {
    private let floor: Int64
    private let ceiling: Int64
    private var smoothed: Int64?
    private var variation: Int64 = 0
    /// Each time-out in a row doubles the wait.
    private var doublings: Int64 = 0

    package init(floor: Duration, ceiling: Duration) {
        self.floor = floor.nanoseconds
        self.ceiling = max(ceiling.nanoseconds, floor.nanoseconds)
    }

    /// The wait for the next request; before anything was measured, the longest.
    package var patience: Duration {
        guard let smoothed else { return .nanoseconds(ceiling) }
        let wait = (smoothed + 4 * variation) << doublings
        return .nanoseconds(min(max(wait, floor), ceiling))
    }

    package var roundTrip: Duration? { smoothed.map { .nanoseconds($0) } }

    package mutating func note(roundTrip: Duration) {
        let measured = min(max(roundTrip.nanoseconds, 0), 60_000_000_000)
        doublings = 0
        guard let old = smoothed else {
            smoothed = measured
            variation = measured / 2
            return
        }
        variation += (abs(old - measured) - variation) / 4
        smoothed = old + (measured - old) / 8
    }

    package mutating func noteTimeout() { doublings = min(doublings + 1, 4) }
}
