import PlantModel
import PlantTime
import StationPorts

/// Layout 2 of a segment's slots: each says only in what it differs from the one before it. A value of a Modbus answer takes some
/// 10 bytes so, a message's some 25, where layout 1 takes 64.
///
/// A segment is `count` (4 bytes) and then slot behind slot, all numbers least significant byte first. A slot is a head of two
/// bytes and what the head announces, in this order:
///
/// | bit | field | expected | if it is not |
/// |---|---|---|---|
/// | 0 | kind, payload kind, quality | as before | 1, 1 and 2 bytes |
/// | 1 | point | the next one | the difference |
/// | 2 | flags, source | as before | 2 and 2 bytes |
/// | 3-8 | auxiliary, time, arrival, published, judgedAt, device sequence | as before | the difference |
/// | 12-15 | bytes of payload, 0 to 8 | | a float's from the high end, any other's from the low end |
///
/// Before the first slot everything is 0. A difference is a number with its sign, smallest first (0, -1, 1, -2, ...), seven bits a
/// byte, the eighth bit set where more follow. Bits 9 to 11 are 0.
enum PackedSlots {
    static let version: UInt8 = 2
    /// The most that one slot can take, and what a writer may use behind it.
    private static let roomBytes = 2 + 4 + 10 + 4 + 6 * 10 + 8 + 8

    private enum Bit {
        static let kinds: UInt16 = 1 << 0
        static let point: UInt16 = 1 << 1
        static let marks: UInt16 = 1 << 2
        static let auxiliary: UInt16 = 1 << 3
        static let time: UInt16 = 1 << 4
        static let arrival: UInt16 = 1 << 5
        static let published: UInt16 = 1 << 6
        static let judgedAt: UInt16 = 1 << 7
        static let deviceSequence: UInt16 = 1 << 8
        static let unused: UInt16 = 0b111 << 9
        static let payloadShift: UInt16 = 12
    }

    /// What the first slot is compared with.
    private static var nothing: InputSlot {
        var slot = InputSlot(.sample, at: PlantInstant(nanoseconds: 0))
        slot.payloadKind = .none
        // One before point 0.
        slot.point = .max
        return slot
    }

    // MARK: Writing

