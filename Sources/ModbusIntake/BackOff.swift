import DeviceMap
import PlantTime

/// The pause before a connection is tried again: 0.2 s, doubling, to 5 s for SIS and gas and 30 s otherwise, spread by
/// 20 % either way. The spread is hashed from the link and the attempt, so that a replayed fault takes the same time and
/// links that fell together do not come back together.
package struct BackOff: Sendable, Equatable {
    package static let shortest = Duration.milliseconds(200)
    package static let spreadPercent: Int64 = 20
    /// A connection that has lasted this long starts again at the shortest pause.
    package static let healthyAfter = Duration.seconds(60)

    package static func longest(isSafety: Bool) -> Duration { isSafety ? .seconds(5) : .seconds(30) }

    private let key: UInt64
    private let longest: Duration
    package private(set) var attempts = 0

    package init(link: String, isSafety: Bool) {
        key = PollSlots.hash(link)
        longest = Self.longest(isSafety: isSafety)
    }

    /// The pause after one more failed attempt.
    package mutating func next() -> Duration {
        let doubled = Self.shortest.nanoseconds << Int64(min(attempts, 10))
        let hash = PollSlots.mixed(key &+ UInt64(attempts))
        attempts += 1
        let percent = 100 - Self.spreadPercent + Int64(hash % UInt64(2 * Self.spreadPercent + 1))
        return min(.nanoseconds(min(doubled, longest.nanoseconds) * percent / 100), longest)
    }

    package mutating func reset() { attempts = 0 }
}
