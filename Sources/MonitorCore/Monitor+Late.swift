import AlarmLogic
import PlantModel
import PlantTime

// Samples older than the newest of their point, and those that a source says are of the past (semantics.md D): they enter
// no window and no timer and never clear.
extension Monitor {
    /// Late samples in a row that show the source's clock has jumped back.
    private static let lateRunMax: UInt8 = 3

    /// Takes a late sample, unless it is the third in a row: then the point re-anchors to the new stamps.
    /// - Returns: whether it is to be judged as a live one after all.
    mutating func takesLate(_ sample: Sample, at time: PlantInstant, _ place: Int) -> Bool {
        points[place].lateRun += 1
        if points[place].lateRun >= Self.lateRunMax {
            reAnchor(place)
            return true
        }
        takeHistory(sample, at: time, place)
        return false
    }

    /// Takes what is of the past: late by its stamp, or by the source's own word. The latter is no sign of a clock that
    /// jumped, so it is counted in no run, and would not be the newest row if its stamp were the newest.
    mutating func takeHistory(_ sample: Sample, at time: PlantInstant, _ place: Int) {
        lateSamples += 1
        let number = sample.payload.number
        if sample.quality.isUsable, number.isFinite, !sample.flags.contains(.repeated) {
            raiseLate(number, sample.quality, at: time, place)
        }
    }

    /// What was dangerous and is only heard of now is told all the same: once, marked late.
    private mutating func raiseLate(_ value: Double, _ quality: Quality, at time: PlantInstant, _ place: Int) {
        wake(place)
        for reader in points[place].readers.range {
            let entry = Int(book.readers[reader].entry)
            guard !entries[entry].condition.isActive, raisesLate(entry, value) else { continue }
            let rule = Int(entries[entry].rule)
            guard time > alarms[rule].lateThrough else { continue }
            alarms[rule].lateThrough = time
            entries[entry].value = value
            entries[entry].quality = quality
            entries[entry].condition.raiseNow()
            raise(entry, at: time, marks: .late)
        }
        runAgenda(Moment(.timer, at: time))
    }

    private func raisesLate(_ entry: Int, _ value: Double) -> Bool {
        switch entries[entry].mechanism {
        case .threshold: entries[entry].limit.zone(of: value) == .raise
        case .state: isMet(entry, by: value) == true
        case .rate, .badQuality, .stale, .frozen, .deviation, .vote, .expect, .timeTo, .count, .average, .ladder,
            .derived:
            false
        }
    }

    /// A source whose clock jumped must not go unheard: its windows start again at the new stamps.
    private mutating func reAnchor(_ place: Int) {
        wake(place)
        reAnchorings += 1
        for slope in lists.slopes.indices where Int(lists.slopes[slope].point) == place { restartSlope(slope) }
        for reader in points[place].readers.range { restartWindow(of: Int(book.readers[reader].entry)) }
    }

    private mutating func restartSlope(_ number: Int) {
        let place = Int(lists.slopes[number].place)
        lists.slopes[number].slope = .nan
        switch lists.slopes[number].method {
        case .leastSquares: lists.leastSquares[place].restart(in: &rows)
        case .theilSen: lists.theilSen[place].restart(in: &rows)
        case .weighted: lists.weighted[place].restart()
        }
    }

    private mutating func restartWindow(of entry: Int) {
        let detail = Int(entries[entry].detail)
        switch entries[entry].mechanism {
        case .frozen: lists.frozen[detail].stillness = Stillness()
        case .average: lists.averages[detail].average.restart(in: &rows)
        case .derived:
            switch lists.derived[detail].operation {
            case .mean(let place): lists.means[Int(place)].restart(in: &rows)
            case .slope(let place): lists.trends[Int(place)].restart(in: &rows)
            case .sum, .difference, .linear, .table, .counter, .unwrap, .product, .inverse, .minimum, .maximum: break
            }
            reAnchor(Int(lists.derived[detail].output))
            reAnchorings -= 1
        case .threshold, .rate, .state, .badQuality, .stale, .deviation, .vote, .expect, .timeTo, .count, .ladder: break
        }
    }
}
