import Glibc
import Logging
import PlantModel
import PlantTime
import RingPipeline
import StationAssembly
import StationPorts
import Synchronization

/// Input ring, the core's own stage on its thread, event ring, and a thread that follows the input behind the judged mark as
/// the log does, takes snapshots too, and takes the events out as the journal does. Whoever makes it publishes.
final class Pipe {
    let input = Ring<InputSlot>(capacity: Capacities().inputRing)
    let clock = SteadyClock()
    private let core: LoneCore
    private let coreThread: WorkerThread
    private let witness: PipeWitness
    private let witnessThread: WorkerThread

    init() throws {
        let events = Ring<AlarmEvent>(capacity: Capacities().eventRing)
        let marks = StationMarks()
        let core = LoneCore(
            monitor: try PipePlant().monitor(startingAt: clock.now()), input: input, events: events, marks: marks,
            clock: clock, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let witness = PipeWitness(input: input, events: events, marks: marks, core: core)
        self.core = core
        self.witness = witness
        coreThread = WorkerThread(named: "core") { core.run() }
        witnessThread = WorkerThread(named: "witness") { witness.run() }
    }

    /// Sleeps until an instant; not at all when it has passed.
    func pause(until instant: PlantInstant) {
        let left = (instant - clock.now()).nanoseconds
        guard left > 0 else { return }
        var span = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        _ = unsafe nanosleep(&span, nil)
    }

    /// Lets the core judge what is in the ring, and ends everything. Once.
    func finish() -> PipeRecord {
        core.askToStop()
        coreThread.join()
        witness.askToStop()
        witnessThread.join()
        var record = witness.record
        record.judged = core.samplesJudged
        return record
    }
}

/// What came out of a pipe.
struct PipeRecord: Sendable {
    /// Samples that were judged, by what the core says of each point.
    var judged: UInt64 = 0
    var events: UInt64 = 0
    /// Slots that the witness was too slow to look at: judged all the same.
    var missed: UInt64 = 0
    /// Spans from publication to verdict, in steps of 10 microseconds; the last holds all that are longer.
    var spans = [UInt64](repeating: 0, count: 20_001)
    var worstNanoseconds: Int64 = 0
    /// When the sample with the longest span was published.
    var worstAt = PlantInstant.distantPast
    /// Of the core's snapshots, taken as the input log takes them.
    var snapshotBytes = 0

    /// In milliseconds.
    var worst: Double { Double(worstNanoseconds) / 1e6 }

    /// In milliseconds: the span that this part of the samples did not exceed.
    func percentile(_ part: Double) -> Double {
        let wanted = Double(spans.reduce(0, +)) * part
        var seen = 0.0
        for (step, count) in spans.enumerated() {
            seen += Double(count)
            if seen >= wanted { return Double(step + 1) / 100 }
        }
        return .infinity
    }
}

/// Looks at every slot behind the judged mark and at every event.
private final class PipeWitness: Sendable {
    private let input: Ring<InputSlot>
    private let events: Ring<AlarmEvent>
    private let marks: StationMarks
    private let core: LoneCore
    private let isStopping = Atomic(false)
    private let seen = Mutex(PipeRecord())

    init(input: Ring<InputSlot>, events: Ring<AlarmEvent>, marks: StationMarks, core: LoneCore) {
        self.core = core
        self.input = input
        self.events = events
        self.marks = marks
    }

    var record: PipeRecord { seen.withLock { $0 } }

    func askToStop() {
        isStopping.store(true, ordering: .releasing)
        marks.logBell.ring()
    }

    func run() {
        var follower = input.followingReader(from: 1)
        var decided = events.gatingReader()
        var decidedBatch = [AlarmEvent](repeating: .blank, count: 64)
        var batch = [InputSlot](repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: 1024)
        var record = PipeRecord()
        while true {
            // Asked before it looks: what was judged before the asking is looked at.
            let isLast = isStopping.load(ordering: .acquiring)
            let next = follower.next
            if !isLast {
                _ = marks.logBell.park(atMost: .milliseconds(100)) {
                    marks.judged.current >= next || isStopping.load(ordering: .acquiring)
                }
            }
            let lastJudged = marks.judged.current
            while true {
                let found = follower.copy(into: &batch, through: lastJudged)
                record.missed += found.missed
                for slot in batch.prefix(found.count) where slot.kind == .sample { record.note(slot) }
                if found.count < batch.count { break }
            }
            while true {
                let count = decided.copy(into: &decidedBatch)
                if count == 0 { break }
                decided.release(count)
                record.events += UInt64(count)
            }
            record.snapshotBytes += core.takeSnapshot()
            if isLast { break }
        }
        let whole = record
        seen.withLock { $0 = whole }
    }
}

extension PipeRecord {
    fileprivate mutating func note(_ slot: InputSlot) {
        let span = (slot.judgedAt - slot.published).nanoseconds
        if span > worstNanoseconds { (worstNanoseconds, worstAt) = (span, slot.published) }
        spans[min(max(0, Int(span / 10_000)), spans.count - 1)] += 1
    }
}

extension AlarmEvent {
    /// Fills a buffer before events are copied into it.
    fileprivate static let blank = AlarmEvent(
        .comment, rule: RuleIndex(.max), point: PointIndex(.max), occurrence: 0, version: 0, nth: 0, from: .normal,
        to: .normal, priority: .low, duties: [], value: .nan, occurredAt: .distantPast, decidedAt: .distantPast,
        sampleArrival: .distantPast, samplePublished: .distantPast, inputSequence: 0)
}
