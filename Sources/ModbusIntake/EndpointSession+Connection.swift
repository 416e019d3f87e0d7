package import DeviceMap
import PlantModel
package import PlantTime

extension EndpointSession {
    /// By which of its two addresses the endpoint is called.
    package enum Way: Sendable, Equatable {
        case first
        /// The second serves; `tries` to return have failed since.
        case backup(returnAt: PlantInstant, tries: Int)
        /// The first is tried while the second could serve: connected to until then, and left again unless it answers.
        case trial(until: PlantInstant, tries: Int)

        var trialEnd: PlantInstant? { if case .trial(let until, _) = self { until } else { nil } }
    }

    /// Whom ``Action/resolve`` and ``Action/connect`` mean.
    package var address: LinkManners.Address {
        if case .backup = way, let backup = endpoint.manners.backup { return backup }
        return LinkManners.Address(host: endpoint.host, port: endpoint.port)
    }

    package var isOnBackup: Bool { if case .backup = way { true } else { false } }

    /// An attempt begins: call the device, or wait for its call.
    mutating func begin(_ now: PlantInstant, _ actions: inout [Action]) {
        if case .trial(_, let tries) = way { way = .trial(until: now + Self.returnPatience, tries: tries) }
        if endpoint.manners.dialIn != nil {
            hasBegun = true
            state = .connecting(until: now + endpoint.connectTimeout)
            actions.append(.awaitCall)
        } else {
            state = .resolving
            actions.append(.resolve)
        }
    }

    mutating func addressFound(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .resolving = state else { return }
        let patience = now + endpoint.connectTimeout
        state = .connecting(until: min(patience, way.trialEnd ?? patience))
        actions.append(.connect)
    }

    mutating func connected(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .connecting = state else { return }
        counts.connections += 1
        connectedAt = now
        hasAnswered = false
        // A start that differs from connection to connection, though a stream of its own carries nothing over.
        let start = StableHash.mixed(StableHash.spread(endpoint.id) ^ UInt64(bitPattern: now.nanoseconds))
        ledger = ExchangeLedger(startingAt: UInt16(truncatingIfNeeded: start))
        if !resumes {
            silentSince = nil
            schedule.readAtOnce(at: now)
            actions.append(.note(.connected))
        }
        resumes = false
        noteWay(now, &actions)
        state = .ready(from: now + endpoint.pauseAfterConnect)
    }

    private mutating func noteWay(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .backup(.distantPast, let tries) = way else { return }
        way = .backup(returnAt: now + Self.pause(afterTries: tries), tries: tries)
        actions.append(.note(.failedOver))
    }

    /// The device has called: whatever stood before, this is its connection now.
    mutating func called(_ now: PlantInstant, _ actions: inout [Action]) {
        if isConnected {
            counts.losses += 1
            actions.append(.disconnect)
            actions.append(.note(.lost(.replaced)))
            if let lane = ledger.outstanding?.turn.lane {
                schedule.noteFailure(lane: lane, .linkDown, at: now)
                restAgain(lane, now)
            }
        }
        hasFragment = false
        actions.append(.adopt)
        state = .connecting(until: now)
        connected(now, &actions)
    }

    // MARK: In order

    /// Closes a connection that nobody needs for a while, where the device wants that.
    mutating func closeIfIdle(_ now: PlantInstant, _ actions: inout [Action]) {
        guard case .closesWhenIdle(let span) = endpoint.manners.session, let next = nextTurn(at: now),
            next > now + span
        else { return }
        rest(until: next, &actions)
    }

    private mutating func rest(until next: PlantInstant, _ actions: inout [Action]) {
        actions.append(.disconnect)
        counts.orderlyCloses += 1
        // It has served its reads: earlier failures are forgotten, as after a minute of health.
        if silentSince == nil { lossesInRow = 0 }
        forgetConnection()
        resumes = true
        state = .between(until: next)
    }

    /// A new connection at once; the units and their slots go on.
    mutating func callAgain(_ now: PlantInstant, _ actions: inout [Action]) {
        guard isConnected else { return }
        actions.append(.disconnect)
        forgetConnection()
        resumes = true
        begin(now, &actions)
    }

    /// While the backup serves, now and then: does the first address answer again? The connection is given up for it, since
    /// many devices take one connection, whichever way it comes.
    /// - Returns: whether such a try has begun.
    mutating func tryFirstWay(_ now: PlantInstant, _ actions: inout [Action]) -> Bool {
        guard case .backup(let returnAt, let tries) = way, now >= returnAt else { return false }
        way = .trial(until: now + Self.returnPatience, tries: tries)
        callAgain(now, &actions)
        return true
    }

