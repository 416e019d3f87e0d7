import DeviceMap
import Logging
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// Devices and reactors as these tests need them.
enum Plant {
    static let link: UInt32 = 900

    static func point(
        _ number: UInt32, at address: UInt16, _ type: RegisterType = .unsigned16, area: RegisterArea = .holdingRegister,
        every period: Duration = .milliseconds(100), group: Int? = nil
    ) -> RegisterPoint {
        RegisterPoint(
            point: PointIndex(number), area: area, address: RegisterAddress(address), type: type,
            order: .bigEndian(bytes: type.registerCount * 2), period: period, snapshotGroup: group)
    }

    static func unit(
        _ number: UInt8 = 1, _ points: [RegisterPoint], class pointClass: Point.Class = .gas, link: UInt32 = link
    ) -> ModbusUnit {
        ModbusUnit(
            device: "D-\(number)", unit: number, pointClass: pointClass, points: points, linkPoint: PointIndex(link))
    }

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func endpoint(
        id: String = "L-1", port: UInt16 = 502, host: String = "127.0.0.1", floor: Duration = .milliseconds(60),
        ceiling: Duration = .milliseconds(400), _ units: [ModbusUnit]
    ) -> ModbusEndpoint {
        ModbusEndpoint(
            id: id, host: host, port: port, connectTimeout: .seconds(2), responseFloor: floor,
            responseCeiling: ceiling, units: units)
    }

    /// Runs a reactor while `body` looks at what it publishes, and stops it whatever happens.
    static func run(
        _ endpoints: [ModbusEndpoint], urgency: (any PointUrgency)? = nil,
        resolver: @escaping @Sendable (String) -> HostAddress? = HostAddress.named, descriptorLimit: Int32 = 1024,
        _ body: (CapturingOutlet, ModbusReactor) throws -> Void
    ) throws {
        let outlet = CapturingOutlet()
        let reactor = try ModbusReactor(
            endpoints: endpoints, source: 3, outlet: outlet, clock: SteadyClock(),
            logger: silent, urgency: urgency, resolver: resolver, descriptorLimit: descriptorLimit)
        try reactor.start()
        defer { reactor.stop() }
        try body(outlet, reactor)
    }

    static func metric(_ name: String, of reactor: ModbusReactor, link: String = "L-1") -> Double? {
        reactor.metrics().first { $0.name == "hazardd_modbus_\(name)" && $0.labels.allSatisfy { $0.1 == link } }?.value
    }
}
