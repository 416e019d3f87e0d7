import CLinux
import Glibc
package import PlantTime
import RingPipeline
import Synchronization

/// Plays a script on a park and its broker, in a thread of its own, from the moment the daemon is ready.
package final class ScenarioPlayer: Sendable {
    private let state: Mutex<State>
    private let bell: Int32
    private let thread: Mutex<WorkerThread?>

    private struct State {
        var mishaps: [String] = []
        var isStopping = false
        var isOver = false
    }

    /// Starts to play at once: second 0 is now.
    /// - Parameters:
    ///   - broker: for the broker's steps; nil when the script has none.
    ///   - acknowledge: performs a person's acknowledgement; called on the player's thread.
    package init(
        _ script: ScenarioScript, on plant: SimulatedPlant, broker: BrokerProcess?,
        clock: any PlantClock = SteadyClock(),
        acknowledge: @escaping @Sendable (_ rule: String, _ comment: String) throws(ParkFailure) -> Void
    ) throws(ParkFailure) {
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw ParkFailure("no eventfd could be made: \(SystemError.now)") }
        state = Mutex(State())
        thread = Mutex(nil)
        let stage = Stage(plant: plant, broker: broker, acknowledge: acknowledge, offset: plant.seconds)
        let start = clock.now()
        let timeline = Timeline(script, plan: plant.plan)
        thread.withLock {
            $0 = WorkerThread(named: "park-play") { [unowned self] in
                self.play(timeline, on: stage, from: start, clock: clock)
            }
        }
    }

    deinit {
        stop()
        close(bell)
    }

    /// What could not be performed, in order: the scenario has then not been played as written.
    package var mishaps: [String] { state.withLock { $0.mishaps } }

    /// All steps have been performed.
    package var isOver: Bool { state.withLock { $0.isOver } }

    /// Ends the play where it is, and waits for its thread. Safe to call twice.
    package func stop() {
        state.withLock { $0.isStopping = true }
        eventfd_write(bell, 1)
        thread.withLock { held in
            if let running = held.take() { running.join() }
        }
    }

    /// The owner joins this thread before it goes, so the object outlives it.
    private func play(_ timeline: Timeline, on stage: Stage, from start: PlantInstant, clock: any PlantClock) {
        var timeline = timeline
        while let next = timeline.next {
            let wait = start + .milliseconds(Int64((next * 1000).rounded(.up))) - clock.now()
            if wait > .zero { _ = Poll.readable(bell, within: wait) }
            if state.withLock({ $0.isStopping }) { return }
            let seconds = (clock.now() - start).seconds
            for entry in timeline.due(by: seconds) {
                do throws(ParkFailure) { try stage.perform(entry) } catch {
                    state.withLock { $0.mishaps.append("at \(written(entry.at)) s: \(error)") }
                }
            }
        }
        state.withLock { $0.isOver = true }
    }

    private struct Stage: Sendable {
        let plant: SimulatedPlant
        let broker: BrokerProcess?
        let acknowledge: @Sendable (String, String) throws(ParkFailure) -> Void
        /// The park's own time at second 0.
        let offset: Double

        func perform(_ entry: Timeline.Entry) throws(ParkFailure) {
            switch entry.deed {
            case .move(let signal, let motion): plant.move(signal, motion, at: offset + entry.at)
            case .setFault(let device, let fault): plant.modbus.setFault(fault, of: device)
            case .setPresence(let device, let presence): plant.setPresence(presence, of: device)
            case .acknowledge(let rule, let comment): try acknowledge(rule, comment)
            case .broker(let act):
                guard let broker else { throw ParkFailure("there is no broker to \(act.rawValue)") }
                switch act {
                case .stop: broker.stop()
                case .start: try broker.start()
                case .kill: broker.kill()
                }
            }
        }
    }
}
