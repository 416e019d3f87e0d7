import AlarmLogic
import PlantModel
import PlantTime

// Derived points (semantics.md B): a row of an input is, in the same step, a row of the derived point.
extension Monitor {
    mutating func derive(_ entry: Int, _ moment: Moment) {
        let cell = lists.derived[Int(entries[entry].detail)]
        let output = Int(cell.output)
        if moment.kind == .stale {
            wake(output)
            points[output].isSilenced = true
            noteChange(ofPoint: output)
            for place in points[output].readers.range {
                let reader = Int(book.readers[place].entry)
                // It is no row, and STALE counts rows.
                if entries[reader].mechanism != .stale { agenda.push(.judgement(reader)) }
            }
            return
        }
        guard let row = derivedRow(cell) else { return }
        let value = row.quality.isUsable ? compute(cell, moment) : .nan
        // A sum may overflow, a mean may not cover half its window: bad, with the reason said.
        let quality =
            row.quality.isUsable && !value.isFinite
            ? Quality.bad(value.isNaN ? .unspecified : .notANumber) : row.quality
        points[output].setRow(
            value: value.isFinite ? value : .nan, quality: quality, at: moment.at, arrival: row.arrival)
        if value.isFinite { points[output].shown.lastUsable = value }
        points[output].shown.payload = value.isFinite ? Payload(value) : .none
        points[output].shown.quality = quality
        points[output].shown.time = moment.at
        points[output].shown.arrival = row.arrival
        points[output].shown.count += 1
        noteChange(ofPoint: output)
        for place in points[output].readers.range {
            refresh(book.readers[place].watch)
            agenda.push(.judgement(Int(book.readers[place].entry)))
        }
    }

    /// Quality and arrival of the row that the inputs make together; nil until every input has had one.
    private func derivedRow(_ cell: DerivedCell) -> (quality: Quality, arrival: PlantInstant)? {
        var quality = Quality.good
        var arrival = PlantInstant.distantPast
        for place in cell.inputs.range {
            let input = lists.derivedInputs[place]
            let point = points[Int(input.point)]
            guard point.hasRow else { return nil }
            arrival = max(arrival, point.arrival)
            let isStale = point.isSilenced || input.watch >= 0 && watches[Int(input.watch)].isStale
            let seen = isStale ? Quality.bad(.stale) : point.quality
            if seen.bits > quality.bits { quality = seen }
        }
        return (quality, arrival)
    }

    /// The value of a derived point whose inputs are all usable; NaN where there is none yet.
    private mutating func compute(_ cell: DerivedCell, _ moment: Moment) -> Double {
        let first = inputValue(cell, 0)
        switch cell.operation {
        case .sum:
            var sum = 0.0
            for place in cell.inputs.range { sum += points[Int(lists.derivedInputs[place].point)].value }
            return sum
        case .difference: return first - inputValue(cell, 1)
        case .linear(let scale, let offset): return scale * first + offset
        case .table(let x): return interpolate(first, x)
        case .mean(let place):
            return lists.means[Int(place)].add(first, at: moment.milliseconds, in: &rows) ?? .nan
        case .counter(let place, let wrap): return lists.totals[Int(place)].add(first, wrap: wrap)
        case .unwrap(let place, let turn): return lists.angles[Int(place)].add(first, turn: turn)
        case .product:
            var product = 1.0
            for place in cell.inputs.range { product *= points[Int(lists.derivedInputs[place].point)].value }
            return product
        case .inverse(let floor): return 1 / max(abs(first), floor)
        case .minimum:
            var least = first
            for place in cell.inputs.range { least = min(least, points[Int(lists.derivedInputs[place].point)].value) }
            return least
        case .maximum:
            var most = first
            for place in cell.inputs.range { most = max(most, points[Int(lists.derivedInputs[place].point)].value) }
            return most
        case .slope(let place):
            return lists.trends[Int(place)].add(first, at: moment.milliseconds, in: &rows) ?? .nan
        }
    }

    private func inputValue(_ cell: DerivedCell, _ number: Int) -> Double {
        points[Int(lists.derivedInputs[Int(cell.inputs.start) + number].point)].value
    }

    /// Straight lines between the points of a table, end values beyond its ends.
    private func interpolate(_ value: Double, _ x: Slice) -> Double {
        let places = x.range
        let count = places.count
        if value <= lists.numbers[places.lowerBound] { return lists.numbers[places.lowerBound + count] }
        if value >= lists.numbers[places.upperBound - 1] { return lists.numbers[places.upperBound - 1 + count] }
        var low = places.lowerBound
        var high = places.upperBound - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if lists.numbers[middle] <= value { low = middle } else { high = middle }
        }
        let (x0, x1) = (lists.numbers[low], lists.numbers[high])
        let (y0, y1) = (lists.numbers[low + count], lists.numbers[high + count])
        return y0 + (value - x0) * (y1 - y0) / (x1 - x0)
    }
}
