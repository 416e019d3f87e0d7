import PlantModel
import ReplayBench
import Testing

/// Rows in the middle of a long recording are read in one pass, those near its end with care: both must read the same.
@Suite struct `Rows read in one pass` {
    /// Behind the rows, so many unremarkable ones that the rows themselves are never near the end.
    private static let tail = String(repeating: "2024-01-01T00:00:00.000Z,LT-1,1,GOOD\n", count: 10)

    private func read(_ text: String) throws -> [RecordingRow] {
        var reader = try RecordingReader(
            ByteSource(text: "time,point,value,quality\n" + text, name: "rec.csv"),
            tags: ["LT-1", "P", "TANK-FARM-07.LEVEL"])
        var rows: [RecordingRow] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    private func same(_ left: RecordingRow, _ right: RecordingRow) -> Bool {
        left.time == right.time && left.point == right.point && left.quality == right.quality
            && left.value.bitPattern == right.value.bitPattern
    }

    @Test func `are the rows that care would have read`() throws {
        var numbers = SeededTexts(seed: 7)
        for round in 0..<2000 {
            let row = numbers.row()
            let day = "2024-01-01T00:00:00.000Z,LT-1,1,GOOD\n"
            // A day must be known before a row on it is usual; later rows of the same text are.
            let alone = Result { try read(day + row + "\n") }
            let inside = Result { try read(day + row + "\n" + Self.tail) }
            switch (alone, inside) {
            case (.success(let one), .success(let many)):
                #expect(one.count <= many.count && zip(one, many).allSatisfy(same), "round \(round): \(row)")
            case (.failure(let one), .failure(let many)):
                #expect("\(one)" == "\(many)", "round \(round): \(row)")
            default: Issue.record("round \(round): only one of them takes \(row)")
            }
        }
    }

    @Test func `have the nearest double, whatever their digits`() throws {
        var numbers = SeededTexts(seed: 11)
        var texts: [String] = []
        for _ in 0..<5000 { texts.append(numbers.decimal()) }
        let rows = try read(texts.map { "2024-01-01T00:00:00.000Z,P,\($0),GOOD\n" }.joined() + Self.tail)
        for (text, row) in zip(texts, rows) {
            #expect(row.value.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }

    @Test func `never run over the end of a line`() throws {
        let text = "2024-01-01T00:00:01.000Z,LT-1\n2024-01-01T00:00:02.000Z,5,GOOD\n"
        #expect(throws: RecordingMistake.self) { try read("2024-01-01T00:00:00.000Z,P,1,GOOD\n" + text + Self.tail) }
    }
}

/// Random rows, most of them sound.
private struct SeededTexts {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private mutating func next(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    private mutating func pick(_ choices: [String]) -> String { choices[next(choices.count)] }

    /// Up to 25 digits with a point anywhere among them, or none.
    mutating func decimal() -> String {
        var text = pick(["", "", "-"])
        let digits = 1 + next(next(3) == 0 ? 25 : 17)
        let point = next(digits + 3)
        for place in 0..<digits {
            if place == point, place > 0 { text += "." }
            text += "\(next(10))"
        }
        return text
    }

    mutating func row() -> String {
        let time = pick([
            "2024-01-01T12:34:56.789Z", "2024-01-01T23:59:59.999Z", "2024-01-01T24:00:00.000Z",
            "2024-01-01T00:60:00.000Z", "2024-01-01T00:00:6 .000Z", "2024-01-01T0:00:00.0000Z",
            "2024-01-02T00:00:00.000Z", "2024-01-01T00:00:00.000+08:00", "2024-01-01T00:00:00Z",
            "2024-01-01T00:00:05.00:Z", "2024-01-01T12-34:56.789Z",
        ])
        let tag = pick(["LT-1", "P", "TANK-FARM-07.LEVEL", "TANK-FARM-07.LEVEL2", "", "elsewhere", "12345678"])
        let value =
            next(3) == 0
            ? pick(["", "fault", "nan", "1e15", " 5", "5 ", "+5", ".5", "5.", "-", "1.2.3", "inf"]) : decimal()
        let word = pick(["GOOD", "GOOD", "BAD", "UNCERTAIN", "GOOD\r", "BAD\r", "GOODY", "UNCERTAIX", "good", ""])
        return "\(time),\(tag),\(value),\(word)"
    }
}
