package import PlantModel
import PlantTime

/// What the input log already holds of messages that may come again. A message is acknowledged only after its samples are
/// judged and logged; a daemon that is killed in between finds them in its log, and the broker sends the message once more.
/// Judged a second time, an excursion that is over would be a second one.
///
/// Bounded by what is recalled at start; each sample is recognised once.
package struct RecalledSamples: Sendable {
    private var keys: Set<UInt64> = []

    package init() {}

    package var isEmpty: Bool { keys.isEmpty }

    /// Remembers a logged slot of a broker's source.
    package mutating func note(_ slot: InputSlot) {
        let sample = slot.sample
        guard slot.kind == .sample, !sample.flags.contains(.retained) else { return }
        if slot.deviceSequence != 0 {
            keys.insert(Self.key(sample, mark: slot.deviceSequence))
        } else if !sample.flags.contains(.timeFromArrival) {
            // A stamp is placed by the host's clock, which may have been slewed by a millisecond since.
            for milliseconds in -1...1 { keys.insert(Self.key(sample, mark: Self.mark(sample, milliseconds))) }
        }
    }

    /// Whether every sample of a live message is in the log; then they are forgotten here, for it comes again only once.
    mutating func takes(_ message: DecodedPayload) -> Bool {
        guard !keys.isEmpty, !message.samples.isEmpty else { return false }
        let sequence = message.sequence ?? 0
        guard sequence != 0 || message.stamp == .device else { return false }
        let wanted = message.samples.map { Self.key($0, mark: sequence == 0 ? Self.mark($0) : sequence) }
        guard wanted.allSatisfy(keys.contains) else { return false }
        keys.subtract(wanted)
        return true
    }

    private static func mark(_ sample: Sample, _ milliseconds: Int = 0) -> UInt64 {
        UInt64(bitPattern: Int64(sample.time.milliseconds) + Int64(milliseconds))
    }

    /// What a sample says, and the device's own number or stamp of it.
    private static func key(_ sample: Sample, mark: UInt64) -> UInt64 {
        var bytes: [UInt8] = []
        for word in [
            UInt64(sample.point.number), mark, sample.payload.raw, UInt64(sample.payload.kind.rawValue),
            UInt64(sample.quality.bits),
        ] {
            unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0) }
        }
        return StableHash.of(bytes)
    }
}
