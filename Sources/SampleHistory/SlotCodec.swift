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

    /// Eight words at once: ten thousand slots a second pass here.
    static func append(_ slot: InputSlot, to bytes: inout [UInt8]) {
        let kinds = UInt64(slot.kind.rawValue) | UInt64(slot.payloadKind.rawValue) << 8 | UInt64(slot.qualityBits) << 16
        let source = UInt64(slot.flags) | UInt64(slot.source) << 16 | UInt64(slot.auxiliary) << 32
        let words = (
            (kinds | UInt64(slot.point) << 32).littleEndian, source.littleEndian,
            slot.time.nanoseconds.littleEndian, slot.arrival.nanoseconds.littleEndian,
            slot.published.nanoseconds.littleEndian, slot.judgedAt.nanoseconds.littleEndian,
            slot.payload.littleEndian, slot.deviceSequence.littleEndian
        )
        unsafe withUnsafeBytes(of: words) { unsafe bytes.append(contentsOf: $0) }
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
}
