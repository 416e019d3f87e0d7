import DeliveryPlan
import FoundationEssentials
import PlantModel
import PlantTime
import StationPorts

/// What the emergency platform gets, `hazardd.platform/v1`: a batch of records in the order of the journal, or an empty one,
/// which asks how far the platform is and is the heartbeat. It carries the journal's head, so that an outside copy of the chain's
/// end exists (operations.md 0, 1).
struct PlatformMessage: Encodable {
    private let schema = "hazardd.platform/v1"
    let enterpriseId: String
    let gatewayId: String
    /// When it was sent, in the site's time: `yyyyMMddHHmmss`.
    let collectTime: String
    let journalId: String
    let head: Head
    /// The records follow this sequence without a hole: whoever has stored less has missed something.
    let after: UInt64
    /// The raises of all open alarms, sent again after a mismatch: to be stored if they are not, whatever `after` says.
    let isResend: Bool
    let records: [PlatformRecord]

    struct Head: Encodable {
        let sequence: UInt64
        let hash: String
    }

    init(
        channel: PlatformChannel, head: JournalHead, after: UInt64, isResend: Bool, records: [AlarmRecord],
        now: WallTime, utcOffsetSeconds: Int
    ) {
        enterpriseId = channel.enterpriseID
        gatewayId = channel.gatewayID
        let stamp = TimeText.local(now, offsetSeconds: utcOffsetSeconds)
        collectTime = String(stamp.prefix(19).filter(\.isNumber))
        journalId = head.journalID
        self.head = Head(sequence: head.sequence, hash: head.hash)
        self.after = after
        self.isResend = isResend
        self.records = records.map { PlatformRecord($0) }
    }
}

/// One record for the platform. Its identity is (journal id, sequence); the key says which event it is on any machine.
struct PlatformRecord: Encodable {
    let sequence: UInt64
    let key: String
    let alarmId: String
    let transition: String
    let hazardSource: String
    let hazardSourceName: BilingualText
    let tag: String
    let tagName: BilingualText
    let level: String
    let value: Double?
    let unit: String
    let limit: Double?
    let colour: String
    let priority: String
    let state: String
    /// Whether the value behind it was fit to act on.
    let isValid: Bool
    let reason: String?
    let occurredAt: String
    let decidedAt: String
    let startTime: String?
    let marks: [String]
    let actor: String?
    let comment: String?

    init(_ record: AlarmRecord) {
        sequence = record.sequence
        key = record.key
        alarmId = "\(record.site)/\(record.rule)/\(record.occurrence)"
        transition = record.transition
        hazardSource = record.hazardSource
        hazardSourceName = record.hazardSourceName
        tag = record.point
        tagName = record.pointName
        level = record.kind
        value = record.value.flatMap(\.finite)
        unit = record.unit
        limit = record.limit.flatMap(\.finite)
        colour = record.colour.word
        priority = record.priority.word
        state = record.stateAfter
        isValid = record.quality != "bad"
        reason = record.reason
        occurredAt = TimeText.utc(record.occurredAt)
        decidedAt = TimeText.utc(record.decidedAt)
        startTime = record.raisedAt.map { TimeText.utc($0) }
        marks = record.markSet.words
        actor = record.actor
        comment = record.comment
    }
}

/// The platform's word: the highest record of a journal that it has stored, with everything before it.
struct PlatformAnswer: Decodable, Equatable {
    let journalId: String
    let storedThrough: UInt64

    /// nil when the body is not that.
    init?(_ body: [UInt8]) {
        guard let answer = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = answer
    }
}
