import EventJournal
import Logging
import ModbusIntake
import OperatorConsole
import PlantModel
import PlantTime
import RingPipeline
import SampleHistory
import SiteProfile
import StationPorts
import Synchronization

/// A running station: every room, wired. Built by ``Station/wire(_:site:logger:)`` on the one screen that shows the house.
///
/// Start and stop once each, from one task. The order of stopping is the order of the way: doors, core, log, journal,
/// deliveries, console.
package final class Station: Sendable {
    let rooms: Rooms
    private let threads = Mutex<Threads>(Threads())

    /// The rooms that live as long as the station.
    struct Rooms: Sendable {
        let site: Watched
        let options: StationOptions
        let clock: SteadyClock
        let marks: StationMarks
        let journal: Journal
        let history: History
        let news: CommitNews
        let core: CoreStage
        let journalStage: JournalStage
        let historyStage: HistoryStage
        let watchman: Watchman
        let doors: Doors
        let deliveries: Deliveries
        let console: OperatorConsole
        let health: HealthDesk
        let notify: NotifySocket
        let reloads: ReloadDesk
        let logger: Logger
    }

    /// What of the site is said at start.
    struct Watched: Sendable {
        let points: Int
        let rules: Int
        let configuration: String

        init(_ site: LoadedSite) {
            points = site.description.points.count
            rules = site.rules.ruleCount
            configuration = String(site.hash.prefix(12))
        }
    }

    /// Where people reach it.
    package struct Opened: Sendable, Equatable {
        package var consolePort: Int?
        package var controlPath: String?
    }

    private struct Threads {
        var journal: WorkerThread?
        var history: WorkerThread?
        var core: WorkerThread?
        var watchman: WorkerThread?
    }

    init(rooms: Rooms) { self.rooms = rooms }

    /// Opens everything in the order of the way back: who writes and judges first, who tells next, who asks devices last.
    /// - Returns: where the console listens.
    package func start() async throws -> Opened {
        let rooms = rooms
        threads.withLock { threads in
            threads.journal = WorkerThread(named: "journal", turns: .short) { rooms.journalStage.run() }
            threads.history = WorkerThread(named: "history") { rooms.historyStage.run() }
            threads.core = WorkerThread(named: "core", turns: .short) { rooms.core.run() }
        }
        rooms.deliveries.start()
        let opened = try await openConsole()
        try rooms.doors.start()
        threads.withLock { $0.watchman = WorkerThread(named: "guard") { rooms.watchman.run() } }
        await waitForFirstPolls()
        rooms.health.noteStarted()
        rooms.logger.notice(
            "watching",
            metadata: [
                "points": "\(rooms.site.points)", "rules": "\(rooms.site.rules)",
                "configuration": "\(rooms.site.configuration)",
            ])
        // Behind the line in the log: who waits for READY finds it written.
        rooms.notify.send("READY=1", "STATUS=watching \(rooms.site.points) points")
        return Opened(consolePort: opened.port, controlPath: opened.controlPath)
    }

    /// Ends orderly: what was read is judged, logged and committed; what is owed stays in the outbox.
    package func stop() async {
        rooms.notify.send("STOPPING=1", "STATUS=stopping")
        let threads = threads.withLock { $0 }
        rooms.watchman.watch.askToStop()
        threads.watchman?.join()
        rooms.doors.stop()
        rooms.core.watch.askToStop()
        threads.core?.join()
        // Before the log: a snapshot is kept only when its events are committed.
        rooms.journalStage.watch.askToStop()
        threads.journal?.join()
        rooms.historyStage.watch.askToStop()
        threads.history?.join()
        rooms.deliveries.stop()
        await rooms.console.stop()
        close("input log") { try rooms.history.close() }
        close("journal") { try rooms.journal.close() }
        rooms.logger.notice("stopped")
    }

    /// Reads the site folder again and puts its rules in force, all or nothing. What cannot change while running (points,
    /// links, channels) is named in the answer.
    package func reload() -> ReloadAnswer { rooms.reloads.reload() }

    /// Writes how things stand to the log: the answer to SIGUSR1.
    package func describe() {
        let health = rooms.health.health()
        rooms.logger.notice(
            "state",
            metadata: [
                "points": "\(health.pointsLive)/\(health.pointsTotal)",
                "sources": "\(health.sourcesUp)/\(health.sourcesTotal)", "outbox": "\(health.outboxPending)",
                "reasons": "\(health.reasons)", "journal": "\(rooms.journal.committedHead.sequence)",
            ])
    }

    /// A console that cannot be opened does not stop the watch: alarms are judged, recorded and told without it.
    private func openConsole() async throws -> OperatorConsole.Doors {
        do {
            return try await rooms.console.start()
        } catch let fault as ConsoleFault where fault.isConfiguration {
            throw StationFault("\(fault)", exitStatus: 78)
        } catch {
            rooms.logger.critical("the console is down; the watch goes on", metadata: ["why": "\(error)"])
            rooms.health.noteConsole("\(error)")
            return OperatorConsole.Doors()
        }
    }

    /// READY means that the first polls have left (operations.md 1), but a dead device does not keep the watch from starting.
    private func waitForFirstPolls() async {
        let limit = rooms.clock.now() + .seconds(5)
        while !rooms.doors.firstPollsSent, rooms.clock.now() < limit {
            // Its only error is cancellation: then the wait is over.
            if (try? await Task.sleep(for: .milliseconds(20))) == nil { return }
        }
    }

    private func close(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            rooms.logger.error("could not be closed; the next start recovers it", metadata: ["\(what)": "\(error)"])
        }
    }
}
