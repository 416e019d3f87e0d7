import AlarmLogic
import PlantTime

// How full the windows of a rule are, worked out when asked.
extension Monitor {
    func windowFill(of entry: Int) -> RuleInspection.WindowFill? {
        let cell = entries[entry]
        let detail = Int(cell.detail)
        switch cell.mechanism {
        case .rate: return slopeFill(detail)
        case .timeTo: return slopeFill(Int(lists.timesTo[detail].slope))
        case .frozen: return stillnessFill(entry, lists.frozen[detail])
        case .count: return countFill(lists.counts[detail])
        case .average:
            return averageFill(
                lists.averages[detail].average, at: points[Int(cell.point)].time.milliseconds,
                holding: patience(of: Int(cell.watch)) / 1_000_000)
        case .threshold, .state, .badQuality, .stale, .deviation, .vote, .expect, .ladder, .derived: return nil
        }
    }

    private func slopeFill(_ number: Int) -> RuleInspection.WindowFill {
        let cell = lists.slopes[number]
        let slope = lists.slope(number)
        let place = Int(cell.place)
        let kept: RowQueue? =
            switch cell.method {
            case .leastSquares: lists.leastSquares[place].rows
            case .theilSen: lists.theilSen[place].rows
            case .weighted: nil
            }
        var covered: Int64 = 0
        if let kept, !kept.isEmpty {
            covered = kept.last(in: rows).time - kept.first(in: rows).time
        } else if kept == nil {
            let memory = lists.weighted[place].memory
            covered = Int64(bitPattern: memory[3]) - Int64(bitPattern: memory[2])
        }
        return RuleInspection.WindowFill(
            length: .milliseconds(cell.span), rows: kept?.count, covered: .milliseconds(covered),
            slope: slope.isNaN ? nil : slope)
    }

    private func stillnessFill(_ entry: Int, _ cell: FrozenCell) -> RuleInspection.WindowFill {
        let point = points[Int(entries[entry].point)]
        let memory = cell.stillness.memory
        let isAnchored = memory[2] == 1
        let still = isAnchored ? point.time.milliseconds - Int64(bitPattern: memory[1]) : 0
        return RuleInspection.WindowFill(
            length: .milliseconds(cell.window), rows: nil, covered: .milliseconds(max(0, still)), slope: nil)
    }

    private func countFill(_ cell: CountCell) -> RuleInspection.WindowFill {
        var covered: Int64 = 0
        if !cell.raises.isEmpty { covered = cell.raises.last(in: rows).time - cell.raises.first(in: rows).time }
        return RuleInspection.WindowFill(
            length: .nanoseconds(cell.window), rows: cell.raises.count, covered: .nanoseconds(covered), slope: nil)
    }

    /// - Parameters: milliseconds; `holding` is the longest a value is believed.
    private func averageFill(
        _ average: TimeWeightedAverage, at now: Int64, holding: Int64
    ) -> RuleInspection.WindowFill {
        var covered: Int64 = 0
        var before: Row?
        average.rows.forEach(in: rows) { row in
            if let before, !before.value.isNaN {
                covered += max(0, min(row.time, before.time + holding) - max(before.time, now - average.window))
            }
            before = row
        }
        return RuleInspection.WindowFill(
            length: .milliseconds(average.window), rows: average.rows.count, covered: .milliseconds(covered),
            slope: nil)
    }
}
