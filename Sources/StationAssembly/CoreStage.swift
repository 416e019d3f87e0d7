import Logging
import MonitorCore
import PlantModel
import PlantTime
import RingPipeline
import StationPorts
import Synchronization

/// The core's thread: takes slots from the one input ring, stamps them, lets the ``Monitor`` judge, and puts what it
/// decided into the event ring, onto the board and behind the marks. The only shell around the quiet room.
final class CoreStage: Sendable {
    /// What the thread owns from its first moment on.
    struct Hand: ~Copyable {
        var monitor: Monitor
        /// The newest instant that was judged before this run: the line of time goes on behind it.
        var lastJudged: PlantInstant
    }

    let watch: StageWatch
    private let rings: Rings
    private let marks: StationMarks
    private let board: Board
    private let tables: Tables
    private let clock: any PlantClock
    private let logger: Logger
    /// Input sequences of this run follow those that the log holds already.
    private let inputBase: UInt64
    private let hand: Mutex<Hand?>
    private let judged = Atomic<UInt64>(0)
    private let clockJumps: Atomic<UInt64>
    /// Events were decided that the journal will not take in this run. Relaxed: only the core's thread uses it.
    private let leftEvents = Atomic(false)
    private let meter: StageMeter

    struct Rings: Sendable {
        let input: Ring<InputSlot>
        let events: Ring<AlarmEvent>
    }

    /// Where slots find what does not fit into 64 bytes, and where the newest snapshot is laid.
    struct Tables: Sendable {
        let commands: CommandTable
        let configurations: ConfigurationTable
        let snapshots: SnapshotTray
        /// Called when the core has adopted new rules: whoever spells events out follows.
        let adopted: @Sendable (RuleSet) -> Void
    }

    private static let batchSize = 256
    private static let idlePeriod = Duration.seconds(1)
    /// How long a station that stops waits for a journal that takes nothing.
    private static let partingPatience = Duration.seconds(3)
    private let waiting: WaitStrategy

    init(
        hand: consuming sending Hand, rings: Rings, marks: StationMarks, board: Board, tables: Tables,
        inputBase: UInt64, meter: StageMeter = StageMeter(), waiting: WaitStrategy = .park,
        clock: any PlantClock, logger: Logger
    ) {
        clockJumps = Atomic(hand.monitor.reAnchorings)
        self.hand = Mutex(consume hand)
        self.rings = rings
        self.marks = marks
        self.board = board
        self.tables = tables
        self.inputBase = inputBase
        self.meter = meter
        self.waiting = waiting
        self.clock = clock
        self.logger = logger
        watch = StageWatch("core", at: clock.now())
    }

    /// The body of the thread; returns when asked to stop and the ring is empty.
    func run() {
        guard var hand = hand.withLock({ $0.take() }) else { preconditionFailure("the core's thread runs once") }
        var reader = rings.input.gatingReader()
        var ticks = rings.input.sharedPublisher()
        var events = rings.events.publisher()
        var batch = [InputSlot](
            repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: Self.batchSize)
        var lookout = Lookout(waiting)
        var changes = Changes()
        var snapshots = SnapshotHand(tray: tables.snapshots, at: clock.now())
        var lastTick = clock.now()
        // First of all: silence while the station was down is not held against any point.
        _ = ticks.publish([InputSlot(.tick, at: lastTick, auxiliary: InputSlot.stationStarted)].span)
        showAll(hand.monitor)
        while true {
            let now = clock.now()
            watch.beat(at: now)
            if !reader.hasInput {
                if watch.isStopping { break }
                let due = min(hand.monitor.nextDeadline ?? .distantFuture, lastTick + Self.idlePeriod)
                if due > now { _ = reader.wait(atMost: min(due - now, Self.idlePeriod), &lookout) }
            }
            // The clock is read before the ring is looked at: the core never ticks past what it has not taken.
            let reached = clock.now()
            if !reader.hasInput, isDue(hand.monitor, at: reached) || reached - lastTick >= Self.idlePeriod {
                _ = ticks.publish([InputSlot(.tick, at: reached)].span)
                lastTick = reached
            }
            let count = reader.copy(into: &batch)
            guard count > 0 else { continue }
            let stamp = max(clock.now(), hand.lastJudged)
            hand.lastJudged = stamp
            let hasAdopted = pass(&batch, count, at: stamp, &hand.monitor, &reader, &events, &changes)
            let last = reader.next - 1
            // Relaxed: numbers to look at, nothing is read behind them.
            judged.store(last, ordering: .relaxed)
            clockJumps.store(hand.monitor.reAnchorings, ordering: .relaxed)
            if batch[0].kind == .sample { measure(batch[0]) }
            // A ring that is never empty must not keep deadlines waiting.
            if isDue(hand.monitor, at: stamp) {
                _ = ticks.publish([InputSlot(.tick, at: stamp)].span)
                lastTick = stamp
            }
            // A restart replays what follows a snapshot under the present rules: so one is laid as soon as they change.
            if hasAdopted {
                snapshots.layWhole(
                    &hand.monitor, at: SnapshotPlace(input: inputBase + last, events: decidedEvents), now: stamp)
            } else {
                snapshots.turn(
                    &hand.monitor, at: SnapshotPlace(input: inputBase + last, events: decidedEvents), now: stamp,
                    unless: { reader.hasInput })
            }
        }
        snapshots.layWhole(
            &hand.monitor, at: SnapshotPlace(input: inputBase + reader.next - 1, events: decidedEvents),
            now: clock.now())
    }

