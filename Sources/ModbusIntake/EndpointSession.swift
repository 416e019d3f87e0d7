package import DeviceMap
package import PlantModel
package import PlantTime

/// One endpoint's whole conduct, as a value: what happens goes in with the time, what to do comes out. It performs
/// nothing; ``ModbusReactor`` does.
package struct EndpointSession: Sendable {
    /// A connection on which nothing has come back for this long is given up, though its units are only silent.
    package static let silenceLimit = Duration.seconds(10)
    package static let heartbeat = Duration.seconds(10)
    /// A block that the device refuses is asked for again after this.
    package static let restAfterRefusal = Duration.seconds(300)
    package static let busyWait = Duration.milliseconds(100)
    package static let busyTries = 3
    /// An answer is worth waiting for until this long before the next slot.
    package static let slotMargin = Duration.milliseconds(10)
    /// A probe waits at most this long for a pause in which it delays nobody.
    package static let probeGrace = Duration.seconds(1)

    package enum State: Sendable, Equatable {
        case resting(until: PlantInstant)
        case resolving
        case connecting(until: PlantInstant)
        case ready(from: PlantInstant)
        case exchanging
    }

    package enum Event: Sendable, Equatable {
        case timePassed
        case addressFound
        case connected
        /// The connection, or the attempt at one, is over.
        case lost(LinkLoss)
        /// The beginning of a frame has come, and no more yet.
        case fragmentWaits
        /// A whole, sound frame has come.
        case answered(AnswerHeader)
    }

    package enum Action: Sendable, Equatable {
        case resolve
        case connect
        case disconnect
        case send(ReadRequest)
        /// The answer in hand is this lane's: decode and publish it.
        case publish(lane: Int)
        case spoil(lane: Int, QualityReason)
        case spoilUnit(Int, QualityReason)
        case reportLink(unit: Int, isUp: Bool)
        /// The lanes are other ones than before: decoders must follow.
        case lanesChanged
        case note(LinkNotice)
    }

    package enum Link: Sendable, Equatable { case unknown, up, down(QualityReason) }

    /// One unit behind the endpoint.
    package struct Unit: Sendable {
        package fileprivate(set) var link = Link.unknown
        package fileprivate(set) var breaker: UnitBreaker
        package fileprivate(set) var timer: ResponseTimer
    }

    package let endpoint: ModbusEndpoint
    package private(set) var state: State
    package private(set) var units: [Unit]
    package private(set) var schedule: PollSchedule
    package private(set) var counts = SessionCounts()
    /// The first request has left, or the first attempt has failed: the endpoint has been tried.
    package private(set) var hasBegun = false

    private var ledger = ExchangeLedger(startingAt: 0)
    private let backOff: BackOff
    /// Losses in a row, for the pause before the next attempt.
    private var lossesInRow = 0
    private var connectedAt: PlantInstant?
    private var nextHeartbeat: PlantInstant
    /// When the first request left to which, and since which, nothing has come back.
    private var silentSince: PlantInstant?
    /// Bytes wait that are not a frame yet.
    private var hasFragment = false
    /// Probes take at most a tenth of the endpoint's time.
    private var noProbeBefore = PlantInstant.distantPast

    package init(endpoint: ModbusEndpoint, plans: [ReadPlan], startingAt now: PlantInstant) {
        self.endpoint = endpoint
        state = .resting(until: now)
        schedule = PollSchedule(units: endpoint.units, plans: plans, origin: now)
        units = endpoint.units.map { unit in
            Unit(
                breaker: UnitBreaker(longestPause: BackOff.longest(isSafety: unit.pointClass.isSafety)),
                timer: ResponseTimer(floor: endpoint.responseFloor, ceiling: endpoint.responseCeiling))
        }
        backOff = BackOff(link: endpoint.id, isSafety: endpoint.isSafety)
        nextHeartbeat = now + Self.heartbeat
    }

    /// Takes an event; appends what is to be done, in order.
    package mutating func handle(_ event: Event, at now: PlantInstant, into actions: inout [Action]) {
        switch event {
        case .timePassed: passTime(now, &actions)
        case .addressFound: addressFound(now, &actions)
        case .connected: connected(now, &actions)
        case .lost(let loss): lose(loss, now, &actions)
        case .fragmentWaits: hasFragment = true
        case .answered(let header): settle(header, now, &actions)
        }
    }

    package var isConnected: Bool {
        switch state {
        case .ready, .exchanging: true
        case .resting, .resolving, .connecting: false
        }
    }

    /// When ``Event/timePassed`` must come next.
    package func nextDeadline(at now: PlantInstant) -> PlantInstant {
        let own: PlantInstant? =
            switch state {
            case .resting(let until), .connecting(let until): until
            case .resolving: nil
            case .exchanging: ledger.outstanding?.deadline
            case .ready(let from): nextTurn(at: now).map { max(from, $0) }
            }
        return min(own ?? nextHeartbeat, nextHeartbeat)
    }
}

