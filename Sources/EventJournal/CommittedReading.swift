import GRDB
import PlantModel
import StationPorts

/// Whoever can read what a journal file has committed: the journal itself, and a reader of any file. The answers to the
/// questions of ``AlarmArchive`` are the same for both.
protocol CommittedReading: Sendable {
    func read<Answer>(_ question: (Database) throws -> Answer) throws(JournalFault) -> Answer
}

extension CommittedReading {
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
