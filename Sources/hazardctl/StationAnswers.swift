import PlantModel
import PlantTime

/// What the station's API says, as far as hazardctl prints it (console.md 5).
struct AlarmAnswer: Decodable, Sendable, Equatable {
    struct Reading: Decodable, Sendable, Equatable {
        var value: Double?
        var unit: String
        var quality: String
        var reason: String?
    }

    struct Limit: Decodable, Sendable, Equatable {
        var kind: String
        var value: Double?
    }

    struct Answered: Decodable, Sendable, Equatable {
        var by: String
        var name: String?
        var at: String?
    }

    var rule: String
    var occurrence: UInt32
    var version: UInt32
    var state: String
    var priority: String
    var colour: String
    var point: String
    var pointName: BilingualText?
    var area: String?
    var reading: Reading
    var limit: Limit
    var occurredAt: String
    var acknowledged: Answered?
    var guidance: GuidanceAnswer?
    var respondWithinSeconds: Int?
    var sequence: UInt64

    var name: String { "\(rule)/\(occurrence)" }
}

struct GuidanceAnswer: Decodable, Sendable, Equatable {
    struct Texts: Decodable, Sendable, Equatable {
        var cause: String?
        var consequence: String?
        var action: String?
    }

    var chinese: Texts?
    var english: Texts?

    enum CodingKeys: String, CodingKey {
        case chinese = "zh-CN"
        case english = "en"
    }

    var action: BilingualText { BilingualText(chinese: chinese?.action, english: english?.action) }
}

struct AlarmListAnswer: Decodable {
    var sequence: UInt64
    var alarms: [AlarmAnswer]
}

/// A row of the journal, and what an event stream carries.
struct RecordAnswer: Decodable, Sendable, Equatable {
    var sequence: UInt64
    var key: String
    var transition: String
    var rule: String
    var occurrence: UInt32
    var version: UInt32
    var state: String
    var priority: String
    var colour: String
    var point: String
    var pointName: BilingualText?
    var area: String?
    var reading: AlarmAnswer.Reading
    var limit: AlarmAnswer.Limit
    var occurredAt: String
    var decidedAt: String
    var raisedAt: String?
    var actor: String?
    var origin: String?
    var comment: String?
    var refusal: String?
    var guidance: GuidanceAnswer?
    var respondWithinSeconds: Int?

    var name: String { "\(rule)/\(occurrence)" }
}

struct JournalAnswer: Decodable {
    var sequence: UInt64
    var records: [RecordAnswer]
    var next: UInt64?
}

struct PointAnswer: Decodable, Sendable, Equatable {
    var tag: String
    var name: BilingualText?
    var unit: String
    var quality: String
    var reason: String?
    var value: Double?
    var lastUsable: Double?
    var time: String?
    var ageSeconds: Double?
}

struct PointListAnswer: Decodable {
    /// The station's, when it was asked.
    var time: String
    var points: [PointAnswer]
}

struct HealthAnswer: Decodable, Sendable, Equatable {
    struct Beat: Decodable, Sendable, Equatable {
        var stage: String
        var ageSeconds: Double
        var alive: Bool
    }

    var site: String
    var time: String
    var utcOffsetSeconds: Int
    var sequence: UInt64
    var ready: Bool
    var reasons: [String]
    var storageLost: Bool
    var pointsLive: Int
    var pointsTotal: Int
    var sourcesUp: Int
    var sourcesTotal: Int
    var newestSampleAgeSeconds: Double?
    var outboxPending: Int
    var outboxOldestSeconds: Double
    var beats: [Beat]
}

/// What a beat of the stream carries.
struct BeatAnswer: Decodable, Sendable, Equatable {
    var time: String
    var sequence: UInt64
    var storageLost: Bool
    var pointsLive: Int
    var pointsTotal: Int
    var newestSampleAgeSeconds: Double?
}

struct ActAnswer: Decodable, Sendable, Equatable {
    var sequence: UInt64
    var state: String
    var already: AlarmAnswer.Answered?
}

struct ProblemAnswer: Decodable {
    var title: String
    var detail: String
}

/// Any JSON value, kept whole for `--json`: what hazardctl does not know yet is passed on too.
enum JSONTree: Codable {
    case null, boolean(Bool), integer(Int64), number(Double), text(String), list([JSONTree]), object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let whole = try? value.decode(Int64.self) {
            self = .integer(whole)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONTree].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSONTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let flag): try value.encode(flag)
        case .integer(let whole): try value.encode(whole)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let members): try value.encode(members)
        }
    }

    func list(_ name: String) -> [JSONTree] {
        guard case .object(let members) = self, case .list(let list)? = members[name] else { return [] }
        return list
    }
}
