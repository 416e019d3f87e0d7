import BenchTools
import DeviceMap
import Glibc
import Logging
import MQTTIntake
import PlantModel
import PlantTime
import RingPipeline
import StationPorts

/// The MQTT door of the daemon behind the same messages as `Bench/CountingSubscriber`: every payload is decoded into its
/// samples, repeats are looked for, and the samples go through the input ring, which the main thread empties.
///
///     IntakeSubscriber PORT MESSAGES
///
/// Prints "ready" when it is subscribed, and at the end one line: messages, CPU microseconds of the whole process but for the main
/// thread, which stands for the core (CoreBench measures that), samples.
@main struct Program {
    private struct NoQuarantine: QuarantineStore {
        func keep(_ payload: QuarantinedPayload) throws { complain("refused: \(payload.reason)") }
    }

    private static let devices = 100
    private static let paths = [
        "$.load_t", "$.radius_m", "$.height_m", "$.slew_deg", "$.wind_ms", "$.moment_pct", "$.alarms",
    ]

    static func main() throws {
        guard CommandLine.arguments.count == 3, let port = UInt16(CommandLine.arguments[1]),
            let wanted = Int(CommandLine.arguments[2])
        else {
            complain("usage: IntakeSubscriber PORT MESSAGES")
            exit(64)
        }
        let ring = Ring<InputSlot>(capacity: 65_536)
        var reader = ring.gatingReader()
        // Everything is settled at once: what the daemon's journal and log cost is measured elsewhere.
        let marks = StationMarks()
        marks.judge(through: 1 << 62, events: 0)
        marks.logged.advance(to: 1 << 62)
        var logger = Logger(label: "bench")
        logger.logLevel = .error
        let memory = "/tmp/intake-subscriber.\(getpid()).filters"
        defer { unsafe unlink(memory) }
        let door = BrokerDoor(
            link: try link(port: port), source: 16, outlet: RingOutlet(ring: ring), gate: marks, clock: SteadyClock(),
            filterMemory: memory, quarantine: NoQuarantine(), logger: logger)
        door.start()
        while !door.isUp { usleep(1000) }
        var slots = [InputSlot](repeating: InputSlot(.tick, at: .distantPast), count: 4096)
        func drain() -> Int {
            var count = 0
            while true {
                let taken = reader.copy(into: &slots)
                if taken == 0 { return count }
                reader.release(taken)
                count += taken
            }
        }
        _ = drain()
        let before = doorSeconds()
        report("ready")
        var heardAt = time(nil)
        var messages = 0
        var samples = 0
        while messages < wanted, time(nil) - heardAt <= 5 {
            let taken = drain()
            samples += taken
            if taken > 0 {
                heardAt = time(nil)
            } else {
                messages = Int(door.metrics().first { $0.name == "hazardd_mqtt_messages_total" }?.value ?? 0)
            }
            usleep(5000)
        }
        let used = Int((doorSeconds() - before) * 1e6)
        samples += drain()
        report("messages \(messages) cpu_us \(used) samples \(samples)")
        door.stop()
    }

    /// The devices of `TelemetryPublisher`, with every value of their payloads.
    private static func link(port: UInt16) throws -> BrokerLink {
        let routes = try (0..<devices).map { device in
            TopicRoute(
                device: "crane-\(device)", pointClass: .crane, topic: "bench/crane-\(device)/rt",
                points: try paths.enumerated().map { place, path in
                    PayloadPoint(
                        point: PointIndex(offset: device * paths.count + place), path: try PayloadPath(parsing: path),
                        range: -1000...1000)
                },
                stamp: StampField(path: try PayloadPath(parsing: "$.ts"), format: .epochMilliseconds),
                sequencePath: try PayloadPath(parsing: "$.seq"), expectedPeriod: .seconds(2),
                linkPoint: PointIndex(offset: 10_000 + device))
        }
        return BrokerLink(
            id: "bench", host: "127.0.0.1", port: port, clientID: "intake-subscriber", sessionExpiry: .seconds(1),
            routes: routes, linkPoint: PointIndex(20_000))
    }

    private static func doorSeconds() -> Double {
        var own = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own)
        return processorSeconds() - Double(own.tv_sec) - Double(own.tv_nsec) * 1e-9
    }
}
