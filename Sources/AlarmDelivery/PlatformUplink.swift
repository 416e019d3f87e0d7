package import DeliveryPlan
package import Logging
package import PlantModel
package import PlantTime
import RingPipeline
package import StationPorts
import Synchronization
import WebTransfer

/// Reports to one emergency platform: every record that owes a report, in the order of the journal, until the platform says
/// that it has stored it. One thread, one connection; what the platform is told next is decided by ``UplinkProgress``.
package final class PlatformUplink: MetricSource {
    private let channel: PlatformChannel
    private let archive: any UplinkArchive
    private let credentials: CredentialStore
    private let clock: any PlantClock
    private let time: ForwardTime
    private let utcOffsetSeconds: Int
    private let logger: Logger
    private let reportFailing: @Sendable (UplinkTrouble, Bool) -> Void
    private let stopRequest = TransferStop()
    private let wakeup = Wakeup()
    private let beat: LaneBeat
    private let tally = UplinkTally()
    private let thread = Mutex<WorkerThread?>(nil)

    /// Records in one message.
    package static let batch = 100
    /// A message is sent at least this often, so that the platform knows that somebody watches.
    package static let heartbeat: Duration = .seconds(60)

    /// - Parameter reportFailing: called on the uplink's thread for each trouble, at each change and every ten seconds.
    package init(
        channel: PlatformChannel, site: SiteDescription, archive: any UplinkArchive, credentials: CredentialStore,
        clock: any PlantClock, logger: Logger, reportFailing: @escaping @Sendable (UplinkTrouble, Bool) -> Void
    ) {
        self.channel = channel
        self.archive = archive
        self.credentials = credentials
        self.clock = clock
        self.reportFailing = reportFailing
        utcOffsetSeconds = site.utcOffsetSeconds
        time = ForwardTime(clock)
        beat = LaneBeat(at: clock.now())
        var logger = logger
        logger[metadataKey: "platform"] = "\(channel.id)"
        self.logger = logger
    }

    /// Starts the thread. Once.
    package func start() {
        thread.withLock { thread in
            precondition(thread == nil, "an uplink is started once")
            thread = WorkerThread(named: "up:\(channel.id)", turns: .short) { self.run() }
        }
    }

    /// Ends it, a running exchange included, and waits: about a second.
    package func stop() {
        stopRequest.request()
        wakeup.call()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    /// "Something was committed." Any thread.
    package func wake() { wakeup.call() }

    /// For the watchdog; waiting for the platform within the time-out is alive.
    package var lastBeat: PlantInstant { beat.last(at: clock.now()) }

    package func metrics() -> [Metric] { tally.metrics(platform: channel.id) }
}

/// The two things that the platform's system points tell people.
package enum UplinkTrouble: Sendable, Hashable {
    /// The platform cannot be reached, or refuses.
    case notReached
    /// UPLINK_MISMATCH: its numbers cannot be about our journal.
    case mismatch
}

// MARK: - The thread

extension PlatformUplink {
    private func run() {
        guard var session = makeSession() else { return }
        var state = UplinkState()
        while !stopRequest.isRequested {
            beat.beat(at: clock.now(), backWithin: .seconds(1))
            let seen = wakeup.count
            let pause = turn(&state, &session, calls: seen)
            tellTroubles(&state)
            if pause > .zero { wakeup.park(after: seen, atMost: pause) }
        }
    }

    /// Waits, with the trouble told, until the files that prove who we are can be found.
    private func makeSession() -> WebSession? {
        var state = UplinkState()
        while !stopRequest.isRequested {
            do {
                let key = try channel.clientKeyCredential.map { try credentials.path(ofFileNamed: $0) }
                return WebSession(
                    route: WebRoute(
                        certificateAuthority: channel.certificateAuthority,
                        clientCertificate: channel.clientCertificate,
                        clientKey: key,
                        addresses: channel.permitsPrivateAddresses ? .privatePermitted : .publicUnlessWritten),
                    stop: stopRequest)
            } catch {
                failed(AnswerText.line(error), asked: nil, &state)
                tellTroubles(&state)
            }
            while let pause = state.heldFor(at: time.now()), !stopRequest.isRequested {
                beat.beat(at: clock.now(), backWithin: .seconds(1))
                wakeup.park(after: wakeup.count, atMost: pause)
            }
        }
        return nil
    }

    /// One exchange with the platform, if one is owed.
    /// - Returns: how long nothing is owed, unless somebody calls.
    private func turn(_ state: inout UplinkState, _ session: inout WebSession, calls: UInt64) -> Duration {
        do {
            let now = time.now()
            if let pause = state.heldFor(at: now) { return pause }
            if let pause = state.pauseBeforeLook(at: now, calls: calls) { return pause }
            let head = try archive.head()
            var progress = try state.progress(for: head.journalID) {
                try archive.confirmedSequence(platform: channel.id)
            }
            defer { state.keep(progress, of: head.journalID) }
            guard let parcel = try nextParcel(&state, progress, now: now) else {
                state.nothingOwed(at: now, calls: calls)
                noteReached(&state)
                return .zero
            }
            guard let answer = try exchange(parcel, after: progress.cursor, head: head, &state, &session) else {
                return .zero
            }
            let step = progress.take(
                journalID: answer.journalId, storedThrough: answer.storedThrough, sent: parcel.last,
                ours: head.journalID,
                head: head.sequence, oldestOpen: try archive.openRaises().map(\.sequence).min())
            tally.stored.store(progress.cursor, ordering: .relaxed)
            try act(on: step, parcel, &state)
            noteReached(&state)
            return .zero
        } catch {
            if state.reach.note(isReached: false) {
                logger.warning("journal not reached; tried again", metadata: ["error": "\(AnswerText.line(error))"])
            }
            state.hold(until: time.now() + .seconds(1))
            return .seconds(1)
        }
    }

    private func noteReached(_ state: inout UplinkState) {
        if state.reach.note(isReached: true) { logger.notice("journal reached again") }
    }

    private func nextParcel(
        _ state: inout UplinkState, _ progress: UplinkProgress, now: WallTime
    ) throws -> UplinkParcel? {
        if progress.standing == .unasked { return .question }
        if state.owesOpenRaises {
            // The most urgent of them at once; all of them, whatever their number, follow in the journal's order.
            let raises = try archive.openRaises().prefix(Self.batch)
            if !raises.isEmpty { return .openRaises(Array(raises)) }
            state.owesOpenRaises = false
        }
        let records = try archive.platformRecords(after: progress.cursor, limit: Self.batch)
        if !records.isEmpty { return .records(records) }
        return state.isHeartbeatDue(at: now) ? .question : nil
    }

    /// Sends one message.
    /// - Returns: nil when there was no answer that can be read; the failure is noted.
    private func exchange(
        _ parcel: UplinkParcel, after cursor: UInt64, head: JournalHead, _ state: inout UplinkState,
        _ session: inout WebSession
    ) throws -> PlatformAnswer? {
        let message = PlatformMessage(
            channel: channel, head: head, after: cursor, isResend: parcel.isResend, records: parcel.records,
            now: clock.wallNow(), utcOffsetSeconds: utcOffsetSeconds)
        beat.beat(at: clock.now(), backWithin: channel.timeout)
        do {
            let body = try DeterministicJSON.bytes(of: message)
            let request = WebRequest(
                .post, channel.url, headers: try headers(), body: body, timeout: channel.timeout)
            let response = try session.send(request)
            guard case .accepted = ReceiverAnswer(response).verdict(at: clock.wallNow()) else {
                var asked: Duration?
                if case .retry(let after) = ReceiverAnswer(response).verdict(at: clock.wallNow()) { asked = after }
                failed(AnswerText.line(response), asked: asked, &state)
                return nil
            }
            guard let answer = PlatformAnswer(response.body) else {
                failed("answer names no journalId and storedThrough: \(AnswerText.line(response))", asked: nil, &state)
                return nil
            }
            state.reached(at: time.now())
            tally.messages.wrappingAdd(1, ordering: .relaxed)
            return answer
        } catch TransferFault.stopped {
            return nil
        } catch {
            failed(AnswerText.line(error), asked: nil, &state)
            return nil
        }
    }

    private func headers() throws -> [WebHeader] {
        var headers = [WebHeader("Content-Type", "application/json; charset=utf-8")]
        if let name = channel.tokenCredential {
            let token = try credentials.secret(named: name)
            headers.append(WebHeader("Authorization", "Bearer \(String(decoding: token.bytes, as: UTF8.self))"))
        }
        return headers
    }

    private func act(on step: UplinkProgress.Step, _ parcel: UplinkParcel, _ state: inout UplinkState) throws {
        if parcel.isResend { state.owesOpenRaises = false }
        switch step {
        case .confirmed(let sequence):
            state.moved()
            tally.records.wrappingAdd(UInt64(parcel.records.count), ordering: .relaxed)
            try archive.noteConfirmed(sequence, platform: channel.id)
        case .follow:
            state.moved()
        case .stalled:
            state.stalled(at: time.now(), platform: channel.id)
        case .resend(let mismatch):
            logger.error(
                "UPLINK_MISMATCH: open alarms and everything since are sent again", metadata: ["reason": "\(mismatch)"])
            tally.mismatches.wrappingAdd(1, ordering: .relaxed)
            state.owesOpenRaises = true
        }
    }

    private func failed(_ answer: String, asked: Duration?, _ state: inout UplinkState) {
        if !state.isFailing { logger.warning("platform not reached; tried again", metadata: ["answer": "\(answer)"]) }
        tally.failures.wrappingAdd(1, ordering: .relaxed)
        state.failed(at: time.now(), platform: channel.id, asked: asked)
    }

    private func tellTroubles(_ state: inout UplinkState) {
        guard state.takeReport(at: clock.now()) else { return }
        tally.isFailing.store(state.isFailing, ordering: .relaxed)
        reportFailing(.notReached, state.isFailing)
        reportFailing(.mismatch, state.isMismatched)
    }
}
