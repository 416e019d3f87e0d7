import AlarmLogic
import PlantModel
import PlantTime

extension Monitor {
    /// Judges an entry in a step, once (B1), and acts on the verdict.
    mutating func judge(_ entry: Int, _ moment: Moment) {
        if moment.isAhead, let end = entries[entry].condition.delayEnd, end < moment.at {
            // The row speaks for an instant that the core's clock has not reached: the rule's own delay ends first.
            endDelay(of: entry, at: end)
        }
        let judgement: Judgement
        switch entries[entry].mechanism {
        case .threshold: judgement = judgeThreshold(entry)
        case .rate: judgement = judgeRate(entry, moment)
        case .state: judgement = judgeState(entry)
        case .badQuality: judgement = judgeQuality(entry)
        case .stale: judgement = judgeSilence(entry)
        case .frozen: judgement = judgeStillness(entry, moment)
        case .deviation: judgement = judgeDeviation(entry)
        case .vote: judgement = judgeVote(entry)
        case .expect: judgement = judgeExpectation(entry)
        case .timeTo: judgement = judgeTimeToLimit(entry, moment)
        case .count: judgement = judgeCount(entry, moment)
        case .average: judgement = judgeAverage(entry, moment)
        case .ladder: return judgeLadder(entry, moment)
        case .derived: return derive(entry, moment)
        }
        settle(entry, judgement, moment)
    }

    /// Gives a verdict to the condition of an entry, and tells whoever must know.
    private mutating func settle(_ entry: Int, _ judgement: Judgement, _ moment: Moment) {
        let consequence = entries[entry].take(judgement, at: moment.at)
        guard consequence.isVisible else { return }
        if let end = consequence.delayEnd { setTimer(entry, at: end) }
        noteChange(ofEntry: entry)
        if consequence.unknownChanged { tellDependents(of: entry) }
        switch consequence.change {
        case .none: break
        case .raised: raise(entry, at: moment.at)
        case .cleared: clear(entry, at: moment.at)
        }
    }

    // MARK: Evidence

    /// The newest row of an entry's point, as this entry may use it: NaN when it is bad, or too old, or there is none.
    @inline(__always)
    private func usableValue(_ entry: Int) -> Double {
        let point = points[Int(entries[entry].point)]
        return isSilent(entry) ? .nan : point.value
    }

    /// Whether the entry's point is stale for it, or computed from one that is.
    @inline(__always)
    private func isSilent(_ entry: Int) -> Bool {
        let watch = Int(entries[entry].watch)
        return watch >= 0 && watches[watch].isStale || points[Int(entries[entry].point)].isSilenced
    }

    @inline(__always)
    private func pointQuality(_ entry: Int) -> Quality { points[Int(entries[entry].point)].quality }

    // MARK: Kinds that read one point

    @inline(__always)
    private func judgeThreshold(_ entry: Int) -> Judgement {
        let value = usableValue(entry)
        if value.isNaN { return .unknown }
        return Judgement(entries[entry].limit.zone(of: value), value: value, quality: pointQuality(entry))
    }

    private mutating func judgeRate(_ entry: Int, _ moment: Moment) -> Judgement {
        let value = usableValue(entry)
        if value.isNaN { return .unknown }
        let slope = slope(Int(entries[entry].detail), taking: value, moment)
        if slope.isNaN { return .unknown }
        let compared = entries[entry].takesMagnitude ? abs(slope) : slope
        return Judgement(entries[entry].limit.zone(of: compared), value: slope, quality: pointQuality(entry))
    }

    /// The slope of a point at a row; the first rule that asks in a step hands the row to the estimator.
    private mutating func slope(_ number: Int, taking value: Double, _ moment: Moment) -> Double {
        guard lists.slopes[number].step != stepNumber else { return lists.slope(number) }
        lists.slopes[number].step = stepNumber
        let place = Int(lists.slopes[number].place)
        switch lists.slopes[number].method {
        case .leastSquares: lists.leastSquares[place].take(value, at: moment.milliseconds, in: &rows)
        case .theilSen:
            lists.slopes[number].slope =
                lists.theilSen[place].add(value, at: moment.milliseconds, in: &rows, scratch: &pairSlopes) ?? .nan
        case .weighted: lists.slopes[number].slope = lists.weighted[place].add(value, at: moment.milliseconds) ?? .nan
        }
        return lists.slope(number)
    }

    func judgeState(_ entry: Int) -> Judgement {
        let value = usableValue(entry)
        guard !value.isNaN, let isMet = isMet(entry, by: value) else { return .unknown }
        return Judgement(isMet ? .raise : .clear, value: value, quality: pointQuality(entry))
    }

