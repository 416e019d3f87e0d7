import DeviceMap
package import PlantModel
package import PlantTime

extension EndpointSession {
    package var canBurst: Bool { endpoint.units.contains { $0.burstPeriod != nil } }

    /// Follows the pre-alarms: a block with an urgent point is read at its unit's burst period, as far as the endpoint's time
    /// goes; the others keep theirs (acquisition.md 3.1). Time that one gives back is another's in the same look, and the
    /// highest class takes first. A unit that does not answer is not asked more often: that is its breaker's business.
    ///
    /// A refusal is counted, and noted in `actions` once for each unit when it begins and once when it is over.
    /// - Returns: whether any block is read at another period now.
    package mutating func setUrgent(
        at now: PlantInstant, into actions: inout [Action], _ isUrgent: (PointIndex) -> Bool
    ) -> Bool {
        var wanting: [Int] = []
        var hasChanged = false
        for place in schedule.lanes.indices where schedule.lanes[place].canBurst {
            if wantsBurst(place, isUrgent) {
                wanting.append(place)
            } else if schedule.lanes[place].isBursting {
                schedule.setBurst(lane: place, false, at: now)
                hasChanged = true
            }
        }
        wanting.sort { (schedule.lanes[$1].pointClass, $0) < (schedule.lanes[$0].pointClass, $1) }
        var refused: [Int: Int] = [:]
        for place in wanting where !schedule.lanes[place].isBursting {
            let burst = schedule.lanes[place].burstPeriod
            if Admission.isTooMuch(load(reading: place, every: burst)) {
                let unit = schedule.lanes[place].unit
                refused[unit] = refused[unit] ?? place
            } else {
                schedule.setBurst(lane: place, true, at: now)
                hasChanged = true
            }
        }
        tell(refused, &actions)
        return hasChanged
    }

    private func wantsBurst(_ place: Int, _ isUrgent: (PointIndex) -> Bool) -> Bool {
        let lane = schedule.lanes[place]
        if case .down = units[lane.unit].link { return false }
        let points = endpoint.units[lane.unit].points
        return lane.block.members.contains { isUrgent(points[$0].point) }
    }

    /// - Parameter refused: by unit, the first of its blocks that found no time.
    private mutating func tell(_ refused: [Int: Int], _ actions: inout [Action]) {
        for unit in units.indices where units[unit].isBurstRefused != (refused[unit] != nil) {
            units[unit].isBurstRefused.toggle()
            if let place = refused[unit] {
                counts.burstsRefused += 1
                actions.append(.note(.burstRefused(unit: unit, smallest: smallestPeriod(of: place))))
            } else {
                let isReadFaster = schedule.lanes.contains { $0.unit == unit && $0.isBursting }
                actions.append(.note(.burstNotRefused(unit: unit, isReadFaster: isReadFaster)))
            }
        }
    }

    /// The shortest period, in steps of 10 ms, at which a block would fit beside the others as they are read now; nil when
    /// none below its own would. Asked for a message: the search costs a few sums over the endpoint's blocks.
    private func smallestPeriod(of place: Int) -> Duration? {
        let step: Int64 = 10
        var tooShort = schedule.lanes[place].burstPeriod.nanoseconds / 1_000_000 / step
        var fits = schedule.lanes[place].slots.period.nanoseconds / 1_000_000 / step
        let usual = fits
        while fits - tooShort > 1 {
            let middle = (tooShort + fits) / 2
            if Admission.isTooMuch(load(reading: place, every: .milliseconds(middle * step))) {
                tooShort = middle
            } else {
                fits = middle
            }
        }
        return fits < usual ? .milliseconds(fits * step) : nil
    }

    /// Busy time per time, with one block read at another period.
    private func load(reading changed: Int, every period: Duration) -> Double {
        let blocks = schedule.lanes.indices.map { place in
            var block = schedule.lanes[place].block
            block.period = place == changed ? period : schedule.lanes[place].slots.period
            return block
        }
        return Admission.utilisation(of: endpoint, blocks: blocks)
    }
}
