import DeliveryPlan
import Foundation
import GRDB
import PlantModel
import PlantTime
import StationPorts
import Testing

@testable import EventJournal

/// A state folder of its own, gone with the test.
final class StateFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hazardd-journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var journal: String { path + "/journal" }
    var paths: JournalPaths { JournalPaths(folder: journal) }

    func open(
        at now: WallTime = .start, plan: @escaping OutboxPlan = tellingNobody,
        _ options: Journal.Options = Journal.Options()
    ) throws -> Journal {
        try Journal(folder: journal, plan: plan, now: now, options: options)
    }

    /// Another program at the file, which may hold its lock as long as it likes.
    func anotherConnection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: paths.file, configuration: configuration)
    }

    /// Makes the file what an older hazardd would have left: the same rows in the tables of another schema.
    func age(toSchema version: Int) throws {
        let old = paths.file + ".old"
        let queue = try DatabaseQueue(path: old)
        try queue.writeWithoutTransaction { db in
            try JournalSchema.migrate(db, to: version)
            try db.execute(sql: "ATTACH '\(paths.file)' AS now")
            let stampsOfAttempts = version > 1 ? ", sent_at, answered_at" : ""
            var moved = [
                ("genesis", "*"), ("event", "sequence, key, body, previous, hash"), ("standing", "*"), ("uplink", "*"),
                (
                    "outbox",
                    """
                    sequence, rule, occurrence, priority, channel, recipient, stage, made_at, due_at, attempts, handed_out,
                    last_answer, ended_at, settled_at\(stampsOfAttempts)
                    """
                ),
            ]
            if version > 1 { moved.append(("stamp", "*")) }
            for (table, columns) in moved {
                let names = columns == "*" ? "" : "(\(columns))"
                try db.execute(sql: "INSERT INTO \(table) \(names) SELECT \(columns) FROM now.\(table)")
            }
        }
        try queue.close()
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: paths.file + end) }
        try FileManager.default.moveItem(atPath: old, toPath: paths.file)
    }

    /// Lets somebody with the rights to the file, and with `sqlite3`, at it.
    func tamper(_ change: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: paths.file)
        try queue.writeWithoutTransaction { db in
            for trigger in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
                try db.execute(sql: "DROP TRIGGER \(trigger)")
            }
            try change(db)
        }
        try queue.close()
    }
}

extension WallTime {
    static let start = WallTime(milliseconds: 1_767_225_600_000)
    func plus(seconds: Int64) -> WallTime { self + .seconds(seconds) }
}

let tellingNobody: OutboxPlan = { _, _, _ in [] }

/// The real plan over webhooks of these people, each with a channel of his own.
func telling(_ people: String...) -> OutboxPlan {
    let delivery = DeliveryDescription(
        webhooks: people.map {
            WebhookChannel(id: "to-\($0)", recipient: $0, url: "http://127.0.0.1/", secretCredential: nil)
        })
    return { record, told, now in Addressing.drafts(for: record, told: told, delivery: delivery, now: now) }
}

/// One event of an alarm, as the wiring would hand it to the journal.
func anEvent(
    _ transition: AlarmEvent.Transition, of rule: String = "NH3-101.HH", occurrence: UInt32 = 1, nth: UInt32 = 1,
    version: UInt32 = 1, at second: Int64 = 0, priority: Priority = .critical, by actor: String? = nil,
    command: String? = nil, refusal: CommandRefusal = .none, value: Double? = 51.5
) -> AlarmRecord {
    let (before, after, duties): (AlarmState, AlarmState, Duties) =
        switch transition {
        case .raise: (.normal, .unacknowledged, [.annunciate, .notify, .startEscalation, .reportToPlatform])
        case .acknowledge: (.unacknowledged, .acknowledged, [.sayAcknowledged, .stopEscalation, .reportToPlatform])
        case .clear: (.unacknowledged, .returnedUnacknowledged, [.sayCleared, .reportToPlatform])
        case .reset, .retire: (.latchedAcknowledged, .normal, [.reportToPlatform])
        case .escalate, .unacknowledge, .reAlarm: (.acknowledged, .unacknowledged, [.annunciate, .notify])
        case .deescalate, .comment, .shelve, .unshelve, .refused: (.unacknowledged, .unacknowledged, [])
        }
    let key =
        transition == .refused
        ? EventKey.refusedCommand(site: "demo", idempotencyKey: command ?? "none")
        : EventKey(site: "demo", rule: rule, occurrence: occurrence, transition: transition, level: 0, nth: nth)
    return AlarmRecord(
        key: key.text, site: "demo", transition: transition.word, rule: rule, kind: "HH", occurrence: occurrence,
        version: version, nth: nth, point: "NH3-101.conc", pointName: BilingualText(chinese: "氨浓度", english: "ammonia"),
        value: value, unit: "ppm", limit: 50, priority: priority, colour: .red, stateBefore: before.word,
        stateAfter: after.word, duties: duties, occurredAt: .start.plus(seconds: second),
        decidedAt: .start.plus(seconds: second), actor: actor, idempotencyKey: command,
        refusal: refusal == .none ? nil : refusal.word)
}

/// Raises of one rule each: `R-1`, `R-2`, ...
func raises(_ numbers: ClosedRange<Int>) -> [AlarmRecord] { numbers.map { anEvent(.raise, of: "R-\($0)") } }

func databaseError(_ code: ResultCode) -> DatabaseError {
    DatabaseError(resultCode: code, message: "as a disk would say")
}
