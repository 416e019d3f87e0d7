import BenchTools
import DeviceMap
import Glibc
import ModbusIntake
import PlantModel
import PlantTime
import TwinModbus

/// A large plant on 127.0.0.0/8: every device at an address of its own, read once a second by one reactor. Every value must
/// be that device's, and no slot may be missed.
struct WatchedPlant {
    let devices: Int
    let seconds: Int

    func run() throws {
        let plant = BenchDevices(count: devices)
        defer { plant.end() }
        let files = twin_modbus_raise_files()
        guard files > UInt64(devices) + 100 else {
            complain("\(devices) devices need as many open files; this process may have \(files)")
            exit(70)
        }
        let outlet = CountingOutlet(checksValues: true)
        let reactor = try reactor((0..<devices).map { endpoint($0, plant.port) }, outlet)
        try reactor.start()
        defer { reactor.stop() }
        for second in 1...seconds {
            pass(seconds: 1)
            if second % 60 == 0 || second == seconds { tell(reactor, outlet, second) }
        }
        let missed = total("missed_slots_total", reactor)
        let expected = devices * (seconds - 2) * points
        let isSound =
            missed == 0 && outlet.mistaken == 0 && outlet.unusable == 0 && outlet.usable >= expected
            && total("timeouts_total", reactor) == 0
        report(isSound ? "no slot was missed and every value was right" : "FAIL: see the figures above")
        if !isSound { exit(1) }
    }

    private let points = 4

    private func tell(_ reactor: ModbusReactor, _ outlet: CountingOutlet, _ second: Int) {
        report(
            "\(second) s: \(devices) devices, \(Int(total("answers_total", reactor))) answers, "
                + "\(Int(total("missed_slots_total", reactor))) slots missed, "
                + "\(Int(total("timeouts_total", reactor))) time-outs, \(outlet.usable) values, \(outlet.mistaken) wrong, "
                + "\(outlet.unusable) bad; CPU \(shown(processorSeconds())) s, resident \(Self.residentKiB / 1024) MiB")
    }

    private func endpoint(_ number: Int, _ port: UInt16) -> ModbusEndpoint {
        let base = UInt32(number) * CountingOutlet.stride
        let points = (0..<UInt32(points)).map { offset in
            RegisterPoint(
                point: PointIndex(base + offset), area: .holdingRegister, address: RegisterAddress(UInt16(offset)),
                type: .unsigned16, order: .bigEndian(bytes: 2), period: .seconds(1))
        }
        let unit = ModbusUnit(
            device: "D-\(number)", unit: 1, pointClass: .level, points: points,
            linkPoint: PointIndex(CountingOutlet.firstLink + UInt32(number)))
        return ModbusEndpoint(
            id: "L-\(number)", host: "127.1.\(number / 250).\(number % 250 + 1)", port: port, units: [unit])
    }

    /// The most memory that this process has had at one time.
    private static var residentKiB: Int {
        var usage = rusage()
        return unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 ? usage.ru_maxrss : 0
    }
}
