import Foundation
import PlantModel
import StationAPI
import Testing

@testable import hazardctl

@Suite struct `Columns of a terminal` {
    @Test(arguments: [
        ("AT-101", 6), ("机房氨", 6), ("NH3 氨", 6), ("", 0), ("mg/m³", 5), ("≥ 40", 4), ("e\u{301}", 1), ("。\u{FF0C}", 4),
        ("→", 1), ("한글", 4), ("😀", 2), ("a\u{200B}b", 2),
    ])
    func `a Chinese character takes two`(text: String, columns: Int) {
        #expect(CharacterWidth.columns(text) == columns)
    }

    @Test(arguments: [("机房氨浓度", 10, "机房氨浓度"), ("机房氨浓度", 9, "机房氨浓…"), ("机房氨浓度", 8, "机房氨…"), ("abcdef", 4, "abc…")])
    func `a cut text never takes more than its room`(text: String, room: Int, cut: String) {
        #expect(CharacterWidth.cut(text, to: room) == cut)
        #expect(CharacterWidth.columns(cut) <= room)
    }

    @Test func `rows of both languages stand under each other`() {
        let table = TextTable(
            columns: [.init("状态"), .init("VALUE", isNumber: true), .init("名称")],
            lines: [
                .init(["未确认", "41.3", "机房氨"]), .init(["ack", "8", "LT-1203"], colour: 1, below: "→ 撤离"),
            ])
        #expect(
            table.text() == """
                状态    VALUE  名称
                未确认   41.3  机房氨
                ack         8  LT-1203
                    → 撤离
                """)
        #expect(table.text(inColour: true).contains("\u{1B}[1;97;48;5;160mack   \u{1B}[0m      8"))
    }
}

@Suite struct `Numbers and spans` {
    @Test(arguments: [
        "0", "-1", "41.3", "9007199254740993", "-9223372036854775808", "9223372036854775807", "18446744073709551615",
    ])
    func `pass through an answer as they are`(text: String) throws {
        let tree = try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8))
        #expect(String(decoding: try JSONEncoder().encode(tree), as: UTF8.self) == text)
    }

    @Test(arguments: [
        (41.3, 40.0, "41.3"), (39.96, 40, "39.96"), (39.999_6, 40, "39.9996"), (40, 40, "40"),
        (40.000_4, 40, "40.0004"),
        (0.1 + 0.2, 1, "0.3"), (1234.567, 1000, "1234.6"), (-5.25, -5, "-5.25"),
    ])
    func `a value never prints on the other side of its limit`(value: Double, limit: Double, text: String) throws {
        #expect(ShownText.number(value, limit: limit) == text)
        let printed = try #require(Double(text))
        #expect((printed < limit) == (value < limit) && (printed > limit) == (value > limit))
    }

    @Test(arguments: [
        (0.44, "0.4 s"), (9.94, "9.9 s"), (59.9, "59 s"), (67, "1:07"), (7389, "2:03:09"), (273_600, "3 d 4 h"),
        (-3, "0 s"),
    ])
    func `spans read as a person says them`(seconds: Double, text: String) {
        #expect(ShownText.span(seconds: seconds) == text)
    }

    @Test func `times are the site's, with the date unless it is today`() throws {
        let clock = try #require(StationClock(time: "2026-11-24T00:31:12.000Z", offsetSeconds: 8 * 3600))
        #expect(clock.shownNow == "08:31:12 +08:00")
        #expect(clock.shown("2026-11-23T16:00:00.000Z") == "00:00:00")
        #expect(clock.shown("2026-11-23T15:59:59.000Z") == "2026-11-23 23:59:59")
        #expect(clock.ageSeconds(of: "2026-11-24T00:30:05.500Z") == 66.5)
    }

    @Test func `a bad reading has no number`() {
        let bad = AlarmAnswer.Reading(value: 41.3, unit: "mg/m3", quality: "bad", reason: "link-down")
        #expect(ShownText.reading(bad, limit: 40, .english) == "? link-down")
    }

    @Test func `fields with commas, quotes and line ends are quoted`() {
        #expect(CSVText.line(["a", "b,c", "d\"e", "f\ng", ""]) == "a,\"b,c\",\"d\"\"e\",\"f\ng\",")
    }
}

