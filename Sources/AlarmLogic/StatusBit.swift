/// One bit of a status word (semantics.md B, STATE).
package struct StatusBit: Sendable, BitwiseCopyable, Equatable {
    /// 0...52.
    package var place: UInt8
    /// Met when the bit is 0.
    package var isInverted: Bool

    package init(place: UInt8, isInverted: Bool) {
        self.place = place
        self.isInverted = isInverted
    }

    /// Whether the bit of a value is as it should be; nil when the value is no whole number in [0, 2^53): it cannot be
    /// read.
    package func isMet(by value: Double) -> Bool? {
        guard value >= 0, value < 0x1p53, value == value.rounded(.towardZero) else { return nil }
        return (UInt64(value) >> UInt64(place) & 1 == 1) != isInverted
    }
}
