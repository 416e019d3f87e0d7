import MonitorCore
import PlantModel
import PlantTime

/// One run of a replay: steps the core over batches of slots as the station does, and stops between two slots only where a
/// witness wants to look or a person wants to act.
struct ReplayCourse: ~Copyable {
    private var monitor: Monitor
    /// Where the line has come to.
    private(set) var last = PlantInstant.distantPast
    private var sequence: UInt64 = 1
    private var events: [AlarmEvent] = []
    /// Whether time passes by itself between slots.
    private let fillsTime: Bool

    init(_ monitor: consuming Monitor, fillsTime: Bool) {
        self.monitor = monitor
        self.fillsTime = fillsTime
        events.reserveCapacity(256)
    }

    var digest: UInt64 { monitor.eventDigest }

    mutating func restore(_ snapshot: [UInt8]) throws(SnapshotRefused) {
        try monitor.restore(snapshot)
        sequence = monitor.inputSequence + 1
    }

    mutating func play<Witness: ReplayWitness>(_ batch: inout TimelineBatch, witness: inout Witness) {
        if let first = batch.first { sequence = first }
        var start = 0
        while start < batch.slots.count {
            lookBefore(batch.slots[start].lineTime, batch.commands, witness: &witness)
            let stop =
                batch.commands.isEmpty && witness.nextLook == nil
                ? batch.slots.count
                : self.stop(
                    of: batch, from: start, look: witness.nextLook)
            if !batch.commands.isEmpty { fillIn(batch.slots[start], &batch.commands, witness: &witness) }
            let slots = batch.slots.span.extracting(start..<stop)
            monitor.step(slots, firstSequence: sequence, commands: { [commands = batch.commands] in commands[$0] })
            witness.took(slots, firstSequence: sequence)
            last = batch.slots[stop - 1].lineTime
            sequence += UInt64(stop - start)
            handOver(batch.commands, witness: &witness)
            start = stop
        }
    }

    /// Lets time run to the last slot, and ends.
    mutating func end<Witness: ReplayWitness>(witness: inout Witness) {
        lookBefore(last, [:], witness: &witness)
        if fillsTime { monitor.tick(to: last) }
        handOver([:], witness: &witness)
        while let look = witness.nextLook, look <= last { witness.look(at: look, monitor) }
        witness.ended(at: last, monitor)
    }

    /// Every look that lies before an instant: nothing more happens at it.
    private mutating func lookBefore<Witness: ReplayWitness>(
        _ instant: PlantInstant, _ commands: [UInt32: OperatorCommand], witness: inout Witness
    ) {
        while let look = witness.nextLook, look < instant {
            if fillsTime, look >= last {
                monitor.tick(to: look)
                handOver(commands, witness: &witness)
            }
            witness.look(at: look, monitor)
        }
    }

    /// Where the step that begins at `start` has to end: before the first slot behind a look, and around a command that
    /// asks for the alarm as it stands.
    private func stop(of batch: borrowing TimelineBatch, from start: Int, look: PlantInstant?) -> Int {
        var place = start
        while place < batch.slots.count {
            let slot = batch.slots[place]
            if let look, slot.lineTime > look, place > start { return place }
            if slot.kind == .command, batch.commands[slot.auxiliary]?.occurrence == 0 {
                return place == start ? place + 1 : place
            }
            place += 1
        }
        return place
    }

    /// A command that names no occurrence means what a person would have seen at that moment.
    private mutating func fillIn<Witness: ReplayWitness>(
        _ slot: InputSlot, _ commands: inout [UInt32: OperatorCommand], witness: inout Witness
    ) {
        guard slot.kind == .command, var command = commands[slot.auxiliary], command.occurrence == 0,
            let rule = monitor.ruleIndex(command.rule)
        else { return }
        monitor.tick(to: slot.lineTime)
        handOver(commands, witness: &witness)
        let standing = monitor.ruleStanding(rule)
        command.occurrence = standing.occurrence
        command.version = command.version ?? standing.version
        commands[slot.auxiliary] = command
    }

    private mutating func handOver<Witness: ReplayWitness>(
        _ commands: [UInt32: OperatorCommand], witness: inout Witness
    ) {
        monitor.drainEvents { decided in for index in decided.indices { events.append(decided[index]) } }
        guard !events.isEmpty else { return }
        witness.decided(events.span, commands: commands, by: monitor)
        events.removeAll(keepingCapacity: true)
    }
}