    /// The sequence of the last event that was decided: the event ring's head, or more than can ever be committed when events were
    /// left to the next start.
    private var decidedEvents: UInt64 { hasLeftEvents ? .max : rings.events.head }
    private var hasLeftEvents: Bool { leftEvents.load(ordering: .relaxed) }

    /// One batch on its way: stamped, judged, handed over, shown, and given back to the doors. A function of its own, so that
    /// `Bench/hot-path` can read in the machine code what every batch passes.
    /// - Returns: whether new rules are in force.
    @inline(never)
    private func pass(
        _ batch: inout [InputSlot], _ count: Int, at stamp: PlantInstant, _ monitor: inout Monitor,
        _ reader: inout GatingReader<InputSlot>, _ events: inout Publisher<AlarmEvent>, _ changes: inout Changes
    ) -> Bool {
        for index in 0..<count {
            batch[index].judgedAt = stamp
            reader.restate(batch[index], at: reader.next + UInt64(index))
        }
        let hasAdopted = judge(batch, count, from: reader.next, &monitor, &events)
        let head = handOver(&monitor, to: &events)
        showChanges(&monitor, &changes)
        marks.judge(through: reader.next + UInt64(count) - 1, events: head)
        reader.release(count)
        return hasAdopted
    }

    private func measure(_ slot: InputSlot) {
        meter.published.record(slot.published - slot.read)
        meter.judged.record(slot.judgedAt - slot.published)
        meter.readToJudged.record(slot.judgedAt - slot.read)
    }

    private func isDue(_ monitor: borrowing Monitor, at instant: PlantInstant) -> Bool {
        monitor.nextDeadline.map { $0 <= instant } ?? false
    }

    /// One batch: stepped in one piece, or in pieces that end with a configuration slot, which is adopted behind it.
    /// - Returns: whether new rules are in force.
    private func judge(
        _ batch: [InputSlot], _ count: Int, from sequence: UInt64, _ monitor: inout Monitor,
        _ events: inout Publisher<AlarmEvent>
    ) -> Bool {
        var start = 0
        var hasAdopted = false
        while start < count {
            let stop = batch[start..<count].firstIndex { $0.kind == .configuration }.map { $0 + 1 } ?? count
            monitor.step(
                batch.span.extracting(start..<stop), firstSequence: inputBase + sequence + UInt64(start),
                commands: { tables.commands.command($0) })
            let last = batch[stop - 1]
            if last.kind == .configuration, follow(last, &monitor, &events) { hasAdopted = true }
            start = stop
        }
        return hasAdopted
    }

    /// - Parameter slot: that says which rules are wanted.
    /// - Returns: whether they are in force.
    @inline(never)
    private func follow(
        _ slot: InputSlot, _ monitor: inout Monitor, _ events: inout Publisher<AlarmEvent>
    ) -> Bool {
        guard let rules = tables.configurations.take(slot.auxiliary) else { return false }
        let isAdopted = adopt(rules, at: slot.judgedAt, &monitor, &events)
        tables.configurations.settle(slot.auxiliary, isAdopted: isAdopted)
        return isAdopted
    }

