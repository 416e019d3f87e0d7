package import PlantTime

/// An alarm event with every name spelled out: what the journal keeps, and what every message, page and platform record is
/// made from, so that all of them say the same (and say it again after a reload or a restart).
package struct AlarmRecord: Sendable, Equatable, Codable {
    /// Position in the journal, from 1; 0 before it is written.
    package var sequence: UInt64
    /// The event key (see ``EventKey``).
    package var key: String
    package var site: String
    package var transition: String
    package var rule: String
    /// The rule's kind word: `HH`, `ROC_RISE`.
    package var kind: String
    package var occurrence: UInt32
    package var version: UInt32
    package var level: UInt8
    package var nth: UInt32
    package var point: String
    package var pointName: BilingualText
    package var hazardSource: String
    package var hazardSourceName: BilingualText
    package var area: String
    /// nil when there is no number (bad quality, no value).
    package var value: Double?
    package var unit: String
    package var quality: String
    package var reason: String?
    package var limit: Double?
    /// The limit as its author wrote it, where it stands in another unit: `20 mg/m³`.
    package var limitWritten: String?
    package var priority: Priority
    package var colour: WarningColour
    package var stateBefore: String
    package var stateAfter: String
    package var duties: UInt16
    package var marks: UInt16
    package var occurredAt: WallTime
    package var decidedAt: WallTime
    /// When the occurrence began: the `occurredAt` of its raise.
    package var raisedAt: WallTime?
    package var guidance: Guidance
    package var actor: String?
    package var origin: String?
    package var comment: String?
    package var idempotencyKey: String?
    /// The refusal's word, when the event is a refused command.
    package var refusal: String?
    package var inputSequence: UInt64
    /// Stage stamps: the sample's arrival and publication, on the plant's time line.
    package var sampleArrival: Int64
    package var samplePublished: Int64

    package init(
        sequence: UInt64 = 0, key: String, site: String, transition: String, rule: String, kind: String,
        occurrence: UInt32, version: UInt32, level: UInt8 = 0, nth: UInt32 = 1, point: String,
        pointName: BilingualText = BilingualText(), hazardSource: String = "",
        hazardSourceName: BilingualText = BilingualText(), area: String = "", value: Double?, unit: String = "",
        quality: String = "good", reason: String? = nil, limit: Double? = nil,
        limitWritten: String? = nil, priority: Priority, colour: WarningColour, stateBefore: String, stateAfter: String,
        duties: Duties = [], marks: EventMarks = [],
        occurredAt: WallTime, decidedAt: WallTime, raisedAt: WallTime? = nil, guidance: Guidance = Guidance(),
        actor: String? = nil, origin: String? = nil, comment: String? = nil, idempotencyKey: String? = nil,
        refusal: String? = nil, inputSequence: UInt64 = 0, sampleArrival: Int64 = 0, samplePublished: Int64 = 0
    ) {
        self.sequence = sequence
        self.key = key
        self.site = site
        self.transition = transition
        self.rule = rule
        self.kind = kind
        self.occurrence = occurrence
        self.version = version
        self.level = level
        self.nth = nth
        self.point = point
        self.pointName = pointName
        self.hazardSource = hazardSource
        self.hazardSourceName = hazardSourceName
        self.area = area
        self.value = value
        self.unit = unit
        self.quality = quality
        self.reason = reason
        self.limit = limit
        self.limitWritten = limitWritten
        self.priority = priority
        self.colour = colour
        self.stateBefore = stateBefore
        self.stateAfter = stateAfter
        self.duties = duties.rawValue
        self.marks = marks.rawValue
        self.occurredAt = occurredAt
        self.decidedAt = decidedAt
        self.raisedAt = raisedAt
        self.guidance = guidance
        self.actor = actor
        self.origin = origin
        self.comment = comment
        self.idempotencyKey = idempotencyKey
        self.refusal = refusal
        self.inputSequence = inputSequence
        self.sampleArrival = sampleArrival
        self.samplePublished = samplePublished
    }

    package var dutySet: Duties { Duties(rawValue: duties) }
    package var markSet: EventMarks { EventMarks(rawValue: marks) }
}
