import FoundationEssentials
import PlantModel

/// A record as the journal keeps it: one line of JSON with its keys in order, the same bytes for the same record on every
/// machine, since the chain is made over them.
enum RecordText {
    static func body(of record: AlarmRecord) -> String { record.line }

    static func record(from body: String) throws(JournalFault) -> AlarmRecord {
        do {
            return try JSONDecoder().decode(AlarmRecord.self, from: Data(body.utf8))
        } catch {
            throw .damaged("a record's body cannot be read: \(error)")
        }
    }
}
