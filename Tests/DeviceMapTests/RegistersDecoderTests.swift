import DeviceMap
import PlantModel
import PlantTime
import Testing

@Suite struct `Register decoder` {
    struct Row: CustomTestStringConvertible {
        var type: RegisterType
        var letters: String
        var bytes: [UInt8]
        var payload: Payload
        var testDescription: String { "\(type) \(letters) \(bytes)" }
    }

    static let rows: [Row] = [
        Row(type: .unsigned16, letters: "AB", bytes: [0x12, 0x34], payload: Payload(UInt64(0x1234))),
        Row(type: .unsigned16, letters: "BA", bytes: [0x34, 0x12], payload: Payload(UInt64(0x1234))),
        Row(type: .unsigned16, letters: "AB", bytes: [0xFF, 0xFF], payload: Payload(UInt64(65_535))),
        Row(type: .signed16, letters: "AB", bytes: [0xFF, 0xFE], payload: Payload(Int64(-2))),
        Row(type: .signed16, letters: "AB", bytes: [0x80, 0x00], payload: Payload(Int64(-32_768))),
        Row(type: .unsigned32, letters: "ABCD", bytes: [1, 2, 3, 4], payload: Payload(UInt64(0x0102_0304))),
        Row(type: .unsigned32, letters: "CDAB", bytes: [3, 4, 1, 2], payload: Payload(UInt64(0x0102_0304))),
        Row(type: .unsigned32, letters: "BADC", bytes: [2, 1, 4, 3], payload: Payload(UInt64(0x0102_0304))),
        Row(type: .unsigned32, letters: "DCBA", bytes: [4, 3, 2, 1], payload: Payload(UInt64(0x0102_0304))),
        Row(type: .signed32, letters: "CDAB", bytes: [0xFF, 0xFF, 0xFF, 0xFF], payload: Payload(Int64(-1))),
        Row(type: .float32, letters: "ABCD", bytes: [0x42, 0x28, 0, 0], payload: Payload(42.0)),
        Row(type: .float32, letters: "CDAB", bytes: [0, 0, 0x42, 0x28], payload: Payload(42.0)),
        Row(type: .float32, letters: "DCBA", bytes: [0, 0, 0x28, 0x42], payload: Payload(42.0)),
        Row(type: .float32, letters: "BADC", bytes: [0x28, 0x42, 0, 0], payload: Payload(42.0)),
        Row(
            type: .float64, letters: "ABCDEFGH", bytes: [0x40, 0x45, 0, 0, 0, 0, 0, 0], payload: Payload(42.0)),
        Row(
            type: .float64, letters: "GHEFCDAB", bytes: [0, 0, 0, 0, 0, 0, 0x40, 0x45], payload: Payload(42.0)),
        // More than 53 bits: a double would lose the last digit.
        Row(
            type: .unsigned64, letters: "ABCDEFGH", bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE],
            payload: Payload(UInt64.max - 1)),
        Row(
            type: .unsigned64, letters: "GHEFCDAB", bytes: [7, 8, 5, 6, 3, 4, 1, 2],
            payload: Payload(UInt64(0x0102_0304_0506_0708))),
        Row(
            type: .signed64, letters: "HGFEDCBA", bytes: [1, 0, 0, 0, 0, 0, 0, 0x80],
            payload: Payload(Int64.min + 1)),
        Row(type: .bit(0), letters: "AB", bytes: [0, 0x01], payload: Payload(bits: 1)),
        Row(type: .bit(8), letters: "AB", bytes: [0x01, 0], payload: Payload(bits: 1)),
        Row(type: .bit(8), letters: "BA", bytes: [0x01, 0], payload: Payload(bits: 0)),
        Row(type: .bit(15), letters: "AB", bytes: [0x7F, 0xFF], payload: Payload(bits: 0)),
    ]

    @Test(arguments: rows)
    func `every type and byte order gives the number that the device holds`(row: Row) throws {
        let samples = try decode([aPoint(7, row.type, order: WordOrder(letters: row.letters))], row.bytes)
        #expect(samples.map(\.payload) == [row.payload])
        #expect(samples.map(\.quality) == [.good])
        #expect(samples.map(\.time.nanoseconds) == [1_700_000_000_123_000_000], "whole milliseconds")
        #expect(samples.map(\.arrival) == samples.map(\.time))
    }

    @Test(arguments: [
        "AB", "BA", "ABCD", "CDAB", "BADC", "DCBA", "ABCDEFGH", "GHEFCDAB", "HGFEDCBA", "BADCFEHG", "DBCA",
    ])
    func `an order writes what it reads`(letters: String) throws {
        let order = try WordOrder(letters: letters)
        let pattern = UInt64(0x0102_0304_0506_0708) >> UInt64(64 - 8 * letters.utf8.count)
        #expect(order.pattern(in: order.wireBytes(of: pattern).span, at: 0) == pattern)
    }

    @Test func `bits of discrete inputs come lowest first`() throws {
        let points = (0..<12).map { aPoint(UInt32($0), at: UInt16(100 + $0), .bit(0), area: .discreteInput) }
        let samples = try decode(points, [0b1000_0101, 0b0000_1010])
        #expect(samples.map(\.payload.raw) == [1, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1])
        #expect(samples.map(\.point.number) == Array(0..<12))
    }

    @Test(arguments: [
        (3, 0.1, 0.3), (7, 0.1, 0.7), (195, 0.1, 19.5), (1234, 0.001, 1.234), (6, 0.05, 0.3), (3, 2.5, 7.5),
    ])
    func `a decimal scale gives the double that a set-point is written with`(raw: Int, scale: Double, value: Double) {
        #expect(Scaling(scale: scale).apply(Double(raw)) == value)
    }

    @Test func `scale and offset turn counts into the engineering unit`() throws {
        var point = aPoint(0, .signed16)
        point.scaling = Scaling(scale: 0.1, offset: -40)
        #expect(try decode([point], [0xFF, 0xF6]).map(\.reading) == [.good(-41)])
    }
}

