import GRDB
import PlantTime
import StationPorts

/// What the file is owed about things that have happened already: which messages a sender has, and when events passed the
/// stages. The next transaction writes it, whichever it is, so that neither costs a wait for the disk of its own.
///
/// A crash may lose it. Of the messages, everything that stood next in its line then counts as handed out
/// (``Debts/begin(_:)``); of the stamps, the newest are missing and `why` says so.
struct Debts: Sendable {
    /// Outbox rows whose bodies are fixed, because a sender may have sent them.
    var handedOut: Set<Int64> = []
    /// Bounded by what one commit holds: each commit takes those of the one before with it.
    var stamps: [StageStamps] = []

    var isEmpty: Bool { handedOut.isEmpty && stamps.isEmpty }

    func write(_ db: Database) throws {
        for id in handedOut {
            try db.run("UPDATE outbox SET handed_out = 1 WHERE id = ?") { $0.add(id) }
        }
        for stamp in stamps {
            // An event that was recognised keeps the stamps of its first time.
            try db.run("INSERT OR IGNORE INTO stamp VALUES (?, ?, ?, ?, ?)") { values in
                values.add(stamp.sequence)
                values.add(stamp.read.nanoseconds)
                values.add(stamp.published.nanoseconds)
                values.add(stamp.judged.nanoseconds)
                values.add(stamp.committed.nanoseconds)
            }
        }
    }

    /// Forgets what has been written.
    mutating func settle(_ written: Debts) {
        handedOut.subtract(written.handedOut)
        let sequences = Set(written.stamps.map(\.sequence))
        stamps.removeAll { sequences.contains($0.sequence) }
    }

    /// The beginning of a run: if the last one did not end in order, whatever it could have sent keeps its body, for all
    /// attempts of a message send the same bytes.
    static func begin(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE outbox SET handed_out = 1
                WHERE stage = 1 AND handed_out = 0 AND (SELECT is_over FROM run) = 0;
                UPDATE run SET is_over = 0;
                """)
    }

    /// The end of a run, with everything written.
    func end(_ db: Database) throws {
        try write(db)
        try db.execute(sql: "UPDATE run SET is_over = 1")
    }
}
