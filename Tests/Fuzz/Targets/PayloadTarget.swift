import DeviceMap
package import PlantModel
import PlantTime

/// The messages of a broker: through the intake of several devices with every kind of value, the last will among them.
///
/// An input is a run of messages, parted by the byte 0x1E. The first byte of each says by which topic it comes (its lowest
/// four bits) and whether the broker had kept it (the next bit).
package struct PayloadTarget: FuzzTarget {
    package static let name = "payloads"

    private let run = MessageRun(
        FuzzPlant.broker, topics: FuzzPlant.broker.routes.flatMap { [$0.topic, $0.statusTopic ?? ""] } + ["t/unknown"],
        topicBits: 4)

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> MessageRun.Answer { try run.answer(to: input) }
}

/// The messages of a broker whose payloads have other shapes: arrays, elements chosen by their id, levels of the topic, blobs
/// of registers, a tower crane's frames, Sparkplug. Inputs as with ``PayloadTarget``, with five bits for the topic; a
/// message may hold the byte 0x1E itself as 0x1D 0x1E.
package struct ShapeTarget: FuzzTarget {
    package static let name = "shapes"

    private let run = MessageRun(FuzzPlant.shapes, topics: FuzzPlant.shapeTopics, topicBits: 5, escape: 0x1D)

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> MessageRun.Answer { try run.answer(to: input) }
}

/// A run of messages through one intake, and what it promises of any of them.
package struct MessageRun {
    private static let parting: UInt8 = 0x1E
    private static let messagesMax = 32

    package struct Answer: Equatable {
        package fileprivate(set) var slots: [InputSlot] = []
        fileprivate(set) var reasons: [String] = []
        fileprivate(set) var tally = IntakeTally()
    }

    private let fresh: MessageIntake
    private let topics: [String]
    private let topicMask: UInt8
    private let escape: UInt8?

    init(_ link: BrokerLink, topics: [String], topicBits: UInt8, escape: UInt8? = nil) {
        fresh = MessageIntake(link: link, source: 3)
        self.topics = topics
        topicMask = 1 << topicBits - 1
        self.escape = escape
    }

    func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        var intake = fresh
        var batch = IntakeBatch()
        var now = PlantInstant(milliseconds: 1_795_509_000_000)
        let messages = messages(of: input)
        for message in messages {
            let direction = message.first ?? 0
            let payload = Array(message.dropFirst())
            intake.take(
                BrokerMessage(
                    topic: topics[Int(direction & topicMask) % topics.count], payload: payload,
                    totalBytes: payload.count, isRetained: direction & (topicMask + 1) != 0),
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

    private func messages(of input: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in input {
            if !isEscaped, byte == escape {
                isEscaped = true
                continue
            }
            if byte == Self.parting, !isEscaped {
                if messages.count == Self.messagesMax { break }
                messages.append([])
            } else {
                messages[messages.count - 1].append(byte)
            }
            isEscaped = false
        }
        return messages
    }
}
