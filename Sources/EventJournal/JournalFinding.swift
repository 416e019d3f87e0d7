package import StationPorts

/// What opening or running the journal brought to light: raised as a system alarm by whoever opened it, never only logged.
package enum JournalFinding: Sendable, Equatable, CustomStringConvertible {
    /// The journal ends before the head that was announced outside: these rows are gone (operations.md, fact 1). They are
    /// derived again from the input log.
    case short(missing: ClosedRange<UInt64>)
    /// A row is not as it was written.
    case tampered(ChainBreak)
    /// The file was put aside under this name, and a new one continues from this verified head.
    case setAside(file: String, continuedFrom: JournalHead?)
    /// The file or its disk misbehaved: what happened.
    case suspect(String)

    /// The word of the system alarm.
    package var word: String {
        switch self {
        case .short: "JOURNAL_SHORT"
        case .tampered: "TAMPER"
        case .setAside, .suspect: "JOURNAL_SUSPECT"
        }
    }

    package var description: String {
        switch self {
        case .short(let missing):
            "the journal lacks rows \(missing.lowerBound) to \(missing.upperBound), which its head file has announced"
        case .tampered(let found): found.description
        case .setAside(let file, let head?):
            "the journal was set aside as \(file); a new one continues after row \(head.sequence)"
        case .setAside(let file, nil): "the journal was set aside as \(file); nothing in it could be verified"
        case .suspect(let what): what
        }
    }
}
