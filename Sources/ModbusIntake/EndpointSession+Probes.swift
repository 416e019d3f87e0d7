import DeviceMap
import PlantModel
import PlantTime

// Units behind an open breaker: when they are asked again, and how long their siblings wait for it.
extension EndpointSession {
    /// Asks a unit that may be dead.
    struct Probe {
        var turn: PollTurn
        /// How long the line is kept for its answer.
        var wait: Duration
        /// It is kept for less than the unit's patience, for its siblings' sake. An answer after it is still heard.
        var isCut: Bool
    }

    func nextTurn(at now: PlantInstant) -> PlantInstant? {
        var earliest = schedule.nextDue { !units[$0].breaker.isOpen }
        for unit in units {
            guard let due = unit.breaker.probeAt.map({ max($0, noProbeBefore) }) else { continue }
            // One that is due and waits for a pause is looked at again at every turn, and at the end of its grace.
            let candidate = now < due || unit.breaker.isPromising ? due : due + Self.probeGrace
            earliest = min(earliest ?? candidate, candidate)
        }
        return earliest
    }

    /// The probe of a unit that has shown itself, or else the one that has waited longest, if it delays nobody or has waited
    /// long enough.
    func dueProbe(_ now: PlantInstant) -> Probe? {
        guard now >= noProbeBefore else { return nil }
        let waiting = units.indices.filter { units[$0].breaker.probeAt.map { $0 <= now } ?? false }
        let promising = waiting.first { units[$0].breaker.isPromising }
        guard let unit = promising ?? waiting.min(by: { probeTime($0) < probeTime($1) }),
            let lane = schedule.cheapestLane(ofUnit: unit)
        else { return nil }
        let patience = units[unit].timer.patience
        let turn = PollTurn(lane: lane, slot: now, end: now + patience + Self.slotMargin, attempt: 0)
        let inFull = Probe(turn: turn, wait: patience, isCut: false)
        guard let next = schedule.nextDue(from: { !units[$0].breaker.isOpen }), next < now + patience else {
            return inFull
        }
        // It has answered, only late: now it is waited for, as any unit is.
        if promising != nil { return inFull }
        guard now >= max(probeTime(unit), noProbeBefore) + Self.probeGrace else { return nil }
        guard let short = shortWait(now), short < patience else { return inFull }
        return Probe(turn: turn, wait: short, isCut: true)
    }

    private func probeTime(_ unit: Int) -> PlantInstant { units[unit].breaker.probeAt ?? .distantFuture }

    /// As long as no sibling starts later than a tenth of its period for it, and twice as long as siblings take, at least.
    ///
    /// Only where an answer that comes after it is known by its number, on a connection that stands until it comes: then a
    /// slow unit shows itself by it (``noteLate(_:_:_:)``). When many die at once the ledger has little room for such answers, and
    /// long waits make for few probes. nil where the wait must not be cut.
    private func shortWait(_ now: PlantInstant) -> Duration? {
        guard endpoint.manners.knowsLateAnswers, endpoint.manners.session == .keep, hold.kind(at: now) == nil,
            ledger.tombstoneCount < ExchangeLedger.tombstoneLimit / 2,
            let slowest = units.filter({ !$0.breaker.isOpen }).compactMap(\.timer.roundTrip).max(),
            let latest = schedule.latestStart(from: { !units[$0].breaker.isOpen })
        else { return nil }
        return max(slowest * 2, latest - now - endpoint.pauseAfterAnswer)
    }

    /// An answer came that was no longer waited for.
    mutating func noteLate(_ entry: ExchangeLedger.Entry, _ header: AnswerHeader, _ now: PlantInstant) {
        let took = now - entry.sentAt
        // As long as one is remembered; longer, it is this host that stood still.
        if took <= ExchangeLedger.tombstoneLife { units[entry.unit].timer.note(roundTrip: took) }
        hold.noteAnswer(toRequestOf: entry.sentAt, at: now)
        if header.exception.map(ExceptionMeaning.init(code:)) == .noTarget {
            // The gateway has waited for the unit itself. Whether the others stood still meanwhile is seen by them.
            if entry.isProbe { restProbes(after: took, now) }
        } else if took <= endpoint.responseCeiling {
            units[entry.unit].breaker.noteSign(at: now)
        }
    }

    /// An answer came in time. How long somebody stood behind a probe says nothing of himself.
    mutating func learn(from entry: ExchangeLedger.Entry, _ now: PlantInstant) {
        let took = now - entry.sentAt
        hold.noteAnswer(toRequestOf: entry.sentAt, at: now)
        if entry.isBehindProbe, took > entry.patience {
            hold.note(.holds, at: now)
            restProbes(after: now - hold.probeSentAt, now)
        } else {
            units[entry.unit].timer.note(roundTrip: took)
        }
    }

    /// A request was given up: what that says of a gateway that holds its line.
    mutating func noteUnanswered(_ entry: ExchangeLedger.Entry, _ now: PlantInstant) {
        if entry.isBehindProbe { hold.noteLeftBehind(sentAt: entry.sentAt) }
        // Nobody is given more time behind a probe on a line that was silent before it.
        guard entry.isProbe, endpoint.manners.knowsLateAnswers, silentSince == entry.sentAt else { return }
        hold.begin(sentAt: entry.sentAt, until: entry.sentAt + endpoint.responseCeiling)
    }

    /// The next probe of whichever unit has to wait.
    mutating func restProbes(after took: Duration, _ now: PlantInstant) {
        noProbeBefore = max(noProbeBefore, now + took * 9)
    }
}
