import PlantModel

/// Reads the input that stands in a test itself: rows as a recording has them, or series drawn in columns.
struct TestRowsReader {
    let names: TestNames
    let findings: Findings
    /// The lines of the file, for columns within a block of text.
    let lines: [Substring]

    /// What one test may hold.
    static let rowsMax = 1_000_000
    private static let header = "time,point,value,quality"

    // MARK: Rows

    /// `rows: |`, then `time,point,value[,quality]` on each line.
    func rows(_ setting: Setting) -> [RuleTestRow]? {
        guard case .scalar(let text, isPlain: false) = setting.shape else {
            findings.error(
                at: setting.place, "rows must be a block of text (rows: |) with lines time,point,value[,quality]")
            return nil
        }
        let mistakes = findings.errorCount
        var rows: [RuleTestRow] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) || (rows.isEmpty && line == Self.header) { continue }
            let place = place(ofLine: setting.place.line + 1 + number, in: setting)
            guard let row = row(line, at: place) else { continue }
            if let last = rows.last, let (before, after) = Self.comparable(last.time, row.time), after < before {
                findings.error(at: place, "a row stands behind a later one; rows stand in the order of time")
            }
            rows.append(row)
        }
        if rows.isEmpty, findings.errorCount == mistakes { findings.error(at: setting.place, "rows holds no row") }
        return findings.errorCount == mistakes ? rows : nil
    }

    private func row(_ line: Substring, at place: SourceLocation) -> RuleTestRow? {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " } }
        var column = 0
        var places: [SourceLocation] = []
        for (field, raw) in zip(fields, line.split(separator: ",", omittingEmptySubsequences: false)) {
            let start = place.column + column + raw.count - field.count
            places.append(SourceLocation(file: place.file, line: place.line, column: start))
            column += raw.count + 1
        }
        guard fields.count == 3 || fields.count == 4 else {
            findings.error(
                at: place, "a row is time,point,value or time,point,value,quality; found \(fields.count) columns")
            return nil
        }
        guard let time = TestTimeText.time(fields[0]) else {
            findings.error(at: places[0], "expected a time, \(TestTimeText.advice); found \"\(fields[0])\"")
            return nil
        }
        let tag = String(fields[1])
        if let objection = names.objection(toRowOf: tag) {
            findings.error(at: places[1], objection)
            return nil
        }
        let words = Quality.Word.allCases
        let word = fields.count == 4 ? words.first { $0.name.uppercased() == fields[3] } : .good
        guard let word else {
            findings.error(at: places[3], "quality \"\(fields[3])\" is none of GOOD, UNCERTAIN, BAD")
            return nil
        }
        let value = TableReader.decimal(String(fields[2])) ?? .nan
        return RuleTestRow(time: time, point: tag, value: value, quality: word)
    }

    private func place(ofLine number: Int, in setting: Setting) -> SourceLocation {
        let indent = lines.indices.contains(number - 1) ? lines[number - 1].prefix { $0 == " " }.count : 0
        return SourceLocation(file: setting.place.file, line: number, column: indent + 1)
    }

    /// Both as numbers when they count from the same origin.
    private static func comparable(_ left: RuleTestTime, _ right: RuleTestTime) -> (Int64, Int64)? {
        switch (left, right) {
        case (.instant(let left), .instant(let right)), (.offset(let left), .offset(let right)): (left, right)
        case (.instant, .offset), (.offset, .instant): nil
        }
    }

    // MARK: Series

    /// `series: {TAG: "8 26x2 9+4x12 ? _x10"}`: one column per step of `every`.
    func rows(series: [Setting.Entry], every step: Int64) -> [RuleTestRow]? {
        let mistakes = findings.errorCount
        var columns: [(tag: String, samples: [Sample?])] = []
        var total = 0
        for entry in series {
            if let objection = names.objection(toRowOf: entry.key) { findings.error(at: entry.keyPlace, objection) }
            guard var line = TestSentence(entry.value, what: "series \(entry.key)", findings: findings) else {
                continue
            }
            var samples: [Sample?] = []
            while let word = line.word() {
                guard let more = Self.samples(word.text) else {
                    findings.error(
                        at: line.location(of: word),
                        "expected a value such as 26, 26x5, 9+4x12, 26~ (uncertain), ? (bad) or _ (no row), "
                            + "found \"\(word.text)\"")
                    continue
                }
                total += more.count
                guard total <= Self.rowsMax else {
                    findings.error(at: line.location(of: word), "a test holds at most \(Self.rowsMax) rows")
                    return nil
                }
                samples += more
            }
            columns.append((entry.key, samples))
        }
        guard findings.errorCount == mistakes else { return nil }
        let length = columns.map(\.samples.count).max() ?? 0
        var rows: [RuleTestRow] = []
        for place in 0..<length {
            for (tag, samples) in columns where place < samples.count {
                guard let sample = samples[place] else { continue }
                rows.append(
                    RuleTestRow(
                        time: .offset(Int64(place) * step), point: tag, value: sample.value, quality: sample.quality))
            }
        }
        return rows
    }

    private struct Sample {
        var value: Double
        var quality: Quality.Word
    }

    /// What one word stands for; an element is nil where no row comes.
    private static func samples(_ word: String) -> [Sample?]? {
        guard let match = word.wholeMatch(of: /(.+?)(?:x([0-9]{1,7}))?/) else { return nil }
        let count = match.output.2.flatMap { Int($0) } ?? 1
        guard (1...rowsMax).contains(count) else { return nil }
        switch match.output.1 {
        case "?": return Array(repeating: Sample(value: .nan, quality: .bad), count: count)
        case "_": return Array(repeating: nil, count: count)
        default: break
        }
        let number = /[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/
        guard let start = match.output.1.prefixMatch(of: number), let first = Double(start.output) else { return nil }
        var rest = match.output.1[start.range.upperBound...]
        var step = 0.0
        if let sign = rest.first, sign == "+" || sign == "-" {
            guard match.output.2 != nil, let rise = rest.prefixMatch(of: number), let value = Double(rise.output)
            else { return nil }
            step = value
            rest = rest[rise.range.upperBound...]
        }
        guard first.isFinite, step.isFinite, rest.isEmpty || rest == "~" else { return nil }
        let quality = rest.isEmpty ? Quality.Word.good : .uncertain
        return (0..<count).map { Sample(value: first + Double($0) * step, quality: quality) }
    }
}
