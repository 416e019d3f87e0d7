import StationPorts
import Synchronization

/// Where the core lays its newest snapshot for the input log: one place, the newer takes the older's.
final class SnapshotTray: Sendable {
    private let kept = Mutex<StoredSnapshot?>(nil)

    func lay(_ snapshot: StoredSnapshot) { kept.withLock { $0 = snapshot } }

    /// The newest snapshot that has not been taken yet, if its input is logged by now.
    func take(loggedThrough sequence: UInt64) -> StoredSnapshot? {
        kept.withLock { kept in
            guard let snapshot = kept, snapshot.inputSequence <= sequence else { return nil }
            kept = nil
            return snapshot
        }
    }
}
