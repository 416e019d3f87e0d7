import PlantModel
import PlantTime
import ReplayBench

/// One replay with its sheets: what is played, who watches, and what it came to.
struct ReplayRun: ~Copyable {
    private let subject: ReplaySubject
    private var timeline: MergedTimeline
    private var witness: WitnessPair<EventSheet, RecordWitness>
    private var progress: ReplayProgress
    private(set) var outcome = Replay.Outcome()
    private var elapsed = Duration.zero

    init(
        _ subject: ReplaySubject, _ sources: ReplaySources, journal: String?, deliveries: String?, _ language: Language
    ) throws {
        self.subject = subject
        let names = try subject.replay.names()
        let from = sources.span(subject).from
        timeline = try sources.timeline(for: subject)
        let isJSON = journal.map { path in [".jsonl", ".json", ".ndjson"].contains { path.hasSuffix($0) } } ?? false
        witness = WitnessPair(
            EventSheet(ruleNames: names.rules, pointNames: names.points, from: from),
            RecordWitness(
                scribe: subject.scribe, journal: journal.map { _ in JournalSheet(isJSON ? .jsonLines : .csv) },
                deliveries: deliveries.map { _ in
                    DeliverySheet(
                        delivery: subject.delivery, utcOffsetSeconds: subject.description.utcOffsetSeconds)
                }, from: from))
        progress = ReplayProgress(language)
    }

    /// - Returns: false when it was interrupted.
    mutating func play() throws -> Bool {
        var progress = progress
        defer { progress.end() }
        outcome = try subject.replay.run(&timeline, witness: &witness) { progress.goesOn($0) }
        elapsed = progress.elapsed
        return outcome.isWhole
    }

    mutating func eventBytes() -> [UInt8]? { witness.first.finish() }
    var journalBytes: [UInt8]? { witness.second.journal?.bytes }
    var deliveryBytes: [UInt8]? { witness.second.deliveries?.bytes }
    /// The last instant that was played.
    var reached: String { outcome.last.map { TimeText.utc($0) } ?? "-" }

    func summary(_ language: Language) -> String {
        let tally = outcome.tally
        let dropped =
            tally.rowsDropped == 0 ? "" : Phrase.replayDropped(language, ["count": "\(tally.rowsDropped)"])
        let span = outcome.first.map { Phrase.replaySpan(language, ["from": TimeText.utc($0), "to": reached]) } ?? ""
        var line = Phrase.replayed(
            language, ["rows": "\(tally.rows)", "dropped": dropped, "span": span, "events": "\(witness.first.count)"])
        if let journal = witness.second.journal {
            line += Phrase.replayRecords(language, ["count": "\(journal.count)"])
        }
        if let deliveries = witness.second.deliveries {
            line += Phrase.replayMessages(language, ["count": "\(deliveries.count)"])
        }
        let seconds = Int(elapsed.seconds * 1000)
        return line
            + Phrase.replaySpeed(
                language,
                [
                    "seconds": "\(seconds / 1000).\("\(1000 + seconds % 1000)".dropFirst())",
                    "speed": ReplayProgress.speed(tally.rows, in: elapsed),
                ])
    }
}
