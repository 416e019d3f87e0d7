import Digests
import FoundationEssentials
import PlantModel
import PlantTime
import StationPorts

/// One row of the input log: slots whose sequences follow each other, the commands they name, and a digest over all of it.
struct Segment: Equatable {
    var first: UInt64
    /// The layout's version in the first byte, then 64 bytes a slot.
    var blob: [UInt8]
    /// JSON from the number in `auxiliary` to the command; empty when no slot names one.
    var commands: String
    var firstTime: PlantInstant
    var lastTime: PlantInstant

    var count: Int { (blob.count - 1) / SlotCodec.slotBytes }
    var last: UInt64 { first + UInt64(count) - 1 }

    /// What was wrong with a stored segment.
    struct Unreadable: Error, Equatable {
        var what: String
    }

    /// - Parameter batches: not empty, each following the one before it without a hole, no command number twice.
    init(_ batches: [LoggedBatch]) throws {
        precondition(!batches.isEmpty && !batches[0].slots.isEmpty, "a segment has a first slot")
        first = batches[0].first
        var blob: [UInt8] = [SlotCodec.version]
        blob.reserveCapacity(1 + SlotCodec.slotBytes * batches.reduce(0) { $0 + $1.slots.count })
        var named: [String: OperatorCommand] = [:]
        firstTime = Self.time(of: batches[0].slots[0])
        var lastTime = firstTime
        for batch in batches {
            for slot in batch.slots {
                SlotCodec.append(slot, to: &blob)
                lastTime = max(lastTime, Self.time(of: slot))
            }
            for (number, command) in batch.commands { named[String(number)] = command }
        }
        self.blob = blob
        self.lastTime = lastTime
        guard !named.isEmpty else {
            commands = ""
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        commands = String(decoding: try encoder.encode(named), as: UTF8.self)
    }

    /// A stored one, not yet looked into.
    init(first: UInt64, blob: [UInt8], commands: String, firstTime: PlantInstant, lastTime: PlantInstant) {
        self.first = first
        self.blob = blob
        self.commands = commands
        self.firstTime = firstTime
        self.lastTime = lastTime
    }

    /// Over everything that a reader gets: a segment that was moved or cut does not give it.
    var digest: String {
        var stream = SHA256Stream()
        stream.update("\(first) \(commands.utf8.count) ")
        stream.update(commands)
        stream.update(blob)
        return stream.finish().hex
    }

    /// The slots and commands of a stored segment.
    /// - Parameter digest: what was stored beside it.
    func batch(checkedBy digest: String) throws(Unreadable) -> LoggedBatch {
        guard self.digest == digest else { throw Unreadable(what: "its digest differs") }
        guard blob.first == SlotCodec.version else {
            throw Unreadable(what: "its layout is \(blob.first ?? 0), known is \(SlotCodec.version)")
        }
        guard blob.count > 1, (blob.count - 1) % SlotCodec.slotBytes == 0 else {
            throw Unreadable(what: "\(blob.count) bytes are no whole number of slots")
        }
        var slots: [InputSlot] = []
        slots.reserveCapacity(count)
        for start in stride(from: 1, to: blob.count, by: SlotCodec.slotBytes) {
            guard let slot = SlotCodec.slot(from: blob[start..<start + SlotCodec.slotBytes]) else {
                throw Unreadable(what: "slot \(first + UInt64(slots.count)) is of no known kind")
            }
            slots.append(slot)
        }
        return LoggedBatch(first: first, slots: slots, commands: try namedCommands())
    }

    private func namedCommands() throws(Unreadable) -> [UInt32: OperatorCommand] {
        if commands.isEmpty { return [:] }
        guard let named = try? JSONDecoder().decode([String: OperatorCommand].self, from: Data(commands.utf8)) else {
            throw Unreadable(what: "its commands cannot be read")
        }
        var numbered: [UInt32: OperatorCommand] = [:]
        for (text, command) in named {
            guard let number = UInt32(text) else { throw Unreadable(what: "\(text) is no command number") }
            numbered[number] = command
        }
        return numbered
    }

    /// When the core took it, or when it was published: never the device's own stamp, which may be of any year.
    private static func time(of slot: InputSlot) -> PlantInstant { max(slot.judgedAt, slot.published) }
}
