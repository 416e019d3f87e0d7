import PlantModel
import PlantTime

/// Layout 1 of a segment's slots: 64 bytes each, every field at its place, least significant byte first. Files of schema 1 hold
/// it; it is read, and no longer written.
///
/// | bytes | field | | bytes | field |
/// |---|---|---|---|---|
/// | 0 | kind | | 16-23 | time |
/// | 1 | payload kind | | 24-31 | arrival |
/// | 2-3 | quality | | 32-39 | published |
/// | 4-7 | point | | 40-47 | judgedAt |
/// | 8-9 | flags | | 48-55 | payload |
/// | 10-11 | source | | 56-63 | device sequence |
/// | 12-15 | auxiliary | | | |
enum FixedSlots {
    static let version: UInt8 = 1
    static let slotBytes = 64

    /// - Parameters:
    ///   - bytes: slot behind slot.
    ///   - first: the input sequence of the first, for the words of a refusal.
    static func slots(from bytes: ArraySlice<UInt8>, first: UInt64) throws(Segment.Unreadable) -> [InputSlot] {
        guard !bytes.isEmpty, bytes.count % slotBytes == 0 else {
            throw Segment.Unreadable(what: "\(bytes.count) bytes are no whole number of slots")
        }
        var slots: [InputSlot] = []
        slots.reserveCapacity(bytes.count / slotBytes)
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: slotBytes) {
            guard let slot = slot(from: bytes[start..<start + slotBytes]) else {
                throw Segment.Unreadable(what: "slot \(first + UInt64(slots.count)) is of no known kind")
            }
            slots.append(slot)
        }
        return slots
    }

    private static func slot(from bytes: ArraySlice<UInt8>) -> InputSlot? {
        guard let kind = InputKind(rawValue: bytes[bytes.startIndex]),
            let payloadKind = Payload.Kind(rawValue: bytes[bytes.startIndex + 1])
        else { return nil }
        func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
            var value: Number = 0
            for place in 0..<Number.bitWidth / 8 {
                value |= Number(truncatingIfNeeded: bytes[bytes.startIndex + offset + place]) << (place * 8)
            }
            return value
        }
        func instant(_ offset: Int) -> PlantInstant { PlantInstant(nanoseconds: number(offset, as: Int64.self)) }
        var slot = InputSlot(kind, at: instant(16), auxiliary: number(12, as: UInt32.self))
        slot.payloadKind = payloadKind
        slot.qualityBits = number(2, as: UInt16.self)
        slot.point = number(4, as: UInt32.self)
        slot.flags = number(8, as: UInt16.self)
        slot.source = number(10, as: UInt16.self)
        slot.arrival = instant(24)
        slot.published = instant(32)
        slot.judgedAt = instant(40)
        slot.payload = number(48, as: UInt64.self)
        slot.deviceSequence = number(56, as: UInt64.self)
        return slot
    }
}
