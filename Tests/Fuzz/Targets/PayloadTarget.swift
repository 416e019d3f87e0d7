import DeviceMap
import PlantModel
import PlantTime

/// The messages of a broker: through the intake of several devices with every kind of mapping, the last will among them.
///
/// An input is a run of messages, parted by the byte 0x1E. The first byte of each says by which topic it comes (its lowest
/// four bits) and whether the broker had kept it (the next bit).
package struct PayloadTarget: FuzzTarget {
    package static let name = "payloads"
    private static let topics = FuzzPlant.broker.routes.flatMap { [$0.topic, $0.statusTopic ?? ""] } + ["t/unknown"]
    private static let messagesMax = 32

    package struct Answer: Equatable {
        fileprivate(set) var slots: [InputSlot] = []
        fileprivate(set) var reasons: [String] = []
        fileprivate(set) var tally = IntakeTally()
    }

    private let fresh = MessageIntake(link: FuzzPlant.broker, source: 3)

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        var intake = fresh
        var batch = IntakeBatch()
        var now = PlantInstant(milliseconds: 1_795_509_000_000)
        let messages = input.split(separator: 0x1E, omittingEmptySubsequences: false).prefix(Self.messagesMax)
        for message in messages {
            let direction = message.first ?? 0
            let payload = Array(message.dropFirst())
            intake.take(
                BrokerMessage(
                    topic: Self.topics[Int(direction & 0x0F) % Self.topics.count], payload: payload,
                    totalBytes: payload.count, isRetained: direction & 0x10 != 0),
                at: now, wall: WallTime(nanoseconds: now.nanoseconds), into: &batch)
            now = now + .milliseconds(250)
        }
        intake.passTime(at: now, into: &batch)
        let slots = batch.safety + batch.ordinary
        for slot in slots { try slot.sample.keepPromise() }
        for payload in batch.quarantined {
            guard !payload.reason.isEmpty, !payload.reason.contains(where: \.isNewline) else {
                throw BrokenPromise("a payload was put aside without one line that says why: \(payload.reason)")
            }
        }
        let tally = batch.tally
        guard tally.messages == messages.count, tally.quarantined == batch.quarantined.count else {
            throw BrokenPromise("\(messages.count) messages were counted as \(tally)")
        }
        return Answer(slots: slots, reasons: batch.quarantined.map(\.reason), tally: tally)
    }
}
