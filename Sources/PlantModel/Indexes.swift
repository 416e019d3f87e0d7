/// The number of a point in this station: dense from 0, given at load, never used again for another point while the
/// process lives (semantics.md D, reload).
public struct PointIndex: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let number: UInt32

    @inlinable public init(_ number: UInt32) { self.number = number }
    @inlinable public init(offset: Int) { self.number = UInt32(offset) }
    @inlinable public var offset: Int { Int(number) }

    @inlinable public static func < (left: PointIndex, right: PointIndex) -> Bool { left.number < right.number }
}

/// The number of a rule: its position in the compiled rule set, which is the rule file's order (A10).
public struct RuleIndex: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let number: UInt32

    @inlinable public init(_ number: UInt32) { self.number = number }
    @inlinable public init(offset: Int) { self.number = UInt32(offset) }
    @inlinable public var offset: Int { Int(number) }

    @inlinable public static func < (left: RuleIndex, right: RuleIndex) -> Bool { left.number < right.number }
}
