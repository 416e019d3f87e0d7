import BenchTools
import DeliveryPlan
import EventJournal
import Glibc
import PlantModel
import PlantTime
import StationPorts

/// The journal's part of the way of an alarm, on one thread and without pauses: for a tool that counts its instructions
/// (`Bench/commit-instructions`).
///
///     CommitBench commit|deliver FOLDER ALARMS     each alarm is raised and cleared; with `deliver` both messages are handed out and
///                                                  accepted. Prints the pages that were written for an alarm.
@main struct Program {
    private static let start = WallTime(milliseconds: 1_767_225_600_000)

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 3, let alarms = UInt32(words[2]), alarms > 0, words[0] == "commit" || words[0] == "deliver"
        else {
            complain("usage: CommitBench commit|deliver FOLDER ALARMS; the folder must not hold a journal")
            exit(64)
        }
        let delivery = DeliveryDescription(
            webhooks: [WebhookChannel(id: "duty", recipient: "li", url: "http://127.0.0.1/", secretCredential: nil)])
        // SQLite is not to copy the write-ahead file in the middle: its length says how many pages were written.
        var options = Journal.Options()
        options.checkpointAfterPages = 0
        let journal = try Journal(
            folder: words[1],
            plan: { record, told, now in Addressing.drafts(for: record, told: told, delivery: delivery, now: now) },
            now: start, options: options)
        let isDelivered = words[0] == "deliver"
        for alarm in 1...alarms {
            let now = start + .milliseconds(20 * Int64(alarm))
            for transition in [AlarmEvent.Transition.raise, .clear] {
                _ = try journal.commit([record(transition, occurrence: alarm, at: now)], at: now)
                if isDelivered { try deliver(from: journal, at: now) }
            }
        }
        report("pages \(shown(pages(of: "\(words[1])/journal.sqlite-wal") / Double(alarms)))")
    }

    private static func deliver(from journal: Journal, at now: WallTime) throws {
        let stamps = AttemptStamps(sent: PlantInstant(nanoseconds: 5), answered: PlantInstant(nanoseconds: 6))
        for row in try journal.dueRows(at: now, channel: "duty", limit: 100) {
            try journal.note(.accepted(answer: "204"), forRow: row.id, at: now, stamps)
        }
    }

    /// A frame of the write-ahead file is a page of 4 KiB and 24 bytes.
    private static func pages(of path: String) -> Double {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return .nan }
        return (Double(status.st_size) / 4120).rounded(.down)
    }

    /// As the station's scribe fills them in for a limit with bilingual names.
    private static func record(_ transition: AlarmEvent.Transition, occurrence: UInt32, at now: WallTime) -> AlarmRecord
    {
        let isRaise = transition == .raise
        let key = EventKey(
            site: "park", rule: "NH3-101.HH", occurrence: occurrence, transition: transition, level: 0, nth: 1)
        return AlarmRecord(
            key: key.text, site: "park", transition: transition.word, rule: "NH3-101.HH", kind: "HH",
            occurrence: occurrence,
            version: isRaise ? 1 : 2, point: "NH3-101.conc",
            pointName: BilingualText(chinese: "氨机房 1 号探头", english: "Ammonia room, detector 1"),
            hazardSource: "AMMONIA",
            hazardSourceName: BilingualText(chinese: "氨机房", english: "Ammonia room"), area: "A", value: 51.5,
            unit: "ppm", limit: 50, priority: .critical, colour: .red, stateBefore: isRaise ? "NORM" : "UNACK",
            stateAfter: isRaise ? "UNACK" : "RTNUN",
            duties: isRaise
                ? [.annunciate, .notify, .startEscalation, .reportToPlatform] : [.sayCleared, .reportToPlatform],
            occurredAt: now, decidedAt: now, raisedAt: now)
    }
}
