import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// A whole station in memory behind the ports: it keeps records in order, stands by them, and answers commands by the
/// versions it has. Nothing in it is timed.
final class FakeStation: AlarmArchive, CommandDesk, CommitFeed, HealthPort, BoardPort {
    struct Unreadable: Error {}

    private struct Waiter {
        var after: UInt64
        var continuation: CheckedContinuation<UInt64, Never>
    }

    private struct State {
        var records: [AlarmRecord] = []
        var views: [String: AlarmView] = [:]
        var commands: [OperatorCommand] = []
        var scripted: [CommandAnswer] = []
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
        var isUnreadable = false
        var health = StationHealth(
            isReady: true, reasons: [], beats: [StageBeat(stage: "core", ageSeconds: 0.1, isAlive: true)],
            pointsLive: 2,
            pointsTotal: 3, sourcesUp: 1, sourcesTotal: 1, storageLost: false, newestSampleAgeSeconds: 0.4,
            outboxPending: 0, outboxOldestSeconds: 0)
    }

    private let state = Mutex(State())

    // MARK: What a test does to it

    /// Writes a record as the next of the journal and tells everyone who waits.
    @discardableResult
    func commit(_ record: AlarmRecord) -> AlarmRecord {
        let (written, ready, head) = state.withLock { state in
            var record = record
            record.sequence = UInt64(state.records.count + 1)
            state.records.append(record)
            Self.apply(record, to: &state.views)
            let head = record.sequence
            let ready = state.waiters.filter { $0.value.after < head }
            for key in ready.keys { state.waiters[key] = nil }
            return (record, ready.values.map(\.continuation), head)
        }
        for continuation in ready { continuation.resume(returning: head) }
        return written
    }

    /// Writes a record as the next of the journal; the news of it is still on its way.
    func commitUnheard(_ record: AlarmRecord) {
        state.withLock { state in
            var record = record
            record.sequence = UInt64(state.records.count + 1)
            state.records.append(record)
        }
    }

    func script(_ answers: CommandAnswer...) { state.withLock { $0.scripted += answers } }
    func change(_ body: @Sendable (inout StationHealth) -> Void) { state.withLock { body(&$0.health) } }
    func becomeUnreadable() { state.withLock { $0.isUnreadable = true } }
    var commands: [OperatorCommand] { state.withLock { $0.commands } }
    /// Somebody waits for the next commit.
    var isFollowed: Bool { state.withLock { !$0.waiters.isEmpty } }
    /// How often somebody has.
    var waits: Int { state.withLock { $0.nextWaiter } }

    private static func apply(_ record: AlarmRecord, to views: inout [String: AlarmView]) {
        let name = "\(record.rule)/\(record.occurrence)"
        guard record.refusal == nil else { return }
        guard var view = views[name] else {
            views[name] = AlarmView(raise: record, latest: record)
            return
        }
        view.latest = record
        if record.transition == "acknowledge" {
            view.acknowledgedBy = record.actor
            view.acknowledgedAt = record.occurredAt
        }
        views[name] = view
    }

    // MARK: AlarmArchive

    func head() throws -> JournalHead {
        try state.withLock { state in
            if state.isUnreadable { throw Unreadable() }
            return JournalHead(journalID: "j1", sequence: UInt64(state.records.count), hash: "00")
        }
    }

    func openAlarms() throws -> [AlarmView] {
        state.withLock { state in
            state.views.values.filter { $0.latest.stateAfter != "normal" }
                .sorted { ($0.latest.priority, $1.latest.rule) > ($1.latest.priority, $0.latest.rule) }
        }
    }

    func alarm(rule: String, occurrence: UInt32) throws -> AlarmView? {
        state.withLock { $0.views["\(rule)/\(occurrence)"] }
    }

    func records(after sequence: UInt64, limit: Int) throws -> [AlarmRecord] {
        try state.withLock { state in
            if state.isUnreadable { throw Unreadable() }
            return Array(state.records.dropFirst(Int(clamping: sequence)).prefix(limit))
        }
    }

    func record(forKey key: String) throws -> AlarmRecord? { state.withLock { $0.records.first { $0.key == key } } }

    func record(forIdempotencyKey key: String) throws -> AlarmRecord? {
        state.withLock { $0.records.first { $0.idempotencyKey == key } }
    }

    // MARK: CommandDesk

    func submit(_ command: OperatorCommand) async -> CommandAnswer {
        let scripted: CommandAnswer? = state.withLock { state in
            let earlier = state.commands.first { $0.idempotencyKey == command.idempotencyKey }
            if let earlier, earlier != command { return .keyReused }
            if earlier != nil, let record = state.records.first(where: { $0.idempotencyKey == command.idempotencyKey })
            {
                return .repeated(record)
            }
            state.commands.append(command)
            return state.scripted.isEmpty ? nil : state.scripted.removeFirst()
        }
        if let scripted { return scripted }
        guard let view = try? alarm(rule: command.rule, occurrence: command.occurrence) else {
            return .refused(commit(Self.answer(command, nil, refusal: .unknownAlarm)), present: nil)
        }
        guard command.version == view.latest.version else {
            return .refused(commit(Self.answer(command, view, refusal: .alarmChanged)), present: view)
        }
        return .done(commit(Self.answer(command, view, refusal: nil)))
    }

