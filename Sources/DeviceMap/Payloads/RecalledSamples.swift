package import PlantModel
import PlantTime

/// What the input log already holds of messages that may come again. A message is acknowledged only after its samples are
/// judged and logged; a daemon that is killed in between finds them in its log, and the broker sends the message once more.
/// Judged a second time, an excursion that is over would be a second one.
///
/// The log reaches back for hours, and a device's number goes round or begins anew: where there is a stamp it must be the same,
/// too, and a number alone counts for what was read just before the end.
///
/// Bounded by what is recalled at start; each sample is recognised once.
package struct RecalledSamples: Sendable {
    /// A door reads no further than a blink ahead of what is logged, so what it owes an acknowledgement lies this near to the
    /// newest message.
    package static let numberSpan = Duration.seconds(10)

    private var stamped: Set<UInt64> = []
    /// Samples with a number and no stamp, and when each arrived last.
    private var numbered: [UInt64: PlantInstant] = [:]
    private var newestArrival = PlantInstant.distantPast

    package init() {}

    package var isEmpty: Bool { stamped.isEmpty && numbered.isEmpty }

    /// Remembers a logged slot of a broker's source; slots come in the order of the log.
    package mutating func note(_ slot: InputSlot) {
        let sample = slot.sample
        let number = slot.deviceSequence
        guard slot.kind == .sample, !sample.flags.contains(.retained) else { return }
        if !sample.flags.contains(.timeFromArrival) {
            // A stamp is placed by the host's clock, which may have been slewed by a millisecond since.
            for milliseconds: Int64 in -1...1 {
                stamped.insert(Self.key(sample, number, stamp: sample.time.milliseconds + milliseconds))
            }
        } else if number != 0 {
            numbered[Self.key(sample, number)] = sample.arrival
        } else {
            return
        }
        newestArrival = max(newestArrival, sample.arrival)
    }

    /// Whether every sample of a live message is in the log; then they are forgotten here, for it comes again only once.
    mutating func takes(_ message: DecodedPayload) -> Bool {
        guard !isEmpty, !message.samples.isEmpty else { return false }
        let number = message.sequence ?? 0
        guard number != 0 || message.stamp == .device else { return false }
        var known: (stamped: [UInt64], numbered: [UInt64]) = ([], [])
        for sample in message.samples {
            let byStamp = Self.key(sample, number, stamp: sample.time.milliseconds)
            let byNumber = Self.key(sample, number)
            if !sample.flags.contains(.timeFromArrival), stamped.contains(byStamp) {
                known.stamped.append(byStamp)
            } else if number != 0, let arrival = numbered[byNumber], newestArrival - arrival <= Self.numberSpan {
                // A stamp too far ahead for the life before may do by now: then the number is what both have.
                known.numbered.append(byNumber)
            } else {
                return false
            }
        }
        stamped.subtract(known.stamped)
        for key in known.numbered { numbered[key] = nil }
        return true
    }

    /// What a sample says, the device's own number of it (0: none) and its stamp.
    private static func key(_ sample: Sample, _ number: UInt64, stamp: Int64? = nil) -> UInt64 {
        var bytes: [UInt8] = []
        for word in [
            UInt64(sample.point.number), number, stamp.map { UInt64(bitPattern: $0) } ?? .max, sample.payload.raw,
            UInt64(sample.payload.kind.rawValue), UInt64(sample.quality.bits),
        ] {
            unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0) }
        }
        return StableHash.of(bytes)
    }
}
