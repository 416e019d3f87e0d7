package import RingPipeline

/// The marks that the rooms wait for (house.md): one side publishes each, others read it. Each only grows.
package final class StationMarks: Sendable {
    /// Input sequence up to which the core has judged, with everything it decided in the event ring.
    package let judged = Mark()
    /// Event ring sequence that stood at its head when `judged` was last advanced.
    package let judgedEvents = Mark()
    /// Event ring sequence up to which the journal has committed.
    package let committed = Mark()
    /// Event ring sequence up to which events are held in memory while nothing can be committed (decisions.md 14).
    package let held = Mark()
    /// Input sequence up to which the input log is on disk.
    package let logged = Mark()
    /// Journal sequence up to which records are committed: what consoles and deliveries follow.
    package let journal = Mark()
    /// Set by whoever needs the input log on disk soon: the highest input sequence asked for.
    package let logWanted = Mark()
    /// Rung when there is something to log or somebody waits for the log: its thread parks here.
    package let logBell = Doorbell()

    package init() {}

    /// The core's end of a batch: first the event head, then the input sequence, so that whoever sees the second finds
    /// the first.
    package func judge(through input: UInt64, events: UInt64) {
        judgedEvents.advance(to: events)
        judged.advance(to: input)
        logBell.ring()
    }

    /// Event ring sequence up to which events may be told: committed, or held in storage-lost.
    package var tellable: UInt64 { max(committed.current, held.current) }
}

extension StationMarks: SettlementGate {
    package func waitUntilSettled(through inputSequence: UInt64, atMost limit: Duration) -> Bool {
        // One patience over all three waits: the door's thread must beat in between.
        let patience = Patience(limit)
        guard judged.wait(for: inputSequence, atMost: patience.left) else { return false }
        let events = judgedEvents.current
        logWanted.advance(to: inputSequence)
        logBell.ring()
        if tellable < events, !committed.wait(for: events, atMost: patience.left), tellable < events { return false }
        return logged.wait(for: inputSequence, atMost: patience.left)
    }
}
