import PlantModel
import PlantTime

/// One stretch of one rule: the judged signal between its set-points, and under it the alarms, old above new.
struct CloseUpPlot {
    var rule: CloseUps.OfRule
    var stretch: Int
    var lineEnd: PlantInstant
    /// As people read it; empty for a plain number.
    var unit: String
    var language: PageLanguage
    var utcOffsetSeconds: Int

    private let width = 960.0
    private let left = 64.0
    /// Room for a word and a number.
    private var right: Double { language == .both ? 136 : 112 }
    private let top = 10.0
    private let bottom = 168.0
    private var lanesTop: Double { bottom + 18 }
    private var axis: Double { lanesTop + AlarmLanes.height + 5 }
    private var height: Double { axis + 24 }

    func drawing() -> String {
        let range = rule.stretches[stretch]
        let time = TimeScale(from: range.from, to: range.to, start: left, end: width - right)
        let traces = shownTraces
        let oldPoints = rule.comparison.old.map(SetPoints.init) ?? SetPoints()
        let newPoints = rule.comparison.new.map(SetPoints.init) ?? SetPoints()
        let up = scale(of: traces.map(\.trace), with: oldPoints.numbers + newPoints.numbers)
        var parts = [Axes.grid(up, from: left, to: width - right, about: 5) { DecimalText.shortest($0) }]
        parts.append(Axes.time(time, at: axis, utcOffsetSeconds: utcOffsetSeconds, gridTo: top))
        for (trace, _) in traces.prefix(1) { parts.append(blindness(trace, time)) }
        parts.append(deadbands(newPoints, up, class: "new"))
        for (trace, name) in traces { parts.append("<path class=\"\(name)\" d=\"\(path(of: trace, time, up))\"/>") }
        parts.append(labelled(oldPoints, newPoints, up))
        parts.append(lanes(time))
        if !unit.isEmpty {
            parts.append("<text x=\"4\" y=\"\(svg(top + 8))\">\(HTML.escaped(unit))</text>")
        }
        let title = HTML.escaped("\(rule.comparison.id), \(language.plain(.closeUp))")
        return "<svg viewBox=\"0 0 \(svg(width)) \(svg(height))\" role=\"img\" aria-label=\"\(title)\">"
            + parts.joined(separator: "\n") + "</svg>"
    }

    // MARK: Signal

    /// One line where both rules judge the same signal, else both.
    private var shownTraces: [(trace: SignalTrace, name: String)] {
        let old = rule.oldTraces.indices.contains(stretch) ? rule.oldTraces[stretch] : nil
        let new = rule.newTraces.indices.contains(stretch) ? rule.newTraces[stretch] : nil
        guard let new else { return old.map { [($0, "signal")] } ?? [] }
        guard let old, old.columns != new.columns else { return [(new, "signal")] }
        return [(new, "signal"), (old, "old line")]
    }

    private func scale(of traces: [SignalTrace], with setPoints: [Double]) -> PlotScale {
        var low = Double.infinity
        var high = -Double.infinity
        for trace in traces {
            if let before = trace.before {
                low = min(low, before)
                high = max(high, before)
            }
            for column in trace.columns where !column.isEmpty {
                low = min(low, column.least)
                high = max(high, column.greatest)
            }
        }
        for number in setPoints {
            low = min(low, number)
            high = max(high, number)
        }
        if low > high { (low, high) = (0, 1) }
        let margin = high > low ? (high - low) * 0.07 : max(1, abs(high) * 0.1)
        return PlotScale(low: low - margin, high: high + margin, start: bottom, end: top)
    }

    /// Each value holds until the next row, as the rules take it; where nothing was known the line breaks.
    private func path(of trace: SignalTrace, _ time: TimeScale, _ up: PlotScale) -> String {
        let step = (time.end - time.start) / Double(trace.columns.count)
        var path = ""
        var isOpen = false
        var at = ""
        if let before = trace.before {
            at = svg(up.place(before))
            path = "M\(svg(time.start)) \(at)"
            isOpen = true
        }
        for (place, column) in trace.columns.enumerated() {
            if column.isEmpty {
                if column.isBlind, isOpen {
                    path += "H\(svg(time.start + Double(place) * step))"
                    isOpen = false
                }
                continue
            }
            let x = svg(time.start + (Double(place) + 0.5) * step)
            let (low, high) = (svg(up.place(column.least)), svg(up.place(column.greatest)))
            if !isOpen {
                path += "M\(x) \(low)"
            } else if low != at || high != at {
                path += "H\(x)V\(low)"
            }
            if high != low { path += "V\(high)" }
            at = high
            isOpen = true
        }
        if isOpen { path += "H\(svg(time.end))" }
        return path
    }

