import ArgumentParser
import PlantModel

typealias Language = BilingualText.Language

extension BilingualText.Language: ExpressibleByArgument {
    public init?(argument: String) {
        guard let language = Self.named(argument) else { return nil }
        self = language
    }

    public static var allValueStrings: [String] { ["zh", "en"] }

    /// The person's own, by the locale of the shell; English where it names neither.
    static func ofShell(_ environment: (String) -> String?) -> Language {
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            guard let value = environment(name), !value.isEmpty else { continue }
            return named(value) ?? .english
        }
        return .english
    }

    /// `zh`, `zh_CN.UTF-8`, `en-GB`.
    private static func named(_ text: String) -> Language? {
        switch text.lowercased().prefix(2) {
        case "zh": .chinese
        case "en": .english
        default: nil
        }
    }
}

/// Everything that hazardctl says by itself. One table per language; `{name}` stands for what is filled in.
enum Phrase: String, CaseIterable, Sendable {
    // Headings.
    case mark, state, alarm, point, value, limit, since, respond, quality, age, name, sequence, time, event, who,
        comment
    // Alarms.
    case nothingOpen, nothingOpenSeen, openCount, openCountSeen, notRecorded, notReady, overdue, actIn
    case watching, lost, again
    // Acts.
    case saw, acknowledged, unacknowledged, commented, resetDone, already, noOpenAlarm, sendingAgain
    // States and transitions.
    case stateNormal, stateUnacknowledged, stateAcknowledged, stateReturned, stateLatchedUnacknowledged
    case stateLatchedAcknowledged
    case raise, clear, escalate, deescalate, acknowledge, unacknowledge, reset, reAlarm, comments, retire, shelve,
        unshelve
    case refusedEvent
    // Qualities.
    case good, uncertain, bad, noSample
    // Health and journal.
    case watchAwake, watchImpaired, pointsJudged, sourcesUp, newestSample, outbox, stages, storageLostLine
    case chainUnbroken, chainBroken, journalEmpty, journalUnreadable, noJournal
    // The line to the station.
    case notReached, answerUnreadable, tokenUnreadable, nothingToShow
    // Replay.
    case replayed, replayDropped, replaySpan, replayRecords, replayMessages, replaySpeed, replayPartial, logOutOfReach
    case replayProgress, replayProgressOpen

    func callAsFunction(_ language: Language, _ values: KeyValuePairs<String, String> = [:]) -> String {
        // A missing entry shows its key rather than nothing; the test keeps it from happening.
        var text = Self.table(language)[self] ?? rawValue
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return text
    }

    static func table(_ language: Language) -> [Phrase: String] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}
