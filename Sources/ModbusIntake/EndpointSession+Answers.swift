import DeviceMap
import PlantModel
import PlantTime

// What an answer means for the session: whose it is, and what an exception asks for.
extension EndpointSession {
    mutating func settle(_ header: AnswerHeader, _ now: PlantInstant, _ actions: inout [Action]) {
        switch state {
        case .ready, .exchanging: break
        case .resting, .between, .resolving, .connecting: return
        }
        hasFragment = false
        switch ledger.settle(header.transaction, echo: endpoint.manners.transactions, at: now) {
        case .unknown:
            lose(.framing(.unknownTransaction), now, &actions)
        case .late(let entry):
            if let fault = header.fault(as: entry, endpoint.manners.unitEcho) {
                return lose(.framing(fault), now, &actions)
            }
            counts.lateAnswers += 1
            silentSince = nil
            noteLate(entry, header, now)
        case .answered(let entry):
            if let fault = header.fault(as: entry, endpoint.manners.unitEcho) {
                // It has had its try, and the ledger does not know it any more.
                restAgain(entry.turn.lane, now)
                return lose(.framing(fault), now, &actions)
            }
            counts.answers += 1
            hasAnswered = true
            silentSince = nil
            learn(from: entry, now)
            state = .ready(from: now + endpoint.pauseAfterAnswer)
            if let code = header.exception {
                counts.exceptions += 1
                // A gateway that does not reach the device is no better than one that is silent.
                if case .trial = way, !entry.isProbe, ExceptionMeaning(code: code) == .noTarget {
                    actions.append(.disconnect)
                    return goBack(asking: entry, now, &actions)
                }
                refuse(entry, code, now, &actions)
            } else {
                noteAlive(entry, now, &actions)
                schedule.wake(lane: entry.turn.lane, at: now)
                actions.append(.publish(lane: entry.turn.lane))
                if schedule.noteValue(lane: entry.turn.lane, at: now) {
                    actions.append(.note(.blockReadAgain(lane: entry.turn.lane)))
                }
            }
        }
    }

    private mutating func noteAlive(_ entry: ExchangeLedger.Entry, _ now: PlantInstant, _ actions: inout [Action]) {
        endTrial(&actions)
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
            // Not worth a word at first; but what is bad already, by its silence or by a loss, says why it stays so.
            if schedule.lanes[lane].watch.isBad, !schedule.lanes[lane].isResting {
                actions.append(.spoil(lane: lane, .deviceFault))
            } else {
                schedule.noteFailure(lane: lane, .deviceFault, at: now)
            }
            let wait = Self.busyWait * (1 << entry.turn.attempt)
            if entry.turn.attempt + 1 < Self.busyTries, !schedule.lanes[lane].isResting {
                _ = schedule.retry(entry.turn, at: now + wait)
            }
        case .deviceFault:
            noteAlive(entry, now, &actions)
            restAgain(lane, now)
            spoil(lane, .deviceFault, &actions)
        case .noTarget:
            restAgain(lane, now)
            spoil(lane, .noTarget, &actions)
            noteFailure(of: entry, .noTarget, now, &actions)
        case .refused(let cut):
            noteAlive(entry, now, &actions)
            if let cut, schedule.divide(lane: lane, at: cut, of: endpoint.units[entry.unit], now: now) {
                actions.append(.lanesChanged)
                actions.append(.note(.blockDivided(lane: lane, exception: code)))
            } else {
                schedule.rest(lane: lane, until: now + Self.restAfterRefusal)
                spoil(lane, .misconfigured, &actions)
                actions.append(.note(.blockRefused(lane: lane, exception: code)))
            }
        }
    }
}

extension AnswerHeader {
    /// Whether this answers that request in everything but its number; if not, whose it is nobody knows.
    fileprivate func fault(as entry: ExchangeLedger.Entry, _ echo: LinkManners.UnitEcho) -> FrameFault? {
        if echo == .strict, unit != entry.unitNumber { return .foreignUnit }
        if function != entry.area.functionCode { return .foreignFunction }
        if exception == nil, dataBytes != entry.dataBytes { return .foreignSize }
        return nil
    }
}
