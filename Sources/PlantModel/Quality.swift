/// How far a value can be trusted: one of three words plus one reason, in two bytes that travel with the value from the
/// door to the screen (semantics.md D).
public struct Quality: Hashable, Sendable, BitwiseCopyable {
    /// The word, as it stands in recordings and APIs.
    public enum Word: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        case good = 0
        case uncertain = 1
        case bad = 2

        /// As APIs and records spell it; recordings use capitals.
        package var name: String {
            switch self {
            case .good: "good"
            case .uncertain: "uncertain"
            case .bad: "bad"
            }
        }
    }

    /// High byte: the word. Low byte: the reason.
    public let bits: UInt16

    @inlinable public init(bits: UInt16) { self.bits = bits }
    @inlinable init(_ word: Word, _ reason: QualityReason) {
        bits = UInt16(word.rawValue) << 8 | UInt16(reason.rawValue)
    }

    public static let good = Quality(bits: 0)
    @inlinable public static func uncertain(_ reason: QualityReason) -> Quality { Quality(.uncertain, reason) }
    @inlinable public static func bad(_ reason: QualityReason) -> Quality { Quality(.bad, reason) }

    /// The word; an unreadable one counts as bad.
    @inlinable public var word: Word { Word(rawValue: UInt8(bits >> 8)) ?? .bad }
    @inlinable public var reason: QualityReason {
        QualityReason(rawValue: UInt8(truncatingIfNeeded: bits)) ?? .unspecified
    }

    /// GOOD or UNCERTAIN: fit to act on, if the number is finite (A7).
    @inlinable public var isUsable: Bool { bits < 0x0200 }
}

/// The one table of reasons. Names are what logs and APIs print; the Chinese and English words are in the string tables.
public enum QualityReason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case unspecified = 0
    /// The value is not a finite number, or could not be decoded.
    case notANumber = 1
    case decodeFailed = 2
    /// The maker's "no value" pattern was read.
    case sentinel = 3
    /// No link to the device: refused, reset, timed out, broker lost, last will.
    case linkDown = 4
    /// The gateway answers, the device behind it does not (exceptions 10 and 11).
    case noTarget = 5
    /// The device answers that it cannot (exception 4, or 5 and 6 for ever), or sets its fault bit.
    case deviceFault = 6
    /// The device refuses what the profile asks for (exceptions 1, 2, 3).
    case misconfigured = 7
    case warmUp = 8
    case calibrating = 9
    case maintenance = 10
    case substituted = 11
    case stale = 12
    case shutDown = 13
    /// Outside the declared range, and not fit to act on.
    case outOfRange = 14
    // Reasons of UNCERTAIN values: fit to act on.
    case overRange = 32
    case underRange = 33
    case sourceClock = 34
    case degraded = 35

    /// As APIs, records and logs spell it.
    package var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .notANumber: "not-a-number"
        case .decodeFailed: "decode-failed"
        case .sentinel: "sentinel"
        case .linkDown: "link-down"
        case .noTarget: "no-target"
        case .deviceFault: "device-fault"
        case .misconfigured: "misconfigured"
        case .warmUp: "warm-up"
        case .calibrating: "calibrating"
        case .maintenance: "maintenance"
        case .substituted: "substituted"
        case .stale: "stale"
        case .shutDown: "shut-down"
        case .outOfRange: "out-of-range"
        case .overRange: "over-range"
        case .underRange: "under-range"
        case .sourceClock: "source-clock"
        case .degraded: "degraded"
        }
    }
}
