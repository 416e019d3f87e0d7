package import PlantModel
package import PlantTime

/// The next stretch of a time line: slots in the order in which the core is to take them, with the commands that they name.
package struct TimelineBatch: Sendable, Equatable {
    package var slots: [InputSlot]
    /// The commands that slots of kind `.command` name by `auxiliary`. One whose occurrence is 0 asks for the alarm as it
    /// stands when its turn comes, as a person at a console would see it.
    package var commands: [UInt32: OperatorCommand]
    /// Input sequence of the first slot where the source has its own; nil: they are numbered on.
    package var first: UInt64?

    package init(slots: [InputSlot] = [], commands: [UInt32: OperatorCommand] = [:], first: UInt64? = nil) {
        self.slots = slots
        self.commands = commands
        self.first = first
    }

    /// Forgets everything but its memory.
    package mutating func removeAll() {
        slots.removeAll(keepingCapacity: true)
        if !commands.isEmpty { commands.removeAll() }
        first = nil
    }
}

/// What a replay plays: a recording, a history, a capture, a script, or several of them merged. One thread.
package protocol TimelineSource: ~Copyable {
    /// Puts the next slots of the line into an empty batch, about `count` of them; none: the line has ended.
    /// - Throws: the first mistake of the source, located.
    mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake)
    /// How far it has come.
    var tally: TimelineTally { get }
    /// Whether time itself stands on the line as ticks, as it does in the daemon's log; then a replay adds none.
    var carriesTicks: Bool { get }
    /// State of a core to begin with; nil: with nothing.
    var snapshot: [UInt8]? { get }
}

extension TimelineSource where Self: ~Copyable {
    package var carriesTicks: Bool { false }
    package var snapshot: [UInt8]? { nil }
}

/// How far a source has come.
package struct TimelineTally: Sendable, Equatable {
    /// Rows, slots or messages read, those dropped included.
    package var rows = 0
    /// Rows that were not handed on, being older than the newest before them.
    package var rowsDropped = 0
    /// Bytes read, and how many there are; nil where nobody knows (a pipe).
    package var bytes = 0
    package var bytesTotal: Int?
    /// What is to be known about the line, a sentence each: holes, settings that it does not hold.
    package var notes: [String] = []

    package init(
        rows: Int = 0, rowsDropped: Int = 0, bytes: Int = 0, bytesTotal: Int? = nil, notes: [String] = []
    ) {
        self.rows = rows
        self.rowsDropped = rowsDropped
        self.bytes = bytes
        self.bytesTotal = bytesTotal
        self.notes = notes
    }
}

/// A whole time line in memory, to be played as often as one likes: 64 bytes a row.
package struct HeldTimeline: TimelineSource, Sendable {
    package let slots: [InputSlot]
    package let commands: [UInt32: OperatorCommand]
    private var next = 0

    /// - Parameter slots: in the order in which the core is to take them.
    package init(slots: [InputSlot], commands: [UInt32: OperatorCommand] = [:]) {
        self.slots = slots
        self.commands = commands
    }

    /// Reads a source to its end.
    package init<Source: TimelineSource & ~Copyable>(reading source: inout Source) throws(RecordingMistake) {
        var slots: [InputSlot] = []
        var commands: [UInt32: OperatorCommand] = [:]
        var batch = TimelineBatch()
        while true {
            try source.read(into: &batch, atMost: 4096)
            guard !batch.slots.isEmpty else { break }
            slots.append(contentsOf: batch.slots)
            commands.merge(batch.commands) { _, newer in newer }
            batch.removeAll()
        }
        self.init(slots: slots, commands: commands)
    }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) {
        let end = min(next + count, slots.count)
        batch.slots.append(contentsOf: slots[next..<end])
        if !commands.isEmpty { batch.commands = commands }
        next = end
    }

    package var tally: TimelineTally {
        let slotBytes = MemoryLayout<InputSlot>.stride
        return TimelineTally(rows: next, bytes: next * slotBytes, bytesTotal: slots.count * slotBytes)
    }
}

extension InputSlot {
    /// Where the slot stands on the line: when the core took it, or the time it speaks for if nobody has stamped it.
    package var lineTime: PlantInstant { judgedAt.nanoseconds == 0 ? time : judgedAt }
}
