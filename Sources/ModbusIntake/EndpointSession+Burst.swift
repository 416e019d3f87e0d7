import DeviceMap
package import PlantModel
package import PlantTime

extension EndpointSession {
    package var canBurst: Bool { endpoint.units.contains { $0.burstPeriod != nil } }

    /// Follows the pre-alarms: a block with an urgent point is read at its unit's burst period, as far as the endpoint's time
    /// goes; the others keep theirs (acquisition.md 3.1).
    /// - Returns: whether anything changed.
    package mutating func setUrgent(at now: PlantInstant, _ isUrgent: (PointIndex) -> Bool) -> Bool {
        var hasChanged = false
        for place in schedule.lanes.indices where schedule.lanes[place].canBurst {
            let lane = schedule.lanes[place]
            let points = endpoint.units[lane.unit].points
            let wants = lane.block.members.contains { isUrgent(points[$0].point) }
            guard wants != lane.isBursting else { continue }
            if wants, load(bursting: place) > Admission.utilisationLimit { continue }
            schedule.setBurst(lane: place, wants, at: now)
            hasChanged = true
        }
        return hasChanged
    }

    /// Busy time per time, with one more block at its faster rate.
    private func load(bursting more: Int) -> Double {
        let blocks = schedule.lanes.indices.map { place in
            var block = schedule.lanes[place].block
            block.period = place == more ? schedule.lanes[place].burstPeriod : schedule.lanes[place].slots.period
            return block
        }
        return Admission.utilisation(of: endpoint, blocks: blocks)
    }
}
