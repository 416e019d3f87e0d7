import DeviceMap
import PlantModel
import Testing

/// What a raw number means beyond itself: fields, states, curves, clamps, loops.
@Suite struct `The meaning of a register` {
    static func sample(_ raw: UInt64, _ type: RegisterType = .unsigned16, _ change: (inout RegisterPoint) -> Void)
        -> Sample
    {
        var point = aPoint(0, type)
        change(&point)
        return point.sample(ofPattern: raw, at: noon)
    }

    @Test(arguments: [(0, 4, UInt64(0x4)), (4, 8, 0x23), (15, 1, 0), (0, 16, 0x1234), (9, 1, 1)])
    func `a field is the number in its own bits`(low: Int, width: Int, number: UInt64) throws {
        var point = aPoint(0, .unsigned16)
        point.field = BitField(low: low, width: width)
        #expect(try decode([point], [0x12, 0x34]).first?.payload == Payload(number))
    }

    @Test func `bit 17 of a word in swapped registers is found`() throws {
        var point = aPoint(0, .unsigned32, order: try WordOrder(letters: "CDAB"))
        point.field = BitField(low: 17, width: 1)
        #expect(try decode([point], [0, 0, 0, 2]).first?.reading == .good(1))
        #expect(try decode([point], [0, 2, 0, 0]).first?.reading == .good(0))
    }

    @Test(arguments: [(UInt64(0), Quality.good), (1, .good), (2, .bad(.outOfRange)), (0xFFFF, .bad(.sentinel))])
    func `a state that the profile does not know is never a normal one`(raw: UInt64, quality: Quality) {
        let sample = Self.sample(raw) {
            $0.states = [0, 1]
            $0.sentinels = [0xFFFF]
        }
        #expect(sample.quality == quality)
        #expect(sample.reading.usableValue == (quality == .good ? Double(raw) : nil))
    }

    @Test func `a negative state is known by its pattern`() {
        let sample = Self.sample(0xFFFF, .signed16) { $0.states = [0xFFFF, 1] }
        #expect(sample.reading == .good(-1))
    }

    @Test(arguments: [
        (UInt8(0x0), Quality.bad(.warmUp)), (0x1, .good), (0x2, .bad(.maintenance)), (0x9, .bad(.outOfRange)),
        (0x11, .bad(.deviceFault)), (0x31, .bad(.outOfRange)),
    ])
    func `modes and faults of one status word qualify the value beside it`(status: UInt8, quality: Quality) throws {
        var value = aPoint(0, at: 0, status: 1)
        let mode = BitField(low: 0, width: 4)
        let fault = BitField(low: 4, width: 2)
        value.statusEffects = [
            StatusEffect(field: fault, .equals(1), quality: .bad(.deviceFault)),
            StatusEffect(field: fault, .noneOf([0, 1, 2]), quality: .bad(.outOfRange)),
            StatusEffect(field: mode, .equals(0), quality: .bad(.warmUp)),
            StatusEffect(field: mode, .equals(2), quality: .bad(.maintenance)),
            StatusEffect(field: mode, .noneOf([0, 1, 2]), quality: .bad(.outOfRange)),
        ]
        #expect(try decode([value, aPoint(1, at: 1)], [0, 42, 0, status]).first?.quality == quality)
    }

    // MARK: Curves

    static let loop = ValueCurve([.init(raw: 4000, value: 0), .init(raw: 20_000, value: 500)], holdsEnds: false)

    @Test(arguments: [(UInt64(4000), 0.0), (20_000, 500), (12_000, 250), (20_800, 525), (3800, -6.25)])
    func `two points are a line that goes on beyond them`(raw: UInt64, value: Double) {
        #expect(Self.sample(raw) { $0.curve = Self.loop }.reading == .good(value))
    }

    @Test func `two points are met to the last bit, where the sum of the step is not`() throws {
        let line = try #require(ValueCurve([.init(raw: 0, value: 0.7), .init(raw: 10, value: 0.1)], holdsEnds: false))
        #expect(0.7 + (0.1 - 0.7) != 0.1)
        #expect(line.value(at: 10) == 0.1 && line.value(at: 0) == 0.7)
    }

    @Test(arguments: [
        (UInt64(3599), Quality.bad(.deviceFault)), (3600, .good), (21_000, .good), (21_001, .bad(.deviceFault)),
    ])
    func `a loop current that no sound transmitter drives is a fault`(raw: UInt64, quality: Quality) {
        let sample = Self.sample(raw) {
            $0.curve = Self.loop
            $0.validRaw = 3600...21_000
        }
        #expect(sample.quality == quality)
    }

    @Test func `a strapping table is straight between its rows, exact at them, and holds its ends`() throws {
        let rows: [(Double, Double)] = [(0, 0), (100, 0.3), (250, 1.7), (1000, 42.1), (1500, 60)]
        let curve = try #require(ValueCurve(rows.map { .init(raw: $0.0, value: $0.1) }, holdsEnds: true))
        for (raw, value) in rows { #expect(curve.value(at: raw) == value) }
        #expect(curve.value(at: 50) == 0.15)
        #expect(curve.value(at: 175) == 1.0)
        #expect(curve.value(at: 1250) == 51.05)
        #expect(curve.value(at: -1) == 0)
        #expect(curve.value(at: 9999) == 60)
        #expect(curve.value(at: .nan).isNaN)
        #expect(curve.value(at: .infinity) == .infinity)
    }

    @Test(arguments: [0, 1, 2])
    func `a table lies between the values of its neighbours`(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        let raws = Set((0..<40).map { _ in Double(random.next() % 10_000) }).sorted()
        let knots = raws.enumerated().map { ValueCurve.Knot(raw: $1, value: Double($0 * $0)) }
        let curve = try #require(ValueCurve(knots, holdsEnds: true))
        for raw in stride(from: -50.0, to: 10_050, by: 7) {
            let below = knots.last { $0.raw <= raw } ?? knots[0]
            let above = knots.first { $0.raw >= raw } ?? knots[knots.count - 1]
            #expect((below.value...above.value).contains(curve.value(at: raw)), "raw \(raw) seed \(seed)")
        }
    }

    @Test func `a curve that does not rise, or has one point, is none`() {
        #expect(ValueCurve([.init(raw: 0, value: 0)], holdsEnds: true) == nil)
        #expect(ValueCurve([.init(raw: 1, value: 0), .init(raw: 1, value: 5)], holdsEnds: true) == nil)
        #expect(ValueCurve([.init(raw: 0, value: 0), .init(raw: .nan, value: 5)], holdsEnds: true) == nil)
    }

    // MARK: Clamps

    @Test func `below its lower clamp it is uncertain and stays usable`() {
        func sample(_ raw: Int16, clampBelow: Double?) -> Sample {
            Self.sample(UInt64(UInt16(bitPattern: raw)), .signed16) {
                $0.range = 0...100
                $0.clampBelow = clampBelow
            }
        }
        #expect(sample(-3, clampBelow: 0).reading == .uncertain(-3, .underRange))
        #expect(sample(0, clampBelow: 0).reading == .good(0))
        #expect(sample(-3, clampBelow: nil).quality == .bad(.outOfRange))
    }

    @Test func `minus infinity of a point with a lower clamp is under range at the clamp`() {
        let sample = Self.sample(0xFF80_0000, .float32) { $0.clampBelow = -40 }
        #expect(sample.reading == .uncertain(-40, .underRange))
        #expect(
            Self.sample(0x7FC0_0000, .float32) { ($0.clampAbove, $0.clampBelow) = (1, 0) }.quality == .bad(.notANumber))
    }
}
