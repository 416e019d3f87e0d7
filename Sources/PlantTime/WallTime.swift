/// A time that is shown to people and written into messages: UTC, nanoseconds since 1970. It can step when the host's
/// clock steps; nothing is measured with it. Range and saturation are those of ``PlantInstant``.
package struct WallTime: Hashable, Comparable, Sendable, BitwiseCopyable, Codable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    package init(milliseconds: Int64) { self.nanoseconds = PlantInstant(milliseconds: milliseconds).nanoseconds }

    package var milliseconds: Int64 { PlantInstant(nanoseconds: nanoseconds).milliseconds }
    package var wholeSeconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.nanoseconds < right.nanoseconds }

    package static func - (later: WallTime, earlier: WallTime) -> Duration {
        PlantInstant(nanoseconds: later.nanoseconds) - PlantInstant(nanoseconds: earlier.nanoseconds)
    }

    package static func + (time: WallTime, span: Duration) -> WallTime {
        WallTime(nanoseconds: (PlantInstant(nanoseconds: time.nanoseconds) + span).nanoseconds)
    }

    package init(from decoder: any Decoder) throws {
        self.nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
