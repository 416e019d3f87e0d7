package import PlantModel
package import PlantTime
package import SampleHistory
package import StationPorts

/// What the station's own log shows of one rule around an instant: enough of it is played through the core, and no more.
///
/// A snapshot that is old enough is where it begins, else a place in the log that lies far enough back for every window and
/// delay to be as it was; there alarms stand as the journal says.
package struct LogEvidence: Sendable {
    private let log: HistoryReader
    private let journal: (any InquiryArchive)?
    private let replay: Replay

    /// - Parameter journal: nil where there is none; alarms then begin as normal.
    package init(_ log: HistoryReader, journal: (any InquiryArchive)?, replay: Replay) {
        self.log = log
        self.journal = journal
        self.replay = replay
    }

    /// The log does not hold the input that decided an event.
    package struct OutOfReach: Error, Equatable {
        package var input: UInt64
        /// nil: the log is empty.
        package var first: UInt64?
        package var last: UInt64
    }

    /// Follows the rule of a recorded event up to that event.
    /// - Parameter before: how much of what came before is looked at.
    package func trace(of record: AlarmRecord, before: Duration = .seconds(600)) throws -> RuleTrace {
        let input = record.inputSequence
        guard let slot = try slot(of: input) else {
            throw OutOfReach(input: input, first: try log.firstInput(), last: try log.loggedThrough())
        }
        // Shown times may have been stepped since; the log stands on the plant's own line.
        let decided = slot.lineTime
        let occurred = decided - (record.decidedAt - record.occurredAt)
        return try trace(record.rule, from: occurred - before - delays(of: record.rule), through: decided)
    }

    /// nil when the log does not hold it, or not in readable form.
    private func slot(of input: UInt64) throws(HistoryFault) -> InputSlot? {
        guard input > 0 else { return nil }
        do {
            let batch = try log.batch(after: input - 1)
            return batch?.first == input ? batch?.slots.first : nil
        } catch {
            switch error {
            case .hole, .unreadable: return nil
            default: throw error
            }
        }
    }

    /// Follows a rule over a stretch of the log.
    /// - Throws: ``RuleNotInForce``, ``RecordingMistake``, and what the archives throw.
    package func trace(
        _ id: String, from: PlantInstant, at moment: PlantInstant? = nil, through last: PlantInstant
    ) throws -> RuleTrace {
        let narrowed = try replay.narrowed(to: id)
        let start = from - memory(of: narrowed)
        if let stored = try log.snapshot(takenBy: start) {
            return try trace(id, from, moment, last, after: stored.inputSequence, core: stored.bytes)
        }
        guard let place = try log.input(before: start) else {
            // The log begins later than one would like: from its first input on, with nothing known.
            return try trace(id, from, moment, last, after: nil, core: nil)
        }
        guard let journal else { return try trace(id, from, moment, last, after: place, core: nil) }
        let standings = try narrowed.rules.rules.compactMap { rule in
            try journal.standing(of: rule.id, throughInput: place)
        }
        return try trace(
            id, from, moment, last, after: place, core: try narrowed.core(standing: standings, at: start))
    }

    private func trace(
        _ id: String, _ from: PlantInstant, _ moment: PlantInstant?, _ last: PlantInstant, after place: UInt64?,
        core: [UInt8]?
    ) throws -> RuleTrace {
        try replay.trace(id, from: from, at: moment, through: last, snapshot: core) { names in
            try HistorySource(log, names: names, site: replay.site, mayRestore: false, after: place)
        }
    }

    /// How far back anything lies that a judgement may rest on.
    private func memory(of replay: Replay) -> Duration {
        var memory = Duration.seconds(60)
        for entry in replay.rules.entries {
            switch entry {
            case .rule(let rule):
                memory += rule.kind.memory + rule.onDelay * 3 + rule.offDelay * 2 + (rule.maxAge ?? .zero)
            case .derived(let derived):
                memory += derived.maxAge ?? .zero
                memory += derived.operation.window ?? .zero
            }
        }
        return memory
    }

    private func delays(of id: String) -> Duration {
        guard let rule = replay.rules.rules.first(where: { $0.id == id }) else { return .zero }
        return rule.onDelay * 3 + rule.offDelay * 3
    }
}
