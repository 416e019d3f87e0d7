import Logging
import PlantModel
import PlantTime
import RingPipeline
import SampleHistory
import StationPorts
import Synchronization

/// The input log's thread: follows the input ring behind the judged mark, and commits what it read when its time has come
/// or an MQTT door waits for it. It never holds the core up: overtaken, it counts what it missed and says so.
final class HistoryStage: Sendable {
    let watch: StageWatch
    private let ring: Ring<InputSlot>
    private let history: History
    private let marks: StationMarks
    private let table: CommandTable
    private let tray: SnapshotTray
    /// Speaks for the log: overtaken, not written, not readable.
    private let trouble: TroubleBook
    private let inputBase: UInt64
    private let clock: any PlantClock
    private let logger: Logger
    private let missed = Atomic<UInt64>(0)
    private let failures = Atomic<UInt64>(0)
    private let keeper: LogKeeper

    /// After this long without a commit the doors stop waiting for the log: the broker's queue would overflow, and a lost
    /// message is worse than an unlogged one. It is counted and raised.
    private static let patience = Duration.seconds(2)
    /// How long whoever tells people has the machine before the log is written.
    private static let headStart = Duration.milliseconds(1)
    /// Pieces of a snapshot that one turn stores: a door that waits for the log waits for them too.
    private static let piecesAtOnce = 2
    /// How long an overtaking, which is over in a moment, stays said.
    private static let lingering = Duration.seconds(60)

    init(
        ring: Ring<InputSlot>, history: History, marks: StationMarks, table: CommandTable, tray: SnapshotTray,
        trouble: TroubleBook, inputBase: UInt64, clock: any PlantClock, logger: Logger
    ) {
        self.ring = ring
        self.history = history
        self.marks = marks
        self.table = table
        self.tray = tray
        self.trouble = trouble
        self.inputBase = inputBase
        self.clock = clock
        self.logger = logger
        keeper = LogKeeper { history.checkpoint() }
        watch = StageWatch("history", at: clock.now())
    }

    /// What one turn of the thread keeps for the next.
    private struct Turn: ~Copyable {
        var follower: FollowingReader<InputSlot>
        var log: InputLogger
        var buffer: [InputSlot]
        /// The core's snapshot that is being stored.
        var snapshot: SnapshotIntake?
        var failingSince: PlantInstant?
        var overtakenUntil: PlantInstant?
    }

    /// The body of the thread; returns when asked to stop and everything judged is on disk.
    func run() {
        guard let log = openLog() else { return }
        var turn = Turn(
            follower: ring.followingReader(from: 1, onOverrun: .skipToOldest), log: log,
            buffer: [InputSlot](repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: 512))
        while true {
            let isLast = watch.isStopping
            watch.beat(at: clock.now())
            wait(turn)
            while read(&turn) {}
            forgive(&turn)
            commit(&turn, isLast: isLast)
            if history.isCheckpointDue { keeper.ask() }
            if isLast { return keeper.finish() }
        }
    }

    /// Asks the file where the log goes on, until it says so. What the ring has lost by then is counted as overtaken.
    /// - Returns: nil when the station stops before that.
    private func openLog() -> InputLogger? {
        var failingSince: PlantInstant?
        while true {
            let now = clock.now()
            watch.beat(at: now)
            do throws(HistoryFault) {
                let log = try InputLogger(history)
                if failingSince != nil { trouble.note("cannot be read", isTroubled: false) }
                return log
            } catch {
                failures.wrappingAdd(1, ordering: .relaxed)
                if failingSince == nil {
                    trouble.note("cannot be read", isTroubled: true)
                    logger.error("the input log cannot be read", metadata: ["fault": "\(error)"])
                }
                let since = failingSince ?? now
                failingSince = since
                if now - since >= Self.patience { marks.logged.advance(to: marks.judged.current) }
                if watch.isStopping { return nil }
                watch.pause(atMost: .milliseconds(100))
            }
        }
    }

    private func wait(_ turn: borrowing Turn) {
        let now = clock.now()
        let limit = min((turn.log.deadline ?? .distantFuture) - now, .milliseconds(500))
        let logged = turn.log.logged
        // The first slot behind a commit starts the time to the next. What follows is taken when that is up, or when an eighth
        // of the ring waits: long before it could be overtaken.
        let next = turn.follower.next + (turn.log.deadline == nil ? 0 : UInt64(ring.capacity / 8))
        marks.waitForLogWork(from: next, atMost: max(limit, .zero)) {
            inputBase + marks.logWanted.current > max(logged, inputBase) || watch.isStopping
        }
    }

