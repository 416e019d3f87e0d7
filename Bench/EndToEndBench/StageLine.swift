import BenchTools
import EventJournal
import PlantModel
import PlantTime
import StationPorts

/// Where the time of the daemon's alarms went, by its own stamps: of all raises of one run, in milliseconds.
struct StageLine {
    private static let names = ["read", "published", "judged", "committed", "sent", "accepted"]
    private(set) var spans: [[Double]] = Array(repeating: [], count: Self.names.count)
    /// From the bytes at the door to the core.
    private(set) var readToJudged: [Double] = []

    /// - Parameter fromChange: what each alarm took from the change at the source to the request, in the journal's order:
    ///   what the stamps do not explain of it was before the door had read.
    mutating func add(journal file: String, fromChange: [Double]) throws {
        let reader = try JournalReader(file: file)
        let raises = try reader.records(after: 0, limit: 100_000).filter {
            $0.transition == "raise" && $0.rule.hasPrefix("A")
        }
        // Those before were raised while everything warmed up.
        for (record, taken) in zip(raises.suffix(fromChange.count), fromChange) {
            guard let stamps = try reader.stamps(of: record.sequence),
                let attempt = try reader.messages(about: record.sequence).first?.lastAttempt
            else { continue }
            let instants = [
                stamps.read, stamps.published, stamps.judged, stamps.committed, attempt.sent, attempt.answered,
            ]
            spans[0].append(taken - Self.milliseconds(attempt.sent - stamps.read))
            for place in instants.indices.dropFirst() {
                spans[place].append(Self.milliseconds(instants[place] - instants[place - 1]))
            }
            readToJudged.append(Self.milliseconds(stamps.judged - stamps.read))
        }
    }

    private static func milliseconds(_ span: Duration) -> Double { span.seconds * 1000 }

    /// `published 0.02 / 0.1, judged 0.08 / 0.3 ...`: p50 and p99.
    var text: String {
        zip(Self.names, spans)
            .map { "\($0) \(shown(quantile(0.5, of: $1))) / \(shown(quantile(0.99, of: $1)))" }
            .joined(separator: ", ")
    }
}

/// The value below which a share of the others is; of many, for it takes the next one without interpolation.
func quantile(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}
