import EventJournal
import PlantModel
import PlantTime
import RingPipeline
import StationPorts
import Synchronization

/// Whether we still watch, in one answer: for /livez, /readyz, every page's strip and systemd's status line.
final class HealthDesk: HealthPort {
    /// A stage of another room: its name, when it last beat, and how long it may be silent.
    struct Outside: Sendable {
        let stage: String
        let limit: Duration
        let lastBeat: @Sendable () -> PlantInstant
    }

    struct Sources: Sendable {
        let board: BoardView
        let journal: Journal
        let journalStage: JournalStage
        let stages: [StageWatch]
        let outside: [Outside]
        let links: [PointIndex]
        let meters: [any MetricSource]
        let outlets: [(door: String, outlet: RingOutlet)]
        let clock: any PlantClock
        /// What is wrong at the doors, one line each.
        var doorTroubles: @Sendable () -> [String] = { [] }
    }

    private let sources: Sources
    private let isStarted = Atomic<Bool>(false)
    private let consoleTrouble = Mutex<String?>(nil)

    init(_ sources: Sources) { self.sources = sources }

    /// The station has restored its state and sent its first polls.
    func noteStarted() { isStarted.store(true, ordering: .releasing) }

    /// The console could not be opened: the watch goes on without it.
    func noteConsole(_ trouble: String) { consoleTrouble.withLock { $0 = trouble } }

    /// Rules whose condition stands now, by the board; of the rules in force, whatever a reload has made of their number.
    var activeAlarms: Int {
        let rules = sources.board.board.rules
        return (0..<rules.count).count { rules.read($0).state.isActive }
    }

    func health() -> StationHealth {
        let now = sources.clock.now()
        let (live, total, newest) = sources.board.live(at: now)
        let beats =
            sources.stages.map { $0.report(at: now) }
            + sources.outside.map { outside in
                let age = now - outside.lastBeat()
                return StageBeat(stage: outside.stage, ageSeconds: age.seconds, isAlive: age <= outside.limit)
            }
        let up = sources.links.count { sources.board.board.points.read($0.offset).payload.number == 1 }
        let backlog = try? sources.journal.backlog(at: sources.clock.wallNow())
        let trouble = sources.journalStage.presentTrouble
        var reasons: [String] = []
        if !isStarted.load(ordering: .acquiring) { reasons.append("starting") }
        if let trouble = consoleTrouble.withLock({ $0 }) { reasons.append("console: \(trouble)") }
        reasons += sources.doorTroubles()
        if let trouble { reasons.append("journal: \(trouble.what)") }
        if !sources.links.isEmpty, up == 0 { reasons.append("no source is up") }
        if backlog == nil { reasons.append("the outbox cannot be read") }
        if let backlog, backlog.oldest >= .seconds(60), backlog.pending > 0 {
            reasons.append("the oldest message has waited \(Int(backlog.oldest.seconds)) s")
        }
        reasons += beats.filter { !$0.isAlive }.map { "stage \($0.stage) does not beat" }
        return StationHealth(
            isReady: reasons.isEmpty, reasons: reasons, beats: beats, pointsLive: live, pointsTotal: total,
            sourcesUp: up, sourcesTotal: sources.links.count,
            storageLost: trouble.map { now - $0.since >= .seconds(2) } ?? false,
            newestSampleAgeSeconds: newest?.seconds, outboxPending: backlog?.pending ?? 0,
            outboxOldestSeconds: backlog?.oldest.seconds ?? 0)
    }

    func metrics() -> [Metric] {
        let health = health()
        var active: [Priority: Int] = [:]
        for view in (try? sources.journal.openAlarms()) ?? []
        where AlarmState(word: view.latest.stateAfter)?.isActive == true {
            active[view.latest.priority, default: 0] += 1
        }
        var metrics = Priority.allCases.map {
            Metric(
                "hazardd_alarms_active", help: "Alarms whose condition stands.", kind: .gauge,
                labels: [("priority", $0.word)], value: Double(active[$0] ?? 0))
        }
        metrics += [
            Metric(
                "hazardd_points_live", help: "Points with a usable, fresh value.", kind: .gauge,
                value: Double(health.pointsLive)),
            Metric("hazardd_points", help: "Points of the site.", kind: .gauge, value: Double(health.pointsTotal)),
            Metric("hazardd_sources_up", help: "Links that answer.", kind: .gauge, value: Double(health.sourcesUp)),
            Metric("hazardd_sources", help: "Links of the site.", kind: .gauge, value: Double(health.sourcesTotal)),
        ]
        for (door, outlet) in sources.outlets {
            let counts = outlet.counts
            metrics += [
                Metric(
                    "hazardd_published_total", help: "Slots that a door put into the input ring.", kind: .counter,
                    labels: [("door", door)], value: Double(counts.accepted)),
                Metric(
                    "hazardd_ring_dropped_total", help: "Slots that the full input ring refused at a door.",
                    kind: .counter, labels: [("door", door)], value: Double(counts.refused)),
            ]
        }
        return metrics + sources.meters.flatMap { $0.metrics() }
    }
}
