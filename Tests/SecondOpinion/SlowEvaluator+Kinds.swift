import PlantModel

/// What one judgement sees (A3, B7).
enum Finding {
    enum Zone { case raise, hold, clear }
    case unknown
    case zone(Zone, Fraction)

    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

/// A number as the page defines it, with what is needed to tell whether doubles decide as it does.
struct Quantity {
    var exact: Fraction
    /// False: the product's number may be off by more than one rounding of `exact`.
    var isPlain: Bool
    /// Intermediate results that a double must hold exactly for the last operation to be the only rounding.
    var steps: [Fraction] = []
    /// The size of the numbers that went into it, where they may be larger than itself.
    var scale = 0.0

    static prefix func - (quantity: Quantity) -> Quantity {
        var turned = quantity
        turned.exact = -quantity.exact
        return turned
    }

    var magnitude: Quantity { exact.numerator.isNegative ? -self : self }

    /// Whether plain IEEE doubles might stand on another side of `limit`: exactly on it or next to it in the last place
    /// for a number that is rounded once, within 1e-9 of the numbers at hand for one that is rounded more often.
    func isDoubtful(at limit: Double) -> Bool {
        let near = exact.nearby
        guard abs(near - limit) <= 1e-9 * max(abs(limit), abs(near), scale) else { return false }
        if isPlain, steps.allSatisfy(\.isDouble) {
            return exact != Fraction(limit) && abs((exact - Fraction(limit)).nearby) <= abs(limit) * 0x1p-51
        }
        return true
    }
}

extension SlowEvaluator {
    /// The newest row of a point that is good for a judgement; nil: BAD, stale or none yet.
    private func reading(_ point: Int, for index: Int) -> LoggedRow? {
        guard !memories[index].stale.contains(point), let row = log[point].last, row.value != nil else { return nil }
        return row
    }

    private func quantity(_ row: LoggedRow) -> Quantity {
        Quantity(exact: Fraction(row.value ?? 0), isPlain: row.isPlain)
    }

    mutating func judge(_ rule: Rule, _ index: Int) -> Finding {
        switch rule.kind {
        case .badQuality:
            if !memories[index].stale.isEmpty { return .zone(.raise, Fraction(2)) }
            return reading(reads[index][0], for: index) == nil
                ? .zone(.raise, Fraction(1)) : .zone(.clear, .zero)
        case .stale:
            return memories[index].stale.isEmpty
                ? .zone(.clear, .zero) : .zone(.raise, Fraction(Whole(rule.maxAge?.ms ?? 0), over: Whole(1000)))
        case .vote(_, let needed, let onBad, let scores): return vote(index, needed, onBad, scores)
        case .count(_, let needed, let window): return count(index, needed: needed, window: window.ms)
        case .expect(_, _, let test): return expect(index, test)
        case .ladder: preconditionFailure("a ladder has no zones")
        case .threshold, .rateOfChange, .state, .frozen, .deviation, .timeTo, .timeWeightedAverage:
            guard let row = reading(reads[index][0], for: index) else { return .unknown }
            return judge(rule, index, at: row)
        }
    }

    /// The kinds that want a usable row of their point.
    private mutating func judge(_ rule: Rule, _ index: Int, at row: LoggedRow) -> Finding {
        let value = quantity(row)
        switch rule.kind {
        case .threshold(let threshold):
            if let clamp = threshold.clampAbove, isAtLeast(value, clamp) { return .zone(.raise, value.exact) }
            let turn = threshold.looksUp ? 1.0 : -1.0
            let seen = threshold.looksUp ? value : -value
            return .zone(zone(seen, turn * threshold.limit, threshold.deadband), value.exact)
        case .rateOfChange(let rate):
            guard let slope = slope(of: reads[index][0], rate.estimator) else { return .unknown }
            let seen = rate.direction == .either ? slope.magnitude : rate.direction == .rise ? slope : -slope
            return .zone(zone(seen, rate.limit, rate.deadband), slope.exact)
        case .state(let test):
            guard let isMet = isMet(test, value) else { return .unknown }
            return .zone(isMet ? .raise : .clear, value.exact)
        case .frozen(let window, let minSpan, let unless):
            return frozen(index, value, window: window.ms, minSpan: minSpan, isExcused: unless != nil)
        case .deviation(_, let limit, let deadband, let turn):
            guard let other = reading(reads[index][1], for: index) else { return .unknown }
            var apart = Quantity(
                exact: value.exact - Fraction(other.value ?? 0), isPlain: row.isPlain && other.isPlain)
            if let turn {
                apart = broughtHome(apart, turn)
            }
            return .zone(zone(apart.magnitude, limit, deadband), apart.exact)
        case .timeTo(let target): return timeTo(target, index, value)
        case .timeWeightedAverage(let limit, let deadband, let window, let minGood):
            let age = rule.maxAge?.ms ?? 0
            guard let mean = weightedMean(of: reads[index][0], window.ms, holding: age, minGood: minGood) else {
                return .unknown
            }
            return .zone(zone(mean, limit, deadband), mean.exact)
        case .badQuality, .stale, .vote, .expect, .count, .ladder: preconditionFailure("judged elsewhere")
        }
    }

