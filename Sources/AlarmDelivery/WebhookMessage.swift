import DeliveryPlan
package import Digests
import FoundationEssentials
import PlantModel
import PlantTime
import StationPorts
import WebTransfer

/// The JSON that a duty officer's receiver gets, `hazardd.alarm/v1`.
///
/// Made from the outbox row (and the site's offset from UTC) alone: no clock, no attempt number, no channel. So all attempts
/// send the same bytes, after a restart too.
struct WebhookMessage: Encodable {
    private let schema = "hazardd.alarm/v1"
    private let key: String
    private let site: String
    private let sequence: UInt64
    private let transition: String
    private let rule: String
    private let kind: String
    private let occurrence: UInt32
    private let version: UInt32
    private let level: UInt8
    private let point: Named
    private let hazardSource: Named
    private let area: String
    private let value: Double?
    private let unit: String
    private let quality: String
    private let reason: String?
    private let limit: Double?
    private let priority: String
    private let colour: String
    private let state: String
    private let occurredAt: String
    private let decidedAt: String
    private let raisedAt: String?
    private let endedAt: String?
    private let text: BilingualText
    private let guidance: Guidance
    private let actor: String?
    private let origin: String?
    private let comment: String?
    private let marks: [String]
    private let recipient: String

    struct Named: Encodable {
        let id: String
        let name: BilingualText
    }

    init(_ row: OutboxRow, utcOffsetSeconds: Int) {
        let record = row.record
        func sentence(_ language: BilingualText.Language) -> String {
            AlarmSentence.text(for: record, endedAt: row.endedAt, in: language, utcOffsetSeconds: utcOffsetSeconds)
        }
        key = record.key
        site = record.site
        sequence = record.sequence
        transition = record.transition
        rule = record.rule
        kind = record.kind
        occurrence = record.occurrence
        version = record.version
        level = record.level
        point = Named(id: record.point, name: record.pointName)
        hazardSource = Named(id: record.hazardSource, name: record.hazardSourceName)
        area = record.area
        value = record.value.flatMap(\.finite)
        unit = record.unit
        quality = record.quality
        reason = record.reason
        limit = record.limit.flatMap(\.finite)
        priority = record.priority.word
        colour = record.colour.word
        state = record.stateAfter
        occurredAt = TimeText.utc(record.occurredAt)
        decidedAt = TimeText.utc(record.decidedAt)
        raisedAt = record.raisedAt.map { TimeText.utc($0) }
        endedAt = row.endedAt.map { TimeText.utc($0) }
        text = BilingualText(chinese: sentence(.chinese), english: sentence(.english))
        guidance = record.guidance
        actor = record.actor
        origin = record.origin
        comment = record.comment
        marks = record.markSet.words
        recipient = row.recipient
    }

    /// The bytes that are signed and sent: keys in the order of the alphabet, as a coder would write them.
    func bytes() -> [UInt8] {
        var line = JSONLine()
        line.object { line in
            line.member("actor", actor)
            line.member("area", area)
            line.member("colour", colour)
            line.member("comment", comment)
            line.member("decidedAt", decidedAt)
            line.member("endedAt", endedAt)
            line.member("guidance", guidance)
            line.member("hazardSource", hazardSource)
            line.member("key", key)
            line.member("kind", kind)
            line.member("level", level)
            line.member("limit", limit)
            line.list("marks", marks)
            line.member("occurredAt", occurredAt)
            line.member("occurrence", occurrence)
            line.member("origin", origin)
            line.member("point", point)
            line.member("priority", priority)
            line.member("quality", quality)
            line.member("raisedAt", raisedAt)
            line.member("reason", reason)
            line.member("recipient", recipient)
            line.member("rule", rule)
            line.member("schema", schema)
            line.member("sequence", sequence)
            line.member("site", site)
            line.member("state", state)
            line.member("text", text)
            line.member("transition", transition)
            line.member("unit", unit)
            line.member("value", value)
            line.member("version", version)
        }
        return line.bytes
    }
}

extension JSONLine {
    fileprivate mutating func member(_ key: StaticString, _ named: WebhookMessage.Named) {
        object(key) { line in
            line.member("id", named.id)
            line.member("name", named.name)
        }
    }
}

/// How other bodies become bytes: the same value always gives the same bytes.
enum DeterministicJSON {
    static func bytes(of value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

extension Double {
    /// nil for what JSON cannot say.
    var finite: Double? { isFinite ? self : nil }
}

/// How a body proves where it comes from: HMAC-SHA256 over the time of sending, a dot and the body (decisions.md 10).
package enum WebhookSignature {
    /// The value of the header `Hazardd-Signature`.
    package static func header(body: [UInt8], key: HMACKey, keyID: String, sentAt seconds: Int64) -> String {
        let signature = key.signature(of: Array("\(seconds).".utf8) + body)
        return "t=\(seconds),kid=\(keyID),v1=\(signature.hex)"
    }
}
