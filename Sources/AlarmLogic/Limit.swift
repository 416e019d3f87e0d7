/// A set-point with its deadband, mirrored where the dangerous side lies below (semantics.md A3).
///
/// Comparisons are plain IEEE doubles without an epsilon. `public` and inlinable because every sample passes here, and
/// package code is not inlined across modules.
public struct Limit: Sendable, BitwiseCopyable, Equatable {
    /// +1 for limits above, -1 for limits below: values are multiplied by it before they are compared.
    @usableFromInline let side: Double
    @usableFromInline let raiseAt: Double
    @usableFromInline let clearBelow: Double
    @usableFromInline let clamp: Double

    /// Raise at `limit` and above, clear strictly below `limit - deadband`.
    /// - Parameter clamp: a value at or above it is in the raise zone whatever the limit.
    @inlinable public init(above limit: Double, deadband: Double, clamp: Double? = nil) {
        side = 1
        raiseAt = limit
        clearBelow = limit - deadband
        self.clamp = clamp ?? .infinity
    }

    /// Raise at `limit` and below, clear strictly above `limit + deadband`.
    @inlinable public init(below limit: Double, deadband: Double) {
        side = -1
        raiseAt = -limit
        clearBelow = -limit - deadband
        clamp = .infinity
    }

    /// Judges the mirrored value against a limit that is written positive: a fall's rate.
    @inlinable public init(mirroredAbove limit: Double, deadband: Double) {
        side = -1
        raiseAt = limit
        clearBelow = limit - deadband
        clamp = .infinity
    }

    /// A value strictly between these is not in the raise zone.
    @inlinable public var band: (low: Double, high: Double) {
        side > 0 ? (-.infinity, min(raiseAt, clamp)) : (-raiseAt, .infinity)
    }

    /// The zone of a finite value.
    @inlinable public func zone(of value: Double) -> Verdict {
        let seen = value * side
        if seen >= raiseAt || seen >= clamp { return .raise }
        return seen < clearBelow ? .clear : .hold
    }
}
