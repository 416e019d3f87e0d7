import DeliveryPlan
import Digests
import Logging
import PlantModel
import PlantTime
import StationPorts
import Synchronization
import WebTransfer

/// The way to one receiver: a thread and a connection of its own, so that a deaf one holds up nobody else.
///
/// It takes its due rows from the outbox, sends them one after another, and notes each outcome before it takes the next. When
/// an attempt fails, the whole lane holds for a while (1, 2, 4 ... 60 s), for it is the receiver that is down, not the message;
/// the message itself waits by its own schedule, so that one which always fails lets the others pass.
final class DeliveryLane: Sendable {
    let channel: WebhookChannel
    let wakeup = Wakeup()
    let beat: LaneBeat
    let tally = DeliveryTally()
    private let archive: any OutboxArchive
    private let credentials: CredentialStore
    private let clock: any PlantClock
    private let time: ForwardTime
    private let utcOffsetSeconds: Int
    private let meter: StageMeter
    private let logger: Logger
    private let reportFailing: @Sendable (String, Bool) -> Void
    private let stop = TransferStop()

    init(
        channel: WebhookChannel, archive: any OutboxArchive, credentials: CredentialStore, clock: any PlantClock,
        utcOffsetSeconds: Int, meter: StageMeter, logger: Logger,
        reportFailing: @escaping @Sendable (String, Bool) -> Void
    ) {
        self.channel = channel
        self.meter = meter
        self.archive = archive
        self.credentials = credentials
        self.clock = clock
        self.utcOffsetSeconds = utcOffsetSeconds
        self.reportFailing = reportFailing
        time = ForwardTime(clock)
        beat = LaneBeat(at: clock.now())
        var logger = logger
        logger[metadataKey: "channel"] = "\(channel.id)"
        self.logger = logger
    }

    /// Ends ``run()`` within a second, an exchange included; what was sent and not answered is sent again after the start.
    func requestStop() {
        stop.request()
        wakeup.call()
    }

    /// The body of the lane's thread.
    func run() {
        var session = WebSession(
            route: WebRoute(
                certificateAuthority: channel.certificateAuthority,
                addresses: channel.permitsPrivateAddresses ? .privatePermitted : .publicUnlessWritten), stop: stop)
        var state = LaneState()
        while !stop.isRequested {
            beat.beat(at: clock.now(), backWithin: .seconds(1))
            let seen = wakeup.count
            let pause = turn(&state, &session, calls: seen)
            reportIfDue(&state)
            if pause > .zero { wakeup.park(after: seen, atMost: pause) }
        }
    }

    /// One look at the outbox.
    /// - Parameter calls: how often somebody had called before this look.
    /// - Returns: how long there is nothing to do, unless somebody calls.
    private func turn(_ state: inout LaneState, _ session: inout WebSession, calls: UInt64) -> Duration {
        do {
            if let (row, attempt) = state.unnoted {
                try note(attempt, row, &state)
            }
            let now = time.now()
            if let heldFor = state.heldFor(at: now) { return heldFor }
            if let pause = state.pauseBeforeLook(at: now, calls: calls) { return pause }
            let rows = try dueRows(at: now, state)
            if state.reach.note(isReached: true) { logger.notice("outbox reached again") }
            for row in rows {
                guard !stop.isRequested, let attempt = attempt(row, &state, &session) else { return .zero }
                try note(attempt, row, &state)
                if state.isFailing { return .zero }
            }
            if rows.isEmpty {
                state.nothingFound(at: now, nextDue: try archive.nextDue(channel: channel.id), calls: calls)
            }
            return .zero
        } catch {
            // The journal is busy or lost. Nothing is sent that cannot be noted; the guard of the marks tells the people.
            if state.reach.note(isReached: false) {
                logger.warning("outbox not reached; tried again", metadata: ["error": "\(AnswerText.line(error))"])
            }
            state.hold(until: time.now() + .seconds(1))
            return .seconds(1)
        }
    }

    /// What is due; and after a start everything that is pending, once, whatever its due time: the clock may have been set
    /// back while nobody looked.
    private func dueRows(at now: WallTime, _ state: LaneState) throws -> [OutboxRow] {
        let due = try archive.dueRows(at: now, channel: channel.id, limit: state.batch)
        guard due.isEmpty, state.isFlushing else { return state.inOrderOfTrial(due) }
        let limit = state.batch + state.tried.count
        return try archive.dueRows(at: WallTime(nanoseconds: .max), channel: channel.id, limit: limit)
            .filter { !state.tried.contains($0.id) }
    }

    private func note(_ attempt: Attempt, _ row: OutboxRow, _ state: inout LaneState) throws {
        state.unnoted = (row, attempt)
        try archive.note(attempt.outcome, forRow: row.id, at: time.now(), attempt.stamps)
        state.unnoted = nil
    }

    /// Says how the receiver stands: at each change, and every ten seconds as a sign of life.
    private func reportIfDue(_ state: inout LaneState) {
        guard state.takeReport(at: clock.now()) else { return }
        tally.isFailing.store(state.isFailing, ordering: .relaxed)
        reportFailing(channel.id, state.isFailing)
    }
}

