import StationPorts
import Synchronization

/// Where the core lays its newest snapshot for the input log: one place, the newer takes the older's.
///
/// A restart replays what follows a snapshot and nothing before it. So a snapshot is kept only when everything that led to
/// it is on disk: its inputs in the log, and its events in the journal. An alarm that was decided and not committed when
/// the process died is then decided again, from the snapshot before.
final class SnapshotTray: Sendable {
    private struct Laid {
        var snapshot: StoredSnapshot
        /// Event ring sequence of the last event that the core had decided.
        var events: UInt64
    }

    private let kept = Mutex<Laid?>(nil)

    func lay(_ snapshot: StoredSnapshot, behind events: UInt64) {
        kept.withLock { $0 = Laid(snapshot: snapshot, events: events) }
    }

    /// The newest snapshot that has not been taken yet, if its inputs are logged and its events are committed by now.
    func take(loggedThrough input: UInt64, committedThrough events: UInt64) -> StoredSnapshot? {
        kept.withLock { kept in
            guard let laid = kept, laid.snapshot.inputSequence <= input, laid.events <= events else { return nil }
            kept = nil
            return laid.snapshot
        }
    }
}
