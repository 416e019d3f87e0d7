import GRDB

/// Why the journal could not do what was asked: the cases that its caller can answer.
package enum JournalFault: Error, Sendable, Equatable {
    /// Another process watches with this journal; its pid when the lock file names one. Exit 75.
    case heldElsewhere(pid: Int32?)
    /// The file was written by a newer hazardd; it has not been touched. Exit 65.
    case newerSchema(found: Int, known: Int)
    /// The file or its folder cannot be made, opened or written.
    case notWritable(String)
    /// The connection does not promise what "committed" means here.
    case notDurable(synchronous: Int, journalMode: String)
    /// Another connection kept the file locked for the whole patience. Nothing was committed; ask again.
    case busy
    /// No room. Nothing was committed; ask again when there is some.
    case full
    /// A second I/O error while finding out what became of the first: whether the batch is on disk is not known. Asking
    /// again is safe, because keys that are there are recognised.
    case unknown(String)
    /// SQLite finds the file damaged.
    case damaged(String)
    /// Anything else: a broken promise in this program rather than in the disk.
    case refused(String)

    /// The exit code of `hazardd` when it cannot start for this reason (decisions.md 6).
    package var exitStatus: Int32 {
        switch self {
        case .heldElsewhere: 75
        case .newerSchema: 65
        case .notWritable: 77
        case .notDurable, .busy, .full, .unknown, .damaged, .refused: 70
        }
    }
}

extension JournalFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .heldElsewhere(let pid?):
            "the journal is held by process \(pid): one hazardd per state folder; stop it or name another --state"
        case .heldElsewhere(nil):
            "the journal is held by another process: one hazardd per state folder; stop it or name another --state"
        case .newerSchema(let found, let known):
            "the journal has schema \(found), this hazardd knows up to \(known): install the newer hazardd again, "
                + "or restore the backup made before its upgrade"
        case .notWritable(let what): what
        case .notDurable(let synchronous, let mode):
            "the journal's connection has synchronous=\(synchronous) and journal_mode=\(mode), not 2 and wal: "
                + "a committed alarm could be lost at a power cut"
        case .busy: "the journal is locked by another connection: nothing was committed"
        case .full: "no room for the journal: nothing was committed"
        case .unknown(let what): "two I/O errors in a row, the second while looking after the first: \(what)"
        case .damaged(let what): "the journal's file is damaged: \(what)"
        case .refused(let what): "the journal refused: \(what)"
        }
    }
}

extension JournalFault {
    /// What an error of SQLite means for the transaction it ended.
    package enum Verdict: Sendable, Equatable {
        /// Not committed, for this reason.
        case failed(JournalFault)
        /// It may or may not be on disk (decisions.md 15).
        case unknown(String)
    }

    /// - Note: an error of reading or writing is never taken for "not committed": after a failed fsync a row can be
    ///   invisible now and be there after a crash (operations.md, fact 2).
    package static func verdict(on error: any Error) -> Verdict {
        if let fault = error as? JournalFault { return .failed(fault) }
        guard let error = error as? DatabaseError else { return .failed(.refused(String(describing: error))) }
        let what = "\(error.message ?? "no message") (\(error.extendedResultCode.rawValue))"
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .failed(.busy)
        case .SQLITE_FULL: .failed(.full)
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: .failed(.notWritable(what))
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .failed(.damaged(what))
        case .SQLITE_IOERR: .unknown(what)
        default: .failed(.refused(what))
        }
    }

    /// Whether what could not be read now may be read another time: nothing says that it is not there.
    static func mayPass(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_CANTOPEN].contains(error.resultCode)
    }

    /// For reads and for opening, where nothing can be half done.
    static func reading(_ error: any Error) -> JournalFault {
        switch verdict(on: error) {
        case .failed(let fault): fault
        case .unknown(let what): .unknown(what)
        }
    }
}
