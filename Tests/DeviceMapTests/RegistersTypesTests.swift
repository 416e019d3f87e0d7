import DeviceMap
import PlantModel
import PlantTime
import Testing

/// Every arrangement of the first `count` letters of the alphabet.
private func permutations(_ count: Int) -> [String] {
    var found: [[UInt8]] = [[]]
    for letter in 0..<UInt8(count) {
        found = found.flatMap { given in
            (0...given.count).map { place in
                var longer = given
                longer.insert(0x41 + letter, at: place)
                return longer
            }
        }
    }
    return found.map { String(decoding: $0, as: UTF8.self) }
}

@Suite struct `Byte order` {
    @Test(arguments: [(2, 2), (4, 24), (8, 40_320)])
    func `every permutation reads the number whose bytes its letters name`(bytes: Int, count: Int) throws {
        let all = permutations(bytes)
        #expect(Set(all).count == count)
        var random = SeededGenerator(state: 6)
        for letters in all {
            let order = try WordOrder(letters: letters)
            let number = random.next() >> UInt64(64 - 8 * bytes)
            // By the definition: the letter at a place on the wire names the byte, A the most significant.
            let wire = letters.utf8.map {
                UInt8(truncatingIfNeeded: number >> UInt64(8 * (bytes - 1 - Int($0 - 0x41))))
            }
            guard order.pattern(in: wire.span, at: 0) == number, order.wireBytes(of: number) == wire,
                order.letters == letters
            else {
                Issue.record("\(letters) of \(number)")
                return
            }
        }
    }

    @Test(arguments: ["", "A", "ABC", "AA", "ABCE", "abcd", "ABCDEFG", "ABCDEFGHI", "ABCD "])
    func `other letters are refused`(letters: String) {
        #expect(throws: WordOrder.Refused.self) { try WordOrder(letters: letters) }
    }

    @Test func `every usual order has its letters`() {
        #expect(WordOrder.usual(bytes: 4).map(\.letters) == ["ABCD", "CDAB", "BADC", "DCBA"])
        #expect([2, 4, 8].map { WordOrder.usual(bytes: $0).count } == [2, 4, 6])
    }
}

@Suite struct `Register type` {
    struct Row: CustomTestStringConvertible {
        var type: RegisterType
        var letters: String
        var bytes: [UInt8]
        var payload: Payload?
        var testDescription: String { "\(type) \(letters) \(bytes)" }
    }

    static let rows: [Row] = [
        Row(type: .unsigned8(.high), letters: "AB", bytes: [0xFE, 0x01], payload: Payload(UInt64(254))),
        Row(type: .unsigned8(.low), letters: "AB", bytes: [0xFE, 0x01], payload: Payload(UInt64(1))),
        Row(type: .unsigned8(.low), letters: "BA", bytes: [0xFE, 0x01], payload: Payload(UInt64(254))),
        Row(type: .signed8(.high), letters: "AB", bytes: [0xFE, 0x01], payload: Payload(Int64(-2))),
        Row(type: .signed8(.low), letters: "AB", bytes: [0x00, 0x80], payload: Payload(Int64(-128))),
        Row(type: .unsigned24, letters: "ABCD", bytes: [9, 1, 2, 3], payload: Payload(UInt64(0x01_0203))),
        Row(type: .unsigned24, letters: "CDAB", bytes: [2, 3, 9, 1], payload: Payload(UInt64(0x01_0203))),
        Row(type: .signed24, letters: "ABCD", bytes: [9, 0xFF, 0xFF, 0xFE], payload: Payload(Int64(-2))),
        Row(type: .signed24, letters: "ABCD", bytes: [0xFF, 0x7F, 0xFF, 0xFF], payload: Payload(Int64(8_388_607))),
        Row(type: .signed24, letters: "ABCD", bytes: [0, 0x80, 0, 0], payload: Payload(Int64(-8_388_608))),
        Row(type: .float16, letters: "AB", bytes: [0x51, 0x40], payload: Payload(42.0)),
        Row(type: .float16, letters: "BA", bytes: [0x40, 0xD1], payload: Payload(-42.0)),
        Row(type: .decimal(registers: 1), letters: "AB", bytes: [0x12, 0x34], payload: Payload(UInt64(1234))),
        Row(type: .decimal(registers: 1), letters: "AB", bytes: [0x12, 0x3A], payload: nil),
        Row(
            type: .decimal(registers: 2), letters: "CDAB", bytes: [0x56, 0x78, 0x12, 0x34],
            payload: Payload(UInt64(12_345_678))),
        Row(
            type: .decimal(registers: 4), letters: "ABCDEFGH", bytes: [UInt8](repeating: 0x99, count: 8),
            payload: Payload(UInt64(9_999_999_999_999_999))),
        Row(
            type: .decimal(registers: 4), letters: "ABCDEFGH", bytes: [0xF0, 0, 0, 0, 0, 0, 0, 1], payload: nil),
    ]

