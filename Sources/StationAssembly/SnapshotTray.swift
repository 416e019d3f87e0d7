import Synchronization

/// Where in the order of things a snapshot of the core stands.
struct SnapshotPlace: Sendable, Equatable {
    /// The last input that the core had taken.
    var input: UInt64
    /// Event ring sequence of the last event that it had decided.
    var events: UInt64
}

/// The next bytes of a snapshot.
struct SnapshotPiece: Sendable, Equatable {
    var place: SnapshotPlace
    /// 0 begins a snapshot: what was laid of one before it is of no use any more.
    var number: Int
    var isLast: Bool
    var bytes: [UInt8]
}

/// Where the core lays its newest snapshot for the input log, piece by piece; it goes on when there is room.
///
/// A restart replays what follows a snapshot and nothing before it. So a snapshot is kept only when everything that led to
/// it is on disk: its inputs in the log, and its events in the journal. An alarm that was decided and not committed when
/// the process died is then decided again, from the snapshot before.
final class SnapshotTray: Sendable {
    private static let capacity = 4
    private let kept = Mutex<[SnapshotPiece]>([])

    var hasRoom: Bool { kept.withLock { $0.count < Self.capacity } }

    /// One that begins a snapshot takes the place of whatever is left of others.
    func lay(_ piece: SnapshotPiece) {
        kept.withLock { kept in
            if piece.number == 0 { kept.removeAll() }
            kept.append(piece)
        }
    }

    func clear() { kept.withLock { $0.removeAll() } }

    /// The oldest piece that has not been taken yet, if the inputs before its snapshot are logged and the events committed.
    func take(loggedThrough input: UInt64, committedThrough events: UInt64) -> SnapshotPiece? {
        kept.withLock { kept in
            guard let first = kept.first, first.place.input <= input, first.place.events <= events else { return nil }
            return kept.removeFirst()
        }
    }
}
