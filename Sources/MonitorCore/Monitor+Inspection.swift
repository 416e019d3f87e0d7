import AlarmLogic
package import PlantModel
import PlantTime

// A look at one rule for people who ask why. Everything is worked out from the cells when asked, so judging costs nothing
// more for it.
extension Monitor {
    /// What the core knows of a rule now. Changes nothing.
    /// - Complexity: O(rows) for a TWA, O(members) for rules that name rules, else O(1). Between steps only.
    package func inspect(_ rule: RuleIndex) -> RuleInspection {
        let alarm = alarms[rule.offset]
        let entry = Int(alarm.entry)
        let cell = present(entry)
        var sight = look(at: entry)
        switch sight {
        case .neverJudged: break
        case .zone: if cell.isUnknown { sight = .unknown(.restarted) }
        case .unknown: if !cell.isUnknown, cell.value.isNaN { sight = .neverJudged }
        }
        return RuleInspection(
            now: cause.decidedAt, state: alarm.lifecycle.state, occurrence: alarm.lifecycle.occurrence,
            version: alarm.lifecycle.version, level: cell.level, isActive: cell.condition.isActive, sight: sight,
            value: cell.value.isNaN ? nil : cell.value, row: newestRow(of: entry), delay: runningDelay(of: entry),
            window: windowFill(of: entry), silenceEnds: silenceEnds(of: entry), members: members(of: entry),
            needed: needed(by: entry))
    }

    // MARK: What it saw

    /// What a judgement would see now, which is what the newest one saw: whatever changes that has it judged again.
    private func look(at entry: Int) -> RuleInspection.Sight {
        let cell = present(entry)
        if cell.value.isNaN, !cell.isUnknown { return .neverJudged }
        let detail = Int(cell.detail)
        switch cell.mechanism {
        case .threshold, .state, .frozen, .rate, .timeTo, .average:
            if let blindness = blindness(to: cell.point, watch: cell.watch) { return .unknown(blindness) }
            return lookAtPoint(entry)
        case .badQuality:
            if isStale(cell.watch) || points[Int(cell.point)].isSilenced { return .zone(.raise, compared: 2) }
            let isBad = points[Int(cell.point)].value.isNaN
            return .zone(isBad ? .raise : .clear, compared: isBad ? 1 : 0)
        case .stale:
            guard isStale(cell.watch) else { return .zone(.clear, compared: 0) }
            return .zone(.raise, compared: Double(patience(of: Int(cell.watch))) / 1e9)
        case .deviation:
            let other = lists.deviations[detail]
            let hidden =
                blindness(to: cell.point, watch: cell.watch) ?? blindness(to: other.other, watch: other.otherWatch)
            if let hidden { return .unknown(hidden) }
            let apart = points[Int(cell.point)].value - points[Int(other.other)].value
            let difference = other.turn > 0 ? Circle.shortest(apart, turn: other.turn) : apart
            return .zone(cell.limit.zone(of: abs(difference)), compared: difference)
        case .vote:
            let judgement = judgeVote(entry)
            return judgement.verdict == .unknown
                ? blindMembers(entry) : .zone(judgement.verdict, compared: judgement.value)
        case .expect:
            let judgement = judgeExpectation(entry)
            return .zone(judgement.verdict, compared: judgement.value)
        case .count:
            let raises = lists.counts[detail].raises.count
            if raises >= Int(lists.counts[detail].needed) { return .zone(.raise, compared: Double(raises)) }
            return cell.isUnknown ? blindMembers(entry) : .zone(.clear, compared: Double(raises))
        case .ladder:
            return cell.isUnknown ? blindMembers(entry) : .zone(cell.level > 0 ? .raise : .clear, compared: cell.value)
        case .derived: return .neverJudged
        }
    }

    /// A kind that reads one point, whose newest row is usable.
    private func lookAtPoint(_ entry: Int) -> RuleInspection.Sight {
        let cell = entries[entry]
        let value = points[Int(cell.point)].value
        switch cell.mechanism {
        case .state:
            guard let isMet = isMet(entry, by: value) else { return .unknown(.bitUnreadable(value)) }
            return .zone(isMet ? .raise : .clear, compared: value)
        case .frozen:
            let isStill = windowFill(of: entry).map { $0.covered >= $0.length } ?? false
            return .zone(isStill ? .raise : .clear, compared: value)
        case .rate:
            let slope = lists.slope(Int(cell.detail))
            guard !slope.isNaN else { return .unknown(thinWindow(entry)) }
            return .zone(cell.limit.zone(of: cell.takesMagnitude ? abs(slope) : slope), compared: slope)
        case .timeTo:
            let target = lists.timesTo[Int(cell.detail)]
            let slope = lists.slope(Int(target.slope))
            guard let seconds = target.target.seconds(from: value, slope: slope.isNaN ? nil : slope) else {
                return .unknown(thinWindow(entry))
            }
            return .zone(target.target.zone(of: seconds), compared: seconds)
        case .average:
            return cell.isUnknown
                ? .unknown(thinWindow(entry)) : .zone(cell.limit.zone(of: cell.value), compared: cell.value)
        case .threshold, .badQuality, .stale, .deviation, .vote, .expect, .count, .ladder, .derived:
            return .zone(cell.limit.zone(of: value), compared: value)
        }
    }

