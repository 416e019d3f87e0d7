import PlantTime

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
