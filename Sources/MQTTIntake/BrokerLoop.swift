import DeviceMap
import Logging
import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// The thread of one broker: read, decode, publish, go on reading while that settles, and only then let
/// acknowledgements go.
///
/// Everything here belongs to that thread. Nothing is written to the broker while a message that was read is not settled,
/// pings included: a crash in between makes the broker send it again. How far reading runs ahead says
/// ``AcknowledgementWindow``.
final class BrokerLoop {
    /// How much is read before it is handed to the ring: what is read waits for no more than this.
    private static let batchMessagesMax = 32
    private static let batchTimeMax = Duration.microseconds(500)
    /// How long one question to the gate may take while reading rests.
    private static let settlementPoll = Duration.milliseconds(50)
    /// How often it is asked beside the reading, in milliseconds.
    private static let settlementLook: Int32 = 2

    private let link: BrokerLink
    private let outlet: any SampleOutlet
    private let gate: any SettlementGate
    private let clock: any PlantClock
    private let memory: FilterMemory
    private let dropMemory: DropMemory
    private var rememberedDrops: DroppedTotal?
    private var births: BirthKeeper
    private let quarantine: any QuarantineStore
    private let logger: Logger
    private let shared: DoorShared

    private var session: BrokerSession
    private var intake: MessageIntake
    private let connector: Connector
    private var client: MosquittoClient?
    private var readiness: Readiness
    private var staleFilters: Set<String>

    private var pending = PendingSlots()
    private var window: AcknowledgementWindow
    /// Which filter a SUBACK answers, which UNSUBACKs are still due.
    private var filterByRequest: [Int32: Int] = [:]
    private var removals: Set<Int32> = []
    private var refused: Set<Int> = []
    private var lineBudgets: [String: LineBudget] = [:]
    private var nextSecond = PlantInstant.distantPast

    init(_ parts: DoorParts, shared: DoorShared) {
        link = parts.link
        outlet = parts.outlet
        gate = parts.gate
        clock = parts.clock
        memory = FilterMemory(path: parts.filterMemory)
        dropMemory = DropMemory(path: "\(parts.filterMemory).dropped", address: "\(link.host):\(link.port)")
        rememberedDrops = dropMemory.recall()
        quarantine = parts.quarantine
        logger = parts.logger
        self.shared = shared
        window = AcknowledgementWindow(receiveMaximum: link.receiveMaximum, aheadMax: parts.aheadMax)
        let birthMemory = BirthMemory(path: parts.filterMemory, address: dropMemory.address)
        intake = MessageIntake(
            link: link, source: parts.source, recalled: parts.recalled, droppedBefore: rememberedDrops,
            remembered: birthMemory.recall())
        births = BirthKeeper(birthMemory)
        let wanted = Set(intake.filters.map(\.topic))
        staleFilters = memory.recall().subtracting(wanted)
        session = BrokerSession(
            plan: .init(
                filterCount: intake.filters.count, hasStaleFilters: !staleFilters.isEmpty,
                keepAlive: max(link.keepAlive, .seconds(5)),
                backOff: BackOff(link: link.clientID, isSafety: link.isSafety)))
        connector = Connector(
            settings: ClientSettings(link: link, credentials: parts.credentials), wakeup: shared.wakeup)
        readiness = Readiness(wakeup: shared.wakeup)
    }

    /// Runs until the door is stopped.
    func run() {
        remember(staleFilters.union(intake.filters.map(\.topic)))
        // Remembered through a time in which nobody listened for their deaths, births would be worth nothing.
        if !intake.hearsSparkplug { remembering("births") { try births.forget() } }
        perform(session.on(.started, at: clock.now()))
        while !shared.isStopping {
            turn()
            readiness.watch(client?.socket, reading: pending.isEmpty, writing: isWritingDue)
            readiness.wait(atMost: pause(at: clock.now()))
            shared.wakeup.silence()
        }
        leave()
    }

    /// Acknowledgements may go, and there is something to send.
    private var isWritingDue: Bool {
        pending.isEmpty && window.isSettled && client?.wantsWrite == true
    }

