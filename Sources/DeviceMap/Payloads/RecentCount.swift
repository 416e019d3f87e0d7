package import PlantTime

/// How often something happened in the last ten minutes, to the minute: what a rule on "payloads that could not be
/// used" watches, so that its alarm ends when the trouble has.
package struct RecentCount {
    private static let minutes = 10
    private var buckets = [Int](repeating: 0, count: minutes)
    private var newest: Int64 = .min

    package init() {}

    package mutating func note(_ times: Int = 1, at now: PlantInstant) {
        move(to: now)
        buckets[place(newest)] += times
    }

    package mutating func count(at now: PlantInstant) -> Int {
        move(to: now)
        return buckets.reduce(0, +)
    }

    private mutating func move(to now: PlantInstant) {
        let minute = now.nanoseconds / 60_000_000_000
        guard minute > newest else { return }
        let passed = newest == .min ? Int64(Self.minutes) : min(minute - newest, Int64(Self.minutes))
        for back in 0..<passed { buckets[place(minute - back)] = 0 }
        newest = minute
    }

    private func place(_ minute: Int64) -> Int {
        let rest = Int(minute % Int64(Self.minutes))
        return rest < 0 ? rest + Self.minutes : rest
    }
}