    // MARK: Zones

    /// A3, looking up. The edge of the clear zone is the double `limit - deadband`.
    mutating func zone(_ seen: Quantity, _ limit: Double, _ deadband: Double) -> Finding.Zone {
        if isAtLeast(seen, limit) { return .raise }
        return isAtLeast(seen, limit - deadband) ? .hold : .clear
    }

    mutating func isAtLeast(_ seen: Quantity, _ limit: Double) -> Bool {
        note(seen, decidedAt: limit)
        return seen.exact >= Fraction(limit)
    }

    /// Notes that `seen` decides at `limit`: behind a doubt there, the product may go another way.
    mutating func note(_ seen: Quantity, decidedAt limit: Double) {
        if seen.isDoubtful(at: limit) { doubtfulFrom = doubtfulFrom ?? now }
    }

    /// nil: the bit of a number that has none.
    private mutating func isMet(_ test: RuleKind.StateTest, _ value: Quantity) -> Bool? {
        switch test {
        case .states(let states):
            for state in states { note(value, decidedAt: state) }
            return states.contains { Fraction($0) == value.exact }
        case .bit(let bit, let inverted):
            if !value.isPlain { note(value, decidedAt: value.exact.nearby.rounded()) }
            let number = value.exact
            guard number >= .zero, number < Fraction(Int64(1) << 53), number.denominator == Whole(1) else { return nil }
            let isSet = !Fraction(number.numerator, over: Whole(1).shiftedLeft(bit)).floor.isMultipleOfTwo
            return isSet != inverted
        }
    }

    // MARK: Kinds of part B

    private mutating func frozen(
        _ index: Int, _ value: Quantity, window: Int64, minSpan: Double, isExcused: Bool
    ) -> Finding {
        let unless = isExcused ? memories[names[index][0]] : Memory()
        var hasMoved = true
        if let anchor = memories[index].anchor {
            let way = Quantity(exact: value.exact - anchor.value.exact, isPlain: value.isPlain && anchor.value.isPlain)
            note(way.magnitude, decidedAt: minSpan)
            hasMoved = way.magnitude.exact > Fraction(minSpan)
        }
        if hasMoved || unless.isActive && !unless.isUnknown { memories[index].anchor = (now, value) }
        let still = now - (memories[index].anchor?.time ?? now)
        return .zone(still >= window ? .raise : .clear, value.exact)
    }

    private func vote(_ index: Int, _ needed: Int, _ onBad: RuleKind.VoteOnBad, _ scores: [Int]) -> Finding {
        let members = names[index].map { memories[$0] }
        let met: Int
        let unknown: Int
        if let top = scores.last {
            let sums = members.map { $0.level == 0 ? 0 : scores[$0.level - 1] }
            met = sums.reduce(0, +)
            unknown = zip(members, sums).reduce(0) { $0 + ($1.0.isUnknown ? top - $1.1 : 0) }
        } else {
            met = members.count { $0.isActive }
            unknown = members.count { $0.isUnknown && !$0.isActive }
        }
        switch onBad {
        case .drop:
            if unknown == members.count { return .unknown }
            return .zone(met >= max(1, needed - unknown) ? .raise : .clear, Fraction(met))
        case .trip: return .zone(met + unknown >= needed ? .raise : .clear, Fraction(met + unknown))
        case .hold:
            if met < needed, met + unknown >= needed { return .unknown }
            return .zone(met >= needed ? .raise : .clear, Fraction(met))
        }
    }

