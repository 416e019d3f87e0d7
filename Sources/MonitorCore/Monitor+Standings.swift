import AlarmLogic
package import PlantModel
import PlantTime

// What the board shows.
extension Monitor {
    /// Bytes held for the rows of all windows, used or not.
    package var windowBytes: Int { rows.byteCount }

    package func pointStanding(_ point: PointIndex) -> PointStanding {
        var standing = points[point.offset].shown
        if points[point.offset].isSilenced { standing.quality = .bad(.stale) }
        return standing
    }

    package func ruleStanding(_ rule: RuleIndex) -> RuleStanding {
        let alarm = alarms[rule.offset]
        let entry = present(Int(alarm.entry))
        return RuleStanding(
            state: alarm.lifecycle.state, isActive: entry.condition.isActive, isUnknown: entry.isUnknown,
            isPending: !entry.condition.isActive && entry.condition.timer != .idle, level: entry.level,
            occurrence: alarm.lifecycle.occurrence, version: alarm.lifecycle.version, value: entry.value)
    }

    /// Hands over which points have a new sample, and which rules a new state, since the last call, each once, and
    /// forgets them. A rule's value alone is no new state: it follows its point.
    package mutating func drainChanges(points visitPoint: (PointIndex) -> Void, rules visitRule: (RuleIndex) -> Void) {
        for point in changedPoints {
            points[point.offset].isChanged = false
            visitPoint(point)
        }
        changedPoints.removeAll(keepingCapacity: true)
        for rule in changedRules {
            entries[Int(alarms[rule.offset].entry)].isChanged = false
            visitRule(rule)
        }
        changedRules.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    mutating func noteChange(ofPoint place: Int) {
        guard !points[place].isChanged else { return }
        points[place].isChanged = true
        changedPoints.append(PointIndex(offset: place))
    }

    @inline(__always)
    mutating func noteChange(ofEntry entry: Int) {
        guard !entries[entry].isChanged, entries[entry].rule != .max else { return }
        entries[entry].isChanged = true
        changedRules.append(RuleIndex(entries[entry].rule))
    }
}
