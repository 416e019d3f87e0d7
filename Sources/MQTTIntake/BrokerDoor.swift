package import DeviceMap
package import Logging
package import PlantModel
package import PlantTime
import RingPipeline
package import StationPorts
import Synchronization

/// The secrets of one broker, as read from the credentials folder. Never printed.
package struct BrokerCredentials: Sendable, CustomStringConvertible {
    /// The text of `BrokerLink.usernameCredential`; nil: the link gives the name itself, or none.
    package var username: String?
    /// The text of `BrokerLink.passwordCredential`.
    package var password: String?
    /// Where the file of `BrokerLink.clientKeyCredential` stands: the library reads keys from files only.
    package var clientKeyPath: String?

    package init(username: String? = nil, password: String? = nil, clientKeyPath: String? = nil) {
        self.username = username
        self.password = password
        self.clientKeyPath = clientKeyPath
    }

    package var description: String { "credentials (not shown)" }
}

/// What a door is made of; handed to its thread once.
struct DoorParts {
    var link: BrokerLink
    var credentials: BrokerCredentials
    var source: UInt16
    var outlet: any SampleOutlet
    var gate: any SettlementGate
    var clock: any PlantClock
    var filterMemory: String
    var quarantine: any QuarantineStore
    var recalled: RecalledSamples
    var aheadMax: Duration
    var logger: Logger
}

/// What the door's thread and everybody else both touch.
final class DoorShared: Sendable {
    let wakeup = Wakeup()
    let counters = BrokerCounters()
    private let stopping = Atomic<Bool>(false)
    private let beatAt = Atomic<Int64>(.min)

    // Acquire and release: whoever sees the flag sees what was done before it was set.
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        wakeup.ring()
    }

    // Relaxed: one number, compared with a clock.
    func beat(_ now: PlantInstant) { beatAt.store(now.nanoseconds, ordering: .relaxed) }
    var lastBeat: PlantInstant { PlantInstant(nanoseconds: beatAt.load(ordering: .relaxed)) }
}

/// The front door for one MQTT broker: telemetry in, samples out, acknowledged only after they are settled.
///
/// A message that was read and not settled when the process dies, or the door is stopped, comes again. When the input
/// ring is full the door stops reading and the broker holds back. A lost broker makes every point behind it bad, and
/// every link 0, at that instant.
/// - Note: one thread of its own; `start`, `stop` and the readings from any thread.
package final class BrokerDoor: Sendable {
    package let link: BrokerLink
    private let shared = DoorShared()
    private let thread = Mutex<ThreadState>(.idle)

    private enum ThreadState {
        case idle(HandOver<DoorParts>?)
        case running(WorkerThread)
        case stopped

        static let idle = ThreadState.idle(nil)
    }

    /// - Parameters:
    ///   - source: the door's number in the station's list of publishers.
    ///   - outlet: used by the door's thread alone, from `start` on.
    ///   - filterMemory: path of a small file in the state folder, one per broker.
    ///   - recalled: what the input log holds of this broker's newest messages.
    ///   - aheadMax: how long the door reads on while the oldest message that it read is not acknowledged.
    package init(
        link: BrokerLink, credentials: BrokerCredentials = BrokerCredentials(), source: UInt16,
        outlet: any SampleOutlet, gate: any SettlementGate, clock: any PlantClock, filterMemory: String,
        quarantine: any QuarantineStore, recalled: RecalledSamples = RecalledSamples(),
        aheadMax: Duration = .milliseconds(20), logger: Logger
    ) {
        self.link = link
        let parts = HandOver(
            DoorParts(
                link: link, credentials: credentials, source: source, outlet: outlet, gate: gate, clock: clock,
                filterMemory: filterMemory, quarantine: quarantine, recalled: recalled, aheadMax: aheadMax,
                logger: logger))
        thread.withLock { $0 = .idle(parts) }
        // Whoever looks before the thread has gone round for the first time finds a door that is opening, not one that stalls.
        shared.beat(clock.now())
    }

    deinit { stop() }

    /// Starts the door's thread; a second call does nothing.
    /// - Returns: whether the door is open now.
    @discardableResult
    package func start() -> Bool {
        thread.withLock { state in
            guard case .idle(let parts?) = state else { return false }
            let shared = shared
            let started = try? WorkerThread(starting: "mqtt-\(link.id)", turns: .short) {
                BrokerLoop(parts.value, shared: shared).run()
            }
            guard let started else { return false }
            state = .running(started)
            return true
        }
    }

    /// Stops the thread and waits for it: at most about as long as the gate's poll and the quarantine's disk take.
    /// What was read and is not settled yet stays unacknowledged and comes again.
    package func stop() {
        shared.stop()
        let running: WorkerThread? = thread.withLock { state in
            defer { state = .stopped }
            guard case .running(let thread) = state else { return nil }
            return thread
        }
        running?.join()
    }

    /// When the door's thread last went round, before its first time when the door was made: for the watchdog. It goes round at least
    /// each second, and every 50 ms while it waits for settlement.
    package var lastBeat: PlantInstant { shared.lastBeat }

    /// Connected, and every filter answered.
    package var isUp: Bool { shared.counters.isUp.value == 1 }
}

extension BrokerDoor: MetricSource {
    package func metrics() -> [Metric] { shared.counters.metrics(broker: link.id) }
}
