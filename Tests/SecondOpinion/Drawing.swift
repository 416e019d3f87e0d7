package import PlantModel

/// A drawn time line of `Documentation/Rules`: `Documentation/Rules/README.md` says how one is read. The rows of time and
/// of samples are what happens; every other row is what must come of it, and can be drawn anew from them.
package struct Drawing {
    package struct Mistake: Error, CustomStringConvertible { package let description: String }

    private struct Column {
        var time: Int64
        /// The place of its last character in a line.
        var end: Int
    }

    private let labels: [String]
    private let lines: [String]
    private let columns: [Column]
    /// By point, in the order drawn: the cells of its row.
    private let samples: [(point: String, cells: [Int: String])]

    private static let labelWidth = 16
    private static let start: Int64 = 1_704_067_200_000
    private static let timeLabel = "time (s)"

    /// - Parameter points: tags of the recorded points that the rules name.
    package init(_ text: String, points: [String]) throws(Mistake) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        labels = lines.map { String($0.prefix(Self.labelWidth)).trimmingSpaces }
        guard let timeRow = labels.firstIndex(of: Self.timeLabel) else {
            throw Mistake(description: "no row \"\(Self.timeLabel)\"")
        }
        var columns: [Column] = []
        for (end, text) in Self.cells(of: lines[timeRow]) {
            guard let seconds = Double(text) else { throw Mistake(description: "time \"\(text)\" is no number") }
            columns.append(Column(time: Self.start + Int64((seconds * 1000).rounded()), end: end))
        }
        guard columns.count >= 2, zip(columns, columns.dropFirst()).allSatisfy({ $0.time < $1.time }) else {
            throw Mistake(description: "the times must rise from column to column")
        }
        self.columns = columns
        var samples: [(point: String, cells: [Int: String])] = []
        for (label, line) in zip(labels, lines) where points.contains(label) {
            var cells: [Int: String] = [:]
            for (end, text) in Self.cells(of: line) {
                guard columns.contains(where: { $0.end == end }) else {
                    throw Mistake(description: "row \(label): \"\(text)\" ends below no time")
                }
                cells[end] = text
            }
            samples.append((label, cells))
        }
        guard !samples.isEmpty else { throw Mistake(description: "no row of a point: \(points)") }
        self.samples = samples
    }

    /// Texts with the places of their last characters.
    private static func cells(of line: String) -> [(end: Int, text: String)] {
        var cells: [(Int, String)] = []
        var text = ""
        for (place, character) in (line + " ").enumerated().dropFirst(labelWidth) {
            if character != " " {
                text.append(character)
            } else if !text.isEmpty {
                cells.append((place - 1, text))
                text = ""
            }
        }
        return cells
    }

    // MARK: What happens

    /// The recording that it draws. A point that no rule knows moves the clock from the first time to the last.
    package func recording() throws(Mistake) -> String {
        var text = "time,point,value,quality\n"
        for column in columns {
            let time = UTCText.text(column.time)
            text += "\(time),CLOCK,0,GOOD\n"
            for (point, cells) in samples {
                for part in (cells[column.end] ?? "").split(separator: "/") {
                    text += "\(time),\(point),\(try Self.reading(String(part)))\n"
                }
            }
        }
        return text
    }

    private static func reading(_ text: String) throws(Mistake) -> String {
        if text == "x" { return ",BAD" }
        let number = text.hasPrefix("?") ? String(text.dropFirst()) : text
        guard Double(number) != nil else { throw Mistake(description: "sample \"\(text)\" is no number and no x") }
        return "\(number),\(text.hasPrefix("?") ? "UNCERTAIN" : "GOOD")"
    }

    // MARK: What must come of it

    /// The drawing as it must be.
    package func redrawn(rules: RuleSet, events: [EventLine], trace: Trace) throws(Mistake) -> String {
        let ids = Dictionary(uniqueKeysWithValues: rules.rules.map { ($0.id, $0) })
        var drawn: [String] = []
        var shown: Set<String> = []
        for (label, line) in zip(labels, lines) {
            let words = label.split(separator: " ").map(String.init)
            if label.hasSuffix("|") {
                drawn.append(try plot(label, rules.rules))
            } else if words.count == 2, let rule = ids[words[0]] {
                switch words[1] {
                case "zone":
                    drawn.append(try row(label, columns.map { trace.zone(of: rule.id, at: $0.time).map(String.init) }))
                case "delay": drawn.append(delays(of: rule.id, label, trace))
                case "value": drawn.append(try row(label, cells(of: rule.id, events) { Self.short($0.value) }))
                default: throw Mistake(description: "row \"\(label)\": zone, delay or value of rule \(rule.id)?")
                }
            } else if ids[label] != nil {
                drawn.append(try row(label, cells(of: label, events) { $0.event }))
                shown.insert(label)
            } else if label.isEmpty || label == Self.timeLabel || samples.contains(where: { $0.point == label }) {
                drawn.append(line)
            } else {
                throw Mistake(description: "row \"\(label)\" is neither a rule's nor a point's")
            }
        }
        for rule in rules.rules where !rule.isSilent && !shown.contains(rule.id) {
            throw Mistake(description: "rule \(rule.id) has no row of events")
        }
        try checkPlot()
        return drawn.joined(separator: "\n")
    }

    private func row(_ label: String, _ cells: [String?]) throws(Mistake) -> String {
        var line = label.padded(to: Self.labelWidth)
        for (column, cell) in zip(columns, cells) {
            guard let cell else { continue }
            let place = column.end + 1 - cell.count
            guard place > line.count || place == line.count && line.count == Self.labelWidth else {
                throw Mistake(description: "row \(label): no room for \"\(cell)\"; wider columns would do")
            }
            line = line.padded(to: place) + cell
        }
        return line.trimmedAtEnd
    }

    /// By column; an event between two columns is a mistake of the drawing.
    private func cells(
        of rule: String, _ events: [EventLine], _ text: (EventLine) -> String
    ) throws(Mistake) -> [String?] {
        let own = events.filter { $0.rule == rule }
        let times = columns.map { UTCText.text($0.time) }
        for event in own where !times.contains(event.time) {
            throw Mistake(description: "no time is drawn for the event \(event)")
        }
        return times.map { time in
            let here = own.filter { $0.time == time }.map(text)
            return here.isEmpty ? nil : here.joined(separator: "/")
        }
    }

    private func delays(of rule: String, _ label: String, _ trace: Trace) -> String {
        var line = label.padded(to: Self.labelWidth)
        var before: Character?
        for column in columns {
            line = line.padded(to: column.end, with: before ?? " ")
            let behind = trace.delay(of: rule, behind: column.time)
            let hasEnded = trace.hasEnded(rule, at: column.time) && before != nil
            line.append(hasEnded ? ">" : before != nil && behind == nil ? "x" : behind ?? " ")
            before = behind
        }
        return line.trimmedAtEnd
    }

    // MARK: The plot

    /// One height of the plot of the first point: `*` where its value is this, a dotted line where a rule has its limit.
    private func plot(_ label: String, _ rules: [Rule]) throws(Mistake) -> String {
        guard let height = Double(label.dropLast().trimmingSpaces) else {
            throw Mistake(description: "row \"\(label)\": the height is no number")
        }
        let name = label.dropLast().trimmingSpaces + " |"
        var line = String(repeating: " ", count: Self.labelWidth - name.count) + name
        var words: [String] = []
        for rule in rules where rule.point == samples[0].point {
            let (limit, edge) = rule.kind.edges
            if limit == height { words.append("limit of \(rule.id)") }
            if edge == height, edge != limit { words.append("\(rule.id) clears beyond") }
        }
        let filling: Character = words.isEmpty ? " " : "."
        for column in columns {
            let values = (samples[0].cells[column.end] ?? "").split(separator: "/").map {
                Double($0.drop { $0 == "?" })
            }
            line = line.padded(to: column.end, with: filling) + (values.contains(height) ? "*" : String(filling))
        }
        return (line.trimmedAtEnd + (words.isEmpty ? "" : "  " + words.joined(separator: ", ")))
    }

    /// A plot shows every usable value of its point.
    private func checkPlot() throws(Mistake) {
        let heights = labels.filter { $0.hasSuffix("|") }.compactMap { Double($0.dropLast().trimmingSpaces) }
        guard !heights.isEmpty else { return }
        for (_, text) in samples[0].cells {
            for part in text.split(separator: "/") {
                guard let value = Double(part.drop { $0 == "?" }), !heights.contains(value) else { continue }
                throw Mistake(description: "the plot has no height \(value) of \(samples[0].point)")
            }
        }
    }

    private static func short(_ value: Double) -> String {
        let rounded = (value * 1000).rounded() / 1000
        return RandomPlant.text(rounded)
    }
}

extension RuleKind {
    /// Its limit, and where its hold zone ends, on the scale of the point's own value.
    fileprivate var edges: (limit: Double?, clear: Double?) {
        switch self {
        case .threshold(let level):
            (level.limit, level.looksUp ? level.limit - level.deadband : level.limit + level.deadband)
        case .timeTo(let target): (target.limit, nil)
        case .timeWeightedAverage(let limit, _, _, _): (limit, nil)
        default: (nil, nil)
        }
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(String(drop { $0 == " " }.reversed()).drop { $0 == " " }.reversed())
    }

    fileprivate var trimmedAtEnd: String { String(String(reversed()).drop { $0 == " " }.reversed()) }

    fileprivate func padded(to width: Int, with filling: Character = " ") -> String {
        self + String(repeating: filling, count: Swift.max(0, width - count))
    }
}
