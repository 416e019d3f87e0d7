/// What kinds of device the park can play: one per virtual profile.
package enum ParkDeviceKind: String, Sendable, CaseIterable {
    case ammonia = "gas/virtual-nh3-tx"
    case dust = "dust/virtual-dust-tx"
    case tank = "level/virtual-tank"
    case interlocks = "sis/virtual-sis-di"
    case crane = "crane/virtual-crane"
    case slope = "slope/virtual-gnss"
    case meter = "electricity/virtual-elec"

    package var isModbus: Bool {
        switch self {
        case .ammonia, .dust, .tank, .interlocks: true
        case .crane, .slope, .meter: false
        }
    }

    /// Tables of the size that the profile reads.
    var emptyBank: RegisterBank {
        switch self {
        case .ammonia, .dust: RegisterBank(holdingRegisters: 7)
        case .tank: RegisterBank(holdingRegisters: 9)
        case .interlocks: RegisterBank(discreteInputs: 16, inputRegisters: 1)
        case .crane, .slope, .meter: RegisterBank()
        }
    }

    /// How often it publishes by itself; nil: it is polled.
    var publishPeriodTicks: Int? {
        switch self {
        case .crane: 20
        case .slope: 100
        case .meter: 50
        case .ammonia, .dust, .tank, .interlocks: nil
        }
    }

    /// The last level of its telemetry topic, and the one above the device.
    var topicWords: (family: String, telemetry: String)? {
        switch self {
        case .crane: ("crane", "telemetry")
        case .slope: ("slope", "gnss")
        case .meter: ("elec", "telemetry")
        case .ammonia, .dust, .tank, .interlocks: nil
        }
    }
}

/// Which devices the park plays, under the names that the site gives them.
package struct ParkPlan: Sendable, Equatable {
    package struct Device: Sendable, Equatable {
        package var id: String
        package var kind: ParkDeviceKind
        /// The site's name for its Modbus endpoint; empty for an MQTT device.
        package var endpoint: String
        /// Modbus unit id.
        package var unit: UInt8

        package init(id: String, kind: ParkDeviceKind, endpoint: String = "", unit: UInt8 = 1) {
            self.id = id
            self.kind = kind
            self.endpoint = endpoint
            self.unit = unit
        }
    }

    /// The site's id, part of every topic.
    package var site: String
    package var devices: [Device]

    package init(site: String, devices: [Device]) {
        self.site = site
        self.devices = devices
    }

    /// The devices of Simulator/DemoSite, as its README lists them.
    package static let demo = ParkPlan(
        site: "demo",
        devices: [
            Device(id: "NH3-101", kind: .ammonia, endpoint: "nh3"),
            Device(id: "DUST-201", kind: .dust, endpoint: "dust"),
            Device(id: "LT-1203", kind: .tank, endpoint: "tank"),
            Device(id: "SIS-1", kind: .interlocks, endpoint: "sis"),
            Device(id: "TC-1", kind: .crane),
            Device(id: "SL-1", kind: .slope),
            Device(id: "EM-1", kind: .meter),
        ])

    func telemetryTopic(of device: Device) -> String? {
        device.kind.topicWords.map { "park/\(site)/\($0.family)/\(device.id)/\($0.telemetry)" }
    }

    func statusTopic(of device: Device) -> String? {
        device.kind.topicWords.map { "park/\(site)/\($0.family)/\(device.id)/status" }
    }
}
