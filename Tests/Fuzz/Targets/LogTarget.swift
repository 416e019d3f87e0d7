package import PlantModel
import PlantTime
import SampleHistory
import StationPorts

/// A stored segment of the input log, of either layout: read, or refused in one line; and slots of any content, which must come
/// back from being packed as they were.
///
/// The first byte of an input is the length of the commands' JSON, which follows; what is left is the segment's blob. Behind the
/// first byte of that, its layout, each 64 bytes are a slot to be packed as well.
package struct LogTarget: FuzzTarget {
    package static let name = "log"
    /// What somebody might damage is read as the first of a log, and as one that has grown old.
    private static let firsts: [UInt64] = [1, 1 << 62]
    private static let rowBytes = 64

    package struct Answer: Equatable {
        /// What was read, or the words of the refusal, once for each first sequence.
        package fileprivate(set) var read: [[InputSlot]] = []
        fileprivate(set) var refusals: [String] = []
        package fileprivate(set) var packed: [UInt8] = []
    }

    package init() {}

    package func answer(to input: [UInt8]) throws(BrokenPromise) -> Answer {
        let commandBytes = min(Int(input.first ?? 0), max(input.count - 1, 0))
        let commands = String(decoding: input.dropFirst().prefix(commandBytes), as: UTF8.self)
        let blob = Array(input.dropFirst(1 + commandBytes))
        var answer = Answer()
        for first in Self.firsts { try read(blob, commands, first: first, into: &answer) }
        let drawn = slots(of: blob.dropFirst())
        if !drawn.isEmpty { answer.packed = try pack(drawn, first: 1) }
        return answer
    }

    // MARK: Reading

    private func read(
        _ blob: [UInt8], _ commands: String, first: UInt64, into answer: inout Answer
    ) throws(BrokenPromise) {
        // As many as the blob announces, else only the words of that refusal would ever be heard.
        let count = blob.first == 1 ? (blob.count - 1) / Self.rowBytes : announced(blob)
        let segment = Segment(
            first...(first + UInt64(max(count, 1)) - 1), blob: blob, commands: commands,
            firstTime: PlantInstant(nanoseconds: 0), lastTime: PlantInstant(nanoseconds: 0))
        do throws(Segment.Unreadable) {
            let batch = try segment.batch(checkedBy: segment.digest)
            guard batch.first == first, batch.slots.count == count else {
                throw Segment.Unreadable(what: "\n\(batch.slots.count) slots from \(batch.first)")
            }
            answer.read.append(batch.slots)
        } catch {
            guard !error.what.isEmpty, !error.what.contains(where: \.isNewline) else {
                throw BrokenPromise("a segment was refused without one line that says why: \(error.what)")
            }
            answer.refusals.append(error.what)
            return
        }
        if let slots = answer.read.last { _ = try pack(slots, first: first) }
    }

    private func announced(_ blob: [UInt8]) -> Int {
        blob.dropFirst().prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    // MARK: Writing

    /// Packs slots in two batches, as they come, and reads them again.
    private func pack(_ slots: [InputSlot], first: UInt64) throws(BrokenPromise) -> [UInt8] {
        let middle = slots.count / 2
        var batches = [LoggedBatch(first: first, slots: Array(slots[..<middle]), commands: [:])]
        if middle == 0 { batches = [] }
        batches.append(LoggedBatch(first: first + UInt64(middle), slots: Array(slots[middle...]), commands: [:]))
        guard let segment = try? Segment(batches) else { throw BrokenPromise("slots were not packed") }
        do throws(Segment.Unreadable) {
            guard try segment.batch(checkedBy: segment.digest).slots == slots else {
                throw Segment.Unreadable(what: "other slots")
            }
        } catch {
            throw BrokenPromise("\(slots.count) packed slots came back as: \(error.what)")
        }
        return segment.blob
    }

    /// A slot of each 64 bytes, whatever they are, in the order of ``InputSlot``'s fields.
    private func slots(of bytes: ArraySlice<UInt8>) -> [InputSlot] {
        stride(from: bytes.startIndex, to: bytes.endIndex - Self.rowBytes + 1, by: Self.rowBytes).map { start in
            func number(_ offset: Int, _ width: Int) -> UInt64 {
                (0..<width).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + offset + $1]) }
            }
            func instant(_ offset: Int) -> PlantInstant {
                PlantInstant(nanoseconds: Int64(bitPattern: number(offset, 8)))
            }
            var slot = InputSlot(
                InputKind(rawValue: UInt8(1 + number(0, 1) % 4)) ?? .sample, at: instant(16),
                auxiliary: UInt32(number(12, 4)))
            slot.payloadKind = Payload.Kind(rawValue: UInt8(number(1, 1) % 5)) ?? .none
            slot.qualityBits = UInt16(number(2, 2))
            slot.point = UInt32(number(4, 4))
            slot.flags = UInt16(number(8, 2))
            slot.source = UInt16(number(10, 2))
            slot.arrival = instant(24)
            slot.published = instant(32)
            slot.judgedAt = instant(40)
            slot.payload = number(48, 8)
            slot.deviceSequence = number(56, 8)
            return slot
        }
    }
}
