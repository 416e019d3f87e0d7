import DeviceMap
import ParkSimulator

/// The registers behind the gateways: every value moves a little each second, and now and then one tank in a thousand is
/// filled past its limits, so that the station has alarms to raise and to clear.
struct MovingRegisters {
    let park: ModbusPark
    private var second = 0

    init() throws {
        let bank = RegisterBank(holdingRegisters: BigSite.pointsPerUnit)
        let units = Dictionary(uniqueKeysWithValues: (1...BigSite.unitsPerGateway).map { (UInt8($0), bank) })
        park = try ModbusPark(
            devices: (0..<BigSite.gateways).map { ParkDevice(id: BigSite.gateway($0), units: units) })
        step()
    }

    /// One second of the plant.
    mutating func step() {
        for gateway in 0..<BigSite.gateways {
            for unit in 1...BigSite.unitsPerGateway {
                let first = (gateway * BigSite.unitsPerGateway + unit - 1) * BigSite.pointsPerUnit
                park.update(BigSite.gateway(gateway), unit: UInt8(unit)) { bank in
                    for place in 0..<BigSite.pointsPerUnit {
                        bank[.holdingRegister, place] = level(of: first + place)
                    }
                }
            }
        }
        second += 1
    }

    /// In millimetres.
    private func level(of point: Int) -> UInt16 {
        let ripple = (point &* 2_654_435_761 &+ second &* 40_503) >> 7 & 31
        // 60 s a round trip, 30 of them above H and HH.
        let isFull = point % 1000 == 7 && (second + point) / 30 % 2 == 1
        return UInt16((isFull ? 18_500 : 9_000 + point % 500 * 8) + ripple)
    }
}
