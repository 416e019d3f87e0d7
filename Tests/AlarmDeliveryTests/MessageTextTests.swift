import PlantModel
import PlantTime
import StationPorts
import Testing

@testable import AlarmDelivery

/// The body is written by hand, member by member: a coder must find nothing else to write.
@Suite struct `The body of a message` {
    @Test func `is what a coder writes`() throws {
        let wall = WallTime(milliseconds: 1_795_480_205_120)
        let plain = AlarmRecord(
            sequence: 9, key: "demo/A.H/1/raise/0/1", site: "demo", transition: "raise", rule: "A.H", kind: "H",
            occurrence: 1, version: 1, point: "A", value: nil, priority: .low, colour: .blue, stateBefore: "normal",
            stateAfter: "unacknowledged", occurredAt: wall, decidedAt: wall)
        var whole = plain
        whole.pointName = BilingualText(chinese: "机房\"氨\"", english: "a/b\n")
        whole.hazardSource = "X"
        whole.value = 41.3
        whole.limit = 40
        whole.reason = "stale"
        whole.raisedAt = wall
        whole.guidance = Guidance(
            cause: BilingualText(english: "leak"), action: BilingualText(chinese: "撤离"), respondWithinSeconds: 60)
        whole.actor = "zhang"
        whole.origin = "control"
        whole.comment = "\u{1}"
        whole.marks = (EventMarks.late.union(.afterRestart)).rawValue
        for (record, endedAt) in [(plain, nil), (whole, nil), (whole, wall as WallTime?)] {
            let row = OutboxRow(
                id: 1, record: record, channel: "duty", recipient: "zhang", dueAt: wall, attempts: 0, endedAt: endedAt)
            let message = WebhookMessage(row, utcOffsetSeconds: 28_800)
            #expect(message.bytes() == (try DeterministicJSON.bytes(of: message)))
        }
    }
}
