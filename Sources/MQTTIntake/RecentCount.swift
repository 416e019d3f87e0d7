import PlantTime

/// How often something happened in the last ten minutes, to the minute: what a rule on "payloads that could not be
/// used" watches, so that its alarm ends when the trouble has.
struct RecentCount {
    private static let minutes = 10
    private var buckets = [Int](repeating: 0, count: minutes)
    private var newest: Int64 = .min

    mutating func note(at now: PlantInstant) {
        move(to: now)
        buckets[place(newest)] += 1
    }

    mutating func count(at now: PlantInstant) -> Int {
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

/// How many lines one device may put into the log: ten a minute; the rest is counted and said with the next line.
struct LineBudget {
    private static let linesPerMinute = 10
    private var minute: Int64 = .min
    private var spent = 0
    private var withheld = 0

    /// - Returns: nil when the line is withheld, else how many were withheld before it.
    mutating func spend(at now: PlantInstant) -> Int? {
        let current = now.nanoseconds / 60_000_000_000
        if current != minute { (minute, spent) = (current, 0) }
        guard spent < Self.linesPerMinute else {
            withheld += 1
            return nil
        }
        spent += 1
        defer { withheld = 0 }
        return withheld
    }
}
