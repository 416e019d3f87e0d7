import PlantModel
import ReplayBench
import Testing

private let someRules = RuleSet(entries: [
    .derived(
        DerivedPoint(
            name: "twice", operation: .linear(scale: 2, offset: 0), inputs: ["LT-1"], maxAge: nil,
            location: SourceLocation(file: "r.yaml", line: 1, column: 1))),
    .rule(Rule(id: "LT-1.H", point: "LT-1", kind: .threshold(.init(level: .H, limit: 10)), priority: .high)),
    .rule(Rule(id: "odd,name", point: "twice", kind: .threshold(.init(level: .H, limit: 21)), priority: .high)),
])

private func sheet(_ rows: String) throws -> String {
    let text = "time,point,value,quality\n" + rows
    return String(
        decoding: try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv")).sheet, as: UTF8.self)
}

@Suite struct `A recording` {
    @Test(arguments: [
        (
            "yesterday,LT-1,1,GOOD",
            "2:1: error: time \"yesterday\" cannot be read; write it as 2024-01-01T00:00:00.000Z"
        ),
        (
            "2024-02-30T00:00:00.000Z,LT-1,1,GOOD",
            "2:1: error: time \"2024-02-30T00:00:00.000Z\" cannot be read; write it as 2024-01-01T00:00:00.000Z"
        ),
        (
            "9999-01-01T00:00:00.000Z,LT-1,1,GOOD",
            "2:1: error: time \"9999-01-01T00:00:00.000Z\" is outside the years 1700 to 2200"
        ),
        (
            "2024-01-01T00:00:00.000Z,LT-1,1",
            "2:1: error: the row has 3 columns; it must have 4: time,point,value,quality"
        ),
        (
            "2024-01-01T00:00:00.000Z,LT-1,1,GOOD,x",
            "2:1: error: the row has 5 columns; it must have 4: time,point,value,quality"
        ),
        ("", "2:1: error: the row has 1 column; it must have 4: time,point,value,quality"),
        ("2024-01-01T00:00:00.000Z,LT-1,1,good", "2:33: error: quality \"good\" is none of GOOD, UNCERTAIN, BAD"),
        ("2024-01-01T00:00:00.000Z,LT-1,1,", "2:33: error: quality (empty) is none of GOOD, UNCERTAIN, BAD"),
        ("2024-01-01T00:00:00.000Z,,1,GOOD", "2:26: error: the point is missing"),
        (
            "2024-01-01T00:00:00.000Z,twice,1,GOOD",
            "2:26: error: point \"twice\" is derived by the rules; it is computed, not recorded"
        ),
    ])
    func `ends at its first mistake, with one line that says where`(_ row: String, _ message: String) throws {
        let mistake = #expect(throws: RecordingMistake.self) { _ = try sheet(row + "\n") }
        #expect(mistake?.description == "rec.csv:\(message)")
    }

    @Test(arguments: ["", "when,what\n", "TIME,POINT,VALUE,QUALITY\n"])
    func `needs its first line`(_ text: String) {
        #expect(throws: RecordingMistake.self) {
            _ = try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv"))
        }
    }

    @Test func `that cannot be opened is refused in one line`() {
        let mistake = #expect(throws: RecordingMistake.self) { _ = try ByteSource(path: "/nowhere/rec.csv").name }
        #expect(mistake?.description == "/nowhere/rec.csv: error: cannot be opened: No such file or directory")
    }

    @Test(arguments: ["", "n/a", "nan", "inf", "1e999", "0x20", "1_000", "--5", "1e", "."])
    func `takes a text that is no finite number for a bad row`(_ value: String) throws {
        let rows = """
            2024-01-01T00:00:00.000Z,LT-1,12,GOOD
            2024-01-01T00:00:01.000Z,LT-1,\(value),GOOD
            2024-01-01T00:00:02.000Z,LT-1,5,GOOD
            """
        #expect(
            try sheet(rows) == """
                time,rule,point,event,value
                2024-01-01T00:00:00.000Z,LT-1.H,LT-1,raise,12
                2024-01-01T00:00:00.000Z,"odd,name",twice,raise,24
                2024-01-01T00:00:02.000Z,LT-1.H,LT-1,clear,5
                2024-01-01T00:00:02.000Z,"odd,name",twice,clear,10

                """)
    }

    @Test(arguments: [
        ("12", 12), ("12.5", 12.5), ("1e15", 1e15), ("+1.25E1", 12.5), ("012.50", 12.5), ("99.", 99),
        ("12.3456789012345678901", 12.34567890123456789), ("123456789012345678901234", 1.23456789012345678901234e23),
        ("1e300", 1e300), ("12e-300", 0), (" 12 ", 12), ("17.000000000000004", 17.000000000000004),
    ])
    func `reads numbers as the nearest double`(_ text: String, _ number: Double) throws {
        let found = try sheet("2024-01-01T00:00:00.000Z,LT-1,\(text),GOOD\n").split(separator: "\n").dropFirst().first
        if number < 10 {
            #expect(found == nil)
        } else {
            let value = try #require(found?.split(separator: ",").last.flatMap { Double($0) })
            #expect(value == number)
        }
    }

    @Test func `may end its lines as Windows does, and begin with a byte order mark`() throws {
        let text = "\u{FEFF}time,point,value,quality\r\n2024-01-01T00:00:00.000Z,LT-1,12,GOOD\r\n"
        #expect(try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv")).events == 2)
    }

    @Test func `drops and counts a row older than the newest before it`() throws {
        let text = """
            time,point,value,quality
            2024-01-01T00:00:02.000Z,elsewhere,1,GOOD
            2024-01-01T00:00:01.999Z,LT-1,12,GOOD
            2024-01-02T00:00:00.000Z,LT-1,5,GOOD
            """
        let report = try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv"))
        #expect(report.rows == 3)
        #expect(report.rowsDropped == 1)
        #expect(report.events == 0)
    }

    @Test func `damaged at any place ends with one line or plays, and never otherwise`() {
        let sound = """
            time,point,value,quality
            2024-01-01T00:00:00.000Z,LT-1,12.5,GOOD
            2024-01-01T00:00:01.500Z,LT-1,-3e2,UNCERTAIN
            2024-01-01T23:59:59.999Z,LT-1,,BAD

            """
        var refused = 0
        for place in 0..<sound.utf8.count {
            for byte in [UInt8(0), 0x0A, 0x22, 0x2C, 0x2D, 0x39, 0x45, 0xFF] {
                var bytes = Array(sound.utf8)
                bytes[place] = byte
                do {
                    _ = try Replay(rules: someRules).run(ByteSource(bytes: bytes, name: "rec.csv"))
                } catch {
                    refused += 1
                    #expect(error is RecordingMistake && !"\(error)".contains("\n"), "place \(place), byte \(byte)")
                }
            }
        }
        #expect(refused > 500)
    }

    @Test func `gives the same bytes every time`() throws {
        let rows = (0..<500).map { second in
            "2024-01-01T00:\(second / 60 < 10 ? "0" : "")\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60).000Z,LT-1,\(second * 7 % 13),GOOD"
        }
        let text = "time,point,value,quality\n" + rows.joined(separator: "\n")
        let first = try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv"))
        #expect(try Replay(rules: someRules).run(ByteSource(text: text, name: "rec.csv")) == first)
        #expect(first.events > 100)
    }
}

@Suite struct `Comparing sheets of events` {
    private static let expected = "time,rule,point,event,value\nT,R,P,raise,10\n"

    @Test(arguments: [
        ("time,rule,point,event,value\nT,R,P,raise,10.000009\n", true),
        ("time,rule,point,event,value\nT,R,P,raise,1e1\n", true),
        ("time,rule,point,event,value\nT,R,P,raise,10.00002\n", false),
        ("time,rule,point,event,value\nT,R,P,clear,10\n", false),
        ("time,rule,point,event,value\n", false),
        ("time,rule,point,event,value\nT,R,P,raise,10\nT,R,P,clear,1\n", false),
    ])
    func `allows for rounding in the value and for nothing else`(_ found: String, _ agrees: Bool) {
        #expect((EventComparison.firstDifference(expected: Self.expected, found: found) == nil) == agrees)
    }
}
