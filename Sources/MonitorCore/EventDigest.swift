import PlantModel
import PlantTime

/// One word for a whole history of events: equal histories give equal words (replay digest).
struct EventDigest: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init(value: UInt64 = 0xCBF2_9CE4_8422_2325) { self.value = value }

    mutating func mix(_ event: AlarmEvent) {
        mix(UInt64(event.rule.number) << 32 | UInt64(event.transition.rawValue) << 16 | UInt64(event.level))
        mix(UInt64(event.occurrence) << 32 | UInt64(event.version))
        mix(UInt64(event.nth) << 32 | UInt64(event.marks.rawValue) << 16 | UInt64(event.duties.rawValue))
        mix(UInt64(event.stateBefore.rawValue) << 16 | UInt64(event.stateAfter.rawValue))
        mix(event.value.bitPattern)
        mix(UInt64(bitPattern: event.occurredAt.nanoseconds))
        mix(event.inputSequence)
    }

    /// FNV-1a, by words, with the high half folded down so that every bit counts.
    private mutating func mix(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01B3
        value ^= value >> 32
    }
}
