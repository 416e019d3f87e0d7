package import PlantModel

/// Every piece of text that a message is put together from. Each language has a table with all of them; `{x}` stands for
/// what is filled in (console.md 7).
package enum Phrase: Sendable, CaseIterable {
    // The head of a message: which of the four colours, and what it is about.
    case badgeRed, badgeOrange, badgeYellow, badgeBlue
    case subject

    // What is wrong: one per group of rule kinds.
    case atOrAboveLimit, atOrBelowLimit
    case rate, rising, falling
    case inState, cannotJudge, noSample, frozen
    case deviation, votes, notAsExpected, timeToLimit, timesRaised, mean, ladderLevel, otherKind

    // When, and how it went on.
    case since, activeFromTo, backTo, backWithoutNumber, escalated, stillStanding, notYetAcknowledged
    case acknowledged, acknowledgedBare, comment, changed

    // What to do.
    case answerWithin

    // Marks.
    case afterRestart, late, notRecorded, masked

    // Names of limits.
    case limitH, limitHH, limitL, limitLL

    // Durations.
    case seconds, minutesSeconds, hoursMinutes, wholeMinutes

    // Between sentences.
    case sentenceEnd

    // Why a point cannot be judged.
    case reasonLinkDown, reasonNoTarget, reasonDeviceFault, reasonMisconfigured, reasonWarmUp, reasonCalibrating
    case reasonMaintenance, reasonSubstituted, reasonStale, reasonShutDown, reasonOutOfRange, reasonUnreadable
    case reasonUnspecified

    /// The words for a reason of bad quality.
    init(reason: QualityReason) {
        switch reason {
        case .linkDown: self = .reasonLinkDown
        case .noTarget: self = .reasonNoTarget
        case .deviceFault: self = .reasonDeviceFault
        case .misconfigured: self = .reasonMisconfigured
        case .warmUp: self = .reasonWarmUp
        case .calibrating: self = .reasonCalibrating
        case .maintenance: self = .reasonMaintenance
        case .substituted: self = .reasonSubstituted
        case .stale: self = .reasonStale
        case .shutDown: self = .reasonShutDown
        case .outOfRange: self = .reasonOutOfRange
        case .notANumber, .decodeFailed, .sentinel: self = .reasonUnreadable
        case .unspecified, .overRange, .underRange, .sourceClock, .degraded: self = .reasonUnspecified
        }
    }

    init(badge colour: WarningColour) {
        switch colour {
        case .red: self = .badgeRed
        case .orange: self = .badgeOrange
        case .yellow: self = .badgeYellow
        case .blue: self = .badgeBlue
        }
    }

    /// The text with its places filled in. A place that nothing fills stays visible; so does a missing phrase.
    func text(in language: BilingualText.Language, _ places: [String: String] = [:]) -> String {
        let template = PhraseTable.of(language)[self] ?? "<\(self)>"
        var text = ""
        // By bytes, in which a brace is a brace and nothing else.
        var rest = template.utf8[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: "}"))
        {
            text += Substring(rest[..<open])
            let name = String(Substring(rest[rest.index(after: open)..<close]))
            text += places[name] ?? "{\(name)}"
            rest = rest[rest.index(after: close)...]
        }
        return text + Substring(rest)
    }
}

/// One table per language; a test holds them against each other.
package enum PhraseTable {
    package static func of(_ language: BilingualText.Language) -> [Phrase: String] {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }
}
