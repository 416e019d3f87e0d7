import FoundationEssentials
import GRDB
import PlantModel
package import PlantTime
package import StationPorts

/// A history that a station writes, or has written, opened read-only: the file may be in use. Any thread.
package final class HistoryReader: Sendable {
    package let path: String
    private let queue: DatabaseQueue

    /// - Parameter place: a station's state folder, the history's own folder, or `history.sqlite` itself.
    /// - Throws: also for a file that a newer hazardd has written, and for one that is no history.
    package init(_ place: String) throws(HistoryFault) {
        path = try Self.file(at: place)
        do {
            var configuration = Configuration()
            configuration.label = "history reader"
            configuration.readonly = true
            configuration.busyMode = .timeout(2)
            queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
            guard found <= HistoryFile.version else {
                throw HistoryFault.newerSchema(found: found, known: HistoryFile.version)
            }
            guard found > 0 else { throw HistoryFault.damaged("\(path) is a database, but no history of hazardd") }
        } catch {
            throw HistoryFault.of(error)
        }
    }

    private static func file(at place: String) throws(HistoryFault) -> String {
        let candidates = [place, "\(place)/history/history.sqlite", "\(place)/history.sqlite"]
        let found = candidates.first { candidate in
            var isFolder = false
            return FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder) && !isFolder
        }
        guard let found else {
            throw .refused("there is no history at \(place); looked for \(candidates.joined(separator: ", "))")
        }
        return found
    }

    /// The highest input sequence that is on disk; 0 when none.
    package func loggedThrough() throws(HistoryFault) -> UInt64 { try read { try HistoryFile.loggedThrough($0) } }

    /// The lowest input sequence that is still kept; nil when the log is empty.
    package func firstInput() throws(HistoryFault) -> UInt64? {
        try read { try UInt64.fetchOne($0, sql: "SELECT min(first) FROM segment") }
    }

    /// The last input of the newest stretch of the log that had ended by an instant; nil when the log begins later.
    package func input(before instant: PlantInstant) throws(HistoryFault) -> UInt64? {
        try read { db in
            try UInt64.fetchOne(
                db, sql: "SELECT last FROM segment WHERE last_time < ? ORDER BY last_time DESC LIMIT 1",
                arguments: [instant.nanoseconds])
        }
    }

    /// The logged inputs after a sequence, as far as they lie in one piece; nil at the end of the log.
    /// - Throws: ``HistoryFault/hole(after:next:)`` and ``HistoryFault/unreadable(_:_:)``, behind which one can go on.
    package func batch(after sequence: UInt64) throws(HistoryFault) -> LoggedBatch? {
        try HistoryQuery.batch(after: sequence) { (sequence) throws(HistoryFault) in
            try read { try HistoryQuery.segment(after: sequence, $0) }
        }
    }

    /// The newest snapshot.
    package func latestSnapshot() throws(HistoryFault) -> StoredSnapshot? {
        try read { try HistoryQuery.snapshot($0) { _ in true } }
    }

    /// The newest snapshot of a core that had taken nothing later than an instant.
    package func snapshot(takenBy instant: PlantInstant) throws(HistoryFault) -> StoredSnapshot? {
        try read { db in
            try HistoryQuery.snapshot(db) { snapshot in
                guard snapshot.inputSequence > 0,
                    let (segment, digest) = try HistoryQuery.segment(after: snapshot.inputSequence - 1, db),
                    let last = try? segment.batch(checkedBy: digest).after(snapshot.inputSequence - 1)?.slots.first
                else { return false }
                return last.judgedAt <= instant
            }
        }
    }

    private func read<Answer>(_ question: (Database) throws -> Answer) throws(HistoryFault) -> Answer {
        do {
            return try queue.read(question)
        } catch {
            throw HistoryFault.of(error)
        }
    }
}
