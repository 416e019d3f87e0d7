import FoundationEssentials
import PlantModel

/// A record as the journal keeps it: one line of JSON with its keys in order, the same bytes for the same record on every
/// machine, since the chain is made over them.
enum RecordText {
    /// - Note: a value or limit that is not a finite number has no place in JSON and is left out: a record is never
    ///   refused because of it.
    static func body(of record: AlarmRecord) throws(JournalFault) -> String {
        var record = record
        record.value = record.value.flatMap { $0.isFinite ? $0 : nil }
        record.limit = record.limit.flatMap { $0.isFinite ? $0 : nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(record), as: UTF8.self)
        } catch {
            throw .refused("record \(record.key) cannot be written as JSON: \(error)")
        }
    }

    static func record(from body: String) throws(JournalFault) -> AlarmRecord {
        do {
            return try JSONDecoder().decode(AlarmRecord.self, from: Data(body.utf8))
        } catch {
            throw .damaged("a record's body cannot be read: \(error)")
        }
    }
}
