import BenchTools
import EventJournal
import PlantModel
import PlantTime
import StationPorts

/// Where the time of the daemon's alarms went, by its own stamps: of all raises of one run.
struct StageLine {
    private(set) var spans: [[Double]] = [[], [], [], [], []]
    private var readToJudged: [Double] = []
    private static let names = ["published", "judged", "committed", "sent", "accepted"]

    mutating func add(journal file: String) throws {
        let reader = try JournalReader(file: file)
        for record in try reader.records(after: 0, limit: 100_000) where record.transition == "raise" {
            guard let stamps = try reader.stamps(of: record.sequence),
                let attempt = try reader.messages(about: record.sequence).first?.lastAttempt
            else { continue }
            let instants = [
                stamps.read, stamps.published, stamps.judged, stamps.committed, attempt.sent, attempt.answered,
            ]
            readToJudged.append((stamps.judged - stamps.read).seconds * 1000)
            for place in spans.indices { spans[place].append((instants[place + 1] - instants[place]).seconds * 1000) }
        }
    }

    /// `published 0.02, judged 0.08 ...`: medians in milliseconds.
    var text: String {
        let sorted = readToJudged.sorted()
        let slow = sorted.isEmpty ? Double.nan : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
        return zip(Self.names, spans).map { "\($0) \(shown(median($1)))" }.joined(separator: ", ")
            + "; from read to judged p99 \(shown(slow))"
    }
}
