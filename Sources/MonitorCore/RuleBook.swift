import PlantModel

/// The compiled rule set, as far as it never changes: names, and who must be told of what.
struct RuleBook: Sendable {
    /// Tags by point number; derived points that the site does not list come behind.
    var tags: [String] = []
    /// Ids of rules.
    var rules = NameTable()
    /// Says whether an entry still means what it meant, by entry.
    var fingerprints: [UInt64] = []
    var readers: [PointReader] = []
    var dependents: [UInt32] = []
}
