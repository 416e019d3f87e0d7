import HTTPTypes
import PlantModel
import StationPorts

/// Why a request was not answered as asked: an RFC 9457 problem that says what was found and what would do, in the
/// reader's language.
struct Problem: Error, Sendable {
    /// The kinds of problem. The raw value is the end of the problem's `type`: `/problems/alarm-changed`.
    enum Kind: String, Sendable, CaseIterable {
        // What was asked for.
        case noSuchPage = "no-such-page"
        case verbNotOffered = "verb-not-offered"
        case noSuchAlarm = "no-such-alarm"
        case noSuchPoint = "no-such-point"
        case badParameter = "bad-parameter"
        // Who asked, and from where.
        case tokenNeeded = "token-needed"
        case controlSocketOnly = "control-socket-only"
        case userNotMapped = "user-not-mapped"
        case roleMayNot = "role-may-not"
        case foreignOrigin = "foreign-origin"
        case foreignHost = "foreign-host"
        // How an act was written.
        case sightNeeded = "sight-needed"
        case sightUnreadable = "sight-unreadable"
        case keyNeeded = "key-needed"
        case keyReused = "key-reused"
        case jsonNeeded = "json-needed"
        case bodyUnreadable = "body-unreadable"
        case bodyTooLarge = "body-too-large"
        case commentNeeded = "comment-needed"
        case commentTooLong = "comment-too-long"
        // What the plant answered.
        case alarmChanged = "alarm-changed"
        case notActive = "not-active"
        case stillActive = "still-active"
        case acknowledgeFirst = "acknowledge-first"
        case notLatched = "not-latched"
        case notAcknowledged = "not-acknowledged"
        case pointNotUsable = "point-not-usable"
        case notOffered = "not-offered"
        // What the station can bear.
        case busy = "busy"
        case notKnown = "not-known"
        case streamsFull = "streams-full"
        case journalUnreadable = "journal-unreadable"
    }

    var kind: Kind
    var found: String?
    var expected: String?
    /// The alarm as it stands now, where an act met another one than the person had seen.
    var present: AlarmView?
    /// The journal's record of a refused act.
    var sequence: UInt64?
    var headers: HTTPFields = [:]

    init(
        _ kind: Kind, found: String? = nil, expected: String? = nil, present: AlarmView? = nil, sequence: UInt64? = nil,
        headers: HTTPFields = [:]
    ) {
        self.kind = kind
        self.found = found
        self.expected = expected
        self.present = present
        self.sequence = sequence
        self.headers = headers
        if kind == .busy || kind == .streamsFull || kind == .journalUnreadable || kind == .notKnown {
            self.headers[.retryAfter] = kind == .streamsFull ? "5" : "1"
        }
    }

    /// The `/problems/...` reference that names the kind.
    var type: String { "/problems/\(kind.rawValue)" }

    func json(in language: BilingualText.Language, instance: String, names: PeopleNames) -> JSONText {
        let wording = Wording.of(kind, in: language)
        return [
            "type": .text(type), "title": .text(wording.title),
            "detail": .text(wording.detail(found: found, expected: expected)),
            "status": .integer(Int64(kind.status.code)), "instance": .text(instance), "found": found.map { .text($0) },
            "expected": expected.map { .text($0) }, "present": present?.json(names: names),
            "sequence": sequence.map { .unsigned($0) },
        ]
    }
}

extension Problem.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .badParameter, .sightUnreadable, .keyNeeded, .bodyUnreadable, .commentNeeded, .commentTooLong: .badRequest
        case .tokenNeeded: .unauthorized
        case .controlSocketOnly, .userNotMapped, .roleMayNot, .foreignOrigin: .forbidden
        case .noSuchPage, .noSuchAlarm, .noSuchPoint: .notFound
        case .verbNotOffered: .methodNotAllowed
        case .notActive, .stillActive, .acknowledgeFirst, .notLatched, .notAcknowledged, .pointNotUsable, .notOffered:
            .conflict
        case .alarmChanged: .preconditionFailed
        case .bodyTooLarge: .contentTooLarge
        case .jsonNeeded: .unsupportedMediaType
        case .foreignHost: .misdirectedRequest
        case .keyReused: .unprocessableContent
        case .sightNeeded: .preconditionRequired
        case .busy, .streamsFull, .journalUnreadable: .serviceUnavailable
        case .notKnown: .gatewayTimeout
        }
    }

    /// The problem that a refused command is, by the word in its record; an unknown word counts as "changed, look again".
    init(refusal: String) {
        switch CommandRefusal(word: refusal) {
        case .unknownAlarm: self = .noSuchAlarm
        case .notActive: self = .notActive
        case .stillActive: self = .stillActive
        case .acknowledgeFirst: self = .acknowledgeFirst
        case .notLatched: self = .notLatched
        case .notAcknowledged: self = .notAcknowledged
        case .pointNotUsable: self = .pointNotUsable
        case .notOffered: self = .notOffered
        case .some(.alarmChanged), .some(.none), nil: self = .alarmChanged
        }
    }
}
