import AlarmDelivery
import DeliveryPlan
import EventJournal
import Logging
import PlantModel
import PlantTime
import RingPipeline
import StationPorts
import Synchronization

/// The journal's thread: reads the event ring first, commits each batch, and only then moves the mark that everybody who
/// tells waits for.
///
/// When a commit fails the batch is kept and tried again: events wait in the ring behind it, nobody is told, and the health
/// of the station says why.
final class JournalStage: Sendable {
    /// What is known of the journal's troubles: read by health and metrics.
    struct Trouble: Sendable {
        var since: PlantInstant
        var what: String
    }

    let watch: StageWatch
    private let ring: Ring<AlarmEvent>
    private let journal: Journal
    private let marks: StationMarks
    private let table: CommandTable
    private let news: CommitNews
    private let clock: any PlantClock
    private let logger: Logger
    private let scribe: Mutex<RecordScribe>
    private let trouble = Mutex<Trouble?>(nil)
    private let commitSeconds = LatencyHistogram()
    private let sampleToCommit = LatencyHistogram()
    private let meter: StageMeter
    private let waiting: WaitStrategy
    private let raises = Mutex<[Priority: UInt64]>([:])
    /// Called after each commit: deliveries wake up.
    private let announce: @Sendable () -> Void
    private let keeper: LogKeeper

    /// So long after the last commit nobody is in a hurry: whoever tells has what he needs of the file.
    private static let lull = Duration.milliseconds(3)

    init(
        ring: Ring<AlarmEvent>, journal: Journal, marks: StationMarks, table: CommandTable, news: CommitNews,
        scribe: RecordScribe, meter: StageMeter = StageMeter(), waiting: WaitStrategy = .park, clock: any PlantClock,
        logger: Logger,
        announce: @escaping @Sendable () -> Void
    ) {
        self.ring = ring
        self.journal = journal
        self.marks = marks
        self.table = table
        self.news = news
        self.scribe = Mutex(scribe)
        self.clock = clock
        self.logger = logger
        self.announce = announce
        self.meter = meter
        self.waiting = waiting
        keeper = LogKeeper(named: "journal-keeper") { journal.checkpoint() }
        watch = StageWatch("journal", at: clock.now())
    }

    /// The body of the thread; returns when asked to stop and the ring is empty.
    func run() {
        defer { keeper.finish() }
        var reader = ring.gatingReader()
        var batch = [AlarmEvent](repeating: .blank, count: 256)
        var lookout = Lookout(waiting)
        while true {
            watch.beat(at: clock.now())
            let isCopyDue = journal.isCheckpointDue
            guard reader.wait(atMost: isCopyDue ? Self.lull : .milliseconds(500), &lookout) else {
                if watch.isStopping, !reader.hasInput { return }
                if isCopyDue {
                    keeper.ask()
                    continue
                }
                // Their next chance is the next event's commit.
                try? journal.writeStamps()
                continue
            }
            let count = reader.copy(into: &batch)
            guard commit(Array(batch.prefix(count)), endingAt: reader.next + UInt64(count) - 1) else { return }
            reader.release(count)
            if journal.isCheckpointOverdue { keeper.ask() }
        }
    }

    /// How the journal writes events down: also used by the restart, before the thread runs.
    func records(of events: [AlarmEvent], commands: (UInt32) -> OperatorCommand?) -> [AlarmRecord] {
        scribe.withLock { scribe in
            events.map { event in
                scribe.record(
                    of: event, command: event.command == 0 ? nil : commands(event.command), wall: clock.wall)
            }
        }
    }

    /// New rules are in force for events from now on.
    func adopt(_ rules: RuleSet) { scribe.withLock { $0.adopt(rules) } }

    var presentTrouble: Trouble? { trouble.withLock { $0 } }

    /// Commits a batch, however long it takes.
    /// - Returns: false when the station stops before it could: the input log derives the batch again at the next start.
    private func commit(_ events: [AlarmEvent], endingAt end: UInt64) -> Bool {
        let drafts = records(of: events) { table.command($0) }
        var pause = Duration.milliseconds(50)
        while true {
            let started = clock.now()
            watch.beat(at: started)
            do throws(JournalFault) {
                let records = try journal.commit(drafts, at: clock.wallNow())
                finish(events, records: records, started: started, end: end)
                return true
            } catch {
                note(error, at: started)
                if watch.isStopping { return false }
                watch.pause(atMost: pause)
                pause = min(pause + pause, .seconds(1))
            }
        }
    }

    private func finish(_ events: [AlarmEvent], records: [AlarmRecord], started: PlantInstant, end: UInt64) {
        let now = clock.now()
        keepStamps(events, records: records, committed: now)
        // First whoever tells people, who finds in the file what is due; each of the others costs a call of the system.
        announce()
        let head = journal.committedHead.sequence
        marks.journal.advance(to: head)
        marks.committed.advance(to: end)
        news.advance(to: head)
        for (event, record) in zip(events, records) where event.command != 0 {
            table.answer(event.command, with: record)
        }
        commitSeconds.record(now - started)
        raises.withLock { raises in
            for event in events where event.transition == .raise { raises[event.priority, default: 0] += 1 }
        }
        if trouble.withLock({ trouble in
            defer { trouble = nil }
            return trouble != nil
        }) {
            logger.notice("the journal commits again")
        }
    }

    /// Kept for `why`, and counted for the metrics. What a person asked for had no sample.
    private func keepStamps(_ events: [AlarmEvent], records: [AlarmRecord], committed: PlantInstant) {
        var stamps: [StageStamps] = []
        for (event, record) in zip(events, records) where event.command == 0 && event.samplePublished.nanoseconds > 0 {
            sampleToCommit.record(committed - event.samplePublished)
            meter.committed.record(committed - event.decidedAt)
            stamps.append(
                StageStamps(
                    sequence: record.sequence, read: event.sampleRead, published: event.samplePublished,
                    judged: event.decidedAt, committed: committed))
        }
        journal.keep(stamps)
    }

    private func note(_ fault: JournalFault, at now: PlantInstant) {
        let isNew = trouble.withLock { trouble in
            defer { trouble = Trouble(since: trouble?.since ?? now, what: "\(fault)") }
            return trouble == nil
        }
        if isNew { logger.critical("the journal cannot commit", metadata: ["fault": "\(fault)"]) }
    }
}

extension JournalStage: MetricSource {
    func metrics() -> [Metric] {
        let counts = raises.withLock { $0 }
        return commitSeconds.metrics("hazardd_journal_commit_seconds", help: "Time of one journal commit.")
            + sampleToCommit.metrics(
                "hazardd_sample_to_commit_seconds", help: "From a sample's publication to the commit of its event.")
            + Priority.allCases.map {
                Metric(
                    "hazardd_alarm_raises_total", help: "Alarms raised.", kind: .counter,
                    labels: [("priority", $0.word)], value: Double(counts[$0] ?? 0))
            }
    }
}

extension AlarmEvent {
    /// Fills a buffer before events are copied into it.
    static let blank = AlarmEvent(
        .comment, rule: RuleIndex(.max), point: PointIndex(.max), occurrence: 0, version: 0, nth: 0, from: .normal,
        to: .normal, priority: .low, duties: [], value: .nan, occurredAt: .distantPast, decidedAt: .distantPast,
        sampleArrival: .distantPast, samplePublished: .distantPast, inputSequence: 0)
}
