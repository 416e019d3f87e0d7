import ParkSimulator
import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// The outbox without a disk: the same promises as the journal's (only the first pending row of a rule, channel and recipient
/// is ever due), and every outcome is kept.
final class MemoryOutbox: OutboxArchive {
    struct Noted: Sendable, Equatable {
        var row: Int64
        var outcome: AttemptOutcome
        var at: WallTime
        var stamps: AttemptStamps?
    }

    struct DiskFull: Error {}

    private struct State {
        var rows: [OutboxRow] = []
        var pending: Set<Int64> = []
        var noted: [Noted] = []
        var undelivered = 0
        var isDiskFull = false
        var isSlow = false
        var refusedNotes = 0
    }

    private let state = Mutex(State())

    @discardableResult
    func owe(_ record: AlarmRecord, channel: String, recipient: String, at dueAt: WallTime, endedAt: WallTime? = nil)
        -> Int64
    {
        state.withLock { state in
            let id = Int64(state.rows.count + 1)
            state.rows.append(
                OutboxRow(
                    id: id, record: record, channel: channel, recipient: recipient, dueAt: dueAt, attempts: 0,
                    endedAt: endedAt))
            state.pending.insert(id)
            return id
        }
    }

    var noted: [Noted] { state.withLock { $0.noted } }
    var outcomes: [AttemptOutcome] { noted.map(\.outcome) }
    var pending: Int { state.withLock { $0.pending.count } }
    /// How often an outcome was offered while the disk was full.
    var refusedNotes: Int { state.withLock { $0.refusedNotes } }

    /// From now on no outcome can be noted, or it can again.
    func pretendDiskFull(_ full: Bool) { state.withLock { $0.isDiskFull = full } }

    /// From now on no refusal is noted, until it can again.
    func pretendSlow(_ slow: Bool) { state.withLock { $0.isSlow = slow } }

    func dueRows(at now: WallTime, limit: Int) throws -> [OutboxRow] {
        state.withLock { state in
            var lines: Set<[String]> = []
            let first = state.rows.filter {
                state.pending.contains($0.id) && lines.insert([$0.record.rule, $0.channel, $0.recipient]).inserted
            }
            return Array(first.filter { $0.dueAt <= now }.prefix(limit))
        }
    }

    func nextDue() throws -> WallTime? {
        state.withLock { state in state.rows.filter { state.pending.contains($0.id) }.map(\.dueAt).min() }
    }

    func note(_ outcome: AttemptOutcome, forRow id: Int64, at now: WallTime, _ stamps: AttemptStamps?) throws {
        if case .refused = outcome { _ = Poll.until(within: .seconds(15)) { state.withLock { !$0.isSlow } } }
        try state.withLock { state in
            if state.isDiskFull {
                state.refusedNotes += 1
                throw DiskFull()
            }
            state.noted.append(Noted(row: id, outcome: outcome, at: now, stamps: stamps))
            let place = Int(id) - 1
            state.rows[place].attempts += 1
            switch outcome {
            case .accepted: state.pending.remove(id)
            case .refused:
                state.pending.remove(id)
                state.undelivered += 1
            case .failed(let answer, let nextAt):
                state.rows[place].dueAt = nextAt
                state.rows[place].lastAnswer = answer
            }
        }
    }

    func backlog(at now: WallTime) throws -> OutboxBacklog {
        state.withLock { OutboxBacklog(pending: $0.pending.count, oldest: .zero, undelivered: $0.undelivered) }
    }
}

/// What the uplink needs of a journal, without a disk.
final class MemoryUplinkArchive: UplinkArchive {
    private struct State {
        var journalID: String
        var records: [AlarmRecord] = []
        var confirmed: [String: UInt64] = [:]
        var open: [AlarmRecord] = []
    }

    private let state: Mutex<State>

    init(journalID: String = "J1") { state = Mutex(State(journalID: journalID)) }

    /// Appends records, numbered from the head on.
    func append(_ records: [AlarmRecord]) {
        state.withLock { state in
            for var record in records {
                record.sequence = UInt64(state.records.count + 1)
                state.records.append(record)
            }
        }
    }

    func standOpen(_ sequences: [UInt64]) {
        state.withLock { state in state.open = sequences.map { state.records[Int($0) - 1] } }
    }

    var confirmed: UInt64 { state.withLock { $0.confirmed["county", default: 0] } }

    func head() throws -> JournalHead {
        state.withLock { JournalHead(journalID: $0.journalID, sequence: UInt64($0.records.count), hash: "ab12") }
    }

    func platformRecords(after sequence: UInt64, limit: Int) throws -> [AlarmRecord] {
        state.withLock { state in
            Array(
                state.records.filter { $0.sequence > sequence && $0.dutySet.contains(.reportToPlatform) }.prefix(limit))
        }
    }

    func confirmedSequence(platform: String) throws -> UInt64 { state.withLock { $0.confirmed[platform, default: 0] } }
    func noteConfirmed(_ sequence: UInt64, platform: String) throws {
        state.withLock { $0.confirmed[platform] = sequence }
    }

    func openRaises() throws -> [AlarmRecord] { state.withLock { $0.open } }
}
