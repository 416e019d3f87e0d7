import PlantModel
import PlantTesting
import PlantTime
import Testing

@Suite struct `A slot of the input ring` {
    static let time = PlantInstant(milliseconds: 1_700_000_000_000)

    @Test func `is 64 bytes, without a hole`() {
        #expect(MemoryLayout<InputSlot>.size == 64)
        #expect(MemoryLayout<InputSlot>.stride == 64)
    }

    @Test(arguments: [
        Payload.none, Payload(20.9), Payload(-0.0), Payload(Double.nan), Payload(Int64.min), Payload(Int64(-1)),
        Payload(UInt64.max), Payload(UInt64(1) << 53 + 1), Payload(bits: 0x8000_0000_0000_0001),
    ])
    func `gives back the very sample that was put in, whatever its payload`(payload: Payload) {
        let sample = Sample(
            point: PointIndex(.max - 1), time: Self.time, arrival: Self.time + .milliseconds(3), payload: payload,
            quality: .uncertain(.overRange), flags: [.overRange, .repeated])
        let slot = InputSlot(sample, source: 7, published: Self.time + .nanoseconds(5), deviceSequence: .max)
        #expect(slot.kind == .sample)
        #expect(slot.sample == sample)
        #expect(slot.sample.payload.raw == payload.raw && slot.sample.payload.kind == payload.kind)
        #expect(slot.source == 7 && slot.deviceSequence == .max && slot.auxiliary == 0)
        #expect(slot.published == Self.time + .nanoseconds(5))
        #expect(slot.judgedAt.nanoseconds == 0, "the core has not stamped it")
    }

    @Test func `of a tick or a command speaks of no point`() {
        for kind in [InputKind.tick, .command, .configuration] {
            let slot = InputSlot(kind, at: Self.time, auxiliary: 12, source: 3)
            #expect(slot.kind == kind && slot.auxiliary == 12 && slot.source == 3)
            #expect(slot.point == .max && slot.payloadKind == .none)
            #expect(slot.time == Self.time && slot.arrival == Self.time && slot.published == Self.time)
            #expect(slot.judgedAt.nanoseconds == 0)
        }
        #expect(InputSlot.stationStarted == 1)
    }

    @Test func `stands in logs under numbers that never change`() {
        #expect(InputKind.sample.rawValue == 1 && InputKind.tick.rawValue == 2)
        #expect(InputKind.command.rawValue == 3 && InputKind.configuration.rawValue == 4)
        #expect(InputKind(rawValue: 0) == nil && InputKind(rawValue: 5) == nil)
        let kinds: [Payload.Kind] = [.none, .float64, .signed64, .unsigned64, .bits64]
        #expect(kinds.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(Payload.Kind(rawValue: 5) == nil)
        let flags: [SampleFlags] = [.overRange, .retained, .timeFromArrival, .repeated]
        #expect(flags.map(\.rawValue) == [1, 2, 4, 8])
    }

    @Test func `differs when one field differs`() {
        let slot = InputSlot(aSample(of: 1, at: 5, .good(1)), published: Self.time)
        var other = slot
        other.judgedAt = Self.time
        #expect(slot != other)
        other = slot
        other.payloadKind = .signed64
        #expect(slot != other)
    }
}

@Suite struct `The eight bytes of a value` {
    @Test(arguments: [Int64.min, -9_007_199_254_740_993, -1, 0, 1, 9_007_199_254_740_993, .max])
    func `keep a signed integer to its last digit`(number: Int64) {
        #expect(Int64(bitPattern: Payload(number).raw) == number)
        #expect(Payload(number).number == Double(number))
    }

    @Test(arguments: [UInt64(0), 9_007_199_254_740_993, 1 << 63, .max])
    func `keep an unsigned integer and a pattern of bits to the last digit`(number: UInt64) {
        #expect(Payload(number).raw == number && Payload(bits: number).raw == number)
        #expect(Payload(number).number == Double(number) && Payload(bits: number).number == Double(number))
        #expect(Payload(number) != Payload(bits: number), "the tag is part of the value")
    }

    @Test func `are no number when there is none`() {
        #expect(Payload.none.number.isNaN)
        #expect(Payload(Double.nan).number.isNaN)
        #expect(Payload(Double.infinity).number == .infinity)
        #expect(Payload(-0.0).number.sign == .minus)
    }
}

@Suite struct `A sample` {
    private func reading(_ payload: Payload, _ quality: Quality) -> Reading {
        Sample(
            point: PointIndex(0), time: InputSlotTime.noon, arrival: InputSlotTime.noon, payload: payload,
            quality: quality
        ).reading
    }

    @Test func `of bad quality never lends its number`() {
        #expect(reading(Payload(99.0), .bad(.sentinel)) == .bad(.sentinel))
        #expect(reading(Payload(99.0), .bad(.sentinel)).usableValue == nil)
        #expect(reading(Payload(-200.0), Quality(bits: 0x0700)) == .bad(.unspecified))
    }

    @Test(arguments: [Payload.none, Payload(Double.nan), Payload(Double.infinity), Payload(-Double.infinity)])
    func `that is not finite is bad, however good it calls itself`(payload: Payload) {
        #expect(reading(payload, .good) == .bad(.notANumber))
        #expect(reading(payload, .uncertain(.degraded)) == .bad(.notANumber))
    }

    @Test func `made of a reading carries it, and nothing of a bad one`() {
        #expect(aSample(of: 1, at: 0, .good(3)).reading == .good(3))
        #expect(aSample(of: 1, at: 0, .uncertain(3, .overRange)).reading == .uncertain(3, .overRange))
        #expect(aSample(of: 1, at: 0, .bad(.linkDown)).payload == .none)
        #expect(aSample(of: 1, at: 0, .good(.nan)).quality == .bad(.notANumber))
        #expect(aSample(of: 1, at: 0, .uncertain(.infinity, .overRange)).quality == .bad(.notANumber))
        #expect(Reading.good(.infinity).usableValue == nil)
    }
}

enum InputSlotTime { static let noon = PlantInstant(milliseconds: 1_700_000_000_000) }
