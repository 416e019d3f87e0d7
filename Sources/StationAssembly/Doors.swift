import DeviceMap
import MQTTIntake
import ModbusIntake
import PlantTime

/// The front doors for devices: one reactor for all Modbus endpoints, one door a broker.
final class Doors: Sendable {
    let modbus: ModbusReactor?
    let brokers: [BrokerDoor]

    init(modbus: ModbusReactor?, brokers: [BrokerDoor]) {
        self.modbus = modbus
        self.brokers = brokers
    }

    func start() throws {
        try modbus?.start()
        for door in brokers where !door.start() {
            throw StationFault("the door of broker \(door.link.id) could not start its thread", exitStatus: 70)
        }
    }

    func stop() {
        modbus?.stop()
        for door in brokers { door.stop() }
    }

    /// What is wrong at them, one line each; for the state of the station.
    var troubles: [String] { modbus?.troubles ?? [] }

    var firstPollsSent: Bool { modbus?.firstPollsSent ?? true }

    /// Their beats, for the guard.
    var beats: [HealthDesk.Outside] {
        var beats = brokers.map { door in
            HealthDesk.Outside(stage: "mqtt:\(door.link.id)", limit: .seconds(10)) { door.lastBeat }
        }
        if let modbus { beats.append(HealthDesk.Outside(stage: "modbus", limit: .seconds(5)) { modbus.lastBeat }) }
        return beats
    }
}
