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
    /// The thread has stood still when it looks at a request so long after its time: a paused virtual machine, a stopped
    /// process, a host that slept.
    package static let stall = Duration.seconds(1)
    /// An answer is worth waiting for until this long before the next slot.
    package static let slotMargin = Duration.milliseconds(10)
    /// While the backup address serves, the first one is tried again after this, doubling, and at last every ten minutes.
    package static let returnPause = Duration.seconds(60)
    package static let returnPauseMax = Duration.seconds(600)
    /// Connecting for such a try may take this long, and then one answer its usual time: nobody is read meanwhile.
    package static let returnPatience = Duration.milliseconds(250)
    /// A probe waits at most this long for a pause in which it delays nobody.
    package static let probeGrace = Duration.seconds(1)

    package enum State: Sendable, Equatable {
        case resting(until: PlantInstant)
        /// Closed in order until the next read is due; the units are as they were.
        case between(until: PlantInstant)
        case resolving
        case connecting(until: PlantInstant)
        case ready(from: PlantInstant)
        case exchanging
    }

    package enum Event: Sendable, Equatable {
        case timePassed
        case addressFound
        case connected
        /// The device has called us and said who it is.
        case called
        /// The connection, or the attempt at one, is over.
        case lost(LinkLoss)
        /// The beginning of a frame has come, and no more yet.
        case fragmentWaits
        /// A whole, sound frame has come.
        case answered(AnswerHeader)
    }

    package enum Action: Sendable, Equatable {
        case resolve
        /// The device is to call: its port must be open.
        case awaitCall
        case connect
        case disconnect
        /// The connection by which the device has called is this endpoint's from now on.
        case adopt
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
        package internal(set) var link = Link.unknown
        package internal(set) var breaker: UnitBreaker
        package internal(set) var timer: ResponseTimer
        /// It is in a pre-alarm, and its link has no time to read it faster.
        package internal(set) var isBurstRefused = false
    }

    package let endpoint: ModbusEndpoint
    package internal(set) var state: State
    package internal(set) var units: [Unit]
    package internal(set) var schedule: PollSchedule
    package internal(set) var counts = SessionCounts()
    /// The first request has left, or the first attempt has failed: the endpoint has been tried.
    package internal(set) var hasBegun = false

    // Not private: the session's own extensions in other files read and write them, and nobody else does.
    var ledger = ExchangeLedger(startingAt: 0)
    let backOff: BackOff
    /// Losses in a row, for the pause before the next attempt.
    var lossesInRow = 0
    var connectedAt: PlantInstant?
    /// The next connection goes on where the last one, closed in order, has ended.
    var resumes = false
    var way = Way.first
    private var nextHeartbeat: PlantInstant
    /// This connection has brought an answer.
    var hasAnswered = false
    /// When the first request left to which, and since which, nothing has come back.
    var silentSince: PlantInstant?
    /// Bytes wait that are not a frame yet.
    var hasFragment = false
    /// Probes take at most a tenth of the endpoint's time.
    var noProbeBefore = PlantInstant.distantPast
    var hold = LineHold()
    /// A first attempt that is over by now has said something of its units.
    let firstWordBy: PlantInstant

    package init(endpoint: ModbusEndpoint, plans: [ReadPlan], startingAt now: PlantInstant) {
        self.endpoint = endpoint
        state = .resting(until: now)
        schedule = PollSchedule(
            units: endpoint.units, plans: plans, origin: now, connectTimeout: endpoint.connectTimeout)
        firstWordBy = now + endpoint.connectTimeout
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
        case .called: called(now, &actions)
        case .lost(let loss): end(by: loss, now, &actions)
        case .fragmentWaits:
            hasFragment = true
            // What has begun to come is not cut off: half an answer costs the connection.
            if ledger.outstanding?.isCut ?? false { ledger.waitInFull() }
        case .answered(let header):
            // What has lain in the socket meanwhile speaks of then, and would be published as of now.
            if let entry = ledger.outstanding, now - entry.deadline >= Self.stall { giveUp(now, &actions) }
            settle(header, now, &actions)
        }
    }

    package var isConnected: Bool {
        switch state {
        case .ready, .exchanging: true
        case .resting, .between, .resolving, .connecting: false
        }
    }

    /// When ``Event/timePassed`` must come next.
    package func nextDeadline(at now: PlantInstant) -> PlantInstant {
        let own: PlantInstant? =
            switch state {
            case .resting(let until), .between(let until), .connecting(let until): until
            case .resolving: nameDeadline
            case .exchanging: ledger.outstanding?.deadline
            // One that closes when idle looks whether it is, as soon as its pause is over.
            case .ready(let from) where from > now && endpoint.manners.session != .keep: from
            case .ready(let from): nextTurn(at: now).map { max(from, $0) }
            }
        return min(own ?? nextHeartbeat, nextHeartbeat, schedule.nextAlert)
    }
}

