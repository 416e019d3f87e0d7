import Digests
import GRDB
import PlantModel
import StationPorts

/// The hash chain: each row's hash covers the row before it, so that no row can be changed, moved or taken out without
/// breaking the chain at its place.
///
/// `hash = SHA-256(previous hash as 64 hexadecimal digits, then the body)`: what a person at a shell can compute again
/// with `printf '%s%s' PREVIOUS BODY | sha256sum`.
enum Chain {
    static func link(previous: String, body: String) -> String {
        var stream = SHA256Stream()
        stream.update(previous)
        stream.update(body)
        return stream.finish().hex
    }

    /// Where the chain of a new file starts: bound to its id, to the end of the file before it, and to what was carried
    /// over from there.
    static func genesis(journalID: String, predecessor: JournalHead?, baseSequence: UInt64, carriedHash: String)
        -> String
    {
        let before = predecessor.map { "\($0.journalID) \($0.sequence) \($0.hash)" } ?? "none"
        return SHA256Digest(
            of: "hazardd journal \(journalID)\nafter \(before)\nbase \(baseSequence)\ncarried \(carriedHash)\n"
        )
        .hex
    }

    /// The hash over carried bodies in the order of their sequences.
    static func carried(_ bodies: some Sequence<String>) -> String {
        bodies.reduce(SHA256Digest.zero.hex) { link(previous: $0, body: $1) }
    }

    /// The break of one row, given what came before it; nil when it continues the chain.
    static func fault(
        of row: ChainRow, expecting sequence: UInt64, after previous: String
    ) -> ChainBreak.Cause? {
        guard row.sequence == sequence else { return .missing(next: row.sequence) }
        guard row.previous == previous else { return .notContinued }
        guard row.hash == link(previous: row.previous, body: row.body) else { return .altered }
        guard let record = try? RecordText.record(from: row.body), record.sequence == sequence,
            RecordLabels(of: record) == row.labels
        else { return .mislabelled }
        return nil
    }
}

/// One row of `event`, as far as the chain is concerned.
struct ChainRow {
    var sequence: UInt64
    var labels: RecordLabels
    var body: String
    var previous: String
    var hash: String
}

/// What the columns beside a body repeat of it, so that its row is found.
struct RecordLabels: Equatable {
    var key: String
    var rule: String
    var occurrence: Int64
    var idempotencyKey: String?
    /// 1 for a record that a platform is owed, else 0.
    var toPlatform: Int64

    init(of record: AlarmRecord) {
        key = record.key
        rule = record.rule
        occurrence = Int64(record.occurrence)
        idempotencyKey = record.idempotencyKey
        toPlatform = record.dutySet.contains(.reportToPlatform) ? 1 : 0
    }

    /// Whatever somebody has written there.
    init(_ row: Row) {
        key = row["key"]
        rule = row["rule"]
        occurrence = row["occurrence"]
        idempotencyKey = row["idempotency_key"]
        toPlatform = row["to_platform"]
    }
}

/// Where a journal's chain is broken, and how.
package struct ChainBreak: Sendable, Equatable, CustomStringConvertible {
    package enum Cause: Sendable, Equatable {
        /// The row is not there; the next one that is.
        case missing(next: UInt64)
        /// It does not continue the row before it: moved, or put in.
        case notContinued
        /// Its body is not what was hashed.
        case altered
        /// Its body speaks of another sequence, key, alarm, command or duty than its row.
        case mislabelled
        /// The rows end here, but an outside copy of the head says they went on to `head`.
        case cutOff(head: UInt64)
        /// An outside copy of the head has another hash for this row: everything up to it was written anew.
        case rewritten
        /// The genesis row, or what was carried over with it, is not what was hashed.
        case genesis
        /// SQLite could not read on.
        case unreadable(String)
    }

    /// The first sequence that is not as it was written.
    package var sequence: UInt64
    package var cause: Cause

    package init(sequence: UInt64, cause: Cause) {
        self.sequence = sequence
        self.cause = cause
    }

    package var description: String {
        switch cause {
        case .missing(let next): "row \(sequence) is missing: the next one found is \(next)"
        case .notContinued: "row \(sequence) does not continue the row before it: rows were moved, put in or taken out"
        case .altered: "row \(sequence) was altered: its body does not give its hash"
        case .mislabelled: "row \(sequence) was altered: its body speaks of another event than its columns"
        case .cutOff(let head):
            "rows \(sequence) to \(head) are missing: the head file says the journal reached \(head)"
        case .rewritten: "row \(sequence) has another hash than the head file: the journal was written anew"
        case .genesis: "the genesis does not give its hash: journal id, predecessor or carried records were altered"
        case .unreadable(let what): "row \(sequence) cannot be read: \(what)"
        }
    }
}
