import PlantModel
import PlantTime
import StationPorts
import Testing

@testable import SampleHistory

@Suite struct `A packed slot of the input log` {
    private func packed(_ slots: [InputSlot]) -> [UInt8] {
        var bytes: [UInt8] = []
        // In two batches, as they come: nothing of a batch's end is in the bytes.
        let middle = slots.count / 2
        let batches = [slots[..<middle], slots[middle...]].filter { !$0.isEmpty }.map {
            LoggedBatch(first: 1, slots: Array($0), commands: [:])
        }
        PackedSlots.append(batches, to: &bytes)
        return bytes
    }

    /// Four Modbus answers of 60 values, one a second, as the core takes them.
    private static let answers: [InputSlot] = (0..<4).flatMap { second in
        (0..<60).map { number in
            let arrival = PlantInstant.start + .seconds(Int64(second)) + .nanoseconds(1_234_567)
            let sample = Sample(
                point: PointIndex(UInt32(700 + number)), at: arrival, .good(Double(4_000 + number) * 0.001))
            var slot = InputSlot(sample, source: 2, published: arrival)
            slot.stamp(read: arrival, published: arrival + .nanoseconds(31_234))
            slot.judgedAt = arrival + .nanoseconds(52_345)
            return slot
        }
    }

    @Test func `of every kind comes back bit by bit`() throws {
        #expect(try PackedSlots.slots(from: packed(everyKindOfSlot)[...], first: 1) == everyKindOfSlot)
        #expect(
            try PackedSlots.slots(from: packed(everyKindOfSlot.reversed())[...], first: 1)
                == everyKindOfSlot.reversed())
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `with any bits in any field comes back bit by bit`(seed: UInt64) throws {
        var random = Draws(state: seed)
        // Runs of equal fields, small steps and leaps, as they come and as they never come.
        func next<Number: FixedWidthInteger>(_ before: Number) -> Number {
            switch random.next() % 4 {
            case 0: before
            case 1: before &+ Number(truncatingIfNeeded: Int64(bitPattern: random.next()) >> 50)
            default: Number(truncatingIfNeeded: random.next())
            }
        }
        var slot = everyKindOfSlot[0]
        var slots: [InputSlot] = []
        for _ in 0..<200 {
            slot.kind = InputKind(rawValue: UInt8(1 + random.next() % 4)) ?? .sample
            slot.payloadKind = Payload.Kind(rawValue: UInt8(random.next() % 5)) ?? .none
            slot.qualityBits = next(slot.qualityBits)
            slot.point = next(slot.point)
            slot.flags = next(slot.flags)
            slot.source = next(slot.source)
            slot.auxiliary = next(slot.auxiliary)
            slot.time = PlantInstant(nanoseconds: next(slot.time.nanoseconds))
            slot.arrival = PlantInstant(nanoseconds: next(slot.arrival.nanoseconds))
            slot.published = PlantInstant(nanoseconds: next(slot.published.nanoseconds))
            slot.judgedAt = PlantInstant(nanoseconds: next(slot.judgedAt.nanoseconds))
            slot.payload = next(slot.payload)
            slot.deviceSequence = next(slot.deviceSequence)
            slots.append(slot)
        }
        #expect(try PackedSlots.slots(from: packed(slots)[...], first: 1) == slots)
    }

    @Test func `of a Modbus answer takes a sixth of its 64 bytes`() throws {
        let bytes = packed(Self.answers)
        #expect(try PackedSlots.slots(from: bytes[...], first: 1) == Self.answers)
        #expect(bytes.count <= Self.answers.count * 64 / 6)
    }

    @Test func `has its bytes where the table says, least significant first`() {
        var slot = InputSlot(.tick, at: PlantInstant(nanoseconds: -3))
        slot.point = 1
        slot.payload = 0x0102
        slot.payloadKind = .unsigned64
        slot.deviceSequence = 300
        // Count; head: kinds, point, four instants but judgedAt, sequence, two bytes of payload; the fields in their order.
        #expect(
            packed([slot])
                == [1, 0, 0, 0, 0b0111_0011, 0x21, 2, 3, 0, 0, 2, 5, 5, 5, 0xD8, 0x04, 0x02, 0x01])
    }

    @Test func `cut off anywhere is refused, and so is what stands behind the last`() {
        let bytes = packed(everyKindOfSlot)
        for count in 0..<bytes.count {
            #expect(throws: Segment.Unreadable.self) { try PackedSlots.slots(from: bytes[..<count], first: 1) }
        }
        #expect(throws: Segment.Unreadable(what: "1 bytes stand behind its last slot")) {
            try PackedSlots.slots(from: (bytes + [0])[...], first: 1)
        }
    }

    @Test(
        arguments: [
            ("a count without slots", [9, 0, 0, 0, 1, 0, 2, 0, 0, 0]),
            ("no slot at all", [0, 0, 0, 0]),
            ("a kind that is none", [1, 0, 0, 0, 1, 0, 5, 0, 0, 0]),
            ("a payload of no kind", [1, 0, 0, 0, 1, 0, 2, 5, 0, 0]),
            ("a bit that announces nothing", [1, 0, 0, 0, 1, 2, 2, 0, 0, 0]),
            ("nine bytes of payload", [1, 0, 0, 0, 0, 0x90] + [UInt8](repeating: 1, count: 9)),
            ("a difference without an end", [1, 0, 0, 0, 2, 0] + [UInt8](repeating: 0x80, count: 12)),
        ] as [(String, [UInt8])])
    func `that no writer writes is refused`(what: String, bytes: [UInt8]) {
        #expect(throws: Segment.Unreadable.self, "\(what)") { try PackedSlots.slots(from: bytes[...], first: 1) }
    }
}

@Suite struct `A slot of an older log, 64 bytes long,` {
    @Test func `comes back bit by bit`() throws {
        let bytes = everyKindOfSlot.flatMap(fixedBytes)
        #expect(bytes.count == 64 * everyKindOfSlot.count)
        #expect(try FixedSlots.slots(from: bytes[...], first: 1) == everyKindOfSlot)
    }

    @Test(arguments: [(0, 0), (0, 5), (0, 255), (1, 5), (1, 255)])
    func `of no known kind is refused`(place: Int, byte: UInt8) {
        var bytes = fixedBytes(InputSlot(.tick, at: .start))
        bytes[place] = byte
        #expect(throws: Segment.Unreadable(what: "slot 7 is of no known kind")) {
            try FixedSlots.slots(from: bytes[...], first: 7)
        }
        #expect(throws: Segment.Unreadable.self) { try FixedSlots.slots(from: bytes.dropLast(), first: 7) }
    }
}

/// The same numbers in every run.
private struct Draws {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
    }
}
