package import PlantTime

/// What stands on the board for one point: its newest sample.
package struct PointStanding: Sendable, BitwiseCopyable {
    package var payload: Payload
    package var quality: Quality
    package var flags: SampleFlags
    package var time: PlantInstant
    package var arrival: PlantInstant
    /// The newest usable value, NaN before the first.
    package var lastUsable: Double
    /// Samples judged so far; 0: none yet.
    package var count: UInt64

    package init(
        payload: Payload, quality: Quality, flags: SampleFlags, time: PlantInstant, arrival: PlantInstant,
        lastUsable: Double, count: UInt64
    ) {
        self.payload = payload
        self.quality = quality
        self.flags = flags
        self.time = time
        self.arrival = arrival
        self.lastUsable = lastUsable
        self.count = count
    }
}

/// What stands on the board for one rule.
package struct RuleStanding: Sendable, BitwiseCopyable {
    package var state: AlarmState
    package var isActive: Bool
    /// Its last judgement was unknown: it cannot judge.
    package var isUnknown: Bool
    /// An on-delay is running.
    package var isPending: Bool
    package var level: UInt8
    package var occurrence: UInt32
    package var version: UInt32
    package var value: Double

    package init(
        state: AlarmState, isActive: Bool, isUnknown: Bool, isPending: Bool, level: UInt8, occurrence: UInt32,
        version: UInt32, value: Double
    ) {
        self.state = state
        self.isActive = isActive
        self.isUnknown = isUnknown
        self.isPending = isPending
        self.level = level
        self.occurrence = occurrence
        self.version = version
        self.value = value
    }
}

extension PointStanding {
    /// No sample has come yet.
    package static let unseen = PointStanding(
        payload: .none, quality: .bad(.stale), flags: [], time: PlantInstant(nanoseconds: 0),
        arrival: PlantInstant(nanoseconds: 0), lastUsable: .nan, count: 0)
}

extension RuleStanding {
    /// Never judged, no occurrence.
    package static let quiet = RuleStanding(
        state: .normal, isActive: false, isUnknown: false, isPending: false, level: 0, occurrence: 0, version: 0,
        value: .nan)
}
