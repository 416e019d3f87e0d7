package import PlantTime

/// Two sheets of events laid side by side, line by line: what is missing, what is more, what differs (semantics.md A,
/// "Comparing": text, but values within 1e-9 + 1e-6 x |expected|).
package struct GoldenDifference: Sendable, Equatable {
    package enum Line: Sendable, Equatable {
        /// The number of a line is that of its own file, from 1.
        case same(number: Int, String)
        case missing(number: Int, String)
        case extra(number: Int, String)
        /// The same event of the same rule with another time, point or value.
        case changed(number: Int, expected: String, foundNumber: Int, found: String)
    }

    /// In order.
    package var lines: [Line]
    package var missing = 0
    package var extra = 0
    package var changed = 0
    /// Where the first difference lies: instant and rule, as far as its line tells them.
    package var instant: PlantInstant?
    package var rule: String?

    /// Above so many pairs of lines to compare, lines are aligned by their time alone.
    private static let pairsMax = 4_000_000

    /// nil when they say the same.
    package init?(expected: String, found: String) {
        var reader = JournalLines()
        let wanted = reader.lines(of: expected)
        let present = reader.lines(of: found)
        var head = 0
        while head < min(wanted.count, present.count), wanted[head].agrees(with: present[head]) { head += 1 }
        guard head < max(wanted.count, present.count) else { return nil }
        var tail = 0
        while tail < min(wanted.count, present.count) - head,
            wanted[wanted.count - 1 - tail].agrees(with: present[present.count - 1 - tail])
        {
            tail += 1
        }
        let (left, right) = (wanted[head..<(wanted.count - tail)], present[head..<(present.count - tail)])
        let pairs = left.count * right.count <= Self.pairsMax ? Self.common(left, right) : Self.byTime(left, right)
        lines = (0..<head).map { .same(number: $0 + 1, wanted[$0].text) }
        var (one, other) = (head, head)
        for pair in pairs {
            addGap(wanted, one..<pair.left, present, other..<pair.right)
            lines.append(.same(number: pair.left + 1, wanted[pair.left].text))
            (one, other) = (pair.left + 1, pair.right + 1)
        }
        addGap(wanted, one..<(wanted.count - tail), present, other..<(present.count - tail))
        lines += (wanted.count - tail..<wanted.count).map { .same(number: $0 + 1, wanted[$0].text) }
        locate()
    }

    // MARK: Alignment

    private typealias Pair = (left: Int, right: Int)

    /// The longest common run of lines, by the table of lengths.
    private static func common(_ left: ArraySlice<JournalLine>, _ right: ArraySlice<JournalLine>) -> [Pair] {
        let width = right.count + 1
        var lengths = [Int32](repeating: 0, count: (left.count + 1) * width)
        for i in stride(from: left.count - 1, through: 0, by: -1) {
            for j in stride(from: right.count - 1, through: 0, by: -1) {
                lengths[i * width + j] =
                    left[left.startIndex + i].agrees(with: right[right.startIndex + j])
                    ? lengths[(i + 1) * width + j + 1] + 1
                    : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var pairs: [Pair] = []
        var (i, j) = (0, 0)
        while i < left.count, j < right.count {
            if left[left.startIndex + i].agrees(with: right[right.startIndex + j]) {
                pairs.append((left.startIndex + i, right.startIndex + j))
                i += 1
                j += 1
            } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return pairs
    }

    /// One walk along both, for journals too long for the table: both stand in the order of time.
    private static func byTime(_ left: ArraySlice<JournalLine>, _ right: ArraySlice<JournalLine>) -> [Pair] {
        var pairs: [Pair] = []
        var (i, j) = (left.startIndex, right.startIndex)
        while i < left.endIndex, j < right.endIndex {
            if left[i].agrees(with: right[j]) {
                pairs.append((i, j))
                i += 1
                j += 1
            } else if left[i].text.prefix(24) <= right[j].text.prefix(24) {
                i += 1
            } else {
                j += 1
            }
        }
        return pairs
    }

    /// Between two common lines: what speaks of the same event of the same rule differs, the rest is missing or more.
    private mutating func addGap(
        _ wanted: [JournalLine], _ left: Range<Int>, _ present: [JournalLine], _ right: Range<Int>
    ) {
        var places: [String: ArraySlice<Int>] = [:]
        for place in right { places[present[place].subject, default: []].append(place) }
        var next = right.lowerBound
        for number in left {
            let subject = wanted[number].subject
            let partners = places[subject, default: []].drop { $0 < next }
            places[subject] = partners.dropFirst()
            guard let partner = partners.first else {
                lines.append(.missing(number: number + 1, wanted[number].text))
                missing += 1
                continue
            }
            // What stood before its partner was more.
            addExtras(present, next..<partner)
            lines.append(
                .changed(
                    number: number + 1, expected: wanted[number].text, foundNumber: partner + 1,
                    found: present[partner].text))
            changed += 1
            next = partner + 1
        }
        addExtras(present, next..<right.upperBound)
    }

    private mutating func addExtras(_ present: [JournalLine], _ numbers: Range<Int>) {
        for number in numbers { lines.append(.extra(number: number + 1, present[number].text)) }
        extra += numbers.count
    }

    private mutating func locate() {
        for line in lines {
            let text: String
            switch line {
            case .same: continue
            case .missing(_, let line), .extra(_, let line), .changed(_, let line, _, _): text = line
            }
            let fields = text.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count > 1 else { return }
            instant = TimeText.milliseconds(of: fields[0]).map { PlantInstant(milliseconds: $0) }
            rule = String(fields[1])
            return
        }
    }
}

/// One line of a journal, read once for many comparisons.
private struct JournalLine {
    var text: String
    /// Equal for equal texts of all columns but the last.
    var head: Int
    var last: Substring
    var value: Double?
    /// Rule and event; the whole line when it is no event.
    var subject: String

    func agrees(with found: JournalLine) -> Bool {
        guard head == found.head else { return false }
        if let value, let other = found.value { return abs(value - other) <= 1e-9 + 1e-6 * abs(value) }
        return last == found.last
    }
}

/// Gives equal heads of lines equal numbers.
private struct JournalLines {
    private var heads: [Substring: Int] = [:]

    /// Blank lines and the ends of lines say nothing.
    mutating func lines(of text: String) -> [JournalLine] {
        text.split(whereSeparator: \.isNewline).map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            let last = fields.last ?? ""
            let head = line.dropLast(last.count)
            let number = heads[head, default: heads.count]
            heads[head] = number
            return JournalLine(
                text: String(line), head: number, last: last, value: Double(last),
                subject: fields.count == 5 ? "\(fields[1]) \(fields[3])" : String(line))
        }
    }
}
