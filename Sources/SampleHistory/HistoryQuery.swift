import Digests
import FoundationEssentials
import GRDB
import PlantTime
import StationPorts

/// Questions to one connection: the same for the running history and for a reader of its file.
enum HistoryQuery {
    /// The segment that holds the input after a sequence, or else the first one after it.
    static func segment(after sequence: UInt64, _ db: Database) throws -> (Segment, digest: String)? {
        let after = Int64(clamping: sequence)
        let statement = try db.cachedStatement(
            sql: """
                SELECT * FROM segment WHERE last > ? AND first >= coalesce(
                    (SELECT first FROM segment WHERE first <= ? ORDER BY first DESC LIMIT 1), 0)
                ORDER BY first LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [after, after]).map { row in
            let first: UInt64 = row["first"]
            let segment = Segment(
                first...max(first, row["last"]), blob: Array(row["slots"] as Data), commands: row["commands"],
                firstTime: PlantInstant(nanoseconds: row["first_time"]),
                lastTime: PlantInstant(nanoseconds: row["last_time"]))
            return (segment, row["digest"])
        }
    }

    /// The part of that segment behind the sequence; nil at the end of the log.
    static func batch(
        after sequence: UInt64, _ next: (UInt64) throws(HistoryFault) -> (Segment, digest: String)?
    ) throws(HistoryFault) -> LoggedBatch? {
        guard let (segment, digest) = try next(sequence) else { return nil }
        guard segment.first <= sequence + 1 else { throw .hole(after: sequence, next: segment.first) }
        do throws(Segment.Unreadable) {
            return try segment.batch(checkedBy: digest).after(sequence)
        } catch {
            throw .unreadable(segment.first...segment.last, error.what)
        }
    }

    /// A larger snapshot is stored in pieces of this size.
    static let pieceBytes = 256 << 10

    /// Snapshots that can be read and whose inputs are logged, the newest first, until `isWanted` takes one.
    static func snapshot(_ db: Database, where isWanted: (StoredSnapshot) throws -> Bool) throws -> StoredSnapshot? {
        let logged = try HistoryFile.loggedThrough(db)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT * FROM snapshot WHERE input_sequence <= ? ORDER BY input_sequence DESC",
            arguments: [Int64(clamping: logged)])
        while let row = try rows.next() {
            var snapshot = StoredSnapshot(inputSequence: row["input_sequence"], bytes: Array(row["bytes"] as Data))
            snapshot.bytes += try furtherBytes(of: snapshot.inputSequence, db)
            if digest(of: snapshot) == row["digest"], try isWanted(snapshot) { return snapshot }
        }
        return nil
    }

    /// What a snapshot has behind its first piece.
    private static func furtherBytes(of sequence: UInt64, _ db: Database) throws -> [UInt8] {
        // A file of an earlier program, opened for reading only, has no further pieces.
        guard try db.tableExists("snapshot_part") else { return [] }
        let pieces = try Data.fetchCursor(
            db, sql: "SELECT bytes FROM snapshot_part WHERE input_sequence = ? ORDER BY part",
            arguments: [Int64(clamping: sequence)])
        var bytes: [UInt8] = []
        while let piece = try pieces.next() { bytes += piece }
        return bytes
    }

    /// What the digest of a snapshot begins with.
    static func digestHead(_ sequence: UInt64) -> String { "\(sequence) " }

    static func digest(of snapshot: StoredSnapshot) -> String {
        var stream = SHA256Stream()
        stream.update(digestHead(snapshot.inputSequence))
        stream.update(snapshot.bytes)
        return stream.finish().hex
    }
}
