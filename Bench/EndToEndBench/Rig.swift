import EndToEndRig
import Glibc
import ParkSimulator

/// Where an alarm begins.
enum Source: String, CaseIterable {
    case modbus
    case mqtt
}

/// One of the four conditions.
struct Condition {
    var source: Source
    /// 10,000 messages a second, and reads of 60 registers that bring 100,000 samples a second.
    var isLoaded: Bool

    var name: String { "\(source.rawValue)-\(isLoaded ? "loaded" : "idle")" }
    var needsBroker: Bool { isLoaded || source == .mqtt }

    static let all = [false, true].flatMap { isLoaded in
        Source.allCases.map { Condition(source: $0, isLoaded: isLoaded) }
    }
}

/// The plant and the receiver of the bench, which live as long as it does.
struct Rig {
    struct Ports {
        var receiver: UInt16 = 0
        var alarm: UInt16 = 0
        var load: [UInt16] = []
    }

    static let messagesPerSecond: Int32 = 10_000
    let ports: Ports

    init() throws(ParkFailure) {
        var ports = Ports()
        var numbers = [UInt16](repeating: 0, count: 1 + Int(RIG_LOAD_ENDPOINTS))
        guard unsafe rig_start_receiver(&ports.receiver) == 0, unsafe rig_start_modbus(&numbers) == 0 else {
            throw ParkFailure("the rig could not open its ports")
        }
        ports.alarm = numbers[0]
        ports.load = Array(numbers.dropFirst())
        self.ports = ports
    }

    /// Raises and clears until `count` alarms have arrived.
    func run(_ condition: Condition, alarms count: Int, seed: UInt32) throws(ParkFailure) -> [rig_alarm] {
        guard let results = raise(condition, count, patience: 10_000, seed), results.count == count else {
            throw ParkFailure("\(condition.name): an alarm did not arrive within 10 s")
        }
        return results
    }

    /// Until one alarm arrives, then twice each point, and, under load, a second.
    func warmUp(_ condition: Condition, seed: UInt32) throws(ParkFailure) {
        // Whoever has just been started may not have subscribed yet.
        var tries = 0
        while raise(condition, 1, patience: 500, seed)?.isEmpty != false {
            tries += 1
            guard tries < 60 else { throw ParkFailure("\(condition.name): no alarm arrives") }
        }
        _ = raise(condition, 2 * Int(RIG_POINTS), patience: 10_000, seed)
        // The broker says once a second what it has delivered.
        if condition.isLoaded { usleep(1_200_000) }
    }

    private func raise(_ condition: Condition, _ count: Int, patience: Int32, _ seed: UInt32) -> [rig_alarm]? {
        var results = [rig_alarm](repeating: rig_alarm(), count: count)
        let source = condition.source == .modbus ? RIG_MODBUS : RIG_MQTT
        let arrived = unsafe rig_run(source, Int32(count), patience, seed, &results)
        return arrived > 0 ? Array(results.prefix(Int(arrived))) : nil
    }
}
