package import DeviceMap
import Glibc
package import Logging
package import PlantModel
package import PlantTime
import RingPipeline
import Synchronization

/// The Modbus door: polls every endpoint from one thread of its own and turns answers, silence and losses into samples.
///
/// - Reads only: function codes 1 to 4 are all there is.
/// - A value is published only when transaction, unit, function and size belong to the request (acquisition.md 3.1).
/// - A lost unit is heard at once: `.bad` for each of its points and 0 on its link point; 1 when it answers again, and
///   every 10 s as a heartbeat.
/// - It never waits for the ring: a value that finds it full is skipped and counted, a loss is kept and put in later.
package final class ModbusReactor: MetricSource {
    /// One thread serves them: `make plant` asks 2,000 devices at 1 Hz of it (Bench/README.md).
    package static let endpointsMax = 4096

    package enum Refused: Error, CustomStringConvertible {
        case plan(device: String, ReadPlan.Refused)
        case system(call: String, errorNumber: Int32)
        case tooManyEndpoints(Int)

        package var description: String {
            switch self {
            case .plan(let device, let refusal):
                "device \(device): " + refusal.text { "point \($0.number)" }
            case .tooManyEndpoints(let count):
                "\(count) Modbus endpoints are more than one reactor serves; \(ModbusReactor.endpointsMax) would do"
            case .system(let call, let number):
                "the modbus reactor cannot run: \(call) failed with errno \(number)"
            }
        }
    }

    private enum Life {
        case prepared(ReactorLoop)
        case running(WorkerThread)
        case ended
    }

    private let signals: ReactorSignals
    private let meter = ReactorMeter()
    private let bell: DoorBell
    private let life: Mutex<Life>

    /// - Parameters:
    ///   - endpoints: as the site describes them; at most ``endpointsMax``.
    ///   - source: this door's number in input slots.
    ///   - outlet: handed over: only the reactor's thread uses it from now on.
    ///   - urgency: tells which points stand in a pre-alarm; nil: none ever does.
    ///   - resolver: finds the address of a host name; blocks, and is called on helper threads only.
    ///   - descriptorLimit: sockets numbered from here on are read without libmodbus; lower only in tests.
    package init(
        endpoints: [ModbusEndpoint], source: UInt16, outlet: sending any SampleOutlet, clock: any PlantClock,
        logger: Logger, urgency: (any PointUrgency)? = nil,
        resolver: @escaping @Sendable (String) -> HostAddress? = HostAddress.named, descriptorLimit: Int32 = 1024
    ) throws(Refused) {
        guard endpoints.count <= Self.endpointsMax else { throw .tooManyEndpoints(endpoints.count) }
        let now = clock.now()
        signals = ReactorSignals(at: now)
        var lines: [ReactorLoop.Line] = []
        for endpoint in endpoints {
            let session = EndpointSession(endpoint: endpoint, plans: try Self.plans(of: endpoint), startingAt: now)
            lines.append(
                ReactorLoop.Line(
                    endpoint: endpoint, session: session, decoders: ReactorLoop.decoders(of: session),
                    statuses: endpoint.units.map { _ in StatusMemory() },
                    owed: endpoint.units.map { _ in OwedReports() }))
        }
        do throws(ReactorWaiter.Unavailable) {
            bell = try DoorBell()
            let calls = CallDesk(endpoints: endpoints)
            life = Mutex(
                .prepared(
                    try ReactorLoop(
                        lines: lines, calls: calls, source: source, outlet: outlet, clock: clock, logger: logger,
                        signals: signals,
                        meter: meter, bell: bell, urgency: urgency, resolver: resolver,
                        descriptorLimit: descriptorLimit)))
        } catch {
            throw .system(call: error.call, errorNumber: error.errorNumber)
        }
    }

    deinit { stop() }

    /// Starts the thread. Once.
    package func start() throws(Refused) {
        do throws(WorkerThread.Unavailable) {
            try life.withLock { life throws(WorkerThread.Unavailable) in
                guard case .prepared(let loop) = life else { preconditionFailure("a reactor is started once") }
                let hand = HandOver(loop)
                life = .running(try WorkerThread(starting: "modbus", turns: .short) { hand.value.run() })
            }
        } catch {
            throw .system(call: "pthread_create", errorNumber: error.errorNumber)
        }
    }

    /// Ends polling; returns when the thread has ended and its sockets are closed. Not from the reactor's own thread.
    package func stop() {
        signals.askToStop()
        bell.ring()
        life.withLock { life in
            if case .running(let thread) = life { thread.join() }
            life = .ended
        }
    }

    /// When the thread last went round, at most about a second ago while it is well. Any thread.
    package var lastBeat: PlantInstant { signals.lastBeat }

    /// Every endpoint has been tried: its first request has left, or its first attempt has failed. Any thread.
    package var firstPollsSent: Bool { signals.hasBegun }

    package func metrics() -> [Metric] { meter.metrics() }

    /// What keeps devices away that is no fault of theirs, one line each; about a second old at most. Any thread.
    package var troubles: [String] { meter.troubles }

    /// Figures of this very moment: returns when the thread has gone round once more and shown them. Not on a hot path.
    func freshMetrics() -> [Metric] {
        let look = signals.askForLook()
        bell.ring()
        while signals.looksAnswered < look, !signals.isStopping { sched_yield() }
        return meter.metrics()
    }

    private static func plans(of endpoint: ModbusEndpoint) throws(Refused) -> [ReadPlan] {
        var plans: [ReadPlan] = []
        for unit in endpoint.units {
            do throws(ReadPlan.Refused) {
                plans.append(try ReadPlan(unit: unit, cost: endpoint.planningCost))
            } catch {
                throw .plan(device: unit.device, error)
            }
        }
        return plans
    }
}
