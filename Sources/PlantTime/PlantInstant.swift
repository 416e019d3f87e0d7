/// A point on the plant's one time line, in nanoseconds since 1970-01-01T00:00:00Z as the steady clock was mapped to
/// UTC when the station started. It measures: a step of the host's clock does not move it (semantics.md D).
///
/// What is shown to a person is a ``WallTime``; only ``PlantClock`` converts between the two.
/// - Note: recordings and samples carry whole milliseconds; stage stamps use the full resolution. Range: years 1678 to 2262.
public struct PlantInstant: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Saturates at the ends of the time line: devices and receivers write dates of the years 1 and 9999, and a date must
    /// not end the watch.
    @inlinable public init(milliseconds: Int64) {
        let (scaled, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? (milliseconds < 0 ? .min : .max) : scaled
    }

    /// Whole milliseconds since 1970, rounded down.
    @inlinable public var milliseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The same instant cut to the whole millisecond below: the resolution that recordings keep.
    @inlinable public var wholeMillisecond: PlantInstant { PlantInstant(milliseconds: milliseconds) }

    @inlinable public static func < (left: PlantInstant, right: PlantInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `span` later; saturates at the ends of the time line instead of trapping.
    @inlinable public static func + (instant: PlantInstant, span: Duration) -> PlantInstant {
        instant.advanced(byNanoseconds: span.nanoseconds)
    }

    @inlinable public static func - (instant: PlantInstant, span: Duration) -> PlantInstant {
        let (difference, overflow) = instant.nanoseconds.subtractingReportingOverflow(span.nanoseconds)
        return overflow ? (span < .zero ? .distantFuture : .distantPast) : PlantInstant(nanoseconds: difference)
    }

    @inlinable public static func - (later: PlantInstant, earlier: PlantInstant) -> Duration {
        let (span, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(overflow ? (later > earlier ? .max : .min) : span)
    }

    @inlinable public func advanced(byNanoseconds count: Int64) -> PlantInstant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
        return overflow ? (count > 0 ? .distantFuture : .distantPast) : PlantInstant(nanoseconds: sum)
    }

    /// Later than any instant a plant will see; never a stand-in for "no instant" (use an optional).
    public static let distantFuture = PlantInstant(nanoseconds: .max)
    public static let distantPast = PlantInstant(nanoseconds: .min)
}

extension Duration {
    /// Whole nanoseconds; saturates at the range of Int64 (292 years).
    @inlinable public var nanoseconds: Int64 {
        // From 0 to 78 min one register holds it without its last nine bits, none of which counts: 10^9 is 2^9 times 1953125.
        // That takes a tenth of the time that the two halves of a long span take.
        if let short = Int64(exactly: attoseconds >> 9), short >= 0 { return short / 1_953_125 }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds as a double: for showing and for rates, never for deciding when a delay ends.
    @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }
}
