/// One row of a recording, as semantics.md "Files" reads it.
package struct RecordedRow: Sendable, Equatable {
    /// Milliseconds since 1970.
    package var time: Int64
    package var point: String
    /// nil: the row is BAD, whatever number it carries.
    package var value: Double?

    package init(time: Int64, point: String, value: Double?) {
        self.time = time
        self.point = point
        self.value = value
    }

    /// The rows of a `recording.csv`, in the order read. For recordings that are known to be well-formed; the product's
    /// own reader is tested elsewhere for what it refuses.
    package static func rows(of csv: String) -> [RecordedRow] {
        csv.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            precondition(fields.count == 4, "a row of a recording has four columns: \(line)")
            let number = Double(fields[2]).flatMap { $0.isFinite ? $0 : nil }
            return RecordedRow(
                time: UTCText.milliseconds(of: fields[0]), point: fields[1], value: fields[3] == "BAD" ? nil : number)
        }
    }
}

/// One line of `expected.csv`.
package struct EventLine: Sendable, Equatable, CustomStringConvertible {
    /// `2024-01-01T00:00:00.000Z`.
    package var time: String
    package var rule: String
    package var point: String
    /// `raise`, `clear`, `escalate:2` ...
    package var event: String
    package var value: Double

    package var description: String { "\(time),\(rule),\(point),\(event),\(value)" }

    package static func lines(of csv: String) -> [EventLine] {
        csv.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            precondition(fields.count == 5, "a line of events has five columns: \(line)")
            return EventLine(
                time: fields[0], rule: fields[1], point: fields[2], event: fields[3], value: Double(fields[4]) ?? .nan)
        }
    }

    /// semantics.md "Comparing".
    package func agrees(with found: EventLine) -> Bool {
        time == found.time && rule == found.rule && point == found.point && event == found.event
            && abs(value - found.value) <= 1e-9 + 1e-6 * abs(value)
    }

    /// The first place where two lists differ, in words; nil when they agree.
    package static func difference(expected: [EventLine], found: [EventLine]) -> String? {
        for (wanted, present) in zip(expected, found) where !wanted.agrees(with: present) {
            return "expected \(wanted), found \(present)"
        }
        if expected.count > found.count { return "expected \(expected[found.count]), found no more" }
        if found.count > expected.count { return "expected no more, found \(found[expected.count])" }
        return nil
    }
}

/// UTC in whole milliseconds, by counting days.
package enum UTCText {
    package static func milliseconds(of text: String) -> Int64 {
        let numbers = text.split { !$0.isNumber }.compactMap { Int64($0) }
        precondition(numbers.count == 7 && text.count == 24, "a time is written 2024-01-01T00:00:00.000Z: \(text)")
        var days = newYear(numbers[0])
        for month in 1..<Int(numbers[1]) { days += daysOf(month, in: numbers[0]) }
        days += numbers[2] - 1
        return ((days * 24 + numbers[3]) * 60 + numbers[4]) * 60_000 + numbers[5] * 1000 + numbers[6]
    }

    package static func text(_ milliseconds: Int64) -> String {
        var (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
        var year = 1970 + days / 366
        while newYear(year + 1) <= days { year += 1 }
        days -= newYear(year)
        var month = 1
        while days >= daysOf(month, in: year) {
            days -= daysOf(month, in: year)
            month += 1
        }
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let milli = rest % 1000
        rest /= 1000
        let clock = "\(digits(rest / 3600, 2)):\(digits(rest / 60 % 60, 2)):\(digits(rest % 60, 2)).\(digits(milli, 3))"
        return "\(digits(year, 4))-\(digits(Int64(month), 2))-\(digits(days + 1, 2))T\(clock)Z"
    }

    /// Days from 1970 to the first of January, from 1970 on.
    private static func newYear(_ year: Int64) -> Int64 {
        func leapDays(_ year: Int64) -> Int64 { year / 4 - year / 100 + year / 400 }
        return 365 * (year - 1970) + leapDays(year - 1) - leapDays(1969)
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
    }

    private static func daysOf(_ month: Int, in year: Int64) -> Int64 {
        month == 2 && isLeap(year) ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }
}
