import CLinux
import DeviceMap
import Glibc
import RingPipeline
import Synchronization

/// One simulated Modbus/TCP device: an address of its own, and one or more units behind it (more than one: a gateway).
package struct ParkDevice: Sendable {
    /// The device's id in the site.
    package var id: String
    package var units: [UInt8: RegisterBank]
    /// Connections it takes at a time; further ones are closed at once. Many real devices take one.
    package var connectionLimit: Int

    package init(id: String, units: [UInt8: RegisterBank], connectionLimit: Int = 64) {
        self.id = id
        self.units = units
        self.connectionLimit = connectionLimit
    }
}

/// What a simulated device saw: the proof of what the daemon really sent.
package struct DeviceTally: Sendable, Equatable {
    /// Whole requests, answered or not.
    package var requests = 0
    /// Requests per function code: a read-only daemon leaves only 1 to 4 here.
    package var functionCodes: [UInt8: Int] = [:]
    /// Requests for a unit that is not there.
    package var unknownUnits = 0
    /// Connections that sent something other than Modbus/TCP.
    package var nonsense = 0
    package var connectionsAccepted = 0
    package var connectionsOpen = 0
    /// The most connections that were open at one time.
    package var connectionsMost = 0
}

/// Many Modbus/TCP devices in one process, each on its own loopback port, served by one thread through epoll. Every device
/// can be made to misbehave, and counts what it is asked.
///
/// Not built on libmodbus, whose server has its own faults and whose client is what we test (decisions.md 21). All calls may
/// come from any thread; changes of registers are whole: a request sees all of an ``update(_:unit:_:)`` or nothing.
package final class ModbusPark: Sendable {
    private let shared: ParkState
    private let ports: [String: UInt16]
    private let thread: Mutex<WorkerThread?>

    /// Opens a listener on a free port for each device, and starts to serve.
    package init(devices: [ParkDevice]) throws(ParkFailure) {
        let shared = try ParkState(devices: devices)
        self.shared = shared
        ports = Dictionary(uniqueKeysWithValues: zip(devices.map(\.id), shared.ports))
        thread = Mutex(WorkerThread(named: "park-modbus") { ModbusReactor(shared).run() })
    }

    deinit { stop() }

    /// The loopback port of a device; it keeps it for its whole life, also while it refuses.
    package func port(of device: String) -> UInt16? { ports[device] }

    /// Device ids in order.
    package var deviceIDs: [String] { shared.state.withLock { $0.devices.map(\.id) } }

    /// Changes the registers of one unit as a whole.
    package func update(_ device: String, unit: UInt8, _ change: (inout RegisterBank) -> Void) {
        shared.withDevice(device) { state in
            guard var bank = state.units[unit] else { return }
            change(&bank)
            state.units[unit] = bank
        }
    }

    /// What stands in the registers of one unit.
    package func bank(of device: String, unit: UInt8) -> RegisterBank? {
        shared.withDevice(device) { $0.units[unit] } ?? nil
    }

    /// Makes a device (or, behind a gateway, one of its units) misbehave from its next request on; nil heals it.
    /// - Parameter times: how many requests are spoilt before the device heals by itself; nil for all.
    package func setFault(_ fault: DeviceFault?, of device: String, unit: UInt8? = nil, times: Int? = nil) {
        shared.withDevice(device) { $0.faults[unit] = fault.map { PlannedFault(fault: $0, remaining: times) } }
        shared.wake()
    }

    package func tally(of device: String) -> DeviceTally { shared.withDevice(device) { $0.tally } ?? DeviceTally() }

    /// Closes everything and ends the thread. Safe to call twice.
    package func stop() {
        shared.state.withLock { $0.isStopping = true }
        shared.wake()
        thread.withLock { held in
            if let running = held.take() { running.join() }
        }
    }
}

struct PlannedFault {
    var fault: DeviceFault
    var remaining: Int?
}

/// What the callers and the serving thread share.
final class ParkState: Sendable {
    struct Device {
        var id: String
        var units: [UInt8: RegisterBank]
        var connectionLimit: Int
        /// Key nil: of the whole device.
        var faults: [UInt8?: PlannedFault] = [:]
        var tally = DeviceTally()

        var refuses: Bool { faults[nil]?.fault == .refuse }

        /// The fault that spoils the next answer of a unit, counted as used.
        mutating func takeFault(unit: UInt8) -> DeviceFault? {
            for key in [unit, nil] {
                guard var planned = faults[key] else { continue }
                if let remaining = planned.remaining {
                    planned.remaining = remaining - 1
                    faults[key] = remaining > 1 ? planned : nil
                }
                return planned.fault
            }
            return nil
        }
    }

    struct State {
        var devices: [Device]
        var isStopping = false
    }

    let state: Mutex<State>
    /// Bound for the park's whole life, never listening: a refusing device keeps its port.
    let holders: [Int32]
    /// The first listeners, handed to the serving thread.
    let listeners: [Int32]
    let ports: [UInt16]
    let bell: Int32

    init(devices: [ParkDevice]) throws(ParkFailure) {
        var holders: [Int32] = []
        var listeners: [Int32] = []
        do throws(ParkFailure) {
            for device in devices {
                let listener = try LoopbackSocket.bound(port: 0)
                listeners.append(listener)
                holders.append(try LoopbackSocket.bound(port: LoopbackSocket.port(of: listener)))
                guard listen(listener, 128) == 0 else {
                    throw ParkFailure("device \(device.id) cannot listen: \(SystemError.now)")
                }
            }
            bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
            guard bell >= 0 else { throw ParkFailure("no eventfd could be made: \(SystemError.now)") }
        } catch {
            for socket in holders + listeners { close(socket) }
            throw error
        }
        self.holders = holders
        self.listeners = listeners
        ports = listeners.map(LoopbackSocket.port(of:))
        state = Mutex(
            State(
                devices: devices.map {
                    Device(id: $0.id, units: $0.units, connectionLimit: $0.connectionLimit)
                }))
    }

    deinit {
        for holder in holders { close(holder) }
        close(bell)
    }

    func withDevice<Answer>(_ id: String, _ body: (inout Device) -> Answer) -> Answer? {
        state.withLock { state in
            guard let place = state.devices.firstIndex(where: { $0.id == id }) else { return nil }
            return body(&state.devices[place])
        }
    }

    func wake() { eventfd_write(bell, 1) }
}