// MARK: - One attempt

extension DeliveryLane {
    /// Sends one message.
    /// - Returns: nil when the station stops meanwhile; nobody knows then whether it arrived, and it is sent again.
    private func attempt(_ row: OutboxRow, _ state: inout LaneState, _ session: inout WebSession) -> Attempt? {
        if state.isFlushing { state.tried.insert(row.id) }
        let body = WebhookMessage(row, utcOffsetSeconds: utcOffsetSeconds).bytes()
        beat.beat(at: clock.now(), backWithin: channel.timeout)
        var sent: PlantInstant?
        do {
            let request = WebRequest(
                .post, channel.url, headers: try headers(row, body, isRepeat: state.isFlushing, &state), body: body,
                timeout: channel.timeout)
            sent = left(row, isFirst: row.attempts == 0 && !state.isFlushing)
            let response = try session.send(request)
            let line = AnswerText.line(response)
            let stamps = sent.map { AttemptStamps(sent: $0, answered: clock.now()) }
            switch ReceiverAnswer(response).verdict(at: clock.wallNow()) {
            case .accepted:
                if let stamps { meter.accepted.record(stamps.answered - stamps.sent) }
                return Attempt(outcome: accepted(row, line, &state), stamps: stamps)
            case .retry(let asked): return Attempt(outcome: failed(row, line, asked: asked, &state), stamps: stamps)
            case .refused: return Attempt(outcome: refused(row, line, &state), stamps: stamps)
            }
        } catch TransferFault.stopped {
            return nil
        } catch {
            let stamps = sent.map { AttemptStamps(sent: $0, answered: clock.now()) }
            return Attempt(outcome: failed(row, AnswerText.line(error), asked: nil, &state), stamps: stamps)
        }
    }

    /// The request leaves now; how long the first one of a message waited since its commit is measured.
    private func left(_ row: OutboxRow, isFirst: Bool) -> PlantInstant {
        let now = clock.now()
        if isFirst, let committed = row.committedAt { meter.sent.record(now - committed) }
        return now
    }

    private func headers(
        _ row: OutboxRow, _ body: [UInt8], isRepeat: Bool, _ state: inout LaneState
    ) throws -> [WebHeader] {
        var headers = [
            WebHeader("Content-Type", "application/json; charset=utf-8"),
            WebHeader("Content-Language", channel.language.rawValue),
            WebHeader("Idempotency-Key", row.idempotencyKey),
        ]
        if isRepeat || row.attempts > 0 { headers.append(WebHeader("Hazardd-Possible-Repeat", "true")) }
        if let name = channel.secretCredential {
            let key = try state.key ?? key(named: name)
            state.key = key
            let seconds = clock.wallNow().wholeSeconds
            let signature = WebhookSignature.header(body: body, key: key, keyID: channel.keyID, sentAt: seconds)
            headers.append(WebHeader("Hazardd-Signature", signature))
        }
        return headers
    }

    /// Read once: new secrets come with a restart (operations.md 1). One that is missing is looked for at each attempt.
    private func key(named name: String) throws -> HMACKey {
        guard let key = HMACKey(try credentials.secret(named: name).bytes) else {
            throw CredentialFault.empty(name: name)
        }
        return key
    }

    private func accepted(_ row: OutboxRow, _ answer: String, _ state: inout LaneState) -> AttemptOutcome {
        if state.isFailing { logger.notice("receiver is back", metadata: ["key": "\(row.idempotencyKey)"]) }
        tally.accepted.wrappingAdd(1, ordering: .relaxed)
        state.succeeded()
        return .accepted(answer: answer)
    }

    private func refused(_ row: OutboxRow, _ answer: String, _ state: inout LaneState) -> AttemptOutcome {
        logger.error("message refused for good", metadata: ["key": "\(row.idempotencyKey)", "answer": "\(answer)"])
        tally.refused.wrappingAdd(1, ordering: .relaxed)
        // The receiver reads and answers: it is this message that it will not take.
        state.succeeded()
        return .refused(answer: answer)
    }

    private func failed(
        _ row: OutboxRow, _ answer: String, asked: Duration?, _ state: inout LaneState
    ) -> AttemptOutcome {
        if !state.isFailing {
            logger.warning(
                "delivery failed; tried again", metadata: ["key": "\(row.idempotencyKey)", "answer": "\(answer)"])
        }
        tally.failed.wrappingAdd(1, ordering: .relaxed)
        let now = time.now()
        state.failed(at: now, channel: channel.id, asked: asked)
        let own = RetrySchedule.wait(afterAttempt: row.attempts + 1, key: row.idempotencyKey)
        return .failed(answer: answer, nextAt: now + max(own, asked ?? .zero))
    }
}

/// What one lane has counted, read by `/metrics` from any thread. Relaxed throughout: figures, nothing is read behind them.
final class DeliveryTally: Sendable {
    let accepted = Atomic<UInt64>(0)
    let failed = Atomic<UInt64>(0)
    let refused = Atomic<UInt64>(0)
    let isFailing = Atomic<Bool>(false)
}
