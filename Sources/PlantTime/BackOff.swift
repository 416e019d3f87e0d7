/// The pause before a link is tried again: 0.2 s, doubling, to 5 s for SIS and gas and 30 s otherwise, spread by a fifth
/// either way.
///
/// The spread is hashed from the link and the attempt, so that a replayed fault takes the same time, and links that fell
/// together do not come back together.
package struct BackOff: Sendable, Equatable {
    package static let shortest = Duration.milliseconds(200)
    /// A connection that has lasted this long makes earlier failures forgotten.
    package static let healthyAfter = Duration.seconds(60)

    /// - Parameter isSafety: the link carries SIS or gas points (decisions.md 20).
    package static func longest(isSafety: Bool) -> Duration { isSafety ? .seconds(5) : .seconds(30) }

    private let key: UInt64
    private let longest: Duration

    package init(link: String, isSafety: Bool) {
        key = StableHash.spread(link)
        longest = Self.longest(isSafety: isSafety)
    }

    /// The pause after an attempt that failed.
    /// - Parameter attempt: 1 for the first.
    package func pause(after attempt: Int) -> Duration {
        let steps = max(attempt, 1) - 1
        let doubled = min(Self.shortest.nanoseconds << Int64(min(steps, 10)), longest.nanoseconds)
        let permille = 800 + Int64(StableHash.mixed(key &+ UInt64(steps)) % 401)
        return min(.nanoseconds(doubled / 1000 * permille), longest)
    }
}
