import DeviceMap
import PlantModel
import PlantTime
import Testing

/// A gas controller that keeps its channels' values at 0 and their states at 3,000.
@Suite struct `A status read in another request` {
    private let unit: ModbusUnit
    private let values: BlockDecoder
    private let states: BlockDecoder
    private var memory = StatusMemory()

    init() throws {
        var value = aPoint(0, at: 0, period: .seconds(1), status: 1)
        value.isStatusApart = true
        value.statusEffects = [StatusEffect(bit: 3, quality: .bad(.deviceFault))]
        unit = aUnit([value, aPoint(1, at: 3000, period: .seconds(5))])
        let plan = try ReadPlan(unit: unit)
        try #require(plan.blocks.count == 2)
        states = BlockDecoder(block: plan.blocks[0], unit: unit)
        values = BlockDecoder(block: plan.blocks[1], unit: unit)
    }

    private mutating func value(_ raw: UInt8, after seconds: Int) -> Reading? {
        var samples: [Sample] = []
        values.decode([0, raw].span, at: noon + .seconds(seconds), statuses: &memory, into: &samples)
        return samples.first?.reading
    }

    private mutating func state(_ bits: UInt8, after seconds: Int) {
        var samples: [Sample] = []
        states.decode([0, bits].span, at: noon + .seconds(seconds), statuses: &memory, into: &samples)
    }

    @Test mutating func `qualifies the value with what it last said`() {
        state(0, after: 0)
        #expect(value(40, after: 1) == .good(40))
        state(8, after: 5)
        #expect(value(41, after: 6) == .bad(.deviceFault))
        state(0, after: 10)
        #expect(value(42, after: 11) == .good(42))
    }

    @Test mutating func `counts for two of its own periods and no longer`() {
        state(8, after: 0)
        #expect(value(40, after: 10) == .bad(.deviceFault))
        state(0, after: 20)
        #expect(value(40, after: 30) == .good(40))
        // Nobody knows what it would say now: a fault may stand behind a value that looks normal.
        #expect(value(40, after: 31) == .bad(.stale))
        state(0, after: 32)
        #expect(value(40, after: 33) == .good(40))
    }

    @Test mutating func `that never came leaves the value without a number`() {
        #expect(value(40, after: 0) == .bad(.stale))
    }

    @Test func `leaves before the values that it qualifies`() throws {
        #expect(try ReadPlan(unit: unit).blocks.map(\.start.offset) == [3000, 0])
        // Without one the plan keeps its order.
        var plain = unit
        plain.points[0].isStatusApart = false
        plain.points[0].status = nil
        #expect(try ReadPlan(unit: plain).blocks.map(\.start.offset) == [0, 3000])
    }

    @Test func `is asked for in the same request unless the profile says otherwise`() {
        var together = unit
        together.points[0].isStatusApart = false
        #expect(throws: ReadPlan.Refused.statusElsewhere(PointIndex(0), status: PointIndex(1))) {
            try ReadPlan(unit: together)
        }
        var lost = unit
        lost.points.removeLast()
        #expect(throws: ReadPlan.Refused.statusElsewhere(PointIndex(0), status: PointIndex(1))) {
            try ReadPlan(unit: lost)
        }
    }
}
