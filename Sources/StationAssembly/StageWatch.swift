import PlantTime
import RingPipeline
import StationPorts
import Synchronization

/// The beats of one stage, and its request to stop: shared by the stage's thread and the watchdog.
final class StageWatch: Sendable {
    let stage: String
    /// Silence longer than this is a stalled stage.
    let limit: Duration
    private let beaten: Atomic<Int64>
    private let stopping = Atomic<Bool>(false)
    private let bell = Doorbell()

    init(_ stage: String, limit: Duration = .seconds(5), at now: PlantInstant) {
        self.stage = stage
        self.limit = limit
        beaten = Atomic(now.nanoseconds)
    }

    /// Relaxed: a beat orders nothing, it only says "still here".
    func beat(at now: PlantInstant) { beaten.store(now.nanoseconds, ordering: .relaxed) }

    func askToStop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Lets time pass, at most `limit`, or until the stage is asked to stop.
    func pause(atMost limit: Duration) { _ = bell.park(atMost: limit) { isStopping } }
    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func report(at now: PlantInstant) -> StageBeat {
        let age = now - PlantInstant(nanoseconds: beaten.load(ordering: .relaxed))
        return StageBeat(stage: stage, ageSeconds: age.seconds, isAlive: age <= limit)
    }
}