    /// Appends the count and the slots of all batches.
    static func append(_ batches: [LoggedBatch], to bytes: inout [UInt8]) {
        let count = UInt32(batches.reduce(0) { $0 + $1.slots.count })
        for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: count >> (place * 8))) }
        unsafe withUnsafeTemporaryAllocation(byteCount: roomBytes, alignment: 8) { room in
            var before = nothing
            for batch in batches {
                for slot in batch.slots {
                    var writer = unsafe Writer(room: room)
                    writer.write(slot, after: before)
                    unsafe bytes.append(contentsOf: room[..<writer.count])
                    before = slot
                }
            }
        }
    }

    /// One slot's bytes on their way into the blob.
    @safe private struct Writer {
        let room: UnsafeMutableRawBufferPointer
        /// Bytes written, the head's among them.
        private(set) var count = 2
        private var head: UInt16 = 0

        init(room: UnsafeMutableRawBufferPointer) { unsafe self.room = room }

        mutating func write(_ slot: InputSlot, after before: InputSlot) {
            if kinds(of: slot) != kinds(of: before) {
                head |= Bit.kinds
                put(UInt64(kinds(of: slot)), bytes: 4)
            }
            put(Int64(Int32(truncatingIfNeeded: slot.point &- before.point &- 1)), as: Bit.point)
            if slot.flags != before.flags || slot.source != before.source {
                head |= Bit.marks
                put(UInt64(slot.flags) | UInt64(slot.source) << 16, bytes: 4)
            }
            put(Int64(slot.auxiliary) - Int64(before.auxiliary), as: Bit.auxiliary)
            put(slot.time.nanoseconds &- before.time.nanoseconds, as: Bit.time)
            put(slot.arrival.nanoseconds &- before.arrival.nanoseconds, as: Bit.arrival)
            put(slot.published.nanoseconds &- before.published.nanoseconds, as: Bit.published)
            put(slot.judgedAt.nanoseconds &- before.judgedAt.nanoseconds, as: Bit.judgedAt)
            put(Int64(bitPattern: slot.deviceSequence &- before.deviceSequence), as: Bit.deviceSequence)
            let payload = slot.payloadKind == .float64 ? slot.payload.byteSwapped : slot.payload
            let payloadBytes = (UInt64.bitWidth - payload.leadingZeroBitCount + 7) / 8
            put(payload, bytes: payloadBytes)
            head |= UInt16(payloadBytes) << Bit.payloadShift
            unsafe room.storeBytes(of: head.littleEndian, as: UInt16.self)
        }

        private func kinds(of slot: InputSlot) -> UInt32 {
            UInt32(slot.kind.rawValue) | UInt32(slot.payloadKind.rawValue) << 8 | UInt32(slot.qualityBits) << 16
        }

        /// Eight bytes go into the room, and so many of them count; what is written next lies over the others.
        private mutating func put(_ value: UInt64, bytes: Int) {
            unsafe room.storeBytes(of: value.littleEndian, toByteOffset: count, as: UInt64.self)
            count += bytes
        }

        private mutating func put(_ difference: Int64, as bit: UInt16) {
            guard difference != 0 else { return }
            head |= bit
            // The sign goes to the lowest bit, so that small differences of either sign are short.
            var rest = UInt64(bitPattern: difference << 1 ^ difference >> 63)
            while rest >= 0x80 {
                unsafe room[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                count += 1
                rest >>= 7
            }
            unsafe room[count] = UInt8(truncatingIfNeeded: rest)
            count += 1
        }
    }

    // MARK: Reading

    /// - Parameters:
    ///   - bytes: a count and so many slots.
    ///   - first: the input sequence of the first, for the words of a refusal.
    static func slots(from bytes: ArraySlice<UInt8>, first: UInt64) throws(Segment.Unreadable) -> [InputSlot] {
        var reader = Reader(rest: bytes)
        guard let announced = reader.number(bytes: 4), announced > 0, Int(announced) <= bytes.count / 2 else {
            throw Segment.Unreadable(what: "\(bytes.count) bytes hold no slots")
        }
        var slots: [InputSlot] = []
        slots.reserveCapacity(Int(announced))
        var before = nothing
        while slots.count < Int(announced) {
            guard let slot = reader.slot(after: before) else {
                throw Segment.Unreadable(what: "slot \(first + UInt64(slots.count)) is cut off or of no known kind")
            }
            slots.append(slot)
            before = slot
        }
        guard reader.rest.isEmpty else {
            throw Segment.Unreadable(what: "\(reader.rest.count) bytes stand behind its last slot")
        }
        return slots
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// - Returns: nil at the end of the bytes, for a kind that is none, and for what no writer writes.
        mutating func slot(after before: InputSlot) -> InputSlot? {
            guard let head = number(bytes: 2).map(UInt16.init(truncatingIfNeeded:)), head & Bit.unused == 0 else {
                return nil
            }
            var slot = before
            if head & Bit.kinds != 0 {
                guard let kinds = number(bytes: 4), let kind = InputKind(rawValue: UInt8(truncatingIfNeeded: kinds)),
                    let payloadKind = Payload.Kind(rawValue: UInt8(truncatingIfNeeded: kinds >> 8))
                else { return nil }
                slot.kind = kind
                slot.payloadKind = payloadKind
                slot.qualityBits = UInt16(truncatingIfNeeded: kinds >> 16)
            }
            guard let point = difference(head & Bit.point) else { return nil }
            slot.point = UInt32(truncatingIfNeeded: Int64(before.point) &+ 1 &+ point)
            if head & Bit.marks != 0 {
                guard let marks = number(bytes: 4) else { return nil }
                slot.flags = UInt16(truncatingIfNeeded: marks)
                slot.source = UInt16(truncatingIfNeeded: marks >> 16)
            }
            guard let auxiliary = difference(head & Bit.auxiliary), let time = difference(head & Bit.time),
                let arrival = difference(head & Bit.arrival), let published = difference(head & Bit.published),
                let judgedAt = difference(head & Bit.judgedAt), let sequence = difference(head & Bit.deviceSequence)
            else { return nil }
            slot.auxiliary = UInt32(truncatingIfNeeded: Int64(before.auxiliary) &+ auxiliary)
            slot.time = PlantInstant(nanoseconds: before.time.nanoseconds &+ time)
            slot.arrival = PlantInstant(nanoseconds: before.arrival.nanoseconds &+ arrival)
            slot.published = PlantInstant(nanoseconds: before.published.nanoseconds &+ published)
            slot.judgedAt = PlantInstant(nanoseconds: before.judgedAt.nanoseconds &+ judgedAt)
            slot.deviceSequence = before.deviceSequence &+ UInt64(bitPattern: sequence)
            guard let payload = number(bytes: Int(head >> Bit.payloadShift)) else { return nil }
            slot.payload = slot.payloadKind == .float64 ? payload.byteSwapped : payload
            return slot
        }

        mutating func number(bytes: Int) -> UInt64? {
            guard bytes <= 8, rest.count >= bytes else { return nil }
            var value: UInt64 = 0
            for place in 0..<bytes { value |= UInt64(rest[rest.startIndex + place]) << UInt64(place * 8) }
            rest = rest.dropFirst(bytes)
            return value
        }

        /// - Parameter announced: the head's bit; 0 where the field is as expected.
        private mutating func difference(_ announced: UInt16) -> Int64? {
            guard announced != 0 else { return 0 }
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = rest.popFirst(), shift < 64 {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
                shift += 7
            }
            return nil
        }
    }
}