// MARK: - Time

extension EndpointSession {
    mutating func passTime(_ now: PlantInstant, _ actions: inout [Action]) {
        if now >= nextHeartbeat { beat(now, &actions) }
        if case .exchanging = state, let entry = ledger.outstanding, now >= entry.deadline { giveUp(now, &actions) }
        declareSilences(now, &actions)
        switch state {
        case .resting(let until) where now >= until, .between(let until) where now >= until:
            begin(now, &actions)
        case .connecting(let until) where now >= until:
            lose(endpoint.manners.dialIn == nil ? .connectTimedOut : .notCalled, now, &actions)
        case .resolving where way.trialEnd.map { now >= $0 } ?? false:
            lose(.nameUnknown, now, &actions)
        case .resolving: declareNameless(now, &actions)
        case .ready(let from) where now >= from:
            if tryFirstWay(now, &actions) { return }
            sendNext(now, &actions)
            if case .ready = state { closeIfIdle(now, &actions) }
        case .resting, .between, .connecting, .ready, .exchanging: break
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
}

// MARK: - Requests

extension EndpointSession {
    private mutating func sendNext(_ now: PlantInstant, _ actions: inout [Action]) {
        // Only while nothing that is still to be done names a lane.
        if actions.isEmpty, schedule.joinRefused(at: now) { actions.append(.lanesChanged) }
        let units = units
        if let turn = schedule.take(at: now, from: { !units[$0].breaker.isOpen }) {
            send(turn, as: nil, now, &actions)
        } else if let probe = dueProbe(now) {
            send(probe.turn, as: probe, now, &actions)
        }
    }

    private mutating func send(_ turn: PollTurn, as probe: Probe?, _ now: PlantInstant, _ actions: inout [Action]) {
        let lane = schedule.lanes[turn.lane]
        let block = lane.block
        let unitNumber = endpoint.units[lane.unit].unit
        let transaction = ledger.takeTransaction(at: now)
        // Never shorter than the floor, however late in its slot a read leaves.
        let untilNextSlot = max(turn.end - now - Self.slotMargin, endpoint.responseFloor)
        let patience = min(units[lane.unit].timer.patience, untilNextSlot)
        let wait = probe?.wait ?? min(patience + hold.rest(at: now), untilNextSlot)
        ledger.open(
            ExchangeLedger.Entry(
                transaction: transaction, unit: lane.unit, unitNumber: unitNumber, area: block.area,
                dataBytes: block.dataBytes, sentAt: now, patience: patience, deadline: now + wait, turn: turn,
                isProbe: probe != nil, isCut: probe?.isCut ?? false))
        state = .exchanging
        hasBegun = true
        counts.requests += 1
        if probe != nil { counts.probes += 1 }
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
        noteUnanswered(entry, now)
        schedule.noteFailure(lane: entry.turn.lane, .linkDown, at: now)
        restAgain(entry.turn.lane, now)
        if case .trial = way, !entry.isProbe {
            actions.append(.disconnect)
            return goBack(asking: entry, now, &actions)
        }
        // What stopped in its middle would be taken for the beginning of the next answer.
        guard !hasFragment else { return lose(.framing(.unfinished), now, &actions) }
        guard isRemembered else { return lose(.tooManyLate, now, &actions) }
        // By the time that was allowed: what a host slept through is not the device's silence.
        if let silentSince, entry.deadline - silentSince >= Self.silenceLimit { return lose(.silent, now, &actions) }
        state = .ready(from: now + endpoint.pauseAfterAnswer)
        noteFailure(of: entry, .linkDown, now, &actions)
        if entry.turn.attempt == 0, !entry.isProbe, !units[entry.unit].breaker.isOpen,
            !schedule.lanes[entry.turn.lane].isResting
        {
            _ = schedule.retry(
                entry.turn, at: now + endpoint.pauseAfterAnswer, need: units[entry.unit].timer.patience)
        }
        // A late answer without a number of its own would be taken for the next one's: only a new connection is safe.
        if !endpoint.manners.knowsLateAnswers { callAgain(now, &actions) }
    }

    mutating func noteFailure(
        of entry: ExchangeLedger.Entry, _ reason: QualityReason, _ now: PlantInstant, _ actions: inout [Action]
    ) {
        if entry.isProbe { restProbes(after: now - entry.sentAt, now) }
        guard units[entry.unit].breaker.noteFailure(at: now) else { return }
        actions.append(.note(.unitLost(unit: entry.unit, reason)))
        markDown(unit: entry.unit, reason, &actions)
    }

    /// A rested lane has had its try: without an answer it rests on.
    mutating func restAgain(_ lane: Int, _ now: PlantInstant) {
        if schedule.lanes[lane].isResting { schedule.rest(lane: lane, until: now + Self.restAfterRefusal) }
    }
}
