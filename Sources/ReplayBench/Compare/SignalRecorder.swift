import AlarmLogic
import MonitorCore
import PlantModel
package import PlantTime

/// The judged signal of one rule over one stretch of the line, thinned to the columns of a plot.
package struct SignalTrace: Sendable {
    /// What a column of the plot holds.
    package struct Column: Sendable, Equatable {
        package internal(set) var least = Double.infinity
        package internal(set) var greatest = -Double.infinity
        /// A bad row, or an unknown judgement, lies in it.
        package internal(set) var isBlind = false

        package var isEmpty: Bool { least > greatest }

        mutating func take(_ value: Double) {
            least = min(least, value)
            greatest = max(greatest, value)
        }
    }

    package var from: PlantInstant
    package var to: PlantInstant
    package internal(set) var columns: [Column]
    /// The value that held when the stretch began; nil when none did.
    package internal(set) var before: Double?

    init(from: PlantInstant, to: PlantInstant, columns count: Int) {
        self.from = from
        self.to = to
        columns = Array(repeating: Column(), count: max(1, count))
    }

    func column(of instant: PlantInstant) -> Int? {
        guard instant >= from, instant <= to else { return nil }
        let part = (instant - from).seconds / max(1e-9, (to - from).seconds)
        return min(columns.count - 1, Int(part * Double(columns.count)))
    }

    func end(ofColumn number: Int) -> PlantInstant {
        let length = (to - from).nanoseconds
        return from.advanced(byNanoseconds: length / Int64(columns.count) * Int64(number + 1))
    }
}

/// Watches a replay once more, and keeps the judged signals of some rules over some stretches.
///
/// Of a point that is recorded every row counts: least and greatest of each column. What a rule makes of its rows (a slope, a
/// mean, a difference, a derived point) is asked of the core at the end of each column.
struct SignalRecorder: ReplayWitness {
    struct Wanted {
        var rule: RuleIndex
        var trace: SignalTrace
        /// The recorded point whose rows are the signal; nil: the core is asked.
        var point: UInt32?
        fileprivate var nextColumn = 0

        init(rule: RuleIndex, trace: SignalTrace, point: UInt32?) {
            self.rule = rule
            self.trace = trace
            self.point = point
        }
    }

    private(set) var wanted: [Wanted]
    /// Which of the wanted read a point.
    private var readers: [[Int]]
    private(set) var nextLook: PlantInstant?

    /// - Parameter pointCount: of the core that is watched.
    init(_ wanted: [Wanted], pointCount: Int) {
        self.wanted = wanted
        readers = Array(repeating: [], count: pointCount)
        for (place, one) in wanted.enumerated() {
            if let point = one.point, readers.indices.contains(Int(point)) { readers[Int(point)].append(place) }
        }
        setNextLook()
    }

    mutating func took(_ slots: Span<InputSlot>, firstSequence: UInt64) {
        for index in slots.indices {
            let slot = slots[index]
            guard slot.kind == .sample, readers.indices.contains(Int(slot.point)) else { continue }
            for place in readers[Int(slot.point)] {
                let number = slot.sample.payload.number
                let isUsable = slot.sample.quality.isUsable && number.isFinite
                if slot.time < wanted[place].trace.from { wanted[place].trace.before = isUsable ? number : nil }
                guard let column = wanted[place].trace.column(of: slot.time) else { continue }
                if isUsable {
                    wanted[place].trace.columns[column].take(number)
                } else {
                    wanted[place].trace.columns[column].isBlind = true
                }
            }
        }
    }

    mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        for place in wanted.indices where wanted[place].point == nil {
            while let due = due(place), due <= instant {
                let column = wanted[place].nextColumn
                switch monitor.inspect(wanted[place].rule).sight {
                case .neverJudged: break
                case .unknown: wanted[place].trace.columns[column].isBlind = true
                case .zone(_, let compared):
                    if compared.isFinite { wanted[place].trace.columns[column].take(compared) }
                }
                wanted[place].nextColumn += 1
            }
        }
        setNextLook()
    }

    private func due(_ place: Int) -> PlantInstant? {
        let one = wanted[place]
        guard one.nextColumn < one.trace.columns.count else { return nil }
        return one.trace.end(ofColumn: one.nextColumn)
    }

    private mutating func setNextLook() {
        nextLook = nil
        for place in wanted.indices where wanted[place].point == nil {
            guard let due = due(place) else { continue }
            nextLook = nextLook.map { min($0, due) } ?? due
        }
    }
}
