package import PlantModel

/// What the station's API says, read back by its clients (console.md 5): one open alarm.
package struct AlarmAnswer: Decodable, Sendable, Equatable {
    package struct Reading: Decodable, Sendable, Equatable {
        package var value: Double?
        package var unit: String
        package var quality: String
        package var reason: String?

        package init(value: Double?, unit: String, quality: String, reason: String?) {
            self.value = value
            self.unit = unit
            self.quality = quality
            self.reason = reason
        }
    }

    package struct Limit: Decodable, Sendable, Equatable {
        package var kind: String
        package var value: Double?
    }

    package struct Answered: Decodable, Sendable, Equatable {
        package var by: String
        package var name: String?
        package var at: String?

        package init(by: String, name: String?, at: String?) {
            self.by = by
            self.name = name
            self.at = at
        }
    }

    package var rule: String
    package var occurrence: UInt32
    package var version: UInt32
    package var state: String
    package var priority: String
    package var colour: String
    package var point: String
    package var pointName: BilingualText?
    package var area: String?
    package var reading: Reading
    package var limit: Limit
    package var occurredAt: String
    package var acknowledged: Answered?
    package var guidance: GuidanceAnswer?
    package var respondWithinSeconds: Int?
    package var sequence: UInt64

    package var name: String { "\(rule)/\(occurrence)" }
}

package struct GuidanceAnswer: Decodable, Sendable, Equatable {
    package struct Texts: Decodable, Sendable, Equatable {
        package var cause: String?
        package var consequence: String?
        package var action: String?
    }

    package var chinese: Texts?
    package var english: Texts?

    private enum CodingKeys: String, CodingKey {
        case chinese = "zh-CN"
        case english = "en"
    }

    package var action: BilingualText { both(\.action) }

    /// The guidance that it was made from.
    package func guidance(respondWithin seconds: Int?) -> Guidance {
        Guidance(
            cause: both(\.cause), consequence: both(\.consequence), action: both(\.action),
            respondWithinSeconds: seconds)
    }

    private func both(_ text: KeyPath<Texts, String?>) -> BilingualText {
        BilingualText(chinese: chinese?[keyPath: text], english: english?[keyPath: text])
    }
}

package struct AlarmListAnswer: Decodable {
    package var sequence: UInt64
    package var alarms: [AlarmAnswer]

    package init(sequence: UInt64, alarms: [AlarmAnswer]) {
        self.sequence = sequence
        self.alarms = alarms
    }
}

/// A row of the journal, and what an event stream carries.
package struct RecordAnswer: Decodable, Sendable, Equatable {
    package var sequence: UInt64
    package var key: String
    package var transition: String
    package var rule: String
    package var occurrence: UInt32
    package var version: UInt32
    /// The level of a ladder; absent elsewhere.
    package var level: UInt8?
    package var nth: UInt32
    package var stateBefore: String
    package var state: String
    package var priority: String
    package var colour: String
    package var point: String
    package var pointName: BilingualText?
    package var hazardSource: String?
    package var hazardSourceName: BilingualText?
    package var area: String?
    package var reading: AlarmAnswer.Reading
    package var limit: AlarmAnswer.Limit
    package var occurredAt: String
    package var decidedAt: String
    package var raisedAt: String?
    package var marks: [String]
    package var actor: String?
    package var origin: String?
    package var comment: String?
    package var refusal: String?
    package var guidance: GuidanceAnswer?
    package var respondWithinSeconds: Int?

    package var name: String { "\(rule)/\(occurrence)" }
}

package struct JournalAnswer: Decodable {
    package var sequence: UInt64
    package var records: [RecordAnswer]
    package var next: UInt64?
}

package struct PointAnswer: Decodable, Sendable, Equatable {
    package var tag: String
    package var name: BilingualText?
    package var unit: String
    package var quality: String
    package var reason: String?
    /// The newest usable value, in ``unit``, with all the digits that the station gave; nil while it is bad.
    package var exact: ExactNumber?
    package var lastUsable: Double?
    package var time: String?
    package var ageSeconds: Double?

    private enum CodingKeys: String, CodingKey {
        case tag, name, unit, quality, reason
        case exact = "value"
        case lastUsable, time, ageSeconds
    }

    /// The same as the nearest double.
    package var value: Double? { exact?.number }
}

package struct PointListAnswer: Decodable {
    /// The station's, when it was asked.
    package var time: String
    package var points: [PointAnswer]
}

package struct HealthAnswer: Decodable, Sendable, Equatable {
    package struct Beat: Decodable, Sendable, Equatable {
        package var stage: String
        package var ageSeconds: Double
        package var alive: Bool
    }

    package var site: String
    package var time: String
    package var utcOffsetSeconds: Int
    package var sequence: UInt64
    package var ready: Bool
    package var reasons: [String]
    package var storageLost: Bool
    package var pointsLive: Int
    package var pointsTotal: Int
    package var sourcesUp: Int
    package var sourcesTotal: Int
    package var newestSampleAgeSeconds: Double?
    package var outboxPending: Int
    package var outboxOldestSeconds: Double
    package var beats: [Beat]
}

/// What a beat of the stream carries.
package struct BeatAnswer: Decodable, Sendable, Equatable {
    package var time: String
    package var sequence: UInt64
    package var storageLost: Bool
    package var pointsLive: Int
    package var pointsTotal: Int
    package var newestSampleAgeSeconds: Double?
}

package struct ActAnswer: Decodable, Sendable, Equatable {
    package var sequence: UInt64
    package var state: String
    package var already: AlarmAnswer.Answered?
}

package struct ProblemAnswer: Decodable {
    package var title: String
    package var detail: String
}