    private func pause(at now: PlantInstant) -> Int32 {
        guard pending.isEmpty else { return 10 }
        let next = min(session.nextDeadline ?? .distantFuture, nextSecond)
        let milliseconds = ((next - now).nanoseconds + 999_999) / 1_000_000
        return Int32(clamping: min(max(milliseconds, 0), window.isSettled ? 1000 : Int64(Self.settlementLook)))
    }

    // MARK: One turn

    private func turn() {
        shared.beat(clock.now())
        takeConnectAnswers()
        noticeClosedSocket()
        passTime()
        // While the ring is full we do not listen, and that silence is ours.
        if pending.isEmpty { readBatch() } else { session.heard(at: clock.now()) }
        publishPending()
        keepBirths()
        settle()
        keepBirths()
        if isWritingDue, let client { attempt { () throws(ClientFault) in try client.write() } }
    }

    private func takeConnectAnswers() {
        for answer in connector.takeAnswers() {
            // An answer to an earlier attempt comes too late: its client is let go.
            guard client == nil, answer.attempt == session.connectingAttempt else { continue }
            switch answer.outcome {
            case .success(let connected): client = connected
            case .failure(let fault): perform(session.on(.connectFailed(fault.reason), at: clock.now()))
            }
        }
    }

    private func readBatch() {
        guard let client else { return }
        let began = clock.now()
        let end = began + Self.batchTimeMax
        let most = min(Self.batchMessagesMax, window.room)
        var didRead = false
        while client.inbox.messageCount < most, client.isReadable {
            didRead = true
            guard attempt({ () throws(ClientFault) in try client.read() }), clock.now() < end else { break }
        }
        // A failed read has dropped the client, but what it brought before still counts.
        takeEvents(of: client, readAt: began)
        if didRead { session.heard(at: clock.now()) }
    }

    /// - Parameter read: when the reading began that brought them.
    private func takeEvents(of client: MosquittoClient, readAt read: PlantInstant? = nil) {
        let now = clock.now()
        let read = read ?? now
        let wall = clock.wall(now)
        var batch = IntakeBatch()
        window.read(client.inbox.messageCount, at: now)
        for event in client.inbox.takeEvents() {
            if case .message(let message) = event {
                intake.take(message, at: now, wall: wall, into: &batch)
            } else {
                // What was said before the link changed belongs before what the change says.
                stage(&batch, readAt: read)
                perform(answer(to: event, at: now))
            }
        }
        stage(&batch, readAt: read)
    }

    private func answer(to event: ClientEvent, at now: PlantInstant) -> [BrokerSession.Action] {
        switch event {
        case .message: return []
        case .accepted(let sessionPresent, let seconds):
            if !sessionPresent { intake.sessionMissing() }
            let keepAlive = seconds.map { Duration.seconds($0) }
            return session.on(.accepted(sessionPresent: sessionPresent, keepAlive: keepAlive), at: now)
        case .rejected(let code):
            return session.on(.rejected("the broker says \(MosquittoClient.reason(code))"), at: now)
        case .subscribed(let request, let codes):
            guard let filter = filterByRequest.removeValue(forKey: request) else { return [] }
            // An answer without codes says nothing of success (CVE-2024-10525).
            let code = codes.first ?? 0x80
            if code < 0x80 {
                refused.remove(filter)
                var batch = IntakeBatch()
                intake.filterGranted(filter, at: now, into: &batch)
                stage(&batch, readAt: now)
            }
            return session.on(.filterAnswered(filter, code: code), at: now)
        case .unsubscribed(let request):
            guard removals.remove(request) != nil, removals.isEmpty else { return [] }
            return session.on(.staleFiltersRemoved, at: now)
        case .disconnected(let code):
            // Smaller codes are errors of the library, and the call that met them says more.
            guard code >= 0x80 else { return [] }
            return session.on(.lost("the broker says \(MosquittoClient.reason(code))"), at: now)
        }
    }

    /// Hands a batch on: its slots to the ring's queue, its refusals to the log and the quarantine.
    private func stage(_ batch: inout IntakeBatch, readAt read: PlantInstant) {
        pending.append(batch, readAt: read)
        shared.counters.add(batch.tally)
        for payload in batch.quarantined { report(payload) }
        for numbers in batch.unnamed { report(numbers) }
        batch = IntakeBatch()
    }

