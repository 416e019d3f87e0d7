import DeviceMap
import PlantModel
import PlantTime

/// A point as the tables of these tests need it.
func aPoint(
    _ number: UInt32 = 0, at address: UInt16 = 0, _ type: RegisterType = .unsigned16, order: WordOrder? = nil,
    area: RegisterArea = .holdingRegister, period: Duration = .seconds(1), group: Int? = nil, status: UInt32? = nil
) -> RegisterPoint {
    RegisterPoint(
        point: PointIndex(number), area: area, address: RegisterAddress(address), type: type,
        order: order ?? .bigEndian(bytes: type.registerCount * 2), status: status.map { PointIndex($0) },
        period: period, snapshotGroup: group)
}

func aUnit(_ points: [RegisterPoint], maxRegisters: Int = 120, maxGap: Int = 16) -> ModbusUnit {
    ModbusUnit(
        device: "T-1", unit: 1, pointClass: .level, points: points, maxRegisters: maxRegisters, maxGap: maxGap,
        linkPoint: PointIndex(900))
}

/// The samples of one answer that holds exactly these points.
func decode(_ points: [RegisterPoint], _ bytes: [UInt8], at instant: PlantInstant = noon) throws -> [Sample] {
    let unit = aUnit(points)
    let plan = try ReadPlan(unit: unit)
    var samples: [Sample] = []
    BlockDecoder(block: plan.blocks[0], unit: unit).decode(bytes.span, at: instant, into: &samples)
    return samples
}

let noon = PlantInstant(nanoseconds: 1_700_000_000_123_456_789)

/// SplitMix64 from a seed that a failing test prints.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return StableHash.mixed(state)
    }
}
