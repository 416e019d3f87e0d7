/// A condition from several redundant ones (semantics.md B, VOTE).
package struct Voting: Sendable, BitwiseCopyable, Equatable {
    /// How many of the members must be met.
    package var needed: Int
    package var members: Int
    package var onBad: OnBad

    /// What a member does that cannot judge and is not active.
    package enum OnBad: UInt8, Sendable, BitwiseCopyable {
        /// Drops out and lowers the number needed, never below 1.
        case drop
        /// Counts as met.
        case trip
        /// Leaves the vote unknown while it could still turn it.
        case hold
    }

    package init(needed: Int, of members: Int, onBad: OnBad) {
        self.needed = needed
        self.members = members
        self.onBad = onBad
    }

    /// - Parameters:
    ///   - active: members whose alarm is active, through any bad quality.
    ///   - unknown: members that cannot judge and are not active. Of a vote with scores both are sums of scores: what the
    ///     members have, and what those that cannot judge could have besides.
    package func judge(active: Int, unknown: Int) -> (verdict: Verdict, value: Double) {
        switch onBad {
        case .trip: return (active + unknown >= needed ? .raise : .clear, Double(active + unknown))
        case .drop:
            if unknown == members { return (.unknown, Double(active)) }
            return (active >= max(1, needed - unknown) ? .raise : .clear, Double(active))
        case .hold:
            if active >= needed { return (.raise, Double(active)) }
            return (active + unknown >= needed ? .unknown : .clear, Double(active))
        }
    }
}
