import BenchTools
import DeviceMap
import Glibc
import ModbusIntake
import PlantModel
import PlantTime
import TwinModbus

/// Reads a second over 16 connections with one request outstanding on each: the whole door (schedule, frame checks,
/// libmodbus, decoding of ten values a read, publishing) beside a C client that counts frames, in alternating rounds.
struct ReadBench {
    static let connections = 16
    static let registers = 20
    static let rounds = 5
    static let seconds = 2.0
    /// Blocks of one connection, each due once a millisecond: more than can be read, so that one is always due.
    static let blocks = 16

    func run(_ thresholds: inout Thresholds) throws {
        let devices = BenchDevices(count: 1)
        defer { devices.end() }
        var ratios: [Double] = []
        var own: [(rate: Double, cost: Double)] = []
        var twin: [(rate: Double, cost: Double)] = []
        for _ in 0..<Self.rounds {
            let floor = twin_modbus_poll(
                devices.port, Int32(Self.connections), Int32(Self.registers), Self.seconds)
            if floor.wrong > 0 { complain("the C client saw \(floor.wrong) wrong answers") }
            twin.append((Double(floor.exchanges) / floor.seconds, floor.processor_seconds / Double(floor.exchanges)))
            own.append(try measure(devices.port))
            ratios.append(own[own.count - 1].rate / twin[twin.count - 1].rate)
        }
        let figures = [("C client", twin), ("hazardd", own)]
        for (name, rounds) in figures {
            report(
                "     \(name): \(shown(median(rounds.map(\.rate)))) reads/s, \(shown(median(rounds.map(\.cost)) * 1e6)) us CPU "
                    + "an exchange")
        }
        thresholds.check("reads", median(ratios), "reads/s over 16 connections, times the C client's")
        thresholds.check(
            "cpu", median(own.map(\.cost)) / median(twin.map(\.cost)), "CPU an exchange, times the C client's")
    }

    private func measure(_ port: UInt16) throws -> (rate: Double, cost: Double) {
        let outlet = CountingOutlet(checksValues: false)
        let reactor = try reactor((0..<Self.connections).map { endpoint($0, port) }, outlet)
        try reactor.start()
        defer { reactor.stop() }
        while outlet.usable < 1000 { pass(seconds: 0.01) }
        let (began, worked, before) = (SteadyClock().now(), processorSeconds(), outlet.usable)
        pass(seconds: Self.seconds)
        let reads = Double(outlet.usable - before) / Double(Self.registers / 2)
        return (reads / (SteadyClock().now() - began).seconds, (processorSeconds() - worked) / reads)
    }

    private func endpoint(_ number: Int, _ port: UInt16) -> ModbusEndpoint {
        let points = (0..<Self.blocks).flatMap { block in
            stride(from: 0, to: Self.registers, by: 2).map { offset in
                RegisterPoint(
                    point: PointIndex(UInt32(number * 1000 + block * 20 + offset)), area: .holdingRegister,
                    address: RegisterAddress(UInt16(block * 200 + offset)), type: .unsigned32,
                    order: .bigEndian(bytes: 4), period: .milliseconds(1))
            }
        }
        let unit = ModbusUnit(
            device: "D-\(number)", unit: 1, pointClass: .level, points: points,
            linkPoint: PointIndex(CountingOutlet.firstLink + UInt32(number)))
        return ModbusEndpoint(id: "L-\(number)", host: "127.1.0.1", port: port, units: [unit])
    }
}
