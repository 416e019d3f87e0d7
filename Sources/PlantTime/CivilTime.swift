/// Year, month, day and time of day of the proleptic Gregorian calendar: the one place that turns counts since 1970 into
/// text and back, without Foundation, locale or time-zone database.
package struct CivilTime: Sendable, Equatable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0)
    {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// The civil time `offsetSeconds` east of UTC at a count of milliseconds since 1970.
    package init(milliseconds: Int64, offsetSeconds: Int = 0) {
        let shifted = milliseconds + Int64(offsetSeconds) * 1000
        var (days, rest) = shifted.quotientAndRemainder(dividingBy: 86_400_000)
        if rest < 0 {
            rest += 86_400_000
            days -= 1
        }
        // Days to date after Howard Hinnant, "chrono-compatible low-level date algorithms".
        let z = Int(days) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = Int(rest / 3_600_000)
        minute = Int(rest / 60_000 % 60)
        second = Int(rest / 1000 % 60)
        millisecond = Int(rest % 1000)
    }

    /// Milliseconds since 1970 of this civil time `offsetSeconds` east of UTC; nil when a field is out of range or the day
    /// does not exist in its month.
    package func milliseconds(offsetSeconds: Int = 0) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year), (0...23).contains(hour),
            (0...59).contains(minute), (0...59).contains(second), (0...999).contains(millisecond),
            (-9999...9999).contains(year)
        else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = Int64(era * 146_097 + dayOfEra - 719_468)
        let ofDay = Int64(((hour * 60 + minute) * 60 + second) * 1000 + millisecond)
        return days * 86_400_000 + ofDay - Int64(offsetSeconds) * 1000
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: return 30
        default: return 31
        }
    }
}

/// The written forms of time: `2024-01-01T00:00:00.000Z` in files and APIs, `+08:00` forms where a site's offset is shown.
package enum TimeText {
    /// `2024-01-01T00:00:00.000Z`.
    package static func utc(milliseconds: Int64) -> String {
        stamp(CivilTime(milliseconds: milliseconds), separator: "T", withMilliseconds: true) + "Z"
    }

    package static func utc(_ time: WallTime) -> String { utc(milliseconds: time.milliseconds) }
    package static func utc(_ instant: PlantInstant) -> String { utc(milliseconds: instant.milliseconds) }

    /// `2024-01-01T08:00:00.000+08:00`.
    package static func local(_ time: WallTime, offsetSeconds: Int) -> String {
        stamp(
            CivilTime(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds), separator: "T",
            withMilliseconds: true)
            + offset(offsetSeconds)
    }

    /// `08:00:00`: the time of day that consoles and messages show.
    package static func timeOfDay(_ time: WallTime, offsetSeconds: Int) -> String {
        let civil = CivilTime(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds)
        return "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
    }

    /// `+08:00`, `-03:30`, `+00:00`.
    package static func offset(_ seconds: Int) -> String {
        let magnitude = abs(seconds)
        return "\(seconds < 0 ? "-" : "+")\(padded(magnitude / 3600, 2)):\(padded(magnitude / 60 % 60, 2))"
    }

    /// Reads `2024-01-01T00:00:00.000Z` (1 to 3 decimals or none; `Z` or `+hh:mm`) into milliseconds since 1970.
    /// - Returns: nil for anything else; a missing zone is refused, never guessed.
    package static func milliseconds(of text: some StringProtocol) -> Int64? {
        var digits = Array(text.utf8)[...]
        func number(_ count: Int) -> Int? {
            guard digits.count >= count else { return nil }
            var value = 0
            for byte in digits.prefix(count) {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            digits = digits.dropFirst(count)
            return value
        }
        func take(_ byte: UInt8) -> Bool {
            guard digits.first == byte else { return false }
            digits = digits.dropFirst()
            return true
        }
        guard let year = number(4), take(0x2D), let month = number(2), take(0x2D), let day = number(2), take(0x54),
            let hour = number(2), take(0x3A), let minute = number(2), take(0x3A), let second = number(2)
        else { return nil }
        var millisecond = 0
        if take(0x2E) {
            var scale = 100
            while let byte = digits.first, byte >= 0x30, byte <= 0x39, scale > 0 {
                millisecond += Int(byte - 0x30) * scale
                scale /= 10
                digits = digits.dropFirst()
            }
            guard scale < 100 else { return nil }
        }
        var offsetSeconds = 0
        if !take(0x5A) {
            let negative = digits.first == 0x2D
            guard take(0x2B) || take(0x2D), let hours = number(2), take(0x3A), let minutes = number(2), hours <= 23,
                minutes <= 59
            else { return nil }
            offsetSeconds = (hours * 60 + minutes) * 60 * (negative ? -1 : 1)
        }
        guard digits.isEmpty else { return nil }
        return CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond
        ).milliseconds(offsetSeconds: offsetSeconds)
    }

    private static func stamp(_ civil: CivilTime, separator: String, withMilliseconds: Bool) -> String {
        let date = "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))"
        let time = "\(padded(civil.hour, 2)):\(padded(civil.minute, 2)):\(padded(civil.second, 2))"
        return date + separator + time + (withMilliseconds ? ".\(padded(civil.millisecond, 3))" : "")
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return text.count >= width ? text : String(repeating: "0", count: width - text.count) + text
    }
}
