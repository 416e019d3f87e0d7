package import PlantTime

/// When more alarms come than one person can answer (semantics.md E): a flood starts when more than ``startsAbove`` raises
/// fall into the window and ends when fewer than ``endsBelow`` are left in it. It is marked and counted; nothing is silenced
/// because of it.
///
/// A pure value: time comes in with every raise. It keeps the newest ``startsAbove`` + 1 instants and nothing else, for these
/// decide both its start and its end. The window is open at its old end: at the instant t it is (t - window, t].
package struct FloodDetector: Sendable, Equatable {
    package let startsAbove: Int
    package let endsBelow: Int
    package let window: Duration
    /// Since when it floods; nil when it does not.
    package private(set) var floodSince: PlantInstant?
    /// The newest raises, oldest first.
    private var newest: [PlantInstant] = []

    /// - Parameters:
    ///   - startsAbove: at least 1.
    ///   - endsBelow: from 1 to `startsAbove` + 1.
    ///   - window: above 0.
    package init(startsAbove: Int = 10, endsBelow: Int = 5, window: Duration = .seconds(600)) {
        self.startsAbove = max(1, startsAbove)
        self.endsBelow = min(max(1, endsBelow), self.startsAbove + 1)
        self.window = window
        newest.reserveCapacity(self.startsAbove + 2)
    }

    /// One flood from its start to its end.
    package struct Flood: Sendable, Equatable {
        package var from: PlantInstant
        package var to: PlantInstant

        package init(from: PlantInstant, to: PlantInstant) {
            self.from = from
            self.to = to
        }

        package var length: Duration { to - from }
    }

    /// An annunciated raise. One that is older than the newest counts as if it came with it: the operator hears it now.
    /// - Returns: the flood that ended before it.
    package mutating func raise(at instant: PlantInstant) -> Flood? {
        let instant = max(instant, newest.last ?? instant)
        // A raise at the very instant counts before the oldest leaves, as rows come before deadlines.
        let ended = pass(to: instant.advanced(byNanoseconds: -1))
        newest.append(instant)
        if newest.count > startsAbove + 1 { newest.removeFirst() }
        if floodSince == nil, newest.count > startsAbove, newest[0] > instant - window { floodSince = instant }
        return ended
    }

    /// Lets time pass without a raise.
    /// - Returns: the flood that ended by then.
    package mutating func pass(to instant: PlantInstant) -> Flood? {
        guard let from = floodSince, let end = nextEnd, end <= instant else { return nil }
        floodSince = nil
        return Flood(from: from, to: end)
    }

    /// When the present flood ends unless more raises come; nil without one.
    package var nextEnd: PlantInstant? {
        guard floodSince != nil else { return nil }
        return newest[newest.count - endsBelow] + window
    }
}
