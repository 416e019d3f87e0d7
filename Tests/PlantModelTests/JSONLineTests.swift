import Foundation
import PlantModel
import PlantTime
import Testing

/// What is written by hand must be what a coder would write: the journal's chain is made over it.
@Suite struct `A record's line` {
    private static func coded(_ record: AlarmRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(record), as: UTF8.self)
    }

    private static let texts = [
        "", "NH3-101.HH", "氨制冷机房 ammonia", "quote \" and \\ and / and \u{8}\u{c}\n\r\t", "\u{0}\u{1}\u{1f}\u{7f}",
        "é🚒\u{2028}",
    ]
    private static let numbers: [Double] = [
        0, -0.0, 1, -1, 51.5, 0.1, 1e16, 1e-7, 1.7976931348623157e308, .leastNonzeroMagnitude, 123_456_789.123, 1e15,
    ]

    @Test(arguments: 0..<200) func `is what a coder writes, whatever stands in it`(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        func text() -> String { Self.texts[draw(Self.texts.count)] }
        func maybe<Value>(_ value: @autoclosure () -> Value) -> Value? { draw(3) == 0 ? nil : value() }
        func names() -> BilingualText { BilingualText(chinese: maybe(text()), english: maybe(text())) }
        func wall() -> WallTime { WallTime(nanoseconds: Int64(bitPattern: state)) }
        let record = AlarmRecord(
            sequence: UInt64(draw(3)) &* .max, key: text(), site: text(), transition: text(), rule: text(),
            kind: text(),
            occurrence: .max, version: UInt32(draw(9)), level: UInt8(draw(200)), nth: 7, point: text(),
            pointName: names(), hazardSource: text(), hazardSourceName: names(), area: text(),
            value: maybe(Self.numbers[draw(Self.numbers.count)]), unit: text(), quality: text(), reason: maybe(text()),
            limit: maybe(Self.numbers[draw(Self.numbers.count)]), limitWritten: maybe(text()),
            priority: Priority.allCases[draw(4)], colour: WarningColour.allCases[draw(4)], stateBefore: text(),
            stateAfter: text(), duties: Duties(rawValue: UInt16(draw(65_536))), marks: [.late], occurredAt: wall(),
            decidedAt: wall(), raisedAt: maybe(wall()),
            guidance: Guidance(
                cause: names(), consequence: names(), action: names(), respondWithinSeconds: maybe(draw(600))),
            actor: maybe(text()), origin: maybe(text()), comment: maybe(text()), idempotencyKey: maybe(text()),
            refusal: maybe(text()), inputSequence: state, sampleArrival: Int64(bitPattern: state),
            samplePublished: .min)
        #expect(record.line == (try Self.coded(record)))
        let again = try JSONDecoder().decode(AlarmRecord.self, from: Data(record.line.utf8))
        #expect(again == record)
    }

    @Test func `leaves out a number that is none`() throws {
        var record = AlarmRecord(
            key: "k", site: "s", transition: "raise", rule: "r", kind: "H", occurrence: 1, version: 1, point: "p",
            value: .nan, limit: .infinity, priority: .high, colour: .orange, stateBefore: "normal",
            stateAfter: "unacknowledged", occurredAt: WallTime(nanoseconds: 1), decidedAt: WallTime(nanoseconds: 2))
        let line = record.line
        #expect(!line.contains("\"value\"") && !line.contains("\"limit\""))
        record.value = nil
        record.limit = nil
        #expect(line == (try Self.coded(record)))
    }
}
