package import PlantModel
package import PlantTime

/// Can one person cope? Raises and clears in, the figures of semantics.md E out.
///
/// A pure value with time as an argument, for the running station as for a replay. It counts what is annunciated; what a
/// mask silences is not given to it. Memory: 48 bytes a rule, four bytes for each ten minutes, and the instants of the
/// raises of the last ten minutes, of which it keeps at most ``raisesKeptMax``.
package struct AlarmPerformance: Sendable {
    /// What the counts mean. The figures are those of semantics.md E; a site may have others.
    package struct Definitions: Sendable, Equatable {
        /// Chattering: so many raises of one rule ...
        package var chatterRaises = 3
        /// ... within this.
        package var chatterWindow = Duration.seconds(60)
        /// Fleeting: raised and cleared within this.
        package var fleetingWithin = Duration.seconds(5)
        /// Standing: active for longer than this.
        package var standingAfter = Duration.seconds(86_400)
        package var floodStartsAbove = 10
        package var floodEndsBelow = 5

        package init() {}
    }

    /// The bins of the rate: ten minutes, counted from 1970.
    package static let binMilliseconds: Int64 = 600_000
    package static let raisesKeptMax = 65_536

    package let definitions: Definitions
    package let start: PlantInstant
    private var rules: [RuleCell]
    /// Raises by bin from that of `start` on.
    private var bins: [UInt32] = []
    private var recent: [PlantInstant] = []
    private var recentStart = 0
    private var flood: FloodDetector
    private var floods: [FloodDetector.Flood] = []
    private var peak = AlarmFigures.Peak(raises: 0, at: nil)
    private var newest: PlantInstant

    private struct RuleCell: Sendable {
        var priority: Priority
        var raises = 0
        var fleeting = 0
        var stood = 0
        var chatters = 0
        var isChattering = false
        var activeSince: PlantInstant?
        /// The newest raises, as many as chattering needs, oldest first.
        var newest: [PlantInstant] = []
    }

    /// - Parameters:
    ///   - priorities: of the rules, by ``RuleIndex``.
    ///   - start: rates are counted from here.
    package init(priorities: [Priority], startingAt start: PlantInstant, definitions: Definitions = Definitions()) {
        self.definitions = definitions
        self.start = start
        newest = start
        rules = priorities.map { RuleCell(priority: $0) }
        flood = FloodDetector(
            startsAbove: definitions.floodStartsAbove, endsBelow: definitions.floodEndsBelow,
            window: .milliseconds(Self.binMilliseconds))
    }

    /// A rule was raised, and people were told. O(1).
    package mutating func raised(_ rule: RuleIndex, at instant: PlantInstant) {
        let instant = max(instant, newest)
        newest = instant
        if let ended = flood.raise(at: instant) { floods.append(ended) }
        count(instant)
        rules[rule.offset].raises += 1
        rules[rule.offset].activeSince = instant
        noteChatter(of: rule.offset, at: instant)
    }

    /// A rule was cleared. O(1).
    package mutating func cleared(_ rule: RuleIndex, at instant: PlantInstant) {
        guard let since = rules[rule.offset].activeSince else { return }
        let length = instant - since
        if length <= definitions.fleetingWithin { rules[rule.offset].fleeting += 1 }
        if length > definitions.standingAfter { rules[rule.offset].stood += 1 }
        rules[rule.offset].activeSince = nil
    }

    private mutating func count(_ instant: PlantInstant) {
        let bin = Self.bin(of: instant) - Self.bin(of: start)
        while bins.count <= bin { bins.append(0) }
        bins[bin] += 1
        recent.append(instant)
        let gone = instant - .milliseconds(Self.binMilliseconds)
        while recent[recentStart] <= gone || recent.count - recentStart > Self.raisesKeptMax { recentStart += 1 }
        if recentStart > 1024, recentStart * 2 > recent.count {
            recent.removeFirst(recentStart)
            recentStart = 0
        }
        let inWindow = recent.count - recentStart
        if inWindow > peak.raises { peak = AlarmFigures.Peak(raises: inWindow, at: instant) }
    }

    private mutating func noteChatter(of rule: Int, at instant: PlantInstant) {
        rules[rule].newest.append(instant)
        if rules[rule].newest.count > definitions.chatterRaises { rules[rule].newest.removeFirst() }
        let chatters =
            rules[rule].newest.count == definitions.chatterRaises
            && rules[rule].newest[0] > instant - definitions.chatterWindow
        if chatters, !rules[rule].isChattering { rules[rule].chatters += 1 }
        rules[rule].isChattering = chatters
    }

    private static func bin(of instant: PlantInstant) -> Int {
        let (quotient, remainder) = instant.milliseconds.quotientAndRemainder(dividingBy: binMilliseconds)
        return Int(remainder < 0 ? quotient - 1 : quotient)
    }

    // MARK: Figures

    /// The figures from the start to an instant. O(rules + bins).
    package func figures(through end: PlantInstant) -> AlarmFigures {
        let end = max(end, newest)
        var flood = flood
        var floods = floods
        if let ended = flood.pass(to: end) { floods.append(ended) }
        if let since = flood.floodSince { floods.append(FloodDetector.Flood(from: since, to: end)) }
        var binned = bins.map { Int($0) }
        let binCount = Self.bin(of: end) - Self.bin(of: start) + 1
        while binned.count < binCount { binned.append(0) }
        let binStart = PlantInstant(milliseconds: Int64(Self.bin(of: start)) * Self.binMilliseconds)
        var fixed = AlarmFigures.Peak(raises: 0, at: nil)
        for (number, raises) in binned.enumerated() where raises > fixed.raises {
            fixed = AlarmFigures.Peak(
                raises: raises, at: binStart + .milliseconds(Int64(number) * Self.binMilliseconds))
        }
        return AlarmFigures(
            from: start, to: end, all: share(of: rules.indices, through: end),
            byPriority: Priority.allCases.reversed().map { priority in
                (priority, share(of: rules.indices.filter { rules[$0].priority == priority }, through: end))
            }.map { AlarmFigures.OfPriority(priority: $0.0, counts: $0.1) },
            binStart: binStart, bins: binned, binLimit: definitions.floodStartsAbove, peakFixed: fixed,
            peakSliding: peak, floods: floods,
            raisesByRule: rules.map(\.raises), chattersByRule: rules.map(\.chatters))
    }

    private func share(of places: some Sequence<Int>, through end: PlantInstant) -> AlarmFigures.Counts {
        var counts = AlarmFigures.Counts()
        for place in places {
            let rule = rules[place]
            counts.raises += rule.raises
            counts.fleeting += rule.fleeting
            counts.chatters += rule.chatters
            counts.chatteringRules += rule.chatters > 0 ? 1 : 0
            let stands = rule.activeSince.map { end - $0 > definitions.standingAfter } ?? false
            counts.standing += rule.stood + (stands ? 1 : 0)
            counts.activeAtEnd += rule.activeSince == nil ? 0 : 1
        }
        return counts
    }
}
