import Foundation
import PlantModel
import PlantTime
import Testing

@Suite struct `A record` {
    static let full = AlarmRecord(
        sequence: .max, key: "demo/NH3-101.HH/7/raise/0/1", site: "demo", transition: "raise", rule: "NH3-101.HH",
        kind: "HH", occurrence: .max, version: 2, level: 3, nth: 4, point: "NH3-101.conc",
        pointName: BilingualText(chinese: "氨浓度", english: "ammonia"), hazardSource: "HS-1",
        hazardSourceName: BilingualText(chinese: "罐区", english: nil), area: "A1", value: 0.1 + 0.2, unit: "ppm",
        quality: "uncertain", reason: "over-range", limit: 50, priority: .critical, colour: .red,
        stateBefore: "normal", stateAfter: "unacknowledged", duties: [.annunciate, .notify, .reportToPlatform],
        marks: [.late, .supersedes], occurredAt: WallTime(nanoseconds: 1_704_067_200_000_000_001),
        decidedAt: WallTime(nanoseconds: 1_704_067_200_000_000_002), raisedAt: WallTime(nanoseconds: -1),
        guidance: Guidance(
            cause: BilingualText(english: "a leak"), consequence: BilingualText(chinese: "中毒"),
            action: BilingualText(chinese: "撤离", english: "leave"), respondWithinSeconds: 60),
        actor: "li.wei", origin: "console 192.168.1.7", comment: "\"quoted\"\n氨", idempotencyKey: "k/1",
        refusal: "alarm-changed", inputSequence: .max, sampleArrival: .min, samplePublished: .max)

    static let bare = AlarmRecord(
        key: "k", site: "s", transition: "clear", rule: "r", kind: "L", occurrence: 1, version: 1, point: "p",
        value: nil, priority: .low, colour: .blue, stateBefore: "normal", stateAfter: "normal",
        occurredAt: WallTime(nanoseconds: 0), decidedAt: WallTime(nanoseconds: 0))

    @Test func `reads back as it was written, every field of it`() throws {
        for record in [Self.full, Self.bare] {
            let text = try JSONEncoder().encode(record)
            #expect(try JSONDecoder().decode(AlarmRecord.self, from: text) == record)
        }
        #expect(Self.full.dutySet == [.annunciate, .notify, .reportToPlatform])
        #expect(Self.full.markSet == [.late, .supersedes])
    }

    /// Journals of earlier releases are read by later ones: the words below are in their rows and in their SQL.
    @Test func `stands in journals under keys that never change`() throws {
        let tree = try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.full)) as? [String: Any] ?? [:]
        #expect(
            tree.keys.sorted() == [
                "actor", "area", "colour", "comment", "decidedAt", "duties", "guidance", "hazardSource",
                "hazardSourceName", "idempotencyKey", "inputSequence", "key", "kind", "level", "limit", "marks", "nth",
                "occurredAt", "occurrence", "origin", "point", "pointName", "priority", "quality", "raisedAt", "reason",
                "refusal", "rule", "sampleArrival", "samplePublished", "sequence", "site", "stateAfter", "stateBefore",
                "transition", "unit", "value", "version",
            ])
        #expect(tree["priority"] as? Int == 4 && tree["colour"] as? Int == 1)
        #expect(tree["duties"] as? Int == 67 && tree["marks"] as? Int == 17)
        #expect(tree["pointName"] as? [String: String] == ["zh-CN": "氨浓度", "en": "ammonia"])
        let guidance = tree["guidance"] as? [String: Any] ?? [:]
        #expect(guidance.keys.sorted() == ["action", "cause", "consequence", "respondWithinSeconds"])
    }

    @Test func `of a priority that no release knows is refused, never guessed`() throws {
        let text = String(decoding: try JSONEncoder().encode(Self.bare), as: UTF8.self)
        let wrong = text.replacingOccurrences(of: "\"priority\":1", with: "\"priority\":5")
        #expect(wrong != text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(AlarmRecord.self, from: Data(wrong.utf8)) }
    }
}

@Suite struct `A command` {
    @Test func `reads back from the input log as it was given`() throws {
        for version in [nil, 3] as [UInt32?] {
            for verb in OperatorCommand.Verb.allCases {
                let command = OperatorCommand(
                    verb, rule: "LT-1.H", occurrence: 2, version: version, actor: "li.wei",
                    origin: "hazardctl uid 1000",
                    comment: "氨", idempotencyKey: "k")
                let text = try JSONEncoder().encode(command)
                #expect(try JSONDecoder().decode(OperatorCommand.self, from: text) == command)
            }
        }
    }
}

@Suite struct `An event` {
    private func event(_ value: Double = .nan) -> AlarmEvent {
        let noon = PlantInstant(milliseconds: 1_700_000_000_000)
        return AlarmEvent(
            .raise, rule: RuleIndex(1), point: PointIndex(2), occurrence: 3, version: 4, nth: 5, level: 6,
            from: .normal, to: .unacknowledged, priority: .high, duties: [.annunciate], marks: [.late],
            refusal: .none, command: 7, value: value, quality: .good, occurredAt: noon, decidedAt: noon,
            sampleArrival: noon, samplePublished: noon, inputSequence: 8)
    }

    @Test func `without a number equals itself`() { #expect(event() == event()) }

    /// The comparison of a live run with its replay stands on this.
    @Test func `differs from another when any one field differs`() {
        let changes: [(inout AlarmEvent) -> Void] = [
            { $0.transition = .clear }, { $0.rule = RuleIndex(9) }, { $0.point = PointIndex(9) },
            { $0.occurrence = 9 }, { $0.version = 9 }, { $0.nth = 9 }, { $0.level = 9 },
            { $0.stateBefore = .acknowledged }, { $0.stateAfter = .acknowledged }, { $0.priority = .low },
            { $0.duties = [] }, { $0.marks = [] }, { $0.refusal = .alarmChanged }, { $0.command = 9 },
            { $0.value = 0 }, { $0.quality = .bad(.stale) }, { $0.occurredAt = .distantPast },
            { $0.decidedAt = .distantPast }, { $0.sampleArrival = .distantPast },
            { $0.samplePublished = .distantPast }, { $0.inputSequence = 9 },
        ]
        for (number, change) in changes.enumerated() {
            var other = event()
            change(&other)
            #expect(other != event(), "change \(number)")
        }
        #expect(event(0.0) != event(-0.0))
    }
}
