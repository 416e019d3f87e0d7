import AlarmLogic
import PlantTime

/// Alarms per ten minutes, old against new, with the line above which it is a flood.
struct RatePlot {
    var old: AlarmFigures
    var new: AlarmFigures
    var language: PageLanguage
    var utcOffsetSeconds: Int

    private let width = 960.0
    private let height = 190.0
    private let left = 44.0
    private let right = 14.0

    func drawing() -> String {
        let binCount = max(old.bins.count, new.bins.count)
        let end = old.binStart + .milliseconds(Int64(binCount) * AlarmPerformance.binMilliseconds)
        let time = TimeScale(from: old.binStart, to: end, start: left, end: width - right)
        let columns = min(binCount, 300)
        let oldColumns = thinned(old.bins, to: columns, of: binCount)
        let newColumns = thinned(new.bins, to: columns, of: binCount)
        let most = max(oldColumns.max() ?? 0, newColumns.max() ?? 0, old.binLimit + 2)
        let up = PlotScale(low: 0, high: Double(most) * 1.08, start: height - 30, end: 12)
        var parts = [Axes.grid(up, from: left, to: width - right, about: 4) { "\(Int($0))" }]
        parts.append(Axes.time(time, at: height - 30, utcOffsetSeconds: utcOffsetSeconds))
        let step = (width - left - right) / Double(columns)
        for (place, raises) in newColumns.enumerated() where raises > 0 {
            let y = up.place(Double(raises))
            let gap = step > 4 ? 1.0 : 0
            parts.append(
                "<rect class=\"new\" x=\"\(svg(left + Double(place) * step + gap / 2))\" y=\"\(svg(y))\" "
                    + "width=\"\(svg(max(1, step - gap)))\" height=\"\(svg(up.start - y))\"/>")
        }
        var path = "M\(svg(left)) \(svg(up.place(Double(oldColumns.first ?? 0))))"
        for (place, raises) in oldColumns.enumerated() {
            path += "V\(svg(up.place(Double(raises))))H\(svg(left + Double(place + 1) * step))"
        }
        parts.append("<path class=\"old line\" d=\"\(path)\"/>")
        let limit = up.place(Double(old.binLimit) + 0.5)
        parts.append(
            "<path class=\"limit\" d=\"M\(svg(left)) \(svg(limit))H\(svg(width - right))\"/>"
                + "<text class=\"limit\" x=\"\(svg(width - right))\" y=\"\(svg(limit - 4))\" text-anchor=\"end\">"
                + HTML.escaped(language.plain(.floodLimit, ["limit": "\(old.binLimit)"])) + "</text>")
        let title = HTML.escaped(language.plain(.ratePlot))
        return "<svg viewBox=\"0 0 \(svg(width)) \(svg(height))\" role=\"img\" aria-label=\"\(title)\">"
            + parts.joined(separator: "\n") + "</svg>"
    }

    /// The fullest bin of each column.
    private func thinned(_ bins: [Int], to columns: Int, of count: Int) -> [Int] {
        var thin = Array(repeating: 0, count: columns)
        for (place, raises) in bins.enumerated() {
            let column = min(columns - 1, place * columns / max(1, count))
            thin[column] = max(thin[column], raises)
        }
        return thin
    }
}

/// Lines and labels that all drawings share.
enum Axes {
    static func grid(
        _ up: PlotScale, from left: Double, to right: Double, about count: Int, label: (Double) -> String
    ) -> String {
        up.ticks(about: count).map { tick in
            let y = up.place(tick)
            return "<path class=\"grid\" d=\"M\(svg(left)) \(svg(y))H\(svg(right))\"/>"
                + "<text x=\"\(svg(left - 6))\" y=\"\(svg(y + 4))\" text-anchor=\"end\">\(HTML.escaped(label(tick)))</text>"
        }.joined()
    }

    static func time(_ scale: TimeScale, at y: Double, utcOffsetSeconds: Int, gridTo top: Double? = nil) -> String {
        var text = "<path class=\"axis\" d=\"M\(svg(scale.start)) \(svg(y))H\(svg(scale.end))\"/>"
        for tick in scale.ticks(utcOffsetSeconds: utcOffsetSeconds) {
            if let top {
                text += "<path class=\"grid\" d=\"M\(svg(tick.place)) \(svg(top))V\(svg(y))\"/>"
            }
            text += "<path class=\"axis\" d=\"M\(svg(tick.place)) \(svg(y))v4\"/>"
            text += "<text x=\"\(svg(tick.place))\" y=\"\(svg(y + 17))\" text-anchor=\"middle\">\(tick.label)</text>"
        }
        return text
    }
}
