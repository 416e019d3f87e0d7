import Digests
import FoundationEssentials
import GRDB
package import PlantTime

/// Takes a snapshot of the core in as it is made, piece by piece, each in a transaction of its own: nobody needs the whole of it
/// in memory, and no commit of the log waits for the whole of it. It counts once it is finished; what was never finished
/// goes when the next one is.
package struct SnapshotIntake: ~Copyable {
    private let history: History
    package let inputSequence: UInt64
    private var digest = SHA256Stream()
    private var parts = 0

    package init(into history: History, inputSequence: UInt64) {
        self.history = history
        self.inputSequence = inputSequence
        digest.update(HistoryQuery.digestHead(inputSequence))
    }

    package mutating func add(_ bytes: ArraySlice<UInt8>) throws(HistoryFault) {
        if parts == 0 { try refuseIfAhead() }
        // The first piece has number 1: in files of earlier programs it stands in the row of the snapshot itself.
        let (part, sequence) = (parts + 1, inputSequence)
        try history.write { db in
            if part == 1 {
                // In this order: a row without its pieces would be taken for a damaged snapshot, and is none.
                try db.execute(sql: "DELETE FROM snapshot WHERE input_sequence = ?", arguments: [sequence])
                try db.execute(sql: "DELETE FROM snapshot_part WHERE input_sequence = ?", arguments: [sequence])
            }
            try db.cachedStatement(sql: "INSERT INTO snapshot_part VALUES (?, ?, ?)")
                .execute(arguments: [sequence, part, Data(bytes)])
        }
        digest.update(Array(bytes))
        parts += 1
    }

    /// The snapshot is whole: from now on a restart goes on from it. The oldest go.
    /// - Throws: ``HistoryFault/snapshotAhead(of:)`` when its inputs are not on disk yet.
    package consuming func finish(at now: WallTime) throws(HistoryFault) {
        try refuseIfAhead()
        let (sequence, hasParts) = (inputSequence, parts > 0)
        let (history, sum) = (history, digest.finish().hex)
        let keep = history.options.snapshots
        try history.write { db in
            if !hasParts {
                try db.execute(sql: "DELETE FROM snapshot_part WHERE input_sequence = ?", arguments: [sequence])
            }
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, x'')")
                .execute(arguments: [sequence, now.nanoseconds, sum])
            try db.cachedStatement(
                sql: """
                    DELETE FROM snapshot WHERE input_sequence NOT IN
                        (SELECT input_sequence FROM snapshot ORDER BY input_sequence DESC LIMIT ?)
                    """
            ).execute(arguments: [keep])
            try db.cachedStatement(
                sql: """
                    DELETE FROM snapshot_part WHERE input_sequence NOT IN (SELECT input_sequence FROM snapshot)
                    """
            ).execute()
        }
    }

    private func refuseIfAhead() throws(HistoryFault) {
        let logged = try history.loggedThrough()
        guard inputSequence <= logged else { throw .snapshotAhead(of: logged) }
    }
}
