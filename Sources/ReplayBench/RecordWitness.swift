package import DeliveryPlan
package import MonitorCore
package import PlantModel
package import PlantTime

/// Spells the events of a replay out as the daemon's journal does, and hands the records to the sheets that are wanted.
package struct RecordWitness: ReplayWitness {
    package var journal: JournalSheet?
    package var deliveries: DeliverySheet?
    private var scribe: RecordScribe
    private let from: PlantInstant?
    private var sequence: UInt64 = 0
    /// Keys of commands that are recorded: one that comes again and changes nothing is not written again, as in the journal.
    private var commandKeys: Set<String> = []

    /// - Parameters:
    ///   - from: records of earlier events are counted, not written.
    package init(
        scribe: RecordScribe, journal: JournalSheet?, deliveries: DeliverySheet?, from: PlantInstant? = nil
    ) {
        self.scribe = scribe
        self.journal = journal
        self.deliveries = deliveries
        self.from = from
    }

    package mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        guard journal != nil || deliveries != nil else { return }
        for index in events.indices {
            let event = events[index]
            let command = event.command == 0 ? nil : commands[event.command]
            // A replay has one line of time: what is shown is what is measured.
            var record = scribe.record(of: event, command: command) { WallTime(nanoseconds: $0.nanoseconds) }
            if let key = record.idempotencyKey {
                let isKnown = !commandKeys.insert(key).inserted
                if isKnown, record.stateBefore == record.stateAfter { continue }
            }
            sequence += 1
            record.sequence = sequence
            let isWanted = from.map { event.occurredAt >= $0 } ?? true
            if isWanted { journal?.add(record) }
            deliveries?.add(record, isWanted: isWanted)
        }
    }
}
