import PlantTime

/// From numbers to places along one axis of a drawing.
struct PlotScale {
    var low: Double
    var high: Double
    /// Places of `low` and `high`; for an axis that goes up the second is the smaller.
    var start: Double
    var end: Double

    func place(_ value: Double) -> Double {
        guard high > low else { return (start + end) / 2 }
        return start + (value - low) / (high - low) * (end - start)
    }

    /// Round numbers along the axis, about `count` of them: steps of 1, 2 or 5.
    func ticks(about count: Int) -> [Double] {
        let rough = (high - low) / Double(max(1, count))
        guard rough > 0, rough.isFinite else { return [] }
        var unit = 1.0
        while unit * 10 <= rough { unit *= 10 }
        while unit > rough { unit /= 10 }
        let step = [1, 2, 5, 10].map { $0 * unit }.first { $0 >= rough } ?? unit * 10
        var ticks: [Double] = []
        var number = (low / step).rounded(.up)
        while number * step <= high, ticks.count < 64 {
            // 0.1 * 3 is no round number; a quotient of whole ones is.
            ticks.append(step < 1 ? number / (1 / step).rounded() : number * step)
            number += 1
        }
        return ticks
    }
}

/// The time axis of a drawing: places of instants, and ticks at round times of the zone.
struct TimeScale {
    var from: PlantInstant
    var to: PlantInstant
    var start: Double
    var end: Double

    func place(_ instant: PlantInstant) -> Double {
        let length = (to - from).seconds
        guard length > 0 else { return start }
        return min(end, max(start, start + (instant - from).seconds / length * (end - start)))
    }

    struct Tick {
        var place: Double
        var label: String
    }

    private static let steps: [Int64] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        1_209_600,
    ]

    /// At most about eight, labelled with what changes from one to the next.
    func ticks(utcOffsetSeconds: Int) -> [Tick] {
        let seconds = Int64((to - from).seconds)
        guard let step = Self.steps.first(where: { seconds / $0 <= 8 }) else {
            return months(utcOffsetSeconds: utcOffsetSeconds)
        }
        let offset = Int64(utcOffsetSeconds)
        let first = (from.milliseconds + offset * 1000 + step * 1000 - 1) / (step * 1000)
        var ticks: [Tick] = []
        var number = first
        while ticks.count < 20 {
            let instant = PlantInstant(milliseconds: (number * step - offset) * 1000)
            guard instant <= to else { break }
            let text = ShownTime.full(instant, utcOffsetSeconds)
            // Where a day begins its date stands instead.
            let isMidnight = text.dropFirst(11).hasPrefix("00:00:00")
            let label: Substring =
                step >= 86_400 || isMidnight
                ? text.dropFirst(5).prefix(5) : text.dropFirst(11).prefix(step < 60 ? 8 : 5)
            ticks.append(Tick(place: place(instant), label: String(label)))
            number += 1
        }
        return ticks
    }

    /// First days of months, every one, second, third, sixth or twelfth.
    private func months(utcOffsetSeconds: Int) -> [Tick] {
        let first = CivilTime(milliseconds: from.milliseconds, offsetSeconds: utcOffsetSeconds)
        let last = CivilTime(milliseconds: to.milliseconds, offsetSeconds: utcOffsetSeconds)
        let count = (last.year - first.year) * 12 + last.month - first.month
        let step = [1, 2, 3, 6, 12, 24, 60, 120].first { count / $0 <= 9 } ?? 240
        var month = (first.year * 12 + first.month - 1 + step) / step * step
        var ticks: [Tick] = []
        while ticks.count < 20 {
            let day = CivilTime(year: month / 12, month: month % 12 + 1, day: 1)
            guard let milliseconds = day.milliseconds(offsetSeconds: utcOffsetSeconds) else { break }
            let instant = PlantInstant(milliseconds: milliseconds)
            guard instant <= to else { break }
            let text = ShownTime.full(instant, utcOffsetSeconds).prefix(7)
            ticks.append(Tick(place: place(instant), label: String(step < 12 ? text : text.prefix(4))))
            month += step
        }
        return ticks
    }
}

/// Numbers of a drawing: a tenth of a unit is finer than the eye.
func svg(_ number: Double) -> String {
    let tenths = (number * 10).rounded() / 10
    let text = "\(tenths == 0 ? 0 : tenths)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
