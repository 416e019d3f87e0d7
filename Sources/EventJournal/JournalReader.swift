import GRDB
import PlantModel
import StationPorts

/// A journal file opened for looking only: for `hazardctl journal show` and for checks, beside a running daemon or without
/// one, and on files that were set aside.
package final class JournalReader: CommittedReading {
    private let queue: DatabaseQueue

    /// - Throws: ``JournalFault``; a file of a newer hazardd is refused, since its records may mean more than is known here.
    package init(file: String) throws(JournalFault) {
        try JournalFile.refuseNewerSchema(file)
        queue = try JournalFile.openReadOnly(file)
    }

    func read<Answer>(_ question: (Database) throws -> Answer) throws(JournalFault) -> Answer {
        do {
            return try queue.read(question)
        } catch {
            throw JournalFault.reading(error)
        }
    }
}

extension JournalReader: AlarmArchive {}
