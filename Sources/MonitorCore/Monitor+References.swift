import AlarmLogic
import PlantModel
import PlantTime

// Rules that name other rules (semantics.md B2, B3): they see what those did in the same step.
extension Monitor {
    func judgeVote(_ entry: Int) -> Judgement {
        let cell = lists.votings[Int(entries[entry].detail)]
        var active = 0
        var unknown = 0
        if cell.scores.count > 0 {
            (active, unknown) = scores(of: entry, cell.scores)
            let (verdict, value) = cell.voting.judge(active: active, unknown: unknown)
            return Judgement(verdict, value: value, quality: .good)
        }
        for place in entries[entry].list.range {
            let member = Int(lists.members[place])
            if entries[member].condition.isActive {
                active += 1
            } else if entries[member].isUnknown {
                unknown += 1
            }
        }
        let (verdict, value) = cell.voting.judge(active: active, unknown: unknown)
        return Judgement(verdict, value: value, quality: .good)
    }

    /// What the ladders of a VOTE count at their levels, and what those that are unknown could count besides.
    private func scores(of entry: Int, _ scores: Slice) -> (sure: Int, possible: Int) {
        let top = Int(lists.numbers[scores.range.upperBound - 1])
        var sure = 0
        var possible = 0
        for place in entries[entry].list.range {
            let member = entries[Int(lists.members[place])]
            let level = Int(member.level)
            let score = level > 0 ? Int(lists.numbers[scores.range.lowerBound + level - 1]) : 0
            sure += score
            if member.isUnknown { possible += top - score }
        }
        return (sure, possible)
    }

    /// Met or not, never unknown: a state that cannot be seen has not been reached (fail to alarm).
    func judgeExpectation(_ entry: Int) -> Judgement {
        let seen = judgeState(entry)
        let isMet = seen.verdict == .raise
        let value: Double = seen.verdict == .unknown ? 2 : isMet ? 1 : 0
        let when = Int(lists.expectations[Int(entries[entry].detail)])
        return Judgement(
            entries[when].condition.isActive && !isMet ? .raise : .clear, value: value, quality: seen.quality)
    }

    mutating func judgeCount(_ entry: Int, _ moment: Moment) -> Judgement {
        let place = Int(entries[entry].detail)
        let gone = moment.at.advanced(byNanoseconds: -lists.counts[place].window).nanoseconds
        while !lists.counts[place].raises.isEmpty, lists.counts[place].raises.first(in: rows).time <= gone {
            lists.counts[place].raises.removeFirst(in: &rows)
        }
        if !lists.counts[place].raises.isEmpty {
            let oldest = PlantInstant(nanoseconds: lists.counts[place].raises.first(in: rows).time)
            setTimer(entries.count + place, at: oldest.advanced(byNanoseconds: lists.counts[place].window))
        }
        let raises = lists.counts[place].raises.count
        if raises >= Int(lists.counts[place].needed) { return Judgement(.raise, value: Double(raises), quality: .good) }
        for member in entries[entry].list.range where entries[Int(lists.members[member])].isUnknown { return .unknown }
        return Judgement(.clear, value: Double(raises), quality: .good)
    }

    /// A member of a COUNT has been raised.
    mutating func countRaise(in entry: Int, at instant: PlantInstant) {
        let place = Int(entries[entry].detail)
        if lists.counts[place].raises.count == Int(lists.counts[place].needed) {
            lists.counts[place].raises.removeFirst(in: &rows)
        }
        var time = instant.nanoseconds
        if !lists.counts[place].raises.isEmpty { time = max(time, lists.counts[place].raises.last(in: rows).time) }
        lists.counts[place].raises.append(Row(time: time, value: 1), in: &rows)
    }

    /// One alarm at the worst active level.
    mutating func judgeLadder(_ entry: Int, _ moment: Moment) {
        let members = entries[entry].list.range
        var worst = 0
        var isUnknown = false
        for (level, place) in members.enumerated() {
            let member = Int(lists.members[place])
            if entries[member].condition.isActive { worst = level + 1 }
            if entries[member].isUnknown { isUnknown = true }
        }
        if isUnknown != entries[entry].isUnknown {
            entries[entry].isUnknown = isUnknown
            noteChange(ofEntry: entry)
            tellDependents(of: entry)
        }
        let before = Int(entries[entry].level)
        guard worst != before else { return }
        // Going up, the value that the new level was raised with; going down, the one the level left was cleared with.
        let speaking = Int(lists.members[members.lowerBound + min(max(worst, before), members.count) - 1])
        let spoken = present(speaking)
        entries[entry].value = spoken.value
        entries[entry].quality = spoken.quality
        entries[entry].level = UInt8(worst)
        entries[entry].condition.isActive = worst > 0
        if before == 0 {
            raise(entry, at: moment.at)
        } else if worst == 0 {
            clear(entry, at: moment.at)
        } else {
            changeLevel(entry, isWorse: worst > before, at: moment.at)
        }
    }
}
