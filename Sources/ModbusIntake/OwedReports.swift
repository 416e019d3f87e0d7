import PlantModel

/// What one unit owes the ring: losses and link states that were refused because it was full. A skipped value comes again
/// with the next poll; a skipped "the link is down" would be silence. So these are kept, the newest per point, and go in
/// before anything else of the unit does.
struct OwedReports {
    private(set) var slots: [InputSlot] = []

    var isEmpty: Bool { slots.isEmpty }

    /// Bounded by the unit's points: a newer report of a point takes the place of the older.
    mutating func keep(_ refused: [InputSlot]) {
        slots.removeAll { old in refused.contains { $0.point == old.point } }
        slots += refused
    }

    mutating func settle() { slots.removeAll(keepingCapacity: true) }
}