@Suite struct `A register that says it has no value` {
    static func reading(_ change: (inout RegisterPoint) -> Void, _ bytes: [UInt8]) throws -> Sample {
        var point = aPoint(0, bytes.count == 4 ? .float32 : .signed16)
        change(&point)
        return try #require(decode([point], bytes).first)
    }

    @Test func `a sentinel pattern is bad and carries no number`() throws {
        let sample = try Self.reading({ $0.sentinels = [0x8000, 0x7FFF] }, [0x80, 0x00])
        #expect(sample.quality == .bad(.sentinel))
        #expect(sample.payload == .none)
    }

    @Test func `NaN is bad`() throws {
        #expect(try Self.reading({ _ in }, [0x7F, 0xC0, 0, 0]).quality == .bad(.notANumber))
    }

    @Test func `infinity without a clamp is bad`() throws {
        #expect(try Self.reading({ _ in }, [0x7F, 0x80, 0, 0]).quality == .bad(.notANumber))
        #expect(try Self.reading({ $0.clampAbove = 500 }, [0xFF, 0x80, 0, 0]).quality == .bad(.notANumber))
    }

    @Test func `infinity of a cell with a clamp is over range at the clamp and can raise`() throws {
        let sample = try Self.reading({ $0.clampAbove = 500 }, [0x7F, 0x80, 0, 0])
        #expect(sample.reading == .uncertain(500, .overRange))
        #expect(sample.flags == .overRange)
    }

    @Test(arguments: [(-1, false), (0, true), (500, true), (501, false)])
    func `outside the declared range it is bad`(value: Int, isUsable: Bool) throws {
        let bits = UInt16(bitPattern: Int16(value))
        let sample = try Self.reading({ $0.range = 0...500 }, [UInt8(bits >> 8), UInt8(bits & 0xFF)])
        #expect(sample.quality == (isUsable ? .good : .bad(.outOfRange)))
        #expect(sample.reading.usableValue == (isUsable ? Double(value) : nil))
    }

    @Test func `at its clamp it is flagged and stays usable, whatever the range says`() throws {
        let sample = try Self.reading(
            {
                $0.range = 0...500
                $0.clampAbove = 500
            }, [0x02, 0x58])
        #expect(sample.reading == .good(600))
        #expect(sample.flags == .overRange)
    }
}

@Suite struct `Status read with a value` {
    /// Value in register 0, status word in register 1.
    static func readings(value: UInt8, status: UInt8, range: ClosedRange<Double>? = nil) throws -> [Sample] {
        var concentration = aPoint(0, at: 0, .unsigned16, status: 1)
        concentration.range = range
        concentration.statusEffects = [
            StatusEffect(bit: 0, quality: .bad(.deviceFault)),
            StatusEffect(bit: 1, quality: .uncertain(.overRange)),
            StatusEffect(bit: 3, quality: .bad(.warmUp)),
            StatusEffect(bit: 7, whenSet: false, quality: .bad(.maintenance)),
        ]
        var word = aPoint(1, at: 1, .unsigned16)
        word.sentinels = [0x00FF]
        return try decode([concentration, word], [0, value, 0, status])
    }

    @Test(arguments: [
        (UInt8(0x80), Quality.good), (0x81, .bad(.deviceFault)), (0x82, .uncertain(.overRange)),
        (0x88, .bad(.warmUp)), (0x8A, .bad(.warmUp)), (0x89, .bad(.deviceFault)), (0x00, .bad(.maintenance)),
        (0xFF, .bad(.sentinel)),
    ])
    func `the worst bit decides`(status: UInt8, quality: Quality) throws {
        let samples = try Self.readings(value: 42, status: status)
        #expect(samples[0].quality == quality)
        #expect(samples[0].reading.usableValue == (quality.isUsable ? 42 : nil))
        #expect(samples[0].flags.contains(.overRange) == (quality == .uncertain(.overRange)))
    }

    @Test func `a bad status gives the reason even of a value that is bad itself`() throws {
        #expect(try Self.readings(value: 200, status: 0x88, range: 0...100)[0].quality == .bad(.warmUp))
        #expect(try Self.readings(value: 200, status: 0x82, range: 0...100)[0].quality == .bad(.outOfRange))
    }

    @Test func `a spoiled block has a bad reading for every point`() throws {
        let unit = aUnit([aPoint(0, at: 0), aPoint(1, at: 1)])
        let block = try #require(ReadPlan(unit: unit).blocks.first)
        var samples: [Sample] = []
        BlockDecoder(block: block, unit: unit).spoil(.deviceFault, at: noon, into: &samples)
        #expect(samples.map(\.quality) == [.bad(.deviceFault), .bad(.deviceFault)])
        #expect(samples.map(\.point.number) == [0, 1])
    }
}