    private static func answer(
        _ command: OperatorCommand, _ view: AlarmView?, refusal: CommandRefusal?
    ) -> AlarmRecord {
        var record = view?.latest ?? aRecord("refused", rule: command.rule, occurrence: command.occurrence)
        record.transition = refusal == nil ? command.verb.rawValue : "refused"
        record.stateBefore = record.stateAfter
        if refusal == nil, command.verb == .acknowledge { record.stateAfter = "acknowledged" }
        if refusal == nil, command.verb != .comment { record.version += 1 }
        record.actor = command.actor
        record.origin = command.origin
        record.comment = command.comment
        record.idempotencyKey = command.idempotencyKey
        record.refusal = refusal?.word
        return record
    }

    // MARK: CommitFeed

    func committed() -> UInt64 { state.withLock { UInt64($0.records.count) } }

    func waitForCommit(after sequence: UInt64, atMost limit: Duration) async -> UInt64 {
        // The limit is not kept: whoever waits here is woken by a commit or by cancellation.
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: UInt64? = state.withLock { state in
                    let head = UInt64(state.records.count)
                    if head > sequence || Task.isCancelled { return head }
                    state.waiters[number] = Waiter(after: sequence, continuation: continuation)
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
            waiter?.continuation.resume(returning: committed())
        }
    }

    // MARK: HealthPort, BoardPort

    func health() -> StationHealth { state.withLock { $0.health } }

    func metrics() -> [Metric] {
        [
            Metric(
                "hazardd_samples_total", help: "Samples judged.", kind: .counter, labels: [("quality", "good")],
                value: 1_204_331),
            Metric("hazardd_outbox_pending", help: "Rows \\ owed.", kind: .gauge, value: .infinity),
            Metric(
                "hazardd_samples_total", help: "Samples judged.", kind: .counter, labels: [("quality", "\"odd\"\n")],
                value: 0.5),
        ]
    }

    func points() -> [PointView] {
        [
            PointView(
                tag: "AT-101", name: BilingualText(chinese: "机房氨", english: "NH3 machine room"), unit: "mg/m3",
                quality: "good", reason: nil, value: Payload(41.3), lastUsable: 41.3,
                time: WallTime(milliseconds: 1_795_480_205_120), ageSeconds: 0.4),
            PointView(
                tag: "LT-1203", name: BilingualText(chinese: "12 号罐液位"), unit: "m", quality: "bad",
                reason: "link-down", value: Payload(.nan), lastUsable: 8.41,
                time: WallTime(milliseconds: 1_795_480_175_000),
                ageSeconds: 32),
            PointView(
                tag: "泵/1", name: BilingualText(), unit: "", quality: "uncertain", reason: "degraded",
                value: Payload(UInt64(1) << 53 + 1),
                lastUsable: 1, time: nil, ageSeconds: nil),
        ]
    }

    func point(tagged tag: String) -> PointView? { points().first { $0.tag == tag } }
}

/// A record of one alarm, at 2026-11-24 08:30:05.120 of the site.
func aRecord(
    _ transition: String = "raise", rule: String = "AT-101.HH", occurrence: UInt32 = 7, version: UInt32 = 1,
    state: String = "unacknowledged", priority: Priority = .critical, value: Double? = 41.3, quality: String = "good",
    comment: String? = nil
) -> AlarmRecord {
    var guidance = Guidance()
    guidance.action = BilingualText(chinese: "撤离机房,启动排风", english: "evacuate, start the exhaust fan")
    guidance.respondWithinSeconds = 180
    let time = WallTime(milliseconds: 1_795_480_205_120)
    return AlarmRecord(
        key: "demo/\(rule)/\(occurrence)/\(transition)/0/1", site: "demo", transition: transition, rule: rule,
        kind: "HH",
        occurrence: occurrence, version: version, point: "AT-101",
        pointName: BilingualText(chinese: "机房氨", english: "NH3 machine room"), hazardSource: "ammonia",
        hazardSourceName: BilingualText(chinese: "氨站", english: "Ammonia plant"), area: "ammonia-room", value: value,
        unit: "mg/m3", quality: quality, reason: quality == "bad" ? "link-down" : nil, limit: 40, priority: priority,
        colour: ColourTable.usual[priority], stateBefore: "normal", stateAfter: state,
        duties: [.annunciate, .notify, .reportToPlatform], occurredAt: time,
        decidedAt: WallTime(milliseconds: time.milliseconds + 11), raisedAt: time, guidance: guidance, comment: comment)
}
