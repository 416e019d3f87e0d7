package import PlantTime

/// What a payload says about when it was made.
package enum StampReading: Sendable, Equatable {
    case made(WallTime)
    case missing
    /// Something stands there, but not in the format that the profile names.
    case unreadable
}

/// Reads the stamps of one format. A time is returned however old it is: an old stamp is a fact about the device,
/// never a reason to replace it.
package struct StampReader: Sendable {
    private let format: StampFormat
    /// Compiled once; nil for the other formats, and for a pattern that no profile check should have let through.
    private let pattern: StampPattern?

    package init(_ format: StampFormat) {
        self.format = format
        if case .pattern(let text, let offsetSeconds) = format {
            pattern = try? StampPattern(text, offsetSeconds: offsetSeconds)
        } else {
            pattern = nil
        }
    }

    package func read(_ value: PayloadValue, in bytes: [UInt8]) -> StampReading {
        switch value {
        case .missing, .null: return .missing
        case .boolean, .object, .array: return .unreadable
        case .signed, .unsigned, .decimal, .text: break
        }
        let time: WallTime? =
            switch format {
            case .epochSeconds: Self.epoch(value, in: bytes, unitNanoseconds: 1_000_000_000)
            case .epochMilliseconds: Self.epoch(value, in: bytes, unitNanoseconds: 1_000_000)
            case .epochMicroseconds: Self.epoch(value, in: bytes, unitNanoseconds: 1_000)
            case .epochNanoseconds: Self.epoch(value, in: bytes, unitNanoseconds: 1)
            case .iso8601: Self.text(value, in: bytes).flatMap(Self.time(iso8601:))
            case .pattern: Self.text(value, in: bytes).flatMap { pattern?.time(of: $0) }
            }
        return time.map(StampReading.made) ?? .unreadable
    }

    private static func text(_ value: PayloadValue, in bytes: [UInt8]) -> [UInt8]? {
        switch value {
        case .text(let text): text.utf8(in: bytes)
        // 20241124083000: some boxes send their pattern as a number.
        case .signed(let number): Array(String(number).utf8)
        default: nil
        }
    }

    /// A count since 1970, as a number or as a number in a string, with or without decimals.
    private static func epoch(_ value: PayloadValue, in bytes: [UInt8], unitNanoseconds: Int64) -> WallTime? {
        let number: PayloadValue =
            if case .text(let text) = value { NumberText.decimal(text.utf8(in: bytes)) ?? .missing } else { value }
        switch number {
        case .signed(let count):
            let (nanoseconds, overflow) = count.multipliedReportingOverflow(by: unitNanoseconds)
            return overflow ? nil : WallTime(nanoseconds: nanoseconds)
        case .decimal(let count):
            // To the whole millisecond that samples carry: a double of seconds has little more to give.
            let milliseconds = (count * (Double(unitNanoseconds) / 1e6)).rounded()
            return abs(milliseconds) < 9.2e12 ? WallTime(milliseconds: Int64(milliseconds)) : nil
        default: return nil
        }
    }

    /// ISO 8601 with a zone: `T` or a space between, any number of decimals, `Z`, `+08:00` or `+0800`.
    private static func time(iso8601 text: [UInt8]) -> WallTime? {
        let marks: [UInt8] = [UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-")]
        guard let zone = text.lastIndex(where: marks.contains), zone >= 19 else { return nil }
        var stamp = text[..<zone]
        if stamp[10] == UInt8(ascii: " ") { stamp[10] = UInt8(ascii: "T") }
        if stamp.count > 23, stamp[19] == UInt8(ascii: "."), stamp[20...].allSatisfy(\.isDigit) {
            stamp = stamp.prefix(23)
        }
        var offset = text[zone...]
        if offset.count == 5 { offset.insert(UInt8(ascii: ":"), at: zone + 3) }
        let whole = String(decoding: stamp, as: UTF8.self) + String(decoding: offset, as: UTF8.self)
        return TimeText.milliseconds(of: whole).map { WallTime(milliseconds: $0) }
    }
}
