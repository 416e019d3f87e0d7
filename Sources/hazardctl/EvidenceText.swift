import PlantModel
import PlantTime
import ReplayBench

/// What the core knew of the rule, and rows and events around the instant in one table in the order of time.
enum EvidenceText {
    private struct Entry {
        var instant: PlantInstant
        var what: String
        var number: String
        var quality: String
    }

    static func text(_ evidence: TestEvidence, of line: TestLine, _ text: TestText) -> String {
        let rows = evidence.rows.map { row in
            Entry(
                instant: row.time, what: text.table.tag(row.point),
                number: row.value.isNaN ? "-" : TestText.number(row.value),
                quality: ShownWord.quality(
                    row.quality.word.name,
                    reason: row.quality.reason == .unspecified ? nil : row.quality.reason.name, text.language))
        }
        let events = evidence.events.map { event in
            Entry(
                instant: event.occurredAt, what: text.name(event),
                number: event.value.isNaN ? "-" : TestText.number(event.value), quality: "")
        }
        let all = (rows + events).enumerated()
            .sorted { ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset) }.map(\.element)
        // The arrow stands at what was newest at the instant that the test asks for.
        let present = all.lastIndex { $0.instant <= evidence.instant }
        let table = TextTable(
            columns: [
                .init(""), .init(text.say(.time)), .init(text.say(.fromStart), isNumber: true), .init(text.say(.what)),
                .init(text.say(.number), isNumber: true), .init(text.say(.quality)),
            ],
            lines: all.enumerated().map { place, entry in
                .init([
                    place == present ? ">" : "", TimeText.utc(entry.instant), text.offset(entry.instant, of: line),
                    entry.what, entry.number, entry.quality,
                ])
            })
        // The last column is empty for events.
        let rowsAndEvents = table.text().split(separator: "\n").map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        let known = InspectionText.lines(
            evidence.inspection, of: text.table.rule(evidence.rule), on: line, text)
        return (known + rowsAndEvents).joined(separator: "\n")
    }
}

/// A golden journal and what came, line by line: `-` missing, `+` more, `!` different.
enum GoldenText {
    private static let linesMax = 40

    static func text(_ difference: GoldenDifference, _ text: TestText) -> String {
        var lines: [String] = []
        var hidden = 0
        for (place, line) in difference.lines.enumerated() {
            if case .same = line {
                guard isNear(place, difference.lines) else { continue }
            } else if lines.count >= linesMax {
                hidden += 1
                continue
            }
            guard lines.count < linesMax else { continue }
            switch line {
            case .same(let number, let line): lines.append("  \(padded(number))  \(line)")
            case .missing(let number, let line):
                lines.append("- \(padded(number))  \(line)  <- \(text.say(.missing))")
            case .extra(let number, let line): lines.append("+ \(padded(number))  \(line)  <- \(text.say(.extra))")
            case .changed(let number, let expected, let foundNumber, let found):
                lines.append("! \(padded(number))  \(expected)")
                lines.append("! \(padded(foundNumber))  \(found)  <- \(text.say(.changed))")
            }
        }
        if hidden > 0 { lines.append(text.say(.moreLines, ["count": "\(hidden)"])) }
        return lines.joined(separator: "\n")
    }

    /// Whether a line that agrees stands beside one that does not.
    private static func isNear(_ place: Int, _ lines: [GoldenDifference.Line]) -> Bool {
        [place - 1, place + 1].contains { neighbour in
            guard lines.indices.contains(neighbour) else { return false }
            if case .same = lines[neighbour] { return false }
            return true
        }
    }

    private static func padded(_ number: Int) -> String { CharacterWidth.padded("\(number)", to: 5, toTheRight: true) }
}