// MARK: - Time

extension EndpointSession {
    private mutating func passTime(_ now: PlantInstant, _ actions: inout [Action]) {
        if now >= nextHeartbeat { beat(now, &actions) }
        if case .exchanging = state, let entry = ledger.outstanding, now >= entry.deadline { giveUp(now, &actions) }
        switch state {
        case .resting(let until) where now >= until:
            state = .resolving
            actions.append(.resolve)
        case .connecting(let until) where now >= until:
            lose(.connectTimedOut, now, &actions)
        case .ready(let from) where now >= from:
            sendNext(now, &actions)
        case .resting, .resolving, .connecting, .ready, .exchanging:
            break
        }
    }

    private mutating func beat(_ now: PlantInstant, _ actions: inout [Action]) {
        while nextHeartbeat <= now { nextHeartbeat = nextHeartbeat + Self.heartbeat }
        for place in units.indices {
            switch units[place].link {
            case .unknown: break
            case .up: actions.append(.reportLink(unit: place, isUp: true))
            case .down: actions.append(.reportLink(unit: place, isUp: false))
            }
        }
    }

    private func nextTurn(at now: PlantInstant) -> PlantInstant? {
        var earliest = schedule.nextDue { !units[$0].breaker.isOpen }
        for unit in units {
            guard let due = unit.breaker.probeAt.map({ max($0, noProbeBefore) }) else { continue }
            // One that is due and waits for a pause is looked at again at every turn, and at the end of its grace.
            let candidate = now < due ? due : due + Self.probeGrace
            earliest = min(earliest ?? candidate, candidate)
        }
        return earliest
    }
}

// MARK: - Connection

extension EndpointSession {
    private mutating func addressFound(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .resolving = state else { return }
        state = .connecting(until: now + endpoint.connectTimeout)
        actions.append(.connect)
    }

    private mutating func connected(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .connecting = state else { return }
        counts.connections += 1
        connectedAt = now
        silentSince = nil
        // A start that differs from connection to connection, though a stream of its own carries nothing over.
        let start = StableHash.mixed(StableHash.spread(endpoint.id) ^ UInt64(bitPattern: now.nanoseconds))
        ledger = ExchangeLedger(startingAt: UInt16(truncatingIfNeeded: start))
        schedule.readAtOnce(at: now)
        state = .ready(from: now + endpoint.pauseAfterConnect)
        actions.append(.note(.connected))
    }

    private mutating func lose(_ loss: LinkLoss, _ now: PlantInstant, _ actions: inout [Action]) {
        switch state {
        case .resting: return
        case .resolving: break
        case .connecting, .ready, .exchanging: actions.append(.disconnect)
        }
        hasBegun = true
        counts.losses += 1
        if case .framing = loss { counts.framingFaults += 1 }
        if let lane = ledger.outstanding?.turn.lane { restAgain(lane, now) }
        ledger = ExchangeLedger(startingAt: 0)
        if let since = connectedAt, now - since >= BackOff.healthyAfter { lossesInRow = 0 }
        lossesInRow += 1
        connectedAt = nil
        silentSince = nil
        hasFragment = false
        state = .resting(until: now + backOff.pause(after: lossesInRow))
        actions.append(.note(.lost(loss)))
        for place in units.indices {
            units[place].breaker.noteConnectionLost()
            markDown(unit: place, .linkDown, &actions)
        }
    }