    // MARK: Why it cannot see

    private func isStale(_ watch: Int32) -> Bool { watch >= 0 && watches[Int(watch)].isStale }

    private func blindness(to point: UInt32, watch: Int32) -> RuleInspection.Blindness? {
        let cell = points[Int(point)]
        if isStale(watch) || cell.isSilenced { return .silent(PointIndex(point)) }
        guard cell.hasRow else { return .noRow(PointIndex(point)) }
        return cell.value.isNaN ? .badRow(PointIndex(point), cell.quality) : nil
    }

    private func blindMembers(_ entry: Int) -> RuleInspection.Sight {
        .unknown(.members(members(of: entry).filter(\.isUnknown).map(\.rule)))
    }

    private func thinWindow(_ entry: Int) -> RuleInspection.Blindness {
        guard let fill = windowFill(of: entry) else { return .restarted }
        let cell = entries[entry]
        if cell.mechanism == .average {
            let needed = Int64(lists.averages[Int(cell.detail)].coveredMin * 1_000_000)
            return .windowNotCovered(fill.covered, needed: .nanoseconds(needed))
        }
        if let rows = fill.rows, rows < 2 { return .tooFewRows(rows) }
        return .windowNotCovered(fill.covered, needed: fill.rows == nil ? fill.length : fill.length / 2)
    }

    // MARK: Rows, delays, silence

    private func newestRow(of entry: Int) -> RuleInspection.NewestRow? {
        let point = points[Int(entries[entry].point)]
        guard entries[entry].mechanism.readsItsPoint, point.hasRow else { return nil }
        return RuleInspection.NewestRow(
            point: PointIndex(entries[entry].point), value: point.value.isNaN ? nil : point.value,
            quality: point.quality, time: point.time, arrival: point.arrival)
    }

    private func runningDelay(of entry: Int) -> RuleInspection.RunningDelay? {
        let cell = entries[entry]
        let length = cell.condition.isActive ? cell.delays.off : cell.delays.on
        let left: Int64
        let end: PlantInstant?
        switch cell.condition.timer {
        case .idle: return nil
        case .running(let instant):
            left = max(0, (instant - cause.decidedAt).nanoseconds)
            end = instant
        case .paused(let nanoseconds):
            left = nanoseconds
            end = nil
        }
        return RuleInspection.RunningDelay(
            side: cell.condition.isActive ? .off : .on, length: .nanoseconds(length),
            served: .nanoseconds(max(0, length - left)), ends: end)
    }

    private func silenceEnds(of entry: Int) -> PlantInstant? {
        let number = entries[entry].watch
        guard number >= 0, !isStale(number) else { return nil }
        return silenceEnd(of: Int(number))
    }

    // MARK: Members

    private func members(of entry: Int) -> [RuleInspection.Member] {
        let cell = entries[entry]
        switch cell.mechanism {
        case .vote, .count, .ladder: return cell.list.range.map { member(Int(lists.members[$0])) }
        case .expect: return [member(Int(lists.expectations[Int(cell.detail)]))]
        case .frozen:
            let unless = Int(lists.frozen[Int(cell.detail)].unless)
            return unless >= 0 ? [member(unless)] : []
        case .threshold, .rate, .state, .badQuality, .stale, .deviation, .timeTo, .average, .derived: return []
        }
    }

    private func member(_ entry: Int) -> RuleInspection.Member {
        RuleInspection.Member(
            rule: RuleIndex(entries[entry].rule), isActive: entries[entry].condition.isActive,
            isUnknown: entries[entry].isUnknown)
    }

    private func needed(by entry: Int) -> Int? {
        let detail = Int(entries[entry].detail)
        switch entries[entry].mechanism {
        case .vote:
            let voting = lists.votings[detail].voting
            guard case .drop = voting.onBad else { return voting.needed }
            return max(1, voting.needed - members(of: entry).count { $0.isUnknown && !$0.isActive })
        case .count: return Int(lists.counts[detail].needed)
        case .threshold, .rate, .state, .badQuality, .stale, .frozen, .deviation, .expect, .timeTo, .average, .ladder,
            .derived:
            return nil
        }
    }
}

extension Mechanism {
    /// VOTE, COUNT and LADDER only show their point.
    fileprivate var readsItsPoint: Bool {
        switch self {
        case .vote, .count, .ladder, .derived: false
        case .threshold, .rate, .state, .badQuality, .stale, .frozen, .deviation, .expect, .timeTo, .average: true
        }
    }
}