    private func report(_ payload: QuarantinedPayload) {
        do {
            try quarantine.keep(payload)
        } catch {
            shared.counters.quarantineFailures.add()
            logger.error("payload not kept in quarantine", metadata: ["broker": "\(link.id)", "reason": "\(error)"])
        }
        let owner = payload.device ?? payload.topic
        guard let withheld = lineBudgets[owner, default: LineBudget()].spend(at: clock.now()) else { return }
        logger.warning(
            "payload refused",
            metadata: [
                "broker": "\(link.id)", "device": "\(owner)", "reason": "\(payload.reason)",
                "withheld": "\(withheld)",
            ])
    }

    private func report(_ numbers: UnnamedNumbers) {
        logger.warning(
            "Sparkplug node speaks by numbers that no birth named: not used until it is born again",
            metadata: [
                "broker": "\(link.id)", "node": "\(numbers.node)", "device": "\(numbers.device ?? "-")",
            ])
    }

    private func publishPending() {
        guard !pending.isEmpty else { return }
        if let through = pending.publish(into: outlet, at: clock.now()) { window.accept(through: through) }
        if !pending.isEmpty { shared.counters.ringFull.add() }
        shared.counters.pendingSlots.set(pending.count)
    }

    /// Asks whether what was read is settled (decisions.md 13): beside the reading it only looks, while reading rests it waits
    /// until that is so, or the door is to stop.
    private func settle() {
        // What is not yet in the ring is not settled, whatever the gate says.
        guard pending.isEmpty else { return }
        if window.isSettled { return window.forgetMessages() }
        while let question = window.question(at: clock.now()) {
            let limit = question.isResting ? Self.settlementPoll : .zero
            if gate.waitUntilSettled(through: question.through, atMost: limit) {
                window.settle(through: question.through)
            }
            guard question.isResting else { return }
            // While reading rests we do not listen: that silence is ours.
            session.heard(at: clock.now())
            shared.beat(clock.now())
            if window.isSettled || shared.isStopping { return }
            shared.counters.settlementWaits.add()
        }
    }

    private func passTime() {
        let now = clock.now()
        if now >= nextSecond {
            nextSecond = now + .seconds(1)
            if let client { attempt { () throws(ClientFault) in try client.keepAlive() } }
            var batch = IntakeBatch()
            intake.passTime(at: now, into: &batch)
            stage(&batch, readAt: now)
            watchDrops()
        }
        perform(session.on(.timePassed, at: now))
    }

    /// Keeps the broker's count of its losses once what it said is judged and committed, and says when it says none.
    private func watchDrops() {
        let isUnsaid = intake.isDroppedTotalUnsaid
        if isUnsaid, shared.counters.dropsUnsaid.value == 0 {
            logger.warning(
                "broker does not say how many messages it drops",
                metadata: ["broker": "\(link.id)", "topic": "$SYS/broker/publish/messages/dropped"])
        }
        shared.counters.dropsUnsaid.set(isUnsaid ? 1 : 0)
        guard let total = intake.droppedTotal, total != rememberedDrops, pending.isEmpty, window.isSettled else {
            return
        }
        // Said once for each number, should the folder be full.
        rememberedDrops = total
        remembering("dropped count") { try dropMemory.remember(total) }
    }

    /// What is remembered of births ends with them at once, and is written anew when everything is settled.
    private func keepBirths(isLast: Bool = false) {
        guard intake.hearsSparkplug else { return }
        remembering("births") {
            try births.forgetIfChanged(intake)
            guard pending.isEmpty, window.isSettled else { return }
            try births.keep(intake, at: clock.now(), isLast: isLast)
        }
    }

    /// Writes into the state folder; a failure is a line of the log.
    private func remembering(_ what: String, _ write: () throws -> Void) {
        do {
            try write()
        } catch {
            logger.error("\(what) not remembered", metadata: ["broker": "\(link.id)", "reason": "\(error)"])
        }
    }

    /// The library closes on its own too, and not every call says so.
    private func noticeClosedSocket() {
        guard let client, client.socket == nil else { return }
        takeEvents(of: client)
        perform(session.on(.lost("the connection was closed"), at: clock.now()))
    }

