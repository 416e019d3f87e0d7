import PlantTime

/// How long to rest before the next try: doubling from 0.2 s, spread by a fifth so that a hundred doors do not knock
/// together. The spread is a hash, not a random number: the same station repeats the same waits.
struct BackOff: Sendable, Equatable {
    /// 5 s for links that carry SIS or gas points, 30 s otherwise (decisions.md 20).
    var longest: Duration
    /// What the spread is hashed from, with the number of the try.
    var key: String

    /// - Parameter attempt: 1 for the first try that failed.
    func rest(after attempt: Int) -> Duration {
        let doubled = Duration.milliseconds(200) * (1 << min(max(attempt, 1) - 1, 16))
        let base = min(doubled, longest)
        let thousandths = Int64(FNV.hash(Array("\(key)#\(attempt)".utf8)) % 401) + 800
        return .nanoseconds(min(base.nanoseconds / 1000 * thousandths, longest.nanoseconds))
    }
}

/// Fowler-Noll-Vo 1a, 64 bits: short and the same on every machine; not for secrets.
enum FNV {
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