    /// Whether a value is one of the states, or the bit is as it should be; nil when the bit cannot be read.
    func isMet(_ entry: Int, by value: Double) -> Bool? {
        if entries[entry].testsBit { return entries[entry].bit.isMet(by: value) }
        for place in entries[entry].list.range where lists.numbers[place] == value { return true }
        return false
    }

    private func judgeQuality(_ entry: Int) -> Judgement {
        if isSilent(entry) { return Judgement(.raise, value: 2, quality: .bad(.stale)) }
        let point = points[Int(entries[entry].point)]
        return point.value.isNaN
            ? Judgement(.raise, value: 1, quality: point.quality) : Judgement(.clear, value: 0, quality: point.quality)
    }

    private func judgeSilence(_ entry: Int) -> Judgement {
        let watch = Int(entries[entry].watch)
        return watches[watch].isStale
            ? Judgement(.raise, value: Double(patience(of: watch)) / 1e9, quality: .bad(.stale))
            : Judgement(.clear, value: 0, quality: pointQuality(entry))
    }

    private mutating func judgeStillness(_ entry: Int, _ moment: Moment) -> Judgement {
        let value = usableValue(entry)
        if value.isNaN { return .unknown }
        let place = Int(entries[entry].detail)
        let unless = Int(lists.frozen[place].unless)
        let isExcused = unless >= 0 && entries[unless].condition.isActive && !entries[unless].isUnknown
        let still = lists.frozen[place].stillness.add(
            value, at: moment.milliseconds, span: lists.frozen[place].minSpan, isExcused: isExcused)
        return Judgement(
            still >= lists.frozen[place].window ? .raise : .clear, value: value, quality: pointQuality(entry))
    }

    private mutating func judgeTimeToLimit(_ entry: Int, _ moment: Moment) -> Judgement {
        let value = usableValue(entry)
        if value.isNaN { return .unknown }
        let cell = lists.timesTo[Int(entries[entry].detail)]
        let slope = slope(Int(cell.slope), taking: value, moment)
        guard let seconds = cell.target.seconds(from: value, slope: slope.isNaN ? nil : slope) else { return .unknown }
        return Judgement(cell.target.zone(of: seconds), value: seconds, quality: pointQuality(entry))
    }

    private mutating func judgeAverage(_ entry: Int, _ moment: Moment) -> Judgement {
        // A silent point has no row in this step; a bad row is one, and ends the holding of the value before.
        if isSilent(entry) { return .unknown }
        let value = usableValue(entry)
        let place = Int(entries[entry].detail)
        let average = lists.averages[place].average.add(
            value.isNaN ? nil : value, at: moment.milliseconds, in: &rows)
        guard !value.isNaN, let average, Double(average.covered) >= lists.averages[place].coveredMin else {
            return .unknown
        }
        return Judgement(entries[entry].limit.zone(of: average.mean), value: average.mean, quality: pointQuality(entry))
    }

    private func judgeDeviation(_ entry: Int) -> Judgement {
        let cell = lists.deviations[Int(entries[entry].detail)]
        let value = usableValue(entry)
        let other = points[Int(cell.other)]
        if value.isNaN || other.value.isNaN || other.isSilenced || watches[Int(cell.otherWatch)].isStale {
            return .unknown
        }
        var difference = value - other.value
        if cell.turn > 0 { difference = Circle.shortest(difference, turn: cell.turn) }
        let quality = max(pointQuality(entry).bits, other.quality.bits)
        return Judgement(
            entries[entry].limit.zone(of: abs(difference)), value: difference, quality: Quality(bits: quality))
    }
}

extension EntryCell {
    /// What a judgement led to, as far as others must know.
    fileprivate struct Consequence {
        var change: AlarmCondition.Change
        var unknownChanged: Bool
        /// Of a delay that has begun.
        var delayEnd: PlantInstant?
        var isVisible: Bool
    }

    @inline(__always)
    fileprivate mutating func take(_ judgement: Judgement, at now: PlantInstant) -> Consequence {
        let wasUnknown = isUnknown
        isUnknown = judgement.verdict == .unknown
        if !isUnknown {
            value = judgement.value
            quality = judgement.quality
        }
        let before = condition.timer
        let change = condition.judge(judgement.verdict, at: now, delays)
        let timerMoved = condition.timer != before
        return Consequence(
            change: change, unknownChanged: isUnknown != wasUnknown, delayEnd: timerMoved ? condition.delayEnd : nil,
            isVisible: timerMoved || isUnknown != wasUnknown || change != .none)
    }
}