    private mutating func markDown(unit: Int, _ reason: QualityReason, _ actions: inout [Action]) {
        if case .down = units[unit].link { return }
        units[unit].link = .down(reason)
        actions.append(.spoilUnit(unit, reason))
        actions.append(.reportLink(unit: unit, isUp: false))
    }

    private mutating func markUp(unit: Int, _ actions: inout [Action]) {
        guard units[unit].link != .up else { return }
        units[unit].link = .up
        actions.append(.reportLink(unit: unit, isUp: true))
        actions.append(.note(.unitAnswers(unit: unit)))
    }
}

// MARK: - Requests

extension EndpointSession {
    private mutating func sendNext(_ now: PlantInstant, _ actions: inout [Action]) {
        let units = units
        if let turn = schedule.take(at: now, from: { !units[$0].breaker.isOpen }) {
            send(turn, isProbe: false, now, &actions)
        } else if let probe = dueProbe(now) {
            send(probe, isProbe: true, now, &actions)
        }
    }

    /// The probe that has waited longest, if it delays nobody or has waited long enough.
    private func dueProbe(_ now: PlantInstant) -> PollTurn? {
        guard now >= noProbeBefore else { return nil }
        let waiting = units.indices.filter { units[$0].breaker.probeAt.map { $0 <= now } ?? false }
        guard let unit = waiting.min(by: { probeTime($0) < probeTime($1) }),
            let lane = schedule.cheapestLane(ofUnit: unit)
        else { return nil }
        let end = now + units[unit].timer.patience
        if let next = schedule.nextDue(from: { !units[$0].breaker.isOpen }), next < end,
            now < max(probeTime(unit), noProbeBefore) + Self.probeGrace
        {
            return nil
        }
        return PollTurn(lane: lane, slot: now, end: end + Self.slotMargin, attempt: 0)
    }

    private func probeTime(_ unit: Int) -> PlantInstant { units[unit].breaker.probeAt ?? .distantFuture }

    private mutating func send(_ turn: PollTurn, isProbe: Bool, _ now: PlantInstant, _ actions: inout [Action]) {
        let lane = schedule.lanes[turn.lane]
        let block = lane.block
        let unitNumber = endpoint.units[lane.unit].unit
        let transaction = ledger.takeTransaction(at: now)
        // Never shorter than the floor, however late in its slot a read leaves.
        let untilNextSlot = max(turn.end - now - Self.slotMargin, endpoint.responseFloor)
        ledger.open(
            ExchangeLedger.Entry(
                transaction: transaction, unit: lane.unit, unitNumber: unitNumber, area: block.area,
                dataBytes: block.dataBytes, sentAt: now,
                deadline: now + min(units[lane.unit].timer.patience, untilNextSlot), turn: turn, isProbe: isProbe))
        state = .exchanging
        hasBegun = true
        counts.requests += 1
        if isProbe { counts.probes += 1 }
        if silentSince == nil { silentSince = now }
        actions.append(
            .send(
                ReadRequest(
                    transaction: transaction, unit: unitNumber, area: block.area, start: block.start,
                    count: UInt16(block.count))))
    }

    private mutating func giveUp(_ now: PlantInstant, _ actions: inout [Action]) {
        guard let (entry, isRemembered) = ledger.bury(at: now) else { return }
        counts.timeouts += 1
        units[entry.unit].timer.noteTimeout()
        restAgain(entry.turn.lane, now)
        // What stopped in its middle would be taken for the beginning of the next answer.
        guard !hasFragment else { return lose(.framing(.unfinished), now, &actions) }
        guard isRemembered else { return lose(.tooManyLate, now, &actions) }
        if let silentSince, now - silentSince >= Self.silenceLimit { return lose(.silent, now, &actions) }
        state = .ready(from: now + endpoint.pauseBetween)
        noteFailure(of: entry, .linkDown, now, &actions)
        if entry.turn.attempt == 0, !entry.isProbe, !units[entry.unit].breaker.isOpen,
            !schedule.lanes[entry.turn.lane].isResting
        {
            _ = schedule.retry(
                entry.turn, at: now + endpoint.pauseBetween, need: units[entry.unit].timer.patience)
        }
    }

