/// What a point said at one instant. A bad reading has no number to misuse.
public enum Reading: Hashable, Sendable, BitwiseCopyable {
    case good(Double)
    case uncertain(Double, QualityReason)
    case bad(QualityReason)

    /// The number that rules may act on; nil for every bad or non-finite reading (semantics.md "usable").
    @inlinable public var usableValue: Double? {
        switch self {
        case .good(let value), .uncertain(let value, _): value.isFinite ? value : nil
        case .bad: nil
        }
    }

    @inlinable public var quality: Quality {
        switch self {
        case .good(let value): value.isFinite ? .good : .bad(.notANumber)
        case .uncertain(let value, let reason): value.isFinite ? .uncertain(reason) : .bad(.notANumber)
        case .bad(let reason): .bad(reason)
        }
    }
}

/// The eight bytes of a sample's value, tagged, so that 64-bit integers stay exact on their way.
public struct Payload: Hashable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable { case none = 0, float64, signed64, unsigned64, bits64 }

    public let raw: UInt64
    public let kind: Kind

    @inlinable public init(raw: UInt64, kind: Kind) {
        self.raw = raw
        self.kind = kind
    }

    public static let none = Payload(raw: 0, kind: .none)
    @inlinable public init(_ value: Double) { self.init(raw: value.bitPattern, kind: .float64) }
    @inlinable public init(_ value: Int64) { self.init(raw: UInt64(bitPattern: value), kind: .signed64) }
    @inlinable public init(_ value: UInt64) { self.init(raw: value, kind: .unsigned64) }
    @inlinable public init(bits: UInt64) { self.init(raw: bits, kind: .bits64) }

    /// The value as rules see it: a double, rounded to nearest where an integer has more than 53 bits; NaN without one.
    @inlinable public var number: Double {
        switch kind {
        case .none: .nan
        case .float64: Double(bitPattern: raw)
        case .signed64: Double(Int64(bitPattern: raw))
        case .unsigned64, .bits64: Double(raw)
        }
    }
}