    /// Calls the library; a failure ends the connection.
    @discardableResult
    private func attempt(_ call: () throws(ClientFault) -> Void) -> Bool {
        do throws(ClientFault) {
            try call()
            return true
        } catch {
            if let client { takeEvents(of: client) }
            perform(session.on(.lost(error.reason), at: clock.now()))
            return false
        }
    }

    // MARK: What the session wants done

    private func perform(_ actions: [BrokerSession.Action]) {
        let now = clock.now()
        var batch = IntakeBatch()
        for action in actions {
            switch action {
            case .connect(let attempt):
                shared.counters.connects.add()
                connector.connect(attempt: attempt)
            case .drop(let reason): drop(reason)
            case .subscribe(let filters): subscribe(filters)
            case .removeStaleFilters: removeStaleFilters()
            case .rememberFilters: remember(Set(intake.filters.map(\.topic)))
            case .reportUp:
                shared.counters.isUp.set(1)
                intake.brokerUp(at: now, into: &batch)
                logger.info("broker connected", metadata: ["broker": "\(link.id)"])
            case .reportLost(let reason):
                shared.counters.isUp.set(0)
                shared.counters.losses.add()
                intake.brokerLost(at: now, into: &batch)
                logger.error("broker lost", metadata: ["broker": "\(link.id)", "reason": "\(reason)"])
            case .reportRefused(let filter, let code):
                refused.insert(filter)
                intake.filterRefused(filter, at: now, into: &batch)
                logger.error("broker refuses a filter", metadata: words(for: filter, MosquittoClient.reason(code)))
            case .reportWeak(let filter) where intake.filters[filter].quality == 0: break
            case .reportWeak(let filter):
                logger.warning("broker grants a filter without acknowledgements", metadata: words(for: filter, "QoS 0"))
            }
        }
        shared.counters.refusedFilters.set(refused.count)
        stage(&batch, readAt: now)
    }

    private func words(for filter: Int, _ reason: String) -> Logger.Metadata {
        ["broker": "\(link.id)", "filter": "\(intake.filters[filter].topic)", "reason": "\(reason)"]
    }

    private func drop(_ reason: String) {
        readiness.forget()
        client = nil
        window.forgetMessages()
        filterByRequest = [:]
        removals = []
        refused = []
        logger.debug("connection dropped", metadata: ["broker": "\(link.id)", "reason": "\(reason)"])
    }

    private func subscribe(_ filters: [Int]) {
        for filter in filters {
            guard let client else { return }
            let wanted = intake.filters[filter]
            do throws(ClientFault) {
                let request = try client.subscribe(
                    wanted.topic, quality: wanted.quality, retained: wanted.wantsRetained ? .always : .whenNew)
                filterByRequest[request] = filter
            } catch {
                // 0x8F: the library finds, as the broker would, that this is no topic filter.
                perform(session.on(.filterAnswered(filter, code: 0x8F), at: clock.now()))
            }
        }
    }

    private func removeStaleFilters() {
        guard let client else { return }
        for filter in staleFilters {
            // A line of the file that is no filter stands at no broker.
            if let request = try? client.unsubscribe(filter) { removals.insert(request) }
        }
        if removals.isEmpty { perform(session.on(.staleFiltersRemoved, at: clock.now())) }
    }

    private func remember(_ filters: Set<String>) {
        remembering("filters") { try memory.remember(filters) }
    }

    /// Acknowledges and says goodbye if all that was read is settled, now or within one question to the gate. Else it goes
    /// without a word, and what is unacknowledged comes again. The session stays at the broker.
    private func leave() {
        _ = session.on(.stopRequested, at: clock.now())
        if !window.isSettled, gate.waitUntilSettled(through: window.acceptedThrough, atMost: Self.settlementPoll) {
            window.settle(through: window.acceptedThrough)
        }
        if pending.isEmpty, window.isSettled, let client {
            client.sayGoodbye()
            try? client.write()
            keepBirths(isLast: true)
        }
        readiness.forget()
        client = nil
        shared.counters.isUp.set(0)
    }
}