    private mutating func noteFailure(
        of entry: ExchangeLedger.Entry, _ reason: QualityReason, _ now: PlantInstant, _ actions: inout [Action]
    ) {
        if entry.isProbe { noProbeBefore = now.advanced(byNanoseconds: 9 * (now - entry.sentAt).nanoseconds) }
        guard units[entry.unit].breaker.noteFailure(at: now) else { return }
        actions.append(.note(.unitLost(unit: entry.unit, reason)))
        markDown(unit: entry.unit, reason, &actions)
    }

    /// A rested lane has had its try: without an answer it rests on.
    private mutating func restAgain(_ lane: Int, _ now: PlantInstant) {
        if schedule.lanes[lane].isResting { schedule.rest(lane: lane, until: now + Self.restAfterRefusal) }
    }
}

// MARK: - Answers

extension EndpointSession {
    private mutating func settle(_ header: AnswerHeader, _ now: PlantInstant, _ actions: inout [Action]) {
        switch state {
        case .ready, .exchanging: break
        case .resting, .resolving, .connecting: return
        }
        hasFragment = false
        switch ledger.settle(header.transaction, at: now) {
        case .unknown:
            lose(.framing(.unknownTransaction), now, &actions)
        case .late(let entry):
            if let fault = header.fault(as: entry) { return lose(.framing(fault), now, &actions) }
            counts.lateAnswers += 1
            silentSince = nil
            units[entry.unit].timer.note(roundTrip: now - entry.sentAt)
        case .answered(let entry):
            if let fault = header.fault(as: entry) { return lose(.framing(fault), now, &actions) }
            counts.answers += 1
            silentSince = nil
            units[entry.unit].timer.note(roundTrip: now - entry.sentAt)
            state = .ready(from: now + endpoint.pauseBetween)
            if let code = header.exception {
                counts.exceptions += 1
                refuse(entry, code, now, &actions)
            } else {
                noteAlive(entry, now, &actions)
                schedule.wake(lane: entry.turn.lane, at: now)
                actions.append(.publish(lane: entry.turn.lane))
            }
        }
    }

    private mutating func noteAlive(_ entry: ExchangeLedger.Entry, _ now: PlantInstant, _ actions: inout [Action]) {
        if units[entry.unit].breaker.noteAnswer() {
            schedule.readAtOnce(at: now, unit: entry.unit, except: entry.turn.lane)
        }
        markUp(unit: entry.unit, &actions)
    }

    private mutating func refuse(
        _ entry: ExchangeLedger.Entry, _ code: UInt8, _ now: PlantInstant, _ actions: inout [Action]
    ) {
        let lane = entry.turn.lane
        switch ExceptionMeaning(code: code) {
        case .busy:
            noteAlive(entry, now, &actions)
            restAgain(lane, now)
            let wait = Self.busyWait * (1 << entry.turn.attempt)
            if entry.turn.attempt + 1 < Self.busyTries, !schedule.lanes[lane].isResting {
                _ = schedule.retry(entry.turn, at: now + wait)
            }
        case .deviceFault:
            noteAlive(entry, now, &actions)
            restAgain(lane, now)
            actions.append(.spoil(lane: lane, .deviceFault))
        case .noTarget:
            restAgain(lane, now)
            actions.append(.spoil(lane: lane, .noTarget))
            noteFailure(of: entry, .noTarget, now, &actions)
        case .refused(let cut):
            noteAlive(entry, now, &actions)
            if let cut, schedule.divide(lane: lane, at: cut, of: endpoint.units[entry.unit], now: now) {
                actions.append(.lanesChanged)
                actions.append(.note(.blockDivided(lane: lane, exception: code)))
            } else {
                schedule.rest(lane: lane, until: now + Self.restAfterRefusal)
                actions.append(.spoil(lane: lane, .misconfigured))
                actions.append(.note(.blockRefused(lane: lane, exception: code)))
            }
        }
    }
}

extension AnswerHeader {
    /// Whether this answers that request in everything but its number; if not, whose it is nobody knows.
    fileprivate func fault(as entry: ExchangeLedger.Entry) -> FrameFault? {
        if unit != entry.unitNumber { return .foreignUnit }
        if function != entry.area.functionCode { return .foreignFunction }
        if exception == nil, dataBytes != entry.dataBytes { return .foreignSize }
        return nil
    }
}