    @Test(arguments: rows)
    func `gives the number that the device holds`(row: Row) throws {
        let sample = try #require(
            decode([aPoint(7, row.type, order: WordOrder(letters: row.letters))], row.bytes).first)
        #expect(sample.payload == row.payload ?? .none)
        #expect(sample.quality == (row.payload == nil ? .bad(.decodeFailed) : .good))
    }

    @Test func `every half float is the number that IEEE 754 says`() {
        for pattern in UInt64(0)...0xFFFF {
            let number = RegisterType.float16.payload(ofPattern: pattern)?.number ?? 0
            let sign = pattern >> 15 == 1 ? -1.0 : 1
            let (exponent, fraction) = (Int(pattern >> 10 & 0x1F), Double(pattern & 0x3FF))
            if exponent == 31 {
                #expect(fraction == 0 ? number == sign * .infinity : number.isNaN)
            } else {
                let expected =
                    exponent == 0
                    ? Double(sign: .plus, exponent: -24, significand: fraction)
                    : Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
                guard number == sign * expected else {
                    Issue.record("\(pattern): \(number), expected \(sign * expected)")
                    return
                }
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3])
    func `what is written in any order is read in that order`(seed: UInt64) throws {
        let types: [RegisterType] = [
            .signed16, .unsigned16, .signed32, .unsigned32, .signed64, .unsigned64, .signed24, .unsigned24,
            .signed8(.high), .unsigned8(.low), .float32, .float64, .float16,
        ]
        var random = SeededGenerator(state: seed)
        for _ in 0..<300 {
            let type = types[Int(random.next() % UInt64(types.count))]
            let letters = String(
                decoding: "ABCDEFGH".utf8.prefix(type.orderBytes).shuffled(using: &random), as: UTF8.self)
            let order = try WordOrder(letters: letters)
            let whole = BitField(low: 0, width: type.orderBytes * 8).value(in: random.next())
            let sample = try #require(decode([aPoint(0, type, order: order)], order.wireBytes(of: whole)).first)
            let expected = type.payload(ofPattern: type.bits.value(in: whole))
            let isNumber = expected?.number.isFinite == true
            #expect(sample.payload == (isNumber ? expected : Payload.none), "\(type) \(letters) \(whole) seed \(seed)")
        }
    }
}

@Suite struct `An integer of more than 53 bits` {
    static let beyond = UInt64(1) << 53 + 1

    static func sample(_ pattern: UInt64, _ change: (inout RegisterPoint) -> Void) -> Sample {
        var point = aPoint(0, .unsigned64)
        change(&point)
        return point.sample(ofPattern: pattern, at: noon)
    }

    @Test func `keeps every digit where nothing is computed`() {
        #expect(Self.sample(.max) { _ in }.payload == Payload(UInt64.max))
        #expect(Self.sample(Self.beyond) { _ in }.payload == Payload(Self.beyond))
    }

    @Test func `is not used where a scale would make another number of it`() {
        #expect(Self.sample(Self.beyond) { $0.scaling = Scaling(scale: 0.01) }.quality == .bad(.outOfRange))
        #expect(
            Self.sample(Self.beyond - 1) { $0.scaling = Scaling(scale: 0.5) }.reading == .good(4_503_599_627_370_496))
    }

    @Test func `is held against its range and its clamps as an integer`() {
        let limit = Double(Self.beyond - 1)
        #expect(Double(Self.beyond) == limit, "a double cannot tell the two apart")
        #expect(Self.sample(Self.beyond) { $0.range = 0...limit }.quality == .bad(.outOfRange))
        #expect(Self.sample(Self.beyond - 1) { $0.range = 0...limit }.quality == .good)
        let above = limit + 2
        #expect(Double(Self.beyond + 2) == above + 2 || Double(Self.beyond + 2) == above)
        #expect(Self.sample(Self.beyond) { $0.clampAbove = above }.flags == [])
        #expect(Self.sample(Self.beyond + 1) { $0.clampAbove = above }.flags == .overRange)
    }

    @Test func `is compared as it is, below and above, signed and unsigned`() {
        let small = Payload(Int64.min + 1)
        #expect(small.isAbove(-9_223_372_036_854_775_808))
        #expect(!small.isBelow(-9_223_372_036_854_775_808))
        #expect(small.isBelow(1e30) && small.isAbove(-1e30))
        #expect(!small.isAbove(1e30) && !small.isBelow(-1e30))
        let large = Payload(UInt64.max)
        #expect(large.isBelow(18_446_744_073_709_551_616))
        #expect(large.isAbove(-1) && !large.isBelow(-1) && !large.isAbove(1e30))
    }
}

@Suite struct `A text in registers` {
    static func sample(_ text: String, registers: Int = 4, order: String = "AB", expected: String? = nil) throws
        -> Sample
    {
        var bytes = Array(text.utf8) + [UInt8](repeating: 0, count: registers * 2 - text.utf8.count)
        if order == "BA" {
            for place in stride(from: 0, to: bytes.count, by: 2) { bytes.swapAt(place, place + 1) }
        }
        var point = aPoint(0, .text(registers: registers), order: try WordOrder(letters: order))
        point.expectedText = expected.map { Array($0.utf8) }
        return try #require(decode([point], bytes).first)
    }

    @Test func `is the same number in both byte orders and however it is filled up, and another for another text`()
        throws
    {
        let one = try Self.sample("SN-1")
        #expect(try Self.sample("SN-1", order: "BA").payload == one.payload)
        #expect(try Self.sample("SN-1   ", registers: 6).payload == one.payload)
        #expect(try Self.sample("SN-2").payload != one.payload)
        #expect(one.payload.isHeldByDouble && one.payload.number > 0)
    }

    @Test func `says whether it is the one that should be there`() throws {
        #expect(try Self.sample("NH3", expected: "NH3").reading == .good(1))
        #expect(try Self.sample("CO", expected: "NH3").reading == .good(0))
    }

    @Test func `is bad when it is empty or none`() throws {
        #expect(try Self.sample("").quality == .bad(.sentinel))
        #expect(try Self.sample("   ").quality == .bad(.sentinel))
        #expect(try Self.sample("A\u{1}B").quality == .bad(.decodeFailed))
    }
}
