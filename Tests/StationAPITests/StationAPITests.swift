import Foundation
import PlantModel
import PlantTime
import StationAPI
import Testing

@Suite struct `The event stream, read back` {
    @Test func `is put together from its lines`() {
        var lines = EventLines()
        let text = [
            "retry: 1000", "", "event: beat", "data: {}", "", ": comment", "id: 4", "event: alarm", "data: a",
            "data: b", "", "event:beat", "data:", "",
        ]
        #expect(
            text.compactMap { lines.take($0) } == [
                StreamEvent(name: "beat", id: nil, data: "{}"), StreamEvent(name: "alarm", id: 4, data: "a\nb"),
                StreamEvent(name: "beat", id: nil, data: ""),
            ])
    }

    @Test func `a name without data is no event, and leaves nothing for the next`() {
        var lines = EventLines()
        let text = ["event: alarm", "id: 9", "", "data: x", ""]
        #expect(text.compactMap { lines.take($0) } == [StreamEvent(name: "message", id: nil, data: "x")])
    }
}

@Suite struct `A record of the API` {
    private static func answer(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> RecordAnswer {
        var members: [String: Any] = [
            "sequence": 7, "key": "demo/AT-101.HH/3/raise/0/1", "transition": "raise", "rule": "AT-101.HH",
            "occurrence": 3, "version": 1, "nth": 1, "stateBefore": "normal", "state": "unacknowledged",
            "priority": "HIGH", "colour": "orange", "point": "AT-101",
            "reading": ["value": 41.5, "unit": "ppm", "quality": "good"], "limit": ["kind": "HH", "value": 40.0],
            "occurredAt": "2026-11-24T00:30:01.000Z", "decidedAt": "2026-11-24T00:30:01.020Z",
            "marks": ["late", "a word of a newer station"],
            "guidance": ["zh-CN": ["action": "撤离"], "en": ["action": "leave the room"]], "respondWithinSeconds": 60,
        ]
        change(&members)
        return try JSONDecoder().decode(RecordAnswer.self, from: JSONSerialization.data(withJSONObject: members))
    }

    @Test func `becomes the journal's record again`() throws {
        let record = try #require(try Self.answer().record)
        #expect(record.site == "demo" && record.key == "demo/AT-101.HH/3/raise/0/1")
        #expect(record.value == 41.5 && record.unit == "ppm" && record.limit == 40 && record.kind == "HH")
        #expect(record.priority == .high && record.colour == .orange)
        #expect(record.markSet == .late)
        #expect(record.guidance.action == BilingualText(chinese: "撤离", english: "leave the room"))
        #expect(record.guidance.respondWithinSeconds == 60)
        #expect(record.decidedAt - record.occurredAt == .milliseconds(20))
    }

    @Test(arguments: [("priority", "URGENT"), ("colour", "pink"), ("occurredAt", "yesterday"), ("decidedAt", "")])
    func `is none when a word cannot be read`(member: String, word: String) throws {
        #expect(try Self.answer { $0[member] = word }.record == nil)
    }

    @Test func `keeps the plant's reading over an answer, and says who answered`() throws {
        let raised = try #require(try Self.answer().alarm(following: nil))
        #expect(raised.acknowledged == nil)
        let answered = try #require(
            try Self.answer {
                $0["transition"] = "acknowledge"
                $0["state"] = "acknowledged"
                $0["actor"] = "zhang"
                $0["reading"] = ["unit": "ppm", "quality": "good"]
                $0["occurredAt"] = "2026-11-24T00:31:00.000Z"
                $0["guidance"] = nil
            }.alarm(following: raised))
        #expect(answered.acknowledged?.by == "zhang" && answered.acknowledged?.at == "2026-11-24T00:31:00.000Z")
        #expect(answered.reading.value == 41.5, "an answer is no evidence")
        #expect(answered.occurredAt == raised.occurredAt, "the alarm is as old as its raise")
        #expect(answered.guidance?.action.english == "leave the room")
        #expect(try Self.answer { $0["state"] = "normal" }.alarm(following: answered) == nil)
    }
}
