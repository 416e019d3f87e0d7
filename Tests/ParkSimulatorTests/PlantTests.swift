import DeviceMap
import Foundation
import Glibc
import ParkSimulator
import PlantTime
import Testing

@Suite struct `The simulated park at work` {
    @Test func `shows its Modbus devices to Debian's own client, as the demo site's README lists them`() throws {
        let plant = try SimulatedPlant(plan: .demo, seed: 1, brokerPort: nil)
        defer { plant.stop() }
        #expect(Poll.until(within: .seconds(20)) { plant.seconds >= 1.1 })
        func client(_ device: String) throws -> LibmodbusClient {
            let port = try #require(plant.modbus.port(of: device))
            return try #require(LibmodbusClient(port: port))
        }
        let ammonia = try client("NH3-101").registers(.holdingRegister, from: 0, count: 7).get()
        #expect((70...90).contains(ammonia[0]) && ammonia[1] == 0 && ammonia[4] == 5000)
        let sis = try client("SIS-1")
        #expect(try sis.bits(.discreteInput, from: 0, count: 9).get().prefix(2) == [true, true])
        #expect(try sis.registers(.inputRegister, from: 0, count: 1).get()[0] >= 1)
        let tank = try client("LT-1203").registers(.holdingRegister, from: 0, count: 9).get()
        let level = Float(bitPattern: UInt32(tank[0]) << 16 | UInt32(tank[1]))
        #expect((8.1...8.3).contains(level) && tank[7] == 2)
        let dust = try client("DUST-201").registers(.holdingRegister, from: 0, count: 7).get()
        #expect((0...4).contains(Float(bitPattern: UInt32(dust[0]) << 16 | UInt32(dust[1]))) && dust[6] == 4)
    }

    @Test func `follows a scenario's signal at once`() throws {
        let plant = try SimulatedPlant(plan: .demo, seed: 1, brokerPort: nil)
        defer { plant.stop() }
        plant.move(.tankLevel, .step(to: 3), at: 0)
        #expect(Poll.until(within: .seconds(20)) { plant.value(of: .tankLevel) < 3.1 })
        let port = try #require(plant.modbus.port(of: "LT-1203"))
        let client = try #require(LibmodbusClient(port: port))
        #expect(
            Poll.until(within: .seconds(20)) {
                guard case .success(let words) = client.registers(.holdingRegister, from: 0, count: 2) else {
                    return false
                }
                return abs(Float(bitPattern: UInt32(words[0]) << 16 | UInt32(words[1])) - 3) < 0.1
            })
    }

    @Test func `publishes for its MQTT devices, says that they are there, and the broker says when one is gone`() throws
    {
        try inTemporaryFolder { folder in
            let broker = try BrokerProcess(folder: folder)
            let heard = "\(folder)/heard"
            let listener = try ChildProcess(
                "listener", executable: "/usr/bin/mosquitto_sub",
                arguments: ["-p", "\(broker.port)", "-q", "1", "-t", "park/demo/#", "-F", "%r %t %p"],
                output: .file(heard))
            defer { listener.end(patience: .seconds(5)) }
            let plant = try SimulatedPlant(plan: .demo, seed: 1, brokerPort: broker.port)
            defer { plant.stop() }
            func heardLine(_ part: String) -> Bool {
                Poll.until(within: .seconds(30)) { (try? Files.text(of: heard).contains(part)) ?? false }
            }
            for device in ["crane/TC-1", "slope/SL-1", "elec/EM-1"] {
                #expect(heardLine("park/demo/\(device)/status online"))
            }
            #expect(heardLine(#""seq":1,"load_t""#))
            #expect(heardLine("park/demo/slope/SL-1/gnss {"))
            #expect(heardLine("park/demo/elec/EM-1/telemetry {"))
            #expect(Poll.until(within: .seconds(30)) { plant.deliveries(of: "TC-1").acknowledged >= 2 })

            plant.setPresence(.gone, of: "TC-1")
            #expect(heardLine("park/demo/crane/TC-1/status offline"))
            let online = try Self.count("crane/TC-1/status online", in: heard)
            plant.setPresence(.publishing, of: "TC-1")
            #expect(
                Poll.until(within: .seconds(30)) {
                    ((try? Self.count("crane/TC-1/status online", in: heard)) ?? 0) > online
                })
        }
    }

    @Test func `keeps its MQTT devices through a broker that stops and comes back`() throws {
        try inTemporaryFolder { folder in
            let broker = try BrokerProcess(folder: folder)
            let plant = try SimulatedPlant(plan: .demo, seed: 1, brokerPort: broker.port)
            defer { plant.stop() }
            #expect(Poll.until(within: .seconds(30)) { plant.deliveries(of: "TC-1").acknowledged >= 2 })
            broker.stop()
            let before = plant.deliveries(of: "TC-1").acknowledged
            try broker.start()
            #expect(Poll.until(within: .seconds(30)) { plant.deliveries(of: "TC-1").acknowledged >= before + 2 })
        }
    }

    private static func count(_ part: String, in file: String) throws -> Int {
        try Files.text(of: file).components(separatedBy: part).count - 1
    }
}
