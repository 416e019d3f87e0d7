import PlantTime

/// When a failed message is tried again: after 1, 2, 4, 8, 16, 32, 60, 60 ... seconds, for ever. Nothing is given up
/// because it took long.
package enum RetrySchedule {
    /// The longest wait of our own, in seconds.
    package static let longest = 60
    /// The longest wait that a receiver may ask for by Retry-After: a mistyped one must not silence a channel.
    package static let longestAsked: Duration = .seconds(600)

    /// The wait after the attempt of this number, from 1.
    ///
    /// Up to a quarter is taken off so that receivers are not all asked at the same instant. How much is hashed from key
    /// and attempt, never random: a replay waits as the live run did.
    package static func wait(afterAttempt attempt: Int, key: String) -> Duration {
        let step = attempt >= 7 ? longest : 1 << (max(1, attempt) - 1)
        let offPermille = Int64(StableHash.spread("\(key)/\(attempt)") % 251)
        return .milliseconds(max(1000, Int64(step) * (1000 - offPermille)))
    }
}
