import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

@Suite struct `A sound backup` {
    @Test func `is not taken for lost because the first address refuses`() throws {
        let first = FaultServer(isListening: false) { [.send($0.answer { UInt16($0) })] }
        let backup = FaultServer { [.send($0.answer { UInt16(1000 + $0) })] }
        defer {
            first.stop()
            backup.stop()
        }
        var endpoint = Plant.endpoint(port: first.port, [Plant.unit(1, [Plant.point(0, at: 4)])])
        endpoint.manners.backup = LinkManners.Address(host: "127.0.0.1", port: backup.port)
        let plant = try SimulatedPlant([(endpoint, backup)])
        defer { plant.stop() }
        #expect(plant.run(atMost: .seconds(5)) { plant.outlet.linkStory(of: Plant.link) == [0, 1] })
        #expect(plant.run(atMost: .seconds(70), by: .milliseconds(50)) { backup.connectionCount == 2 })
        _ = plant.run(atMost: .seconds(2)) { false }
        #expect(plant.outlet.linkStory(of: Plant.link) == [0, 1])
        let values = plant.outlet.samples(of: 0).drop { !$0.quality.isUsable }
        #expect(values.allSatisfy { $0.quality == .good })
    }
}
