import FoundationEssentials
package import PlantModel
import PlantTime

/// The records of a replay as the daemon's journal would hold them: every transition with the states around it, every
/// answer to a command, in the order of decision.
///
/// As CSV the first columns are those of `hazardctl journal export`, so that the two can be compared line by line; as lines
/// of JSON each is the journal's own text of the record.
package struct JournalSheet: Sendable {
    package enum Form: Sendable { case csv, jsonLines }

    private let form: Form
    private var text: [UInt8] = []
    /// Records written.
    package private(set) var count = 0

    private static let heading = [
        "sequence", "occurred_at", "decided_at", "transition", "rule", "occurrence", "version", "state", "priority",
        "point", "value", "unit", "quality", "limit", "actor", "origin", "comment", "refusal", "key",
        "state_before", "level", "nth", "duties", "marks",
    ]

    package init(_ form: Form) {
        self.form = form
        if form == .csv { text = Array(CSVField.line(Self.heading).utf8) }
    }

    package var bytes: [UInt8] { text }

    package mutating func add(_ record: AlarmRecord) {
        let line: String
        switch form {
        case .csv: line = CSVField.line(Self.fields(of: record))
        case .jsonLines: line = Self.json(record) + "\n"
        }
        text.append(contentsOf: line.utf8)
        count += 1
    }

    private static func fields(of record: AlarmRecord) -> [String] {
        [
            "\(record.sequence)", TimeText.utc(record.occurredAt), TimeText.utc(record.decidedAt), record.transition,
            record.rule, "\(record.occurrence)", "\(record.version)", record.stateAfter, record.priority.word,
            record.point, record.value.map { "\($0)" } ?? "", record.unit, record.quality,
            record.limit.map { "\($0)" } ?? "", record.actor ?? "", record.origin ?? "", record.comment ?? "",
            record.refusal ?? "", record.key, record.stateBefore, "\(record.level)", "\(record.nth)",
            letters(of: record.dutySet), record.markSet.words.joined(separator: " "),
        ]
    }

    private static func json(_ record: AlarmRecord) -> String {
        var record = record
        record.value = record.value.flatMap { $0.isFinite ? $0 : nil }
        record.limit = record.limit.flatMap { $0.isFinite ? $0 : nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Every number in it is finite now, so there is nothing that JSON cannot say.
        return (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// The letters of semantics.md C: `A N E P`.
    private static func letters(of duties: Duties) -> String {
        let letters: [(Duties, String)] = [
            (.annunciate, "A"), (.notify, "N"), (.sayCleared, "C"), (.sayAcknowledged, "K"), (.startEscalation, "E"),
            (.stopEscalation, "E0"), (.reportToPlatform, "P"),
        ]
        return letters.filter { duties.contains($0.0) }.map(\.1).joined(separator: " ")
    }
}
