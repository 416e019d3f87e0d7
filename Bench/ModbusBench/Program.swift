import BenchTools
import DeviceMap
import Glibc
import Logging
import ModbusIntake
import PlantModel
import PlantTime
import TwinModbus

/// Measures the Modbus door against a bare C client, and lets it watch a large plant.
///
///     ModbusBench                        reads a second over 16 connections, beside `Bench/TwinModbus`; exit 1 below a threshold
///     ModbusBench plant [DEVICES [S]]    so many devices (2,000) at 1 Hz for so long (600 s); exit 1 when a slot was missed
@main struct Program {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "plant" {
            let numbers = words.dropFirst().map { Int($0) ?? 0 }
            guard numbers.count <= 2, numbers.allSatisfy({ $0 > 0 }) else { return usage() }
            try WatchedPlant(devices: numbers.first ?? 2000, seconds: numbers.dropFirst().first ?? 600).run()
        } else if words.isEmpty, var thresholds = Thresholds(path: "Bench/modbus-thresholds") {
            try ReadBench().run(&thresholds)
            guard thresholds.failures.isEmpty else {
                report("below the threshold: \(thresholds.failures.joined(separator: " "))")
                exit(1)
            }
        } else {
            usage()
        }
    }

    private static func usage() {
        complain("usage: ModbusBench [plant [DEVICES [SECONDS]]], from the top of the repository")
        exit(64)
    }
}

/// The devices of a bench, in a process of their own.
struct BenchDevices {
    let process: Int32
    let port: UInt16

    init(count: Int) {
        var port: UInt16 = 0
        process = unsafe twin_modbus_devices(Int32(count), &port)
        self.port = port
        guard process > 0 else {
            complain("the devices could not be started: errno \(-process)")
            exit(70)
        }
    }

    func end() { twin_modbus_end(process) }
}

func reactor(_ endpoints: [ModbusEndpoint], _ outlet: CountingOutlet) throws -> ModbusReactor {
    try ModbusReactor(
        endpoints: endpoints, source: 1, outlet: outlet, clock: SteadyClock(),
        logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
}

func total(_ name: String, _ reactor: ModbusReactor) -> Double {
    reactor.metrics().filter { $0.name == "hazardd_modbus_\(name)" }.reduce(0) { $0 + $1.value }
}

/// Lets a span pass; the reactor works on its own thread.
func pass(seconds: Double) {
    var left = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
    var rest = timespec()
    while unsafe nanosleep(&left, &rest) != 0 { left = rest }
}
