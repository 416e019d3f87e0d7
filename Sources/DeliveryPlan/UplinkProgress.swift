/// How far the emergency platform has our records, by its own word: a value owned by the uplink's thread
/// (decisions.md 11).
///
/// Two rules make it safe: the platform may send us back to any older record, and it never moves us past a record that we
/// have not sent. So a platform that lost its store gets everything again, and no number, however large, skips a record.
package struct UplinkProgress: Sendable, Equatable {
    /// Why the platform's word cannot be about our journal.
    package enum Mismatch: Sendable, Equatable, CustomStringConvertible {
        case otherJournal(String)
        case aboveHead(stored: UInt64, head: UInt64)

        package var description: String {
            switch self {
            case .otherJournal(let id): "the platform speaks of journal \(id.prefix(64).filter { !$0.isNewline })"
            case .aboveHead(let stored, let head):
                "the platform has stored record \(stored), but the journal ends at \(head)"
            }
        }
    }

    package enum Standing: Sendable, Equatable {
        /// Not asked since the start.
        case unasked
        case agreed
        case mismatched(Mismatch)
    }

    /// What the uplink does after an answer.
    package enum Step: Sendable, Equatable {
        /// The batch is stored: note this sequence as confirmed, and go on at once.
        case confirmed(UInt64)
        /// Nothing new is stored, but what was sent is not lost either: wait as after a failure, then send again.
        case stalled
        /// The answer to an empty question: follow from `cursor`.
        case follow
        /// Raise UPLINK_MISMATCH, send the raises of all open alarms again, then everything after `cursor`.
        case resend(Mismatch)
    }

    package private(set) var standing = Standing.unasked
    /// Records after this sequence are owed.
    package private(set) var cursor: UInt64
    /// The highest sequence that was sent and answered, in this run or (as confirmed) in an earlier one.
    private var answered: UInt64

    /// - Parameter confirmed: the sequence that the archive has noted for this platform and journal.
    package init(confirmed: UInt64) {
        cursor = confirmed
        answered = confirmed
    }

    package var isMismatched: Bool { if case .mismatched = standing { true } else { false } }

    /// Takes the platform's answer.
    /// - Parameters:
    ///   - sent: the last sequence of the batch answered; nil for an empty question and for a batch of open raises.
    ///   - oldestOpen: the lowest sequence among the raises of open alarms; nil when none is open.
    package mutating func take(
        journalID: String, storedThrough stored: UInt64, sent: UInt64?, ours: String, head: UInt64, oldestOpen: UInt64?
    ) -> Step {
        guard journalID == ours else {
            return mismatch(.otherJournal(journalID), sent: nil, oldestOpen: oldestOpen)
        }
        guard stored <= head else {
            return mismatch(.aboveHead(stored: stored, head: head), sent: sent, oldestOpen: oldestOpen)
        }
        standing = .agreed
        let before = cursor
        answered = max(answered, sent ?? 0)
        cursor = min(stored, answered)
        guard sent != nil else { return .follow }
        return cursor > before ? .confirmed(cursor) : .stalled
    }

    private mutating func mismatch(_ why: Mismatch, sent: UInt64?, oldestOpen: UInt64?) -> Step {
        let isKnown =
            switch (standing, why) {
            case (.mismatched(.otherJournal(let before)), .otherJournal(let now)): before == now
            case (.mismatched(.aboveHead(let before, _)), .aboveHead(let now, _)): before == now
            default: false
            }
        standing = .mismatched(why)
        guard isKnown else {
            cursor = min(cursor, oldestOpen.map { $0 - min($0, 1) } ?? cursor)
            return .resend(why)
        }
        guard let sent else { return why.isAboutOurJournal ? .follow : .stalled }
        // It took the batch and still names a number of its own: what we sent is what counts.
        answered = max(answered, sent)
        cursor = max(cursor, sent)
        return .confirmed(cursor)
    }
}

extension UplinkProgress.Mismatch {
    fileprivate var isAboutOurJournal: Bool { if case .aboveHead = self { true } else { false } }
}
