import AlarmLogic
package import PlantModel
package import PlantTime

extension Monitor {
    /// Goes on with another rule set (semantics.md D, Reload): unchanged rules keep everything; an active alarm whose rule
    /// changed stays active until a usable sample is in the new clear zone. Deadlines up to `instant` must have passed.
    ///
    /// Point numbers stay; rule numbers become the new file's order.
    /// - Parameters:
    ///   - tags: the site's points now; the present ones, in their order, must come first. nil: as before.
    ///   - instant: silence of points that new rules watch counts from here.
    /// - Throws: the first mistake of the new rules, or the first alarm that is not normal and would lose its rule; the
    ///   present rules then go on untouched.
    @discardableResult
    package mutating func adopt(
        _ rules: RuleSet, points tags: [String]? = nil, at instant: PlantInstant
    ) throws(RuleRefusal) -> Carryover {
        let place = rules.rules.first?.location ?? SourceLocation(file: "rules", line: 1, column: 1)
        let tags = tags ?? book.tags
        guard tags.starts(with: book.tags) else {
            throw RuleRefusal(
                place, "the new site does not begin with the present points; add points at the end, or restart")
        }
        var next = try Monitor(site: site, points: tags, rules: rules, startingAt: start)
        let carryover: Carryover
        do {
            carryover = try next.restore(snapshot(), newWatchesFrom: instant)
        } catch {
            throw RuleRefusal(place, "the present state cannot be carried over: \(error)")
        }
        if let orphan = carryover.orphaned.first {
            throw RuleRefusal(
                place,
                "rule \(orphan) has an alarm that is not normal and is missing from the new rules; keep it until then")
        }
        next.events = events
        next.cause = cause
        next.changedPoints = []
        next.changedRules = []
        for place in next.points.indices { next.points[place].isChanged = false }
        for entry in next.entries.indices { next.entries[entry].isChanged = false }
        for place in next.points.indices { next.noteChange(ofPoint: place) }
        for entry in next.entries.indices { next.noteChange(ofEntry: entry) }
        self = next
        return carryover
    }
}
