package import PlantModel
package import PlantTime

/// Where a person's command enters the station. The answer comes only after its event has been committed.
package protocol CommandDesk: Sendable {
    func submit(_ command: OperatorCommand) async -> CommandAnswer
}

package enum CommandAnswer: Sendable, Equatable {
    /// Committed: the record of the change.
    case done(AlarmRecord)
    /// Committed as refused: the record carries the reason, and the alarm as it stands now is beside it.
    case refused(AlarmRecord, present: AlarmView?)
    /// The same idempotency key was answered before: that record.
    case repeated(AlarmRecord)
    /// The same idempotency key with another content.
    case keyReused
    /// Not taken: the input ring or the command table is full. Try again.
    case busy
    /// Taken, but not committed within the time the desk waits; the same key may be sent again.
    case unknown
}

/// News of commits, for streams: nothing is shown that is not written.
package protocol CommitFeed: Sendable {
    /// The highest committed journal sequence.
    func committed() -> UInt64
    /// Returns as soon as something after `sequence` is committed, or when `limit` has passed; then the highest committed.
    func waitForCommit(after sequence: UInt64, atMost limit: Duration) async -> UInt64
}

/// What an MQTT door waits for before its acknowledgements leave (decisions.md 13): judged, then committed or held, then
/// logged.
package protocol SettlementGate: Sendable {
    /// Whether everything up to an input sequence is settled; polls, never blocks longer than `limit`. Door threads only.
    func waitUntilSettled(through inputSequence: UInt64, atMost limit: Duration) -> Bool
}

/// One thread or stage that must keep beating (operations.md 1, watchdog).
package struct StageBeat: Sendable, Equatable, Codable {
    package var stage: String
    package var ageSeconds: Double
    package var isAlive: Bool

    package init(stage: String, ageSeconds: Double, isAlive: Bool) {
        self.stage = stage
        self.ageSeconds = ageSeconds
        self.isAlive = isAlive
    }
}

/// Whether we still watch: what /livez, /readyz, the strip of every page and STATUS= say.
package struct StationHealth: Sendable, Equatable, Codable {
    package var isReady: Bool
    /// Why not, in words: empty when ready.
    package var reasons: [String]
    package var beats: [StageBeat]
    package var pointsLive: Int
    package var pointsTotal: Int
    package var sourcesUp: Int
    package var sourcesTotal: Int
    package var storageLost: Bool
    package var newestSampleAgeSeconds: Double?
    package var outboxPending: Int
    package var outboxOldestSeconds: Double

    package init(
        isReady: Bool, reasons: [String], beats: [StageBeat], pointsLive: Int, pointsTotal: Int, sourcesUp: Int,
        sourcesTotal: Int, storageLost: Bool, newestSampleAgeSeconds: Double?, outboxPending: Int,
        outboxOldestSeconds: Double
    ) {
        self.isReady = isReady
        self.reasons = reasons
        self.beats = beats
        self.pointsLive = pointsLive
        self.pointsTotal = pointsTotal
        self.sourcesUp = sourcesUp
        self.sourcesTotal = sourcesTotal
        self.storageLost = storageLost
        self.newestSampleAgeSeconds = newestSampleAgeSeconds
        self.outboxPending = outboxPending
        self.outboxOldestSeconds = outboxOldestSeconds
    }
}

package protocol HealthPort: Sendable {
    func health() -> StationHealth
    /// All metrics of the station, in exposition order.
    func metrics() -> [Metric]
}

/// The value of one point as a console shows it: number, unit, quality and age go together.
package struct PointView: Sendable, Equatable {
    package var tag: String
    package var name: BilingualText
    package var unit: String
    package var quality: String
    package var reason: String?
    /// As it was sampled, whole numbers with all their bits.
    package var value: Payload?
    package var lastUsable: Double?
    package var time: WallTime?
    package var ageSeconds: Double?

    package init(
        tag: String, name: BilingualText, unit: String, quality: String, reason: String?, value: Payload?,
        lastUsable: Double?, time: WallTime?, ageSeconds: Double?
    ) {
        self.tag = tag
        self.name = name
        self.unit = unit
        self.quality = quality
        self.reason = reason
        self.value = value
        self.lastUsable = lastUsable
        self.time = time
        self.ageSeconds = ageSeconds
    }
}

/// The board, for people: a copy of what stands on it now. Never blocks the core.
package protocol BoardPort: Sendable {
    func points() -> [PointView]
    func point(tagged tag: String) -> PointView?
}
