import AlarmLogic
package import PlantModel

extension Monitor {
    /// Brings the core in line with the journal after a restart, once, behind the logged slots.
    ///
    /// Where the journal is ahead (it holds a later occurrence or version than snapshot and input log led to), its state
    /// is taken: an active alarm stays active until a usable sample in the clear zone, delays start afresh. Where the core
    /// is ahead, its events stand and go to the journal, which knows by their keys the ones it has.
    /// - Returns: ids of open alarms in the journal that no present rule answers for.
    package mutating func reconcile(_ standings: [JournalStanding]) -> [String] {
        for place in points.indices { wake(place) }
        var orphaned: [String] = []
        for standing in standings {
            guard let rule = book.rules.number(of: standing.rule), !entries[Int(alarms[rule].entry)].isSilent else {
                if standing.state != .normal { orphaned.append(standing.rule) }
                continue
            }
            let present = alarms[rule].lifecycle
            if (standing.occurrence, standing.version) > (present.occurrence, present.version) {
                takeOver(standing, rule)
            } else if (standing.occurrence, standing.version) == (present.occurrence, present.version) {
                // Comments and refusals are counted, though they change no version.
                for (transition, count) in standing.counts { counts.raise(transition, of: rule, to: count) }
            }
        }
        return orphaned
    }

    private mutating func takeOver(_ standing: JournalStanding, _ rule: Int) {
        let entry = Int(alarms[rule].entry)
        alarms[rule].lifecycle = AlarmLifecycle(
            state: standing.state, occurrence: standing.occurrence, version: standing.version)
        counts.forget(rule)
        for (transition, count) in standing.counts { counts.raise(transition, of: rule, to: count) }
        entries[entry].condition = AlarmCondition(isActive: standing.state.isActive)
        entries[entry].level = standing.state.isActive ? standing.level : 0
        if let value = standing.value { entries[entry].value = value }
        standIn(for: entry)
        noteChange(ofEntry: entry)
    }

    /// An active alarm rests on rules whose own state is not known: those that nobody hears of stand in for what made it
    /// active, until samples say otherwise. So silence after a restart or a reload clears nothing.
    mutating func standIn(for entry: Int) {
        guard entries[entry].condition.isActive else { return }
        let members = entries[entry].list.range
        switch entries[entry].mechanism {
        case .ladder:
            let level = min(Int(entries[entry].level), members.count)
            entries[entry].level = UInt8(level)
            if level > 0 { standAsActive(Int(lists.members[members.lowerBound + level - 1])) }
        case .expect: standAsActive(Int(lists.expectations[Int(entries[entry].detail)]))
        case .vote, .count:
            for place in members {
                let member = Int(lists.members[place])
                if entries[member].isSilent, entries[member].value.isNaN { entries[member].isUnknown = true }
            }
        case .threshold, .rate, .state, .badQuality, .stale, .frozen, .deviation, .timeTo, .average, .derived: break
        }
    }

    private mutating func standAsActive(_ member: Int) {
        guard entries[member].isSilent, !entries[member].condition.isActive else { return }
        entries[member].condition = AlarmCondition(isActive: true)
        standIn(for: member)
    }
}