    private func count(_ index: Int, needed: Int, window: Int64) -> Finding {
        let members = names[index].map { memories[$0] }
        let raises = members.flatMap(\.raises).count { $0 > now - window && $0 <= now }
        let seen = Fraction(min(raises, needed))
        if raises >= needed { return .zone(.raise, seen) }
        return members.contains(where: \.isUnknown) ? .unknown : .zone(.clear, seen)
    }

    private mutating func expect(_ index: Int, _ test: RuleKind.StateTest) -> Finding {
        let row = reading(reads[index][0], for: index)
        let met = row.flatMap { isMet(test, quantity($0)) }
        let shown = met == true ? 1 : met == false ? 0 : 2
        return .zone(memories[names[index][0]].isActive && met != true ? .raise : .clear, Fraction(shown))
    }

    private mutating func timeTo(_ target: RuleKind.TimeToLimit, _ index: Int, _ given: Quantity) -> Finding {
        let isUp = target.direction == .up
        let value = isUp ? given : -given
        let limit = isUp ? target.limit : -target.limit
        var left = Quantity(exact: .zero, isPlain: true)
        if !isAtLeast(value, limit) {
            guard let given = slope(of: reads[index][0], target.estimator) else { return .unknown }
            let slope = isUp ? given : -given
            let gap = Fraction(limit) - value.exact
            let most = Fraction(1_000_000_000)
            left.exact = slope.exact > .zero ? min(most, gap / slope.exact) : most
            left.isPlain = value.isPlain && slope.isPlain
            left.steps = slope.steps + [slope.exact, gap]
            // An error of the slope moves the time by as much, relatively.
            if slope.scale > 0 { left.scale = left.exact.nearby * slope.scale / max(abs(slope.exact.nearby), 1e-300) }
        }
        let (horizon, clear) = (Double(target.horizon.ms) / 1000, Double(target.clearHorizon.ms) / 1000)
        note(left, decidedAt: horizon)
        note(left, decidedAt: clear)
        let zone: Finding.Zone =
            left.exact <= Fraction(horizon) ? .raise : left.exact > Fraction(clear) ? .clear : .hold
        return .zone(zone, left.exact)
    }

    /// TWA: the mean over the covered time of the window; nil: too little is covered.
    private func weightedMean(of point: Int, _ window: Int64, holding age: Int64, minGood: Double) -> Quantity? {
        var covered: Int64 = 0
        var sum = Fraction.zero
        var isPlain = true
        let rows = log[point]
        for (place, row) in rows.enumerated() {
            guard let value = row.value else { continue }
            let next = place + 1 < rows.count ? rows[place + 1].time : now
            let span = min(next, row.time + age, now) - max(row.time, now - window)
            guard span > 0 else { continue }
            covered += span
            sum = sum + Fraction(value) * Fraction(span)
            isPlain = isPlain && row.isPlain
        }
        guard covered > 0, Fraction(covered) >= Fraction(minGood) * Fraction(window) else { return nil }
        return Quantity(exact: sum / Fraction(covered), isPlain: isPlain)
    }

    /// Brought into [-turn/2, turn/2). At its ends a number jumps to the other side.
    mutating func broughtHome(_ number: Quantity, _ period: Double) -> Quantity {
        let turn = Fraction(period)
        let half = turn / Fraction(2)
        var home = number
        home.steps.append(number.exact)
        home.exact = number.exact - Fraction(((number.exact + half) / turn).floor) * turn
        note(home.magnitude, decidedAt: period / 2)
        // Many turns away the digits that a double has dropped are as large as what is left of the number.
        let isFar = abs(number.exact.nearby) * 0x1p-52 > 1e-9
        if isFar, !number.isPlain || !number.exact.isDouble { doubtfulFrom = doubtfulFrom ?? now }
        return home
    }
}

extension Whole {
    var isMultipleOfTwo: Bool { isZero || factorsOfTwo > 0 }
}
