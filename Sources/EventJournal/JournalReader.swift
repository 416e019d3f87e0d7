import GRDB
package import PlantModel
package import StationPorts

/// A journal file opened for looking only: for `hazardctl journal show` and for checks, beside a running daemon or without
/// one, and on files that were set aside.
package final class JournalReader: Sendable {
    private let queue: DatabaseQueue

    /// - Throws: ``JournalFault``; a file of a newer hazardd is refused, since its records may mean more than is known here.
    package init(file: String) throws(JournalFault) {
        try JournalFile.refuseNewerSchema(file)
        queue = try JournalFile.openReadOnly(file)
    }

    private func read<Answer>(_ question: (Database) throws -> Answer) throws(JournalFault) -> Answer {
        do {
            return try queue.read(question)
        } catch {
            throw JournalFault.reading(error)
        }
    }
}

extension JournalReader: AlarmArchive {
    package func head() throws(JournalFault) -> JournalHead { try read { try JournalQuery.head($0) } }

    package func openAlarms() throws(JournalFault) -> [AlarmView] { try read { try JournalQuery.openAlarms($0) } }

    package func alarm(rule: String, occurrence: UInt32) throws(JournalFault) -> AlarmView? {
        try read { try JournalQuery.alarm($0, rule: rule, occurrence: occurrence) }
    }

    package func records(after sequence: UInt64, limit: Int) throws(JournalFault) -> [AlarmRecord] {
        try read { try JournalQuery.records($0, after: sequence, limit: limit) }
    }

    package func record(forKey key: String) throws(JournalFault) -> AlarmRecord? {
        try read { try JournalQuery.record($0, key: key) }
    }

    package func record(forIdempotencyKey key: String) throws(JournalFault) -> AlarmRecord? {
        try read { try JournalQuery.record($0, idempotencyKey: key) }
    }
}