@Suite struct `The words of hazardctl` {
    @Test(arguments: Language.allCases) func `are all there`(language: Language) {
        #expect(Set(Phrase.table(language).keys) == Set(Phrase.allCases))
    }

    @Test(arguments: Phrase.allCases) func `name the same things in both languages`(phrase: Phrase) throws {
        let places = { (text: String) in Set(text.matches(of: /\{\w+\}/).map { String($0.output) }) }
        #expect(places(try #require(Phrase.chinese[phrase])) == places(try #require(Phrase.english[phrase])))
    }

    @Test func `are all used`() throws {
        let room = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/hazardctl")
        let text = try FileManager.default.contentsOfDirectory(at: room, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "swift" && !$0.lastPathComponent.hasPrefix("Language") }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for phrase in Phrase.allCases {
            #expect(text.firstMatch(of: try Regex("\\.\(phrase)\\b")) != nil, "\(phrase)")
        }
    }

    @Test(arguments: [
        (["LC_ALL": "zh_CN.UTF-8", "LANG": "en_US"], Language.chinese), (["LANG": "zh_TW"], .chinese),
        (["LC_ALL": "", "LC_MESSAGES": "en_GB", "LANG": "zh_CN"], .english), (["LANG": "C"], .english), ([:], .english),
    ])
    func `follow the shell`(environment: [String: String], language: Language) {
        #expect(Language.ofShell { environment[$0] } == language)
    }
}

@Suite struct `The picture of open alarms` {
    private func record(_ transition: String, sequence: UInt64, state: String, actor: String? = nil) throws
        -> RecordAnswer
    {
        let text = """
            {"sequence":\(sequence),"key":"k","transition":"\(transition)","rule":"A","occurrence":7,"version":\(sequence),
            "nth":1,"stateBefore":"normal","marks":[],"state":"\(state)","priority":"HIGH","colour":"orange","point":"AT","reading":{"value":\(sequence),"unit":"m",
            "quality":"good"},"limit":{"kind":"H","value":1},"occurredAt":"2026-11-24T00:30:0\(sequence).000Z",
            "decidedAt":"2026-11-24T00:30:05.131Z"\(actor.map { ",\"actor\":\"\($0)\"" } ?? "")}
            """
        return try JSONDecoder().decode(RecordAnswer.self, from: Data(text.utf8))
    }

    @Test func `follows an alarm from raise to return, and keeps the plant's reading over an answer`() throws {
        var board = AlarmBoard(AlarmListAnswer(sequence: 0, alarms: []))
        board.apply(try record("raise", sequence: 1, state: "unacknowledged"))
        #expect(board.unansweredCount == 1)
        board.apply(try record("acknowledge", sequence: 2, state: "acknowledged", actor: "li"))
        #expect(board.unansweredCount == 0)
        let alarm = try #require(board.inOrder.first)
        #expect(alarm.acknowledged?.by == "li")
        #expect(alarm.reading.value == 1)
        #expect(alarm.occurredAt == "2026-11-24T00:30:01.000Z")
        board.apply(try record("clear", sequence: 3, state: "normal"))
        #expect(board.openCount == 0)
        #expect(board.sequence == 3)
    }

    @Test func `an event seen twice changes nothing`() throws {
        var board = AlarmBoard(AlarmListAnswer(sequence: 0, alarms: []))
        let raise = try record("raise", sequence: 1, state: "unacknowledged")
        board.apply(raise)
        board.apply(try record("clear", sequence: 2, state: "normal"))
        board.apply(raise)
        #expect(board.openCount == 0)
    }

    @Test func `shows only the priorities that were asked for, yet knows how far the journal is`() throws {
        var board = AlarmBoard(AlarmListAnswer(sequence: 0, alarms: []), priorities: ["CRITICAL"])
        board.apply(try record("raise", sequence: 1, state: "unacknowledged"))
        #expect(board.openCount == 0)
        #expect(board.sequence == 1)
    }
}
