package import PlantModel
import PlantTime

/// Neighbouring bits of a raw pattern, counted from the lowest: `8-11` is `low` 8, `width` 4.
package struct BitField: Sendable, Hashable {
    /// 0...63.
    package var low: Int
    /// 1...64; low + width at most 64.
    package var width: Int

    package init(low: Int, width: Int) {
        self.low = low
        self.width = width
    }

    /// The largest number that its bits can hold.
    package var largest: UInt64 { width >= 64 ? .max : 1 << UInt64(width) - 1 }
    package func value(in pattern: UInt64) -> UInt64 { pattern >> UInt64(low) & largest }
}

/// What a value's registers hold.
package enum RegisterType: Sendable, Hashable {
    /// One bit of a coil or discrete input, or bit 0...15 of a register.
    case bit(Int)
    /// One byte of one register, the other byte being somebody else's.
    case signed8(Half), unsigned8(Half)
    case signed16, unsigned16
    /// The low three bytes of two registers; the highest is somebody else's.
    case signed24, unsigned24
    case signed32, unsigned32
    case signed64, unsigned64
    /// IEEE 754 binary16, binary32, binary64.
    case float16, float32, float64
    /// Binary-coded decimal: four digits a register, of 1, 2 or 4 registers.
    case decimal(registers: Int)
    /// Characters, two a register, filled up with NUL or blanks. 1...60 registers.
    case text(registers: Int)

    package enum Half: Sendable, Hashable { case high, low }

    /// Registers it takes; a bit in a bit area takes one address.
    package var registerCount: Int {
        switch self {
        case .bit, .signed8, .unsigned8, .signed16, .unsigned16, .float16: 1
        case .signed24, .unsigned24, .signed32, .unsigned32, .float32: 2
        case .signed64, .unsigned64, .float64: 4
        case .decimal(let registers), .text(let registers): registers
        }
    }

    /// Letters of its word order: the bytes of the value, or of each register of a text.
    package var orderBytes: Int {
        if case .text = self { 2 } else { registerCount * 2 }
    }

    /// The bits of its registers that are its own.
    package var bits: BitField {
        switch self {
        case .bit(let number): BitField(low: number, width: 1)
        case .signed8(.high), .unsigned8(.high): BitField(low: 8, width: 8)
        case .signed8(.low), .unsigned8(.low): BitField(low: 0, width: 8)
        case .signed24, .unsigned24: BitField(low: 0, width: 24)
        default: BitField(low: 0, width: registerCount * 16)
        }
    }

    package var isFloat: Bool { self == .float16 || self == .float32 || self == .float64 }
    package var isText: Bool { if case .text = self { true } else { false } }
    /// A whole number whose bits may be cut into fields.
    package var isUnsigned: Bool {
        switch self {
        case .unsigned8, .unsigned16, .unsigned24, .unsigned32, .unsigned64: true
        default: false
        }
    }
    package var isSigned: Bool {
        switch self {
        case .signed8, .signed16, .signed24, .signed32, .signed64: true
        default: false
        }
    }

    /// A raw pattern of its own bits as the number it stands for: integers stay integers, NaN and infinity come out as they
    /// are. nil when it stands for none: a digit of a BCD number above 9.
    package func payload(ofPattern pattern: UInt64) -> Payload? {
        switch self {
        case .bit: Payload(bits: pattern)
        case .signed8: Payload(Int64(Int8(truncatingIfNeeded: pattern)))
        case .signed16: Payload(Int64(Int16(truncatingIfNeeded: pattern)))
        case .signed24: Payload(Int64(Int32(truncatingIfNeeded: pattern << 8) >> 8))
        case .signed32: Payload(Int64(Int32(truncatingIfNeeded: pattern)))
        case .signed64: Payload(Int64(bitPattern: pattern))
        case .unsigned8, .unsigned16, .unsigned24, .unsigned32, .unsigned64: Payload(pattern)
        case .float16: Payload(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: pattern))))
        case .float32: Payload(Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern))))
        case .float64: Payload(Double(bitPattern: pattern))
        case .decimal(let registers): Self.decimal(pattern, digits: registers * 4).map { Payload($0) }
        case .text: nil
        }
    }

    /// 0x1234 is 1234.
    private static func decimal(_ pattern: UInt64, digits: Int) -> UInt64? {
        var number: UInt64 = 0
        for place in (0..<digits).reversed() {
            let digit = pattern >> UInt64(place * 4) & 0xF
            guard digit <= 9 else { return nil }
            number = number * 10 + digit
        }
        return number
    }
}

/// A text as a number that rules and records can hold: 48 bits, so that a double keeps it, the same on every machine.
/// Two texts with one number are a matter of chance, 1 in 2.8e14; it notices an exchanged device, and proves nothing.
package enum TextFingerprint {
    package static func of(_ characters: some Sequence<UInt8>) -> UInt64 {
        StableHash.mixed(StableHash.of(characters)) >> 16
    }
}
