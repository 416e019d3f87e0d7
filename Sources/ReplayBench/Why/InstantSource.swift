import PlantModel
package import PlantTime

/// A source that is played instant by instant from some time on, so that a witness sees the core behind every single one.
///
/// It may stop early, and may carry a state of the core to begin with in place of the source's own.
package struct InstantSource<Base: TimelineSource & ~Copyable>: TimelineSource, ~Copyable {
    private var base: Base
    private var held = TimelineBatch()
    private var next = 0
    private var isAtEnd = false
    /// The first instant is handed out wherever it lies: whoever asks learns where the line begins.
    private var isUntouched = true
    private let slowFrom: PlantInstant
    private let last: PlantInstant
    package let snapshot: [UInt8]?

    /// - Parameters:
    ///   - slowFrom: before it, slots pass in the batches of the source.
    ///   - last: slots behind it are left out.
    ///   - snapshot: the core to begin with; nil: the source's own.
    package init(
        _ base: consuming Base, slowFrom: PlantInstant, through last: PlantInstant = .distantFuture,
        snapshot: [UInt8]? = nil
    ) {
        self.snapshot = snapshot ?? base.snapshot
        self.base = base
        self.slowFrom = slowFrom
        self.last = last
    }

    package var tally: TimelineTally { base.tally }
    package var carriesTicks: Bool { base.carriesTicks }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        if next == held.slots.count {
            guard !isAtEnd else { return }
            held.removeAll()
            next = 0
            try base.read(into: &held, atMost: count)
        }
        guard next < held.slots.count else { return }
        let first = held.slots[next].lineTime
        guard first <= last || isUntouched else {
            isAtEnd = true
            next = held.slots.count
            return
        }
        isUntouched = false
        batch.first = held.first.map { $0 + UInt64(next) }
        if !held.commands.isEmpty { batch.commands = held.commands }
        while next < held.slots.count, batch.slots.count < count {
            let time = held.slots[next].lineTime
            // Quickly up to the slow part, then one instant at a time.
            guard time <= last || time == first, time < slowFrom || time == first else { return }
            batch.slots.append(held.slots[next])
            next += 1
        }
    }
}
