import DeliveryPlan
import PlantModel
import PlantTime

/// 08:30:05 on 24 November 2026 in a site eight hours east of UTC.
let halfPastEight = WallTime(milliseconds: 1_795_480_205_000)
let eightHours = 8 * 3600

/// A record of the ammonia alarm that the manual's examples speak of.
func aRecord(
    _ transition: String = "raise", rule: String = "AT-101.HH", kind: String = "HH", value: Double? = 41.3,
    unit: String = "mg/m3", limit: Double? = 40, priority: Priority = .critical, colour: WarningColour = .red,
    duties: Duties = [.annunciate, .notify, .startEscalation, .reportToPlatform], marks: EventMarks = [],
    stateAfter: AlarmState = .unacknowledged, at occurredAt: WallTime = halfPastEight, reason: String? = nil,
    level: UInt8 = 0, nth: UInt32 = 1, actor: String? = nil, origin: String? = nil, comment: String? = nil,
    action: BilingualText = BilingualText(chinese: "撤离!", english: "Evacuate"), respondWithinSeconds: Int? = 180
) -> AlarmRecord {
    AlarmRecord(
        sequence: 1, key: "demo/\(rule)/7/\(transition)/\(level)/\(nth)", site: "demo", transition: transition,
        rule: rule,
        kind: kind, occurrence: 7, version: 1, level: level, nth: nth, point: "AT-101",
        pointName: BilingualText(chinese: "机房氨", english: "NH3 machine room"), value: value, unit: unit,
        reason: reason, limit: limit, priority: priority, colour: colour, stateBefore: "normal",
        stateAfter: stateAfter.word, duties: duties, marks: marks, occurredAt: occurredAt, decidedAt: occurredAt,
        raisedAt: halfPastEight, guidance: Guidance(action: action, respondWithinSeconds: respondWithinSeconds),
        actor: actor, origin: origin, comment: comment)
}
