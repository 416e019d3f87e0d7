/// Old rules and new rules over one line: the question "what changes if this goes live", answered by the core itself.
///
/// Both sides know the points of both, numbered alike, so that one line held in memory fits either.
package struct BackTest: Sendable {
    package let old: Replay
    package let new: Replay
    package let oldLabel: String
    package let newLabel: String

    /// - Parameters: labels name the rule files or site folders.
    ///   - site: whose log is played, if one is; nil: each side keeps its own.
    package init(old: Replay, _ oldLabel: String, new: Replay, _ newLabel: String, site: String? = nil) {
        let known = Set(old.points)
        let points = old.points + new.points.filter { !known.contains($0) }
        self.old = Replay(rules: old.rules, points: points, site: site ?? old.site)
        self.new = Replay(rules: new.rules, points: points, site: site ?? new.site)
        self.oldLabel = oldLabel
        self.newLabel = newLabel
    }

    /// What both sides together call the recorded points; a point that either of them computes is not recorded.
    package func names() throws -> ReplayNames {
        var names = try old.names()
        names.derived.formUnion(try new.names().derived.filter { $0 < old.points.count })
        return names
    }

    /// Plays the line under the old rules, then under the new ones. If the first run is told to stop, the second stops with
    /// as many rows, so that what is compared is one stretch.
    /// - Parameters:
    ///   - open: opens the line from its beginning, for a core with these names; called twice.
    ///   - goesOn: as ``Replay/run(_:witness:goesOn:)``.
    package func compare<Source: TimelineSource & ~Copyable>(
        pairing: OccurrencePairing = OccurrencePairing(), goesOn: (TimelineTally) -> Bool = { _ in true },
        open: (ReplayNames) throws -> Source
    ) throws -> Comparison {
        var source = try open(try old.names())
        let before = try old.record(&source, label: oldLabel, goesOn: goesOn)
        var again = try open(try new.names())
        let stopAt = before.outcome.isWhole ? Int.max : before.outcome.tally.rows
        let after = try new.record(&again, label: newLabel) { tally in
            before.outcome.isWhole ? goesOn(tally) : tally.rows < stopAt
        }
        guard !after.outcome.isWhole, before.outcome.isWhole else {
            return Comparison(old: before, new: after, pairing: pairing)
        }
        // Stopped in the second run: the first is played once more, as far as the second came.
        var shorter = try open(try old.names())
        let cut = after.outcome.tally.rows
        let matched = try old.record(&shorter, label: oldLabel) { $0.rows < cut }
        return Comparison(old: matched, new: after, pairing: pairing)
    }

    /// Plays the line once more under each side, and keeps the signals around the differences.
    package func closeUps<Source: TimelineSource & ~Copyable>(
        of comparison: Comparison, open: (ReplayNames) throws -> Source
    ) throws -> CloseUps {
        var closeUps = CloseUps(comparison)
        guard !closeUps.rules.isEmpty else { return closeUps }
        var source = try open(try old.names())
        try closeUps.watch(&source, under: old, isOld: true)
        var again = try open(try new.names())
        try closeUps.watch(&again, under: new, isOld: false)
        return closeUps
    }
}
