package import RingPipeline
import Synchronization

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
    /// Rung when there is enough to log or somebody waits for the log: its thread parks here.
    package let logBell = Doorbell()
    /// The input sequence at which the log's thread wants to be woken: it reads some hundred slots at once, for each waking
    /// costs both sides a call of the system. At 1 each judgement wakes it.
    private let logWake = Atomic<UInt64>(1)

    package init() {}

    /// The core's end of a batch: first the event head, then the input sequence, so that whoever sees the second finds
    /// the first.
    package func judge(through input: UInt64, events: UInt64) {
        judgedEvents.advance(to: events)
        judged.advance(to: input)
        // Sequentially consistent on both sides: either this sees the new wish, or whoever wishes sees the mark.
        if input >= logWake.load(ordering: .sequentiallyConsistent) { logBell.ring() }
    }

    /// Parks the log's thread until so much is judged or somebody wants the log, at most for `limit`; may return early.
    package func waitForLogWork(from sequence: UInt64, atMost limit: Duration, until isWanted: () -> Bool) {
        logWake.store(sequence, ordering: .sequentiallyConsistent)
        _ = logBell.park(atMost: limit) { judged.current >= sequence || isWanted() }
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
        if logWanted.current < inputSequence {
            logWanted.advance(to: inputSequence)
            // Once for each wish: whoever asks again wakes nobody.
            logBell.ring()
        }
        if tellable < events, !committed.wait(for: events, atMost: patience.left), tellable < events { return false }
        return logged.wait(for: inputSequence, atMost: patience.left)
    }
}
