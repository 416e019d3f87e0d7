import GRDB

/// Why the history could not do what was asked. None of these stops a watch that has begun: the station goes on and says so.
package enum HistoryFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Written by a newer hazardd; not touched.
    case newerSchema(found: Int, known: Int)
    /// It cannot be made, opened or written.
    case notWritable(String)
    case notDurable(synchronous: Int, journalMode: String)
    /// Locked by another connection. What is buffered stays buffered.
    case busy
    /// No room. What is buffered stays buffered, within its bound.
    case full
    /// An I/O error: the file has been opened again, and what is not in it stays buffered.
    case disturbed(String)
    case damaged(String)
    /// Inputs are missing in the log: those before `next` were never logged, or their retention is over.
    case hole(after: UInt64, next: UInt64)
    /// Stored inputs cannot be read.
    case unreadable(ClosedRange<UInt64>, String)
    /// A snapshot of inputs that are not logged yet would promise what a restart cannot keep.
    case snapshotAhead(of: UInt64)
    case refused(String)

    package var description: String {
        switch self {
        case .newerSchema(let found, let known): "the history has schema \(found), this hazardd knows up to \(known)"
        case .notWritable(let what): "the history cannot be written: \(what)"
        case .notDurable(let synchronous, let mode):
            "the history's connection has synchronous=\(synchronous) and journal_mode=\(mode), not 2 and wal"
        case .busy: "the history is locked by another connection"
        case .full: "no room for the history"
        case .disturbed(let what): "an I/O error in the history: \(what)"
        case .damaged(let what): "the history's file is damaged: \(what)"
        case .hole(let after, let next): "the input log has nothing between input \(after) and input \(next)"
        case .unreadable(let inputs, let what):
            "inputs \(inputs.lowerBound) to \(inputs.upperBound) of the log cannot be read: \(what)"
        case .snapshotAhead(let logged): "a snapshot was made of inputs that are not logged: the log ends at \(logged)"
        case .refused(let what): "the history refused: \(what)"
        }
    }

    /// The exit code of `hazardd` when it cannot start for this reason (decisions.md 6). What may pass by itself is 70: systemd begins
    /// again, and goes on until it has.
    package var exitStatus: Int32 {
        switch self {
        case .newerSchema: 65
        case .notWritable: 77
        case .notDurable, .busy, .full, .disturbed, .damaged, .hole, .unreadable, .snapshotAhead, .refused: 70
        }
    }

    static func of(_ error: any Error) -> HistoryFault {
        if let fault = error as? HistoryFault { return fault }
        guard let error = error as? DatabaseError else { return .refused(String(describing: error)) }
        let what = "\(error.message ?? "no message") (\(error.extendedResultCode.rawValue))"
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_FULL: .full
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: .notWritable(what)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(what)
        case .SQLITE_IOERR: .disturbed(what)
        default: .refused(what)
        }
    }
}
