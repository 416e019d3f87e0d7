import AlarmLogic
import PlantModel
import PlantTime

extension RuleCompiler {
    /// Gives a cell the form of its rule's kind.
    mutating func shape(_ cell: inout EntryCell, entry: UInt32, after rule: Rule) throws(RuleRefusal) {
        switch rule.kind {
        case .threshold(let threshold):
            cell.mechanism = .threshold
            cell.limit =
                threshold.looksUp
                ? Limit(above: threshold.limit, deadband: threshold.deadband, clamp: threshold.clampAbove)
                : Limit(below: threshold.limit, deadband: threshold.deadband)
        case .rateOfChange(let rate):
            cell.mechanism = .rate
            cell.takesMagnitude = rate.direction == .either
            cell.limit =
                rate.direction == .fall
                ? Limit(mirroredAbove: rate.limit, deadband: rate.deadband)
                : Limit(above: rate.limit, deadband: rate.deadband)
            cell.detail = try slope(of: cell.point, by: rate.estimator, at: rule.location)
        case .state(let test):
            cell.mechanism = .state
            try shape(&cell, after: test, at: rule.location)
        case .badQuality: cell.mechanism = .badQuality
        case .stale:
            cell.mechanism = .stale
            try needsMaxAge(rule)
        case .frozen(let window, let minSpan, let unless):
            cell.mechanism = .frozen
            let excuse = try unless.map { (id) throws(RuleRefusal) in try self.entry(named: id, at: rule.location) }
            cell.detail = UInt32(lists.frozen.count)
            lists.frozen.append(
                FrozenCell(
                    window: try milliseconds(window, at: rule.location), minSpan: minSpan,
                    unless: excuse.map { Int32($0) } ?? -1))
        case .deviation(let other, let limit, let deadband, let turn):
            try shapeDeviation(&cell, entry: entry, rule, from: other, turn: turn)
            cell.limit = Limit(above: limit, deadband: deadband)
        case .vote(let members, let needed, let onBad, let scores):
            cell.mechanism = .vote
            cell.list = try name(members, by: entry, at: rule.location)
            try shapeVote(&cell, rule, needed: needed, onBad: onBad, scores: scores)
        case .expect(let when, let within, let test):
            cell.mechanism = .expect
            cell.delays.on = within.nanoseconds
            cell.detail = UInt32(lists.expectations.count)
            lists.expectations.append(try follow(when, by: entry, at: rule.location))
            try shape(&cell, after: test, at: rule.location)
        case .timeTo(let target):
            cell.mechanism = .timeTo
            cell.detail = UInt32(lists.timesTo.count)
            lists.timesTo.append(
                TimeToCell(
                    target: TimeToLimit(
                        limit: target.limit, isBelow: target.direction == .down, horizon: target.horizon.seconds,
                        clearHorizon: target.clearHorizon.seconds),
                    slope: try slope(of: cell.point, by: target.estimator, at: rule.location)))
        case .count(let members, let needed, let window):
            cell.mechanism = .count
            cell.list = try name(members, by: entry, at: rule.location)
            guard (1...10_000).contains(needed) else {
                throw RuleRefusal(rule.location, "n is \(needed); it must be between 1 and 10000")
            }
            cell.detail = UInt32(lists.counts.count)
            let span = try milliseconds(window, at: rule.location) * 1_000_000
            lists.counts.append(CountCell(entry: entry, needed: Int32(needed), window: span))
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            cell.mechanism = .average
            cell.limit = Limit(above: limit, deadband: deadband)
            let holding = try milliseconds(try needsMaxAge(rule), at: rule.location)
            let span = try milliseconds(window, at: rule.location)
            cell.detail = UInt32(lists.averages.count)
            lists.averages.append(
                AverageCell(
                    average: TimeWeightedAverage(windowMilliseconds: span, holdingMilliseconds: holding),
                    coveredMin: minGood * Double(span)))
        case .ladder(let levels):
            cell.mechanism = .ladder
            guard levels.count <= 255 else {
                throw RuleRefusal(rule.location, "a ladder of \(levels.count) levels; 255 is the most")
            }
            cell.list = try name(levels, by: entry, at: rule.location)
        }
    }

