import EventJournal
import Logging
import PlantModel
import PlantTime
import SampleHistory
import SiteProfile
import StationPorts
import Synchronization

/// The guard: looks at everybody's beats each second, tells systemd, and says on the station's own points what is wrong.
final class Watchman: Sendable {
    struct Post: Sendable {
        let notify: NotifySocket
        let health: HealthDesk
        let voice: SystemVoice
        let logTrouble: TroubleBook
        let journal: Journal
        let history: History
        let outlets: [RingOutlet]
        /// How often a source's clock has been taken to have jumped back.
        let sourceClockJumps: @Sendable () -> UInt64
        let clock: SteadyClock
        let logger: Logger
    }

    let watch: StageWatch
    private let post: Post
    /// systemd hears from us this often, well below WatchdogSec.
    private static let pingPeriod = Duration.seconds(3)
    /// Smaller differences between the host's clock and ours are the time service at work: followed, not raised.
    private static let slew = Duration.milliseconds(200)
    /// How long a thing that happened in one moment stays said.
    private static let lingering = Duration.seconds(60)

    init(_ post: Post) {
        self.post = post
        watch = StageWatch("guard", at: post.clock.now())
    }

    /// What one round keeps for the next.
    private struct Round {
        var lastPing: PlantInstant?
        var lastRepeat: PlantInstant?
        var refused: UInt64 = 0
        var droppedUntil: PlantInstant?
        var steppedUntil: PlantInstant?
        var sourceJumps: UInt64 = 0
        var jumpedUntil: PlantInstant?
        var damagedUntil: PlantInstant?
        var silent: String?
    }

    /// The body of the thread.
    func run() {
        var round = Round()
        // A restart brings back the count of the run before: that is no news.
        round.sourceJumps = post.sourceClockJumps()
        while !watch.isStopping {
            let now = post.clock.now()
            watch.beat(at: now)
            lookAtClock(&round, now)
            lookAtSources(&round, now)
            lookAtDoors(&round, now)
            lookAtArchives(&round, now)
            if round.lastRepeat.map({ now - $0 >= .seconds(10) }) ?? true {
                post.voice.repeatAll()
                round.lastRepeat = now
            }
            tellSystemd(&round, now)
            watch.pause(atMost: .seconds(1))
        }
    }

    private func lookAtClock(_ round: inout Round, _ now: PlantInstant) {
        let size = post.clock.adoptStep()
        if size > Self.slew || size < .zero - Self.slew {
            post.logger.warning("the host's clock was set", metadata: ["seconds": "\(size.seconds)"])
            post.voice.say(StationPoint.clockStep.tag, 1)
            round.steppedUntil = now + Self.lingering
        } else if let until = round.steppedUntil, now >= until {
            post.voice.say(StationPoint.clockStep.tag, 0)
            round.steppedUntil = nil
        }
    }

    private func lookAtSources(_ round: inout Round, _ now: PlantInstant) {
        let jumps = post.sourceClockJumps()
        if jumps > round.sourceJumps {
            post.logger.warning("a source's clock jumped back", metadata: ["times": "\(jumps - round.sourceJumps)"])
            post.voice.say(StationPoint.sourceClock.tag, 1)
            round.jumpedUntil = now + Self.lingering
            round.sourceJumps = jumps
        } else if let until = round.jumpedUntil, now >= until {
            post.voice.say(StationPoint.sourceClock.tag, 0)
            round.jumpedUntil = nil
        }
    }

    private func lookAtDoors(_ round: inout Round, _ now: PlantInstant) {
        let refused = post.outlets.reduce(0) { $0 + $1.counts.refused }
        if refused > round.refused {
            post.logger.error("the input ring was full", metadata: ["refused": "\(refused - round.refused)"])
            post.voice.say(StationPoint.inputDropped.tag, 1)
            round.droppedUntil = now + Self.lingering
            round.refused = refused
        } else if let until = round.droppedUntil, now >= until {
            post.voice.say(StationPoint.inputDropped.tag, 0)
            round.droppedUntil = nil
        }
    }

    private func lookAtArchives(_ round: inout Round, _ now: PlantInstant) {
        for finding in post.journal.takeFindings() {
            post.logger.critical("\(finding.word)", metadata: ["finding": "\(finding)"])
            post.voice.say(StationPoint.journalSuspect.tag, 1)
        }
        for finding in post.history.takeFindings() {
            post.logger.critical("the input log is not whole", metadata: ["finding": "\(finding)"])
            post.logTrouble.note("not whole", isTroubled: true)
            round.damagedUntil = now + Self.lingering
        }
        if let until = round.damagedUntil, now >= until {
            post.logTrouble.note("not whole", isTroubled: false)
            round.damagedUntil = nil
        }
    }

    private func tellSystemd(_ round: inout Round, _ now: PlantInstant) {
        guard round.lastPing.map({ now - $0 >= Self.pingPeriod }) ?? true else { return }
        round.lastPing = now
        let health = post.health.health()
        let late = health.beats.first { !$0.isAlive }
        if let late {
            if round.silent != late.stage {
                post.logger.critical(
                    "a stage does not beat", metadata: ["stage": "\(late.stage)", "seconds": "\(late.ageSeconds)"])
            }
            round.silent = late.stage
            post.notify.send("STATUS=stage \(late.stage) has not moved for \(Int(late.ageSeconds)) s")
            return
        }
        round.silent = nil
        post.notify.send(
            "WATCHDOG=1",
            "STATUS=\(health.pointsLive)/\(health.pointsTotal) points live, \(post.health.activeAlarms) active, outbox "
                + "\(health.outboxPending)")
    }
}