    private func blindness(_ trace: SignalTrace, _ time: TimeScale) -> String {
        let step = (time.end - time.start) / Double(trace.columns.count)
        var parts: [String] = []
        var start: Int?
        for place in 0...trace.columns.count {
            // Blind until the next usable row.
            let isBlind =
                place < trace.columns.count
                && (trace.columns[place].isBlind || start != nil && trace.columns[place].isEmpty)
            if isBlind {
                if start == nil { start = place }
            } else if let from = start {
                start = nil
                parts.append(
                    "<rect class=\"blind\" x=\"\(svg(time.start + Double(from) * step))\" y=\"\(svg(top))\" "
                        + "width=\"\(svg(max(1, Double(place - from) * step)))\" height=\"\(svg(bottom - top))\"/>")
            }
        }
        return parts.joined()
    }

    // MARK: Set-points and alarms

    private func deadbands(_ points: SetPoints, _ up: PlotScale, class name: String) -> String {
        points.bands.map { band in
            let (high, low) = (up.place(band.upperBound), up.place(band.lowerBound))
            return "<rect class=\"band \(name)\" x=\"\(svg(left))\" y=\"\(svg(high))\" "
                + "width=\"\(svg(width - right - left))\" height=\"\(svg(max(0.5, low - high)))\"/>"
        }.joined()
    }

    /// Lines with their numbers behind them; numbers that would lie on each other are moved apart.
    private func labelled(_ old: SetPoints, _ new: SetPoints, _ up: PlotScale) -> String {
        let isSame = old.limits == new.limits
        var labels: [(y: Double, text: String, name: String)] = []
        var lines = ""
        for (points, name, word) in [(old, "old", CompareWord.old), (new, "new", CompareWord.new)] {
            if isSame, name == "old" { continue }
            for limit in points.limits {
                let y = up.place(limit)
                lines += "<path class=\"setpoint \(name)\" d=\"M\(svg(left)) \(svg(y))H\(svg(width - right))\"/>"
                let number = DecimalText.shortest(limit)
                labels.append((y, isSame ? number : "\(language.shortWord(word)) \(number)", name))
            }
        }
        labels.sort { $0.y < $1.y }
        var last = -20.0
        for label in labels {
            let y = max(label.y + 4, last + 13)
            last = y
            lines +=
                "<text class=\"setpoint \(label.name)\" x=\"\(svg(width - right + 6))\" y=\"\(svg(y))\">"
                + HTML.escaped(label.text) + "</text>"
        }
        return lines
    }

    private func lanes(_ time: TimeScale) -> String {
        let lanes = AlarmLanes(pairs: rule.comparison.pairs, lineEnd: lineEnd, time: time, top: lanesTop)
        let oldY = lanesTop + AlarmLanes.lane - 2
        let newY = oldY + AlarmLanes.lane + AlarmLanes.gap
        return lanes.drawing()
            + "<text x=\"\(svg(left - 6))\" y=\"\(svg(oldY))\" text-anchor=\"end\">\(language.shortWord(.old))</text>"
            + "<text x=\"\(svg(left - 6))\" y=\"\(svg(newY))\" text-anchor=\"end\">\(language.shortWord(.new))</text>"
    }
}

/// The numbers that a kind compares with, drawn as lines, and the hold zones beside them.
struct SetPoints {
    var limits: [Double] = []
    var bands: [ClosedRange<Double>] = []

    init() {}

    init(_ rule: Rule) {
        switch rule.kind {
        case .threshold(let threshold): add(threshold.limit, threshold.deadband, above: threshold.looksUp)
        case .rateOfChange(let rate):
            switch rate.direction {
            case .rise: add(rate.limit, rate.deadband, above: true)
            case .fall: add(-rate.limit, rate.deadband, above: false)
            case .either:
                add(rate.limit, rate.deadband, above: true)
                add(-rate.limit, rate.deadband, above: false)
            }
        case .deviation(_, let limit, let deadband, _):
            add(limit, deadband, above: true)
            add(-limit, deadband, above: false)
        case .timeWeightedAverage(let limit, let deadband, _, _): add(limit, deadband, above: true)
        case .timeTo(let target):
            add(target.horizon.seconds, target.clearHorizon.seconds - target.horizon.seconds, above: false)
        case .vote(_, let needed, _, _), .count(_, let needed, _): limits = [Double(needed)]
        case .state(.states(let states)): limits = states.count <= 4 ? states : []
        case .state(.bit), .badQuality, .stale, .frozen, .expect, .ladder: break
        }
    }

    private mutating func add(_ limit: Double, _ deadband: Double, above: Bool) {
        limits.append(limit)
        guard deadband > 0 else { return }
        bands.append(above ? limit - deadband...limit : limit...limit + deadband)
    }

    var numbers: [Double] { limits + bands.flatMap { [$0.lowerBound, $0.upperBound] } }
}

extension PageLanguage {
    /// One short word where a drawing has no room for two languages.
    func shortWord(_ word: CompareWord) -> String {
        switch self {
        case .one(let language): word.text(language).lowercased()
        case .both: "\(word.text(.english).lowercased()) \(word.text(.chinese))"
        }
    }
}