    private mutating func shapeVote(
        _ cell: inout EntryCell, _ rule: Rule, needed: Int, onBad: RuleKind.VoteOnBad, scores: [Int]
    ) throws(RuleRefusal) {
        let most = Int(cell.list.count) * (scores.last ?? 1)
        guard (1...most).contains(needed) else {
            throw RuleRefusal(
                rule.location,
                "m is \(needed); it must be between 1 and \(most), the \(scores.isEmpty ? "members" : "highest sum")")
        }
        if !scores.isEmpty, onBad == .drop || zip([0] + scores, scores).contains(where: { $0 >= $1 }) {
            throw RuleRefusal(rule.location, "scores must rise from 1 or more, and on_bad be hold or trip")
        }
        for place in cell.list.range where !scores.isEmpty {
            let member = cells[Int(lists.members[place])]
            guard member.mechanism == .ladder, Int(member.list.count) == scores.count else {
                throw RuleRefusal(
                    rule.location, "scores has \(scores.count) levels; every member must be a LADDER of as many")
            }
        }
        let slice = Slice(start: UInt32(lists.numbers.count), count: UInt32(scores.count))
        lists.numbers.append(contentsOf: scores.map { Double($0) })
        let manner: Voting.OnBad =
            switch onBad {
            case .drop: .drop
            case .trip: .trip
            case .hold: .hold
            }
        cell.detail = UInt32(lists.votings.count)
        lists.votings.append(
            VoteCell(voting: Voting(needed: needed, of: Int(cell.list.count), onBad: manner), scores: slice))
    }

    private mutating func shapeDeviation(
        _ cell: inout EntryCell, entry: UInt32, _ rule: Rule, from other: String, turn: Double?
    ) throws(RuleRefusal) {
        cell.mechanism = .deviation
        let maxAge = try needsMaxAge(rule)
        let otherPoint = try point(other, at: rule.location)
        guard otherPoint != cell.point else {
            throw RuleRefusal(rule.location, "point \(other) is compared with itself; name another point")
        }
        cell.detail = UInt32(lists.deviations.count)
        lists.deviations.append(
            DeviationCell(
                other: otherPoint, otherWatch: read(otherPoint, by: entry, maxAge: maxAge), turn: turn ?? 0))
    }

    private mutating func shape(
        _ cell: inout EntryCell, after test: RuleKind.StateTest, at location: SourceLocation
    ) throws(RuleRefusal) {
        switch test {
        case .states(let states):
            cell.list = Slice(start: UInt32(lists.numbers.count), count: UInt32(states.count))
            lists.numbers.append(contentsOf: states)
        case .bit(let place, let inverted):
            guard (0...52).contains(place) else {
                throw RuleRefusal(location, "bit is \(place); it must be between 0 and 52")
            }
            cell.testsBit = true
            cell.bit = StatusBit(place: UInt8(place), isInverted: inverted)
        }
    }

    @discardableResult
    private func needsMaxAge(_ rule: Rule) throws(RuleRefusal) -> Duration {
        guard let maxAge = rule.maxAge else {
            throw RuleRefusal(rule.location, "a rule of kind \(rule.kind.word) needs max_age_s")
        }
        return maxAge
    }

    /// The operation of a derived point, its lists made.
    mutating func operation(of derived: DerivedPoint) throws(RuleRefusal) -> DerivedCell.Operation {
        let wanted: ClosedRange<Int> =
            switch derived.operation {
            case .sum, .product, .minimum, .maximum: 1...1000
            case .difference: 2...2
            case .linear, .table, .mean, .counter, .unwrap, .inverse, .slope: 1...1
            }
        guard wanted.contains(derived.inputs.count) else {
            throw RuleRefusal(
                derived.location, "\(derived.name) names \(derived.inputs.count) points; this op takes \(wanted)")
        }
        switch derived.operation {
        case .sum: return .sum
        case .difference: return .difference
        case .linear(let scale, let offset): return .linear(scale: scale, offset: offset)
        case .table(let x, let y):
            guard x.count == y.count, !x.isEmpty, zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw RuleRefusal(derived.location, "x and y must be of one length, and x rising")
            }
            let slice = Slice(start: UInt32(lists.numbers.count), count: UInt32(x.count))
            lists.numbers.append(contentsOf: x + y)
            return .table(x: slice)
        case .mean(let window):
            lists.means.append(MovingMean(windowMilliseconds: try milliseconds(window, at: derived.location)))
            return .mean(place: UInt32(lists.means.count - 1))
        case .counter(let wrap):
            lists.totals.append(RunningTotal())
            return .counter(place: UInt32(lists.totals.count - 1), wrap: wrap)
        case .unwrap(let period):
            lists.angles.append(UnwoundAngle())
            return .unwrap(place: UInt32(lists.angles.count - 1), turn: period)
        case .product: return .product
        case .inverse(let floor):
            guard floor > 0 else { throw RuleRefusal(derived.location, "floor must be more than 0") }
            return .inverse(floor: floor)
        case .minimum: return .minimum
        case .maximum: return .maximum
        case .slope(let window):
            lists.trends.append(LeastSquaresSlope(windowMilliseconds: try milliseconds(window, at: derived.location)))
            return .slope(place: UInt32(lists.trends.count - 1))
        }
    }
}
