import PlantModel
package import PlantTime

/// Which rules and which stretches of the line a page draws: those where something differs, up to a bound.
package struct CloseUps: Sendable {
    package struct Stretch: Sendable, Equatable {
        package var from: PlantInstant
        package var to: PlantInstant

        var length: Duration { to - from }
    }

    package struct OfRule: Sendable {
        package var comparison: RuleComparison
        package var stretches: [Stretch]
        /// Stretches that are not drawn.
        package var left: Int
        /// By stretch: as the old rule judged it, and as the new one did; nil where the rule is missing or was not watched.
        package var oldTraces: [SignalTrace?] = []
        package var newTraces: [SignalTrace?] = []
    }

    package var rules: [OfRule]
    /// Rules with differences that are not drawn.
    package var left: Int

    /// Bounds of a page: a person reads no more, and the JSON file has everything.
    package struct Bounds: Sendable {
        package var rules = 30
        package var stretches = 3
        package var columns = 720

        package init() {}
    }

    /// Plans the plots of a comparison; ``SignalTrace``s come later.
    package init(_ comparison: Comparison, bounds: Bounds = Bounds()) {
        let changed = comparison.changed
        left = max(0, changed.count - bounds.rules)
        guard let span = comparison.span else {
            rules = []
            return
        }
        rules = changed.prefix(bounds.rules).map { rule in
            let all = Self.stretches(of: rule, in: span)
            return OfRule(
                comparison: rule, stretches: Array(all.prefix(bounds.stretches)),
                left: max(0, all.count - bounds.stretches))
        }
    }

    /// The differences of a rule with some of what lies around them; close ones share a stretch.
    private static func stretches(of rule: RuleComparison, in span: ClosedRange<PlantInstant>) -> [Stretch] {
        let whole = span.upperBound - span.lowerBound
        var found: [Stretch] = []
        for pair in rule.differences {
            let focus = focus(of: pair, through: span.upperBound)
            // Half as much again on either side, and at least the delays and a minute.
            let shown = rule.shown
            let around = max(
                (focus.upperBound - focus.lowerBound) / 2, .seconds(60), shown.map { $0.onDelay * 3 } ?? .zero,
                shown.map { $0.offDelay * 2 } ?? .zero)
            let stretch = Stretch(
                from: max(span.lowerBound, focus.lowerBound - around),
                to: min(span.upperBound, focus.upperBound + around))
            if let last = found.last, stretch.from <= last.to + last.length,
                stretch.to - last.from <= max(.seconds(3600), last.length * 4)
            {
                found[found.count - 1].to = max(last.to, stretch.to)
            } else {
                found.append(stretch)
            }
        }
        // A stretch that is nearly everything is everything.
        return found.map { $0.length * 10 > whole * 7 ? Stretch(from: span.lowerBound, to: span.upperBound) : $0 }
    }

    /// What has to be seen of a pair: both raises and, if they are not hours away, both clears.
    private static func focus(of pair: OccurrencePair, through line: PlantInstant) -> ClosedRange<PlantInstant> {
        let reach = pair.reach(through: line)
        let raises = [pair.old?.raisedAt, pair.new?.raisedAt].compactMap { $0 }
        let raised = raises.max() ?? reach.upperBound
        if pair.verdict == .otherLength { return reach }
        let apart = max(raised - reach.lowerBound, .seconds(300))
        return reach.lowerBound...min(reach.upperBound, raised + apart * 6)
    }
}

extension CloseUps {
    /// Plays the line once more under one side's rules, and keeps the judged signals of the planned stretches.
    /// - Parameter isOld: whether the old rules are played.
    package mutating func watch<Source: TimelineSource & ~Copyable>(
        _ source: inout Source, under replay: Replay, isOld: Bool, columns: Int = Bounds().columns
    ) throws {
        let names = try replay.names()
        let numbers = Dictionary(names.rules.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var wanted: [SignalRecorder.Wanted] = []
        var places: [(rule: Int, stretch: Int)] = []
        for (place, rule) in rules.enumerated() {
            guard let number = numbers[rule.comparison.id],
                let version = isOld ? rule.comparison.old : rule.comparison.new
            else { continue }
            let point = version.kind.recordedSignal(version.point, in: names)
            for (stretch, range) in rule.stretches.enumerated() {
                wanted.append(
                    SignalRecorder.Wanted(
                        rule: RuleIndex(offset: number),
                        trace: SignalTrace(from: range.from, to: range.to, columns: columns), point: point))
                places.append((place, stretch))
            }
        }
        var recorder = SignalRecorder(wanted, pointCount: names.points.count)
        _ = try replay.run(&source, witness: &recorder)
        for place in rules.indices {
            let none = [SignalTrace?](repeating: nil, count: rules[place].stretches.count)
            if isOld { rules[place].oldTraces = none } else { rules[place].newTraces = none }
        }
        for (place, one) in zip(places, recorder.wanted) {
            if isOld {
                rules[place.rule].oldTraces[place.stretch] = one.trace
            } else {
                rules[place.rule].newTraces[place.stretch] = one.trace
            }
        }
    }
}

extension RuleKind {
    /// The point whose recorded rows are what this kind compares; nil where the core makes something of them first.
    func recordedSignal(_ tag: String, in names: ReplayNames) -> UInt32? {
        switch self {
        case .threshold, .state, .frozen, .badQuality, .stale:
            guard let place = names.points.firstIndex(of: tag), !names.derived.contains(UInt32(place)) else {
                return nil
            }
            return UInt32(place)
        case .rateOfChange, .deviation, .vote, .expect, .timeTo, .count, .timeWeightedAverage, .ladder: return nil
        }
    }
}