    /// Something has answered by the first address: it serves again.
    mutating func endTrial(_ actions: inout [Action]) {
        guard case .trial = way else { return }
        way = .first
        actions.append(.note(.returned))
    }

    /// The first address is not to be had, or takes connections and answers nothing: the second serves on, and is asked what
    /// the first was asked in vain.
    mutating func goBack(asking entry: ExchangeLedger.Entry?, _ now: PlantInstant, _ actions: inout [Action]) {
        guard case .trial(_, let tries) = way else { return }
        way = .backup(returnAt: now + Self.pause(afterTries: tries + 1), tries: tries + 1)
        if let entry { askAgain(entry, now) }
        forgetConnection()
        resumes = true
        begin(now, &actions)
    }

    /// What was asked over a connection that is given up is asked over the next one, if its slot has time.
    private mutating func askAgain(_ entry: ExchangeLedger.Entry, _ now: PlantInstant) {
        restAgain(entry.turn.lane, now)
        guard !entry.isProbe, !schedule.lanes[entry.turn.lane].isResting else { return }
        _ = schedule.retry(entry.turn, at: now)
    }

    private static func pause(afterTries tries: Int) -> Duration {
        min(returnPause * (1 << min(tries, 6)), returnPauseMax)
    }

    private mutating func forgetConnection() {
        ledger = ExchangeLedger(startingAt: 0)
        hold.noteConnectionLost()
        connectedAt = nil
        hasFragment = false
    }

    // MARK: Out of order

    /// The connection has ended; not every end is a loss.
    ///
    /// Gateways close a connection that has been idle, some devices one that has been used: where that is agreed, it is no fault. One
    /// that ends before it has brought any answer is no such thing: somebody else has the device, or it is ill.
    mutating func end(by loss: LinkLoss, _ now: PlantInstant, _ actions: inout [Action]) {
        guard endpoint.manners.session != .keep, hasAnswered, loss.isByPeer else { return lose(loss, now, &actions) }
        switch state {
        case .ready where silentSince == nil:
            if let next = nextTurn(at: now) { return rest(until: next, &actions) }
        case .exchanging:
            // The end and the request have met on the way.
            if let entry = ledger.outstanding, silentSince == entry.sentAt, !hasFragment {
                askAgain(entry, now)
                silentSince = nil
                counts.orderlyCloses += 1
                return callAgain(now, &actions)
            }
        case .resting, .between, .resolving, .connecting, .ready: break
        }
        lose(loss, now, &actions)
    }

    mutating func lose(_ loss: LinkLoss, _ now: PlantInstant, _ actions: inout [Action]) {
        switch state {
        case .resting, .between: return
        case .resolving: break
        case .connecting, .ready, .exchanging: actions.append(.disconnect)
        }
        if case .trial = way { return goBack(asking: ledger.outstanding, now, &actions) }
        hasBegun = true
        counts.losses += 1
        if case .framing = loss { counts.framingFaults += 1 }
        if let lane = ledger.outstanding?.turn.lane { restAgain(lane, now) }
        if let since = connectedAt, now - since >= BackOff.healthyAfter { lossesInRow = 0 }
        lossesInRow += 1
        forgetConnection()
        silentSince = nil
        resumes = false
        if endpoint.manners.backup != nil {
            // The other one next; its first success sets the time of the return.
            way = isOnBackup ? .first : .backup(returnAt: .distantPast, tries: 0)
        }
        state = .resting(until: now + backOff.pause(after: lossesInRow))
        actions.append(.note(.lost(loss)))
        for place in units.indices {
            units[place].breaker.noteConnectionLost()
            markDown(unit: place, .linkDown, &actions)
        }
    }

    // MARK: Units

    mutating func markDown(unit: Int, _ reason: QualityReason, _ actions: inout [Action]) {
        if case .down = units[unit].link { return }
        units[unit].link = .down(reason)
        schedule.noteBad(unit: unit)
        actions.append(.spoilUnit(unit, reason))
        actions.append(.reportLink(unit: unit, isUp: false))
    }

    mutating func markUp(unit: Int, _ actions: inout [Action]) {
        guard units[unit].link != .up else { return }
        units[unit].link = .up
        actions.append(.reportLink(unit: unit, isUp: true))
        actions.append(.note(.unitAnswers(unit: unit)))
    }
}
