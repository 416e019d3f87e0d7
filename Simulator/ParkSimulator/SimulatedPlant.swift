import CLinux
import Glibc
package import PlantTime
import RingPipeline
import Synchronization

/// The simulated park at work: one thread that moves the model on in real time, fills the registers of the Modbus devices
/// and publishes for the MQTT devices.
///
/// Calls may come from any thread; what they change is seen at the next tick (100 ms).
package final class SimulatedPlant: Sendable {
    package let plan: ParkPlan
    package let modbus: ModbusPark
    private let shared: PlantShared
    private let thread: Mutex<WorkerThread?>

    /// Whether an MQTT device talks.
    package enum Presence: Sendable, Equatable {
        case publishing
        /// Connected, but telling nothing.
        case mute
        /// Its connection is cut without a word: the broker tells its last will.
        case gone
    }

    /// Starts the park.
    /// - Parameters:
    ///   - seed: of all noise.
    ///   - brokerPort: where the MQTT devices publish; nil when they are not to be played.
    package init(
        plan: ParkPlan, seed: UInt64, brokerPort: UInt16?, clock: any PlantClock = SteadyClock()
    ) throws(ParkFailure) {
        self.plan = plan
        modbus = try ModbusPark(
            devices: plan.devices.filter(\.kind.isModbus).map {
                ParkDevice(id: $0.id, units: [$0.unit: $0.kind.emptyBank])
            })
        let shared = try PlantShared(model: ParkModel(seed: seed))
        self.shared = shared
        let modbus = self.modbus
        thread = Mutex(
            WorkerThread(named: "park-plant") {
                PlantWork(plan: plan, modbus: modbus, brokerPort: brokerPort, clock: clock, shared: shared).run()
            })
    }

    deinit { stop() }

    /// Seconds of the park's own time, in whole ticks.
    package var seconds: Double { shared.state.withLock { $0.model.seconds } }

    /// Moves a signal from a time of the park on.
    package func move(_ signal: ParkSignal, _ motion: SignalMotion, at seconds: Double) {
        shared.state.withLock { $0.model.move(signal, motion, at: seconds) }
    }

    /// What a signal is now.
    package func value(of signal: ParkSignal) -> Double { shared.state.withLock { $0.model[signal] } }

    /// Makes an MQTT device talk, be silent, or vanish.
    package func setPresence(_ presence: Presence, of device: String) {
        shared.state.withLock { $0.presences[device] = presence }
        shared.ring()
    }

    /// Messages that the broker has taken from a device, and those that it was sent.
    package func deliveries(of device: String) -> (published: UInt64, acknowledged: UInt64) {
        shared.state.withLock { $0.deliveries[device] ?? (0, 0) }
    }

    /// Ends the park in order: MQTT devices say goodbye, Modbus devices close. Safe to call twice.
    package func stop() {
        shared.state.withLock { $0.isStopping = true }
        shared.ring()
        thread.withLock { held in
            if let running = held.take() { running.join() }
        }
        modbus.stop()
    }
}

/// What the callers and the plant's thread share.
private final class PlantShared: Sendable {
    struct State {
        var model: ParkModel
        var presences: [String: SimulatedPlant.Presence] = [:]
        var deliveries: [String: (published: UInt64, acknowledged: UInt64)] = [:]
        var isStopping = false
    }

    let state: Mutex<State>
    let bell: Int32

    init(model: ParkModel) throws(ParkFailure) {
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw ParkFailure("no eventfd could be made: \(SystemError.now)") }
        state = Mutex(State(model: model))
    }

    deinit { close(bell) }

    func ring() { eventfd_write(bell, 1) }
}

/// The plant's thread.
private struct PlantWork {
    let plan: ParkPlan
    let modbus: ModbusPark
    let brokerPort: UInt16?
    let clock: any PlantClock
    let shared: PlantShared

    /// One MQTT device and where it stands.
    private struct Talker {
        var device: ParkPlan.Device
        var topic: String
        var periodTicks: Int
        var link: PublishingDevice
        var sequence: UInt64 = 0
        var presence = SimulatedPlant.Presence.publishing
    }

    func run() {
        var talkers = talkers()
        var nextTick = clock.now()
        while true {
            let wait = max(.zero, nextTick - clock.now())
            if !Poll.readable([shared.bell] + talkers.map(\.link.socket), within: wait).isEmpty { quietBell() }
            for place in talkers.indices {
                follow(&talkers[place])
                talkers[place].link.serve(at: clock.now())
            }
            // After a pause of the whole machine the park catches up tick by tick: no tick is ever left out.
            while clock.now() >= nextTick {
                tick(&talkers)
                nextTick = nextTick + .milliseconds(ParkModel.tickMilliseconds)
            }
            if shared.state.withLock({ $0.isStopping }) { break }
        }
        for talker in talkers { talker.link.leave() }
    }

    private func talkers() -> [Talker] {
        guard let brokerPort else { return [] }
        return plan.devices.compactMap { device in
            guard let topic = plan.telemetryTopic(of: device), let status = plan.statusTopic(of: device),
                let period = device.kind.publishPeriodTicks,
                let link = try? PublishingDevice(id: device.id, statusTopic: status, brokerPort: brokerPort)
            else { return nil }
            return Talker(device: device, topic: topic, periodTicks: period, link: link)
        }
    }

    private func quietBell() {
        var count = eventfd_t()
        _ = unsafe eventfd_read(shared.bell, &count)
    }

    /// Does to an MQTT device what its presence asks for.
    private func follow(_ talker: inout Talker) {
        let wanted = shared.state.withLock { $0.presences[talker.device.id] ?? .publishing }
        guard wanted != talker.presence else { return }
        if wanted == .gone { talker.link.vanish() }
        if talker.presence == .gone { talker.link.comeBack() }
        talker.presence = wanted
    }

    private func tick(_ talkers: inout [Talker]) {
        let model = shared.state.withLock { state in
            state.model.advance()
            for talker in talkers {
                state.deliveries[talker.device.id] = (talker.link.published, talker.link.acknowledged)
            }
            return state.model
        }
        for device in plan.devices where device.kind.isModbus {
            modbus.update(device.id, unit: device.unit) { bank in
                switch device.kind {
                case .ammonia: model.fillAmmonia(&bank)
                case .dust: model.fillDust(&bank)
                case .tank: model.fillTank(&bank)
                case .interlocks: model.fillInterlocks(&bank)
                case .crane, .slope, .meter: break
                }
            }
        }
        for place in talkers.indices {
            let isFirst = talkers[place].sequence == 0 && talkers[place].link.isUp
            if isFirst || model.ticks % talkers[place].periodTicks == 0 { publish(model, &talkers[place]) }
        }
    }

    private func publish(_ model: ParkModel, _ talker: inout Talker) {
        guard talker.presence == .publishing else { return }
        // The sequence counts what the device measured: a hole shows what never reached the broker.
        talker.sequence += 1
        let stamp = clock.wallNow()
        switch talker.device.kind {
        case .crane: talker.link.publish(model.cranePayload(stamp: stamp, sequence: talker.sequence), to: talker.topic)
        case .slope: talker.link.publish(model.slopePayload(stamp: stamp, sequence: talker.sequence), to: talker.topic)
        case .meter: talker.link.publish(model.meterPayload(stamp: stamp, sequence: talker.sequence), to: talker.topic)
        case .ammonia, .dust, .tank, .interlocks: break
        }
        talker.link.serve(at: clock.now())
    }
}
