import Digests
import FoundationEssentials
import PlantModel
package import PlantTime
package import StationPorts

/// One row of the input log: slots whose sequences follow each other, the commands they name, and a digest over all of it.
///
/// A value: any thread. Beyond this room for the fuzz target alone.
package struct Segment: Equatable {
    var first: UInt64
    /// The last input sequence.
    var last: UInt64
    /// The layout's version in the first byte, then the slots: ``PackedSlots``, or in an older file ``FixedSlots``.
    package private(set) var blob: [UInt8]
    /// JSON from the number in `auxiliary` to the command; empty when no slot names one.
    var commands: String
    var firstTime: PlantInstant
    var lastTime: PlantInstant

    /// What was wrong with a stored segment, on one line.
    package struct Unreadable: Error, Equatable {
        package var what: String

        package init(what: String) { self.what = what }
    }

    /// - Parameter batches: not empty, each following the one before it without a hole, no command number twice.
    package init(_ batches: [LoggedBatch]) throws {
        precondition(!batches.isEmpty && !batches[0].slots.isEmpty, "a segment has a first slot")
        first = batches[0].first
        let count = batches.reduce(0) { $0 + $1.slots.count }
        last = first + UInt64(count) - 1
        blob = [PackedSlots.version]
        blob.reserveCapacity(64 + 16 * count)
        PackedSlots.append(batches, to: &blob)
        var named: [String: OperatorCommand] = [:]
        firstTime = Self.time(of: batches[0].slots[0])
        var lastTime = firstTime
        for batch in batches {
            for slot in batch.slots { lastTime = max(lastTime, Self.time(of: slot)) }
            for (number, command) in batch.commands { named[String(number)] = command }
        }
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
    package init(
        _ sequences: ClosedRange<UInt64>, blob: [UInt8], commands: String, firstTime: PlantInstant,
        lastTime: PlantInstant
    ) {
        first = sequences.lowerBound
        last = sequences.upperBound
        self.blob = blob
        self.commands = commands
        self.firstTime = firstTime
        self.lastTime = lastTime
    }

    /// Over everything that a reader gets: a segment that was moved or cut does not give it.
    package var digest: String {
        var stream = SHA256Stream()
        stream.update("\(first) \(commands.utf8.count) ")
        stream.update(commands)
        stream.update(blob)
        return stream.finish().hex
    }

    /// The slots and commands of a stored segment.
    /// - Parameter digest: what was stored beside it.
    package func batch(checkedBy digest: String) throws(Unreadable) -> LoggedBatch {
        guard self.digest == digest else { throw Unreadable(what: "its digest differs") }
        let slots = try slots()
        guard slots.count == last - first + 1 else {
            throw Unreadable(what: "it holds \(slots.count) slots, its row says \(last - first + 1)")
        }
        return LoggedBatch(first: first, slots: slots, commands: try namedCommands())
    }

    private func slots() throws(Unreadable) -> [InputSlot] {
        switch blob.first {
        case FixedSlots.version: try FixedSlots.slots(from: blob.dropFirst(), first: first)
        case PackedSlots.version: try PackedSlots.slots(from: blob.dropFirst(), first: first)
        default: throw Unreadable(what: "its layout is \(blob.first ?? 0), known are 1 and 2")
        }
    }

    private func namedCommands() throws(Unreadable) -> [UInt32: OperatorCommand] {
        if commands.isEmpty { return [:] }
        guard let named = try? JSONDecoder().decode([String: OperatorCommand].self, from: Data(commands.utf8)) else {
            throw Unreadable(what: "its commands cannot be read")
        }
        var numbered: [UInt32: OperatorCommand] = [:]
        for (text, command) in named {
            guard let number = UInt32(text) else { throw Unreadable(what: "\(text.onOneLine) is no command number") }
            numbered[number] = command
        }
        return numbered
    }

    /// When the core took it, or when it was published: never the device's own stamp, which may be of any year.
    private static func time(of slot: InputSlot) -> PlantInstant { max(slot.judgedAt, slot.published) }
}
