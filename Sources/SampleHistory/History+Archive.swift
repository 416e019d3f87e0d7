import FoundationEssentials
import GRDB
package import PlantTime
package import StationPorts

extension History: InputArchive {
    package func loggedThrough() throws(HistoryFault) -> UInt64 { try read { try HistoryFile.loggedThrough($0) } }

    /// The newest snapshot that can be read and whose inputs are logged.
    package func latestSnapshot() throws(HistoryFault) -> StoredSnapshot? {
        try read { try HistoryQuery.snapshot($0) { _ in true } }
    }

    /// - Throws: whatever `body` throws; ``HistoryFault/hole(after:next:)`` before a batch that does not follow the one
    ///   before it, ``HistoryFault/unreadable(_:_:)`` at a segment that is not as it was written. What was handed over
    ///   before is right, and another call may go on after the hole.
    /// - Note: rows are read one by one: memory does not grow with the log.
    package func replay(after inputSequence: UInt64, _ body: (LoggedBatch) throws -> Void) throws {
        var reached = inputSequence
        while let batch = try HistoryQuery.batch(after: reached, next) {
            reached = batch.lastInput
            try body(batch)
        }
    }

    private func next(after sequence: UInt64) throws(HistoryFault) -> (Segment, digest: String)? {
        try read { try HistoryQuery.segment(after: sequence, $0) }
    }

    /// Keeps a snapshot of the core, and lets the oldest go.
    /// - Throws: ``HistoryFault/snapshotAhead(of:)`` when its inputs are not on disk yet: flush first.
    package func store(_ snapshot: StoredSnapshot, at now: WallTime) throws(HistoryFault) {
        var intake = SnapshotIntake(into: self, inputSequence: snapshot.inputSequence)
        for start in stride(from: 0, to: snapshot.bytes.count, by: HistoryQuery.pieceBytes) {
            try intake.add(snapshot.bytes[start..<min(start + HistoryQuery.pieceBytes, snapshot.bytes.count)])
        }
        try intake.finish(at: now)
    }

    /// Deletes segments that ended before an instant, oldest first, a few at a time so that logging never waits for long.
    /// - Returns: how many went; fewer than `limit` means that nothing older is left.
    @discardableResult
    package func prune(endedBefore instant: PlantInstant, atMost limit: Int = 64) throws(HistoryFault) -> Int {
        try write { db in
            // The newest one stays whatever its age: it says how far the log has come.
            try db.cachedStatement(
                sql: """
                    DELETE FROM segment WHERE first IN (
                        SELECT first FROM segment
                        WHERE last_time < ? AND first < (SELECT max(first) FROM segment)
                        ORDER BY last_time LIMIT ?)
                    """
            ).execute(arguments: [instant.nanoseconds, limit])
            return db.changesCount
        }
    }
}
