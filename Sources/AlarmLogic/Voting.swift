/// A condition from several redundant ones (semantics.md B, VOTE).
package struct Voting: Sendable, BitwiseCopyable, Equatable {
    /// How many of the members must be met.
    package var needed: Int
    package var members: Int
    /// A member that cannot judge counts as met; otherwise it drops out and lowers the number needed, never below 1.
    package var tripsOnBad: Bool

    package init(needed: Int, of members: Int, tripsOnBad: Bool) {
        self.needed = needed
        self.members = members
        self.tripsOnBad = tripsOnBad
    }

    /// - Parameters:
    ///   - active: members whose alarm is active, through any bad quality.
    ///   - unknown: members that cannot judge and are not active.
    package func judge(active: Int, unknown: Int) -> (verdict: Verdict, value: Double) {
        if tripsOnBad {
            return (active + unknown >= needed ? .raise : .clear, Double(active + unknown))
        }
        if unknown == members { return (.unknown, Double(active)) }
        return (active >= max(1, needed - unknown) ? .raise : .clear, Double(active))
    }
}
