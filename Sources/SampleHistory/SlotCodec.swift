import PlantModel
import PlantTime

/// The 64 bytes of an input slot on disk: every field at its place, least significant byte first, whatever the machine.
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
enum SlotCodec {
    /// The layout above. Another layout gets another number, and this one stays readable.
    static let version: UInt8 = 1
    static let slotBytes = 64

    static func append(_ slot: InputSlot, to bytes: inout [UInt8]) {
        bytes.append(slot.kind.rawValue)
        bytes.append(slot.payloadKind.rawValue)
        append(slot.qualityBits, to: &bytes)
        append(slot.point, to: &bytes)
        append(slot.flags, to: &bytes)
        append(slot.source, to: &bytes)
        append(slot.auxiliary, to: &bytes)
        append(slot.time.nanoseconds, to: &bytes)
        append(slot.arrival.nanoseconds, to: &bytes)
        append(slot.published.nanoseconds, to: &bytes)
        append(slot.judgedAt.nanoseconds, to: &bytes)
        append(slot.payload, to: &bytes)
        append(slot.deviceSequence, to: &bytes)
    }

    /// - Parameter bytes: the 64 bytes of one slot.
    /// - Returns: nil when a kind is none that this version knows.
    static func slot(from bytes: ArraySlice<UInt8>) -> InputSlot? {
        guard bytes.count == slotBytes, let kind = InputKind(rawValue: bytes[bytes.startIndex]),
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

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for place in 0..<type(of: number).bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: number >> (place * 8)))
        }
    }
}
