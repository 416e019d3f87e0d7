package import DeliveryPlan
package import PlantModel
import PlantTime

/// Whom the station would have told, of what, and when the message would have been due: the same plan that fills the
/// outbox, with nothing sent. A message is due when its record is decided; retries are the receiver's doing.
package struct DeliverySheet: Sendable {
    private let delivery: DeliveryDescription
    private let languages: [String: BilingualText.Language]
    private let utcOffsetSeconds: Int
    /// Who was told of the newest occurrence of a rule.
    private var told: [String: (occurrence: UInt32, people: [Addressee])] = [:]
    private var text = Array(CSVField.line(Self.heading).utf8)
    /// Messages written.
    package private(set) var count = 0

    private static let heading = [
        "due_at", "channel", "recipient", "transition", "rule", "occurrence", "priority", "idempotency_key", "text",
    ]

    package init(delivery: DeliveryDescription, utcOffsetSeconds: Int) {
        self.delivery = delivery
        self.utcOffsetSeconds = utcOffsetSeconds
        languages = Dictionary(delivery.webhooks.map { ($0.id, $0.language) }) { first, _ in first }
    }

    package var bytes: [UInt8] { text }

    /// - Parameter isWanted: false for what lies before the span that is looked at: it is remembered, not written.
    package mutating func add(_ record: AlarmRecord, isWanted: Bool) {
        let present = told[record.rule]
        var people = present?.occurrence == record.occurrence ? present?.people ?? [] : []
        let drafts = Addressing.drafts(for: record, told: people, delivery: delivery, now: record.decidedAt)
        for draft in drafts {
            let addressee = Addressee(channel: draft.channel, recipient: draft.recipient)
            if !people.contains(addressee) { people.append(addressee) }
            guard isWanted else { continue }
            write(
                record, due: draft.dueAt, to: addressee, key: "\(record.key)/\(draft.recipient)",
                says: AlarmSentence.text(
                    for: record, in: languages[draft.channel] ?? .chinese, utcOffsetSeconds: utcOffsetSeconds))
        }
        if !people.isEmpty { told[record.rule] = (record.occurrence, people) }
        guard isWanted, record.dutySet.contains(.reportToPlatform) else { return }
        for platform in delivery.platforms {
            write(
                record, due: record.decidedAt, to: Addressee(channel: platform.id, recipient: platform.enterpriseID),
                key: record.key, says: "")
        }
    }

    private mutating func write(
        _ record: AlarmRecord, due: WallTime, to addressee: Addressee, key: String, says sentence: String
    ) {
        let line = CSVField.line([
            TimeText.utc(due), addressee.channel, addressee.recipient, record.transition, record.rule,
            "\(record.occurrence)", record.priority.word, key, sentence,
        ])
        text.append(contentsOf: line.utf8)
        count += 1
    }
}
