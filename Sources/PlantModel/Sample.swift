public import PlantTime

/// One reading of one point at one instant, as a door hands it in.
public struct Sample: Hashable, Sendable, BitwiseCopyable {
    public var point: PointIndex
    /// The instant it speaks for, cut to whole milliseconds: Modbus, when the frame was complete; MQTT, the source's stamp.
    public var time: PlantInstant
    /// When it reached us, cut to whole milliseconds. Staleness counts from here.
    public var arrival: PlantInstant
    public var payload: Payload
    public var quality: Quality
    public var flags: SampleFlags

    @inlinable public init(
        point: PointIndex, time: PlantInstant, arrival: PlantInstant, payload: Payload, quality: Quality,
        flags: SampleFlags = []
    ) {
        self.point = point
        self.time = time
        self.arrival = arrival
        self.payload = payload
        self.quality = quality
        self.flags = flags
    }

    /// A reading that speaks for the moment of its arrival.
    @inlinable public init(point: PointIndex, at instant: PlantInstant, _ reading: Reading, flags: SampleFlags = []) {
        self.init(
            point: point, time: instant, arrival: instant, payload: reading.usableValue.map { Payload($0) } ?? .none,
            quality: reading.quality, flags: flags)
    }

    /// What rules may know of it. A number that is not finite, or a bad quality, is `.bad`.
    @inlinable public var reading: Reading {
        let number = payload.number
        switch quality.word {
        case .good: return number.isFinite ? .good(number) : .bad(.notANumber)
        case .uncertain: return number.isFinite ? .uncertain(number, quality.reason) : .bad(.notANumber)
        case .bad: return .bad(quality.reason)
        }
    }
}

public struct SampleFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: UInt16
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// At or above the profile's clamp: information, the value stays usable.
    @inlinable public static var overRange: SampleFlags { SampleFlags(rawValue: 1 << 0) }
    /// The broker kept it from before: shown, never judged.
    @inlinable public static var retained: SampleFlags { SampleFlags(rawValue: 1 << 1) }
    /// The source gave no stamp, or one too far ahead: `time` is the arrival.
    @inlinable public static var timeFromArrival: SampleFlags { SampleFlags(rawValue: 1 << 2) }
    /// The input said so itself: recognised as sent before.
    @inlinable public static var repeated: SampleFlags { SampleFlags(rawValue: 1 << 3) }
    /// The source itself says that it speaks of the past: late whatever its stamp, however many come. It may raise, marked
    /// late; it never clears, is never a point's newest row, and says nothing of the source's clock.
    @inlinable public static var historical: SampleFlags { SampleFlags(rawValue: 1 << 4) }
    /// Neither is ever taken for the newest row.
    @inlinable public static var notOfNow: SampleFlags { [.retained, .historical] }
}
