package import PlantTime

/// One alarm of a replay from its raise to its clear, whatever people answered in between.
package struct AlarmOccurrence: Sendable, Equatable {
    package var number: UInt32
    package var raisedAt: PlantInstant
    /// nil while it is active at the end of the line.
    package var clearedAt: PlantInstant?
    /// The worst level that a LADDER reached; 0 elsewhere.
    package var levelMax: UInt8
    /// What it was raised with; nil without a number.
    package var value: Double?

    package init(
        number: UInt32 = 1, raisedAt: PlantInstant, clearedAt: PlantInstant?, levelMax: UInt8 = 0, value: Double? = nil
    ) {
        self.number = number
        self.raisedAt = raisedAt
        self.clearedAt = clearedAt
        self.levelMax = levelMax
        self.value = value
    }

    package func end(or line: PlantInstant) -> PlantInstant { clearedAt ?? line }

    /// How long it was active; nil when the line ended first.
    package var length: Duration? { clearedAt.map { $0 - raisedAt } }
}

/// One alarm of the old rules and the alarm of the new rules that stands for it, or one of them alone.
package struct OccurrencePair: Sendable, Equatable {
    package var old: AlarmOccurrence?
    package var new: AlarmOccurrence?

    package init(old: AlarmOccurrence?, new: AlarmOccurrence?) {
        self.old = old
        self.new = new
    }

    /// How much later the new one is raised: above zero late, below zero early. nil: one of them is missing.
    package var shift: Duration? {
        guard let old, let new else { return nil }
        return new.raisedAt - old.raisedAt
    }

    /// How much longer the new one is active; nil when either is missing or lasts at the end of the line.
    package var lengthening: Duration? {
        guard let old = old?.length, let new = new?.length else { return nil }
        return new - old
    }

    package enum Verdict: String, Sendable, CaseIterable {
        case same, added, gone, earlier, later
        /// Raised at the same instant, but active for longer or shorter, or to another level.
        case otherLength, otherLevel
    }

    /// The first that is true of: added, gone, earlier, later, another length, another level.
    package var verdict: Verdict {
        guard let old else { return .added }
        guard let new else { return .gone }
        if new.raisedAt < old.raisedAt { return .earlier }
        if new.raisedAt > old.raisedAt { return .later }
        if new.clearedAt != old.clearedAt { return .otherLength }
        return new.levelMax == old.levelMax ? .same : .otherLevel
    }

    /// From the first raise to the last clear, for putting it on a time line.
    package func reach(through line: PlantInstant) -> ClosedRange<PlantInstant> {
        let both = [old, new].compactMap { $0 }
        let from = both.map(\.raisedAt).min() ?? line
        let to = both.map { $0.end(or: line) }.max() ?? line
        return from...max(from, to)
    }
}

/// Finds for each alarm of the old rules the one of the new rules that stands for it.
///
/// Alarms of one rule never overlap each other, so few candidates overlap: the pair that overlaps longest is taken first.
/// Of those left, the pair whose raises lie nearest is taken first, up to ``nearest`` apart. What then is left was added or
/// is gone. One alarm stands for one: where a deadband joins three alarms into one, two of the three are gone.
package struct OccurrencePairing: Sendable, Equatable {
    /// Two alarms whose raises lie further apart are two alarms.
    package var nearest: Duration

    package init(nearest: Duration = .seconds(600)) { self.nearest = nearest }

    private struct Candidate {
        var old: Int
        var new: Int
        /// Overlap in nanoseconds, or the distance of the raises negated: more is nearer.
        var nearness: Int64
        var apart: Int64
    }

    /// - Parameters:
    ///   - old: of one rule, by time; likewise `new`.
    ///   - line: where the line ends, which alarms that last are cut at.
    /// - Returns: in the order of time.
    package func pairs(old: [AlarmOccurrence], new: [AlarmOccurrence], through line: PlantInstant) -> [OccurrencePair] {
        var partner: [Int?] = Array(repeating: nil, count: old.count)
        var isTaken = Array(repeating: false, count: new.count)
        func take(_ candidates: [Candidate]) -> Int {
            var taken = 0
            let order = candidates.sorted { left, right in
                (right.nearness, left.apart, left.old, left.new) < (left.nearness, right.apart, right.old, right.new)
            }
            for candidate in order where partner[candidate.old] == nil && !isTaken[candidate.new] {
                partner[candidate.old] = candidate.new
                isTaken[candidate.new] = true
                taken += 1
            }
            return taken
        }
        _ = take(overlapping(old, new, through: line))
        while take(neighbouring(old, new, free: partner.map { $0 == nil }, isTaken: isTaken)) > 0 {}
        var pairs = old.indices.map { OccurrencePair(old: old[$0], new: partner[$0].map { new[$0] }) }
        pairs += new.indices.filter { !isTaken[$0] }.map { OccurrencePair(old: nil, new: new[$0]) }
        return pairs.sorted { left, right in
            let one = left.reach(through: line).lowerBound
            let two = right.reach(through: line).lowerBound
            return one == two ? left.old != nil && right.old == nil : one < two
        }
    }

    private func overlapping(
        _ old: [AlarmOccurrence], _ new: [AlarmOccurrence], through line: PlantInstant
    ) -> [Candidate] {
        var found: [Candidate] = []
        var first = 0
        for (place, one) in old.enumerated() {
            while first < new.count, new[first].end(or: line) < one.raisedAt { first += 1 }
            var next = first
            while next < new.count, new[next].raisedAt <= one.end(or: line) {
                let start = max(one.raisedAt, new[next].raisedAt)
                let end = min(one.end(or: line), new[next].end(or: line))
                found.append(
                    Candidate(
                        old: place, new: next, nearness: (end - start).nanoseconds,
                        apart: abs((new[next].raisedAt - one.raisedAt).nanoseconds)))
                next += 1
            }
        }
        return found
    }

    /// For each alarm without a partner, the free ones on either side.
    private func neighbouring(
        _ old: [AlarmOccurrence], _ new: [AlarmOccurrence], free: [Bool], isTaken: [Bool]
    ) -> [Candidate] {
        let left = new.indices.filter { !isTaken[$0] }
        guard !left.isEmpty else { return [] }
        var found: [Candidate] = []
        var behind = 0
        for place in old.indices where free[place] {
            while behind < left.count, new[left[behind]].raisedAt < old[place].raisedAt { behind += 1 }
            for candidate in [behind - 1, behind] where left.indices.contains(candidate) {
                let apart = abs((new[left[candidate]].raisedAt - old[place].raisedAt).nanoseconds)
                guard apart <= nearest.nanoseconds else { continue }
                found.append(Candidate(old: place, new: left[candidate], nearness: -apart, apart: apart))
            }
        }
        return found
    }
}