    /// Rule numbers change with the rules, so every event of the old ones is written down before the new ones come.
    private func adopt(
        _ rules: RuleSet, at instant: PlantInstant, _ monitor: inout Monitor, _ events: inout Publisher<AlarmEvent>
    ) -> Bool {
        let head = handOver(&monitor, to: &events)
        let limit = clock.now() + .seconds(2)
        while marks.committed.current < head {
            watch.beat(at: clock.now())
            if clock.now() > limit {
                logger.error("new rules were refused; the old ones stay", metadata: ["why": "the journal is behind"])
                return false
            }
            _ = marks.committed.wait(for: head, atMost: .milliseconds(100))
        }
        let shown = min(monitor.ruleCount, board.rules.count)
        do {
            try monitor.adopt(rules, at: instant)
            tables.adopted(rules)
            showAll(monitor)
            // Where fewer rules leave a place on the board, the rule last shown there has another number now, or is gone.
            for place in min(monitor.ruleCount, shown)..<shown { board.rules.write(.quiet, at: place) }
            logger.notice("new rules are in force", metadata: ["rules": "\(rules.ruleCount)"])
            return true
        } catch {
            logger.error("new rules were refused; the old ones stay", metadata: ["why": "\(error)"])
            return false
        }
    }

    /// Puts what the monitor decided into the event ring. Full means that the journal is behind: the core waits for it,
    /// and the input ring refuses at the doors, who count. A station that stops does not wait for ever: its inputs are
    /// logged, and the next start decides from them again what the journal could not take.
    /// - Returns: ``decidedEvents``.
    @discardableResult
    private func handOver(_ monitor: inout Monitor, to events: inout Publisher<AlarmEvent>) -> UInt64 {
        monitor.drainEvents { decided in
            for index in decided.indices where !hasLeftEvents && events.publish(decided[index]) == nil {
                insist(on: decided[index], &events)
            }
        }
        return decidedEvents
    }

    /// Waits until the event ring takes an event, or leaves it to the next start.
    @inline(never)
    private func insist(on event: AlarmEvent, _ events: inout Publisher<AlarmEvent>) {
        let since = clock.now()
        repeat {
            let now = clock.now()
            watch.beat(at: now)
            if watch.isStopping, now - since >= Self.partingPatience {
                leftEvents.store(true, ordering: .relaxed)
                logger.critical("the journal takes no events: they are left to the next start")
            }
            _ = marks.committed.wait(for: marks.committed.current + 1, atMost: .milliseconds(5))
        } while !hasLeftEvents && events.publish(event) == nil
    }

    /// What one batch changed on the board; kept from batch to batch for its room.
    private struct Changes {
        var points: [PointIndex] = []
        var rules: [RuleIndex] = []
    }

    private func showChanges(_ monitor: inout Monitor, _ changes: inout Changes) {
        monitor.drainChanges(points: { changes.points.append($0) }, rules: { changes.rules.append($0) })
        show(changes.points, changes.rules, monitor)
        changes.points.removeAll(keepingCapacity: true)
        changes.rules.removeAll(keepingCapacity: true)
    }

    private func showAll(_ monitor: borrowing Monitor) {
        show(
            (0..<monitor.pointCount).map { PointIndex(offset: $0) },
            (0..<monitor.ruleCount).map { RuleIndex(offset: $0) }, monitor)
    }

    private func show(_ points: [PointIndex], _ rules: [RuleIndex], _ monitor: borrowing Monitor) {
        for point in points where point.offset < board.points.count {
            board.points.write(monitor.pointStanding(point), at: point.offset)
        }
        for rule in rules where rule.offset < board.rules.count {
            board.rules.write(monitor.ruleStanding(rule), at: rule.offset)
        }
    }
}

extension CoreStage {
    /// How many times the core took a source's clock to have jumped back (semantics.md D). Any thread.
    var sourceClockJumps: UInt64 { clockJumps.load(ordering: .relaxed) }
}

extension CoreStage: MetricSource {
    func metrics() -> [Metric] {
        [
            Metric(
                "hazardd_judged_total", help: "Slots of the input ring that the core has judged.", kind: .counter,
                value: Double(judged.load(ordering: .relaxed))),
            Metric(
                "hazardd_source_clock_jumps_total",
                help: "Times that a source's clock was taken to have jumped back.", kind: .counter,
                value: Double(sourceClockJumps)),
            Metric(
                "hazardd_input_ring_depth", help: "Slots in use in the input ring.", kind: .gauge,
                value: Double(rings.input.depth)),
            Metric(
                "hazardd_event_ring_depth", help: "Slots in use in the event ring.", kind: .gauge,
                value: Double(rings.events.depth)),
        ]
    }
}