    /// - Returns: whether there may be more.
    private func read(_ turn: inout Turn) -> Bool {
        let batch = turn.follower.copy(into: &turn.buffer, through: marks.judged.current)
        if batch.missed > 0 {
            missed.wrappingAdd(batch.missed, ordering: .relaxed)
            turn.overtakenUntil = clock.now() + Self.lingering
            trouble.note("overtaken", isTroubled: true)
            table.noteMissed(before: batch.first)
            logger.error("the input log was overtaken", metadata: ["slots": "\(batch.missed)"])
        }
        guard batch.count > 0 else { return false }
        let slots = Array(turn.buffer.prefix(batch.count))
        var commands: [UInt32: OperatorCommand] = [:]
        for slot in slots where slot.kind == .command {
            commands[slot.auxiliary] = table.command(slot.auxiliary)
        }
        turn.log.took(
            LoggedBatch(first: inputBase + batch.first, slots: slots, commands: commands), at: clock.now())
        // On disk or not: a log that cannot write must not keep the table full, and people from answering alarms.
        table.noteLogged(slots.lazy.filter { $0.kind == .command }.map(\.auxiliary))
        return batch.count == turn.buffer.count
    }

    /// Two files that are synced at once slow each other down: events that have been decided are committed first, for a
    /// while. An acknowledgement waits for both anyway.
    private func letAlarmsPass() {
        let events = marks.judgedEvents.current
        guard marks.tellable < events else { return }
        _ = marks.committed.wait(for: events, atMost: .milliseconds(20))
        watch.pause(atMost: Self.headStart)
    }

    private func forgive(_ turn: inout Turn) {
        guard let until = turn.overtakenUntil, clock.now() >= until else { return }
        turn.overtakenUntil = nil
        trouble.note("overtaken", isTroubled: false)
    }

    private func commit(_ turn: inout Turn, isLast: Bool) {
        let wanted = marks.logWanted.current
        letAlarmsPass()
        let now = clock.now()
        do throws(HistoryFault) {
            // At the end of the run everything is wanted.
            let logged = try turn.log.commitIfDue(
                at: now, wall: clock.wallNow(), wanted: isLast ? .max : wanted == 0 ? 0 : inputBase + wanted)
            if logged > inputBase { marks.logged.advance(to: logged - inputBase) }
            try keepSnapshot(&turn.snapshot, loggedThrough: logged, atMost: isLast ? .max : Self.piecesAtOnce)
            if turn.failingSince != nil {
                turn.failingSince = nil
                trouble.note("cannot commit", isTroubled: false)
                logger.notice("the input log commits again")
            }
        } catch {
            failures.wrappingAdd(1, ordering: .relaxed)
            if turn.failingSince == nil {
                logger.error("the input log cannot commit", metadata: ["fault": "\(error)"])
            }
            let since = turn.failingSince ?? now
            turn.failingSince = since
            if now - since >= Self.patience {
                trouble.note("cannot commit", isTroubled: true)
                marks.logged.advance(to: turn.follower.next - 1)
            }
            watch.pause(atMost: .milliseconds(100))
        }
    }
}

extension HistoryStage {
    /// Stores what the core has laid of its newest snapshot.
    private func keepSnapshot(
        _ underWay: inout SnapshotIntake?, loggedThrough logged: UInt64, atMost limit: Int
    ) throws(HistoryFault) {
        var stored = 0
        while stored < limit, let piece = tray.take(loggedThrough: logged, committedThrough: marks.committed.current) {
            if piece.number == 0 { underWay = SnapshotIntake(into: history, inputSequence: piece.place.input) }
            // Without one it is the rest of a snapshot whose beginning could not be stored.
            guard var intake = underWay.take() else { continue }
            try intake.add(piece.bytes[...])
            stored += 1
            if piece.isLast {
                try intake.finish(at: clock.wallNow())
            } else {
                underWay = consume intake
            }
        }
    }
}

extension HistoryStage: MetricSource {
    func metrics() -> [Metric] {
        [
            Metric(
                "hazardd_history_missed_total", help: "Input slots that the log missed because it was overtaken.",
                kind: .counter, value: Double(missed.load(ordering: .relaxed))),
            Metric(
                "hazardd_history_dropped_total", help: "Input slots dropped from the log's full buffer.",
                kind: .counter,
                value: Double(history.droppedSlots)),
            Metric(
                "hazardd_history_failures_total", help: "Commits of the input log that failed.", kind: .counter,
                value: Double(failures.load(ordering: .relaxed))),
        ]
    }
}
