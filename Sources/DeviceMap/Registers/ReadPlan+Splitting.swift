import PlantModel

extension ReadBlock {
    /// Where a refused block is cut.
    package enum Cut: Sendable {
        /// The device refuses an address (exception 2): most likely in the widest hole that was read along.
        case widestGap
        /// The device refuses the length (exception 3).
        case middle
    }

    /// Two blocks that read the same points, or nil when the points must stay in one request.
    ///
    /// Learning at run time: a refused block is halved until the refused point stands alone (acquisition.md 3.1).
    package func split(at cut: Cut, of unit: ModbusUnit) -> (ReadBlock, ReadBlock)? {
        guard let groups = try? SnapshotGroups(points: unit.points) else { return nil }
        var choice: (position: Int, gap: Int, offCentre: Int)?
        var reached = unit.points[members[0]].end
        for position in 1..<max(members.count, 1) {
            let begin = Int(unit.points[members[position]].address.offset)
            let gap = max(begin - reached, 0)
            let offCentre = abs(2 * (begin - Int(start.offset)) - count)
            reached = max(reached, unit.points[members[position]].end)
            let left = Set(members[..<position].map(groups.leader(of:)))
            guard !members[position...].contains(where: { left.contains(groups.leader(of: $0)) }) else { continue }
            if let best = choice {
                let isBetter =
                    switch cut {
                    case .widestGap: (-gap, offCentre) < (-best.gap, best.offCentre)
                    case .middle: offCentre < best.offCentre
                    }
                guard isBetter else { continue }
            }
            choice = (position, gap, offCentre)
        }
        guard let position = choice?.position else { return nil }
        return (part(members[..<position], of: unit), part(members[position...], of: unit))
    }

    private func part(_ places: ArraySlice<Int>, of unit: ModbusUnit) -> ReadBlock {
        let start = places.map { unit.points[$0].address }.min() ?? start
        let end = places.map { unit.points[$0].end }.max() ?? Int(start.offset)
        return ReadBlock(
            area: area, start: start, count: end - Int(start.offset), period: period, members: Array(places))
    }
}
