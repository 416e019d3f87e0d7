import PlantModel
import PlantTime

/// One row of a recording as it was read.
package struct RecordingRow: Sendable, BitwiseCopyable {
    package enum Word: UInt8, Sendable, BitwiseCopyable { case good, uncertain, bad }

    /// Milliseconds since 1970.
    package var time: Int64
    /// The point's number, nil when the rules know none of that tag.
    package var point: UInt32?
    /// NaN or infinite when the text is no finite number.
    package var value: Double
    package var quality: Word
}

/// Reads `recording.csv` in a stream: `time,point,value,quality`, rows in the order of time (semantics.md, Files).
///
/// The first mistake ends it, with its place. A row older than the newest row already read is dropped and counted (A1).
package struct RecordingReader: ~Copyable {
    private var source: ByteSource
    private let tags: TagTable
    /// Points that are computed: a recorded row of one is a mistake.
    private let derived: [Bool]
    private let hasDerived: Bool
    private var buffer: [UInt8] = []
    private var place = 0
    private var line = 0
    private var isAtEnd = false
    private var newest = Int64.min
    private var day = UsualRow.Day()

    /// Rows read, those dropped included.
    package private(set) var rowsRead = 0
    /// How far it is in its bytes.
    var bytesRead: Int { source.bytesRead }
    var bytesTotal: Int? { source.bytesTotal }
    /// Rows older than the newest before them.
    package private(set) var rowsDropped = 0

    private static let chunk = 1 << 18
    private static let lineMax = 1 << 16
    /// What a ``PlantInstant`` can hold, in milliseconds since 1970, with a margin for delays: 1700 to 2200.
    private static let years: ClosedRange<Int64> = -8_520_336_000_000...7_258_118_400_000
    private static let header = "time,point,value,quality"

    /// - Parameters:
    ///   - tags: of the points that rows can speak of, by number; other points are fine and have none.
    ///   - derived: numbers of the points that the rules compute.
    package init(_ source: consuming ByteSource, tags: [String], derived: Set<UInt32> = []) throws(RecordingMistake) {
        self.source = source
        self.tags = TagTable(tags)
        self.derived = tags.indices.map { derived.contains(UInt32($0)) }
        hasDerived = !derived.isEmpty
        guard let header = try nextLine() else {
            throw mistake(1, "the recording is empty; its first line is \(Self.header)")
        }
        var start = header.lowerBound
        // A byte order mark is what some spreadsheets put before the first word.
        if header.count >= 3, buffer[start] == 0xEF, buffer[start + 1] == 0xBB, buffer[start + 2] == 0xBF { start += 3 }
        guard buffer[start..<header.upperBound].elementsEqual(Self.header.utf8) else {
            throw mistake(1, "the first line is \(shown(start..<header.upperBound)); it must be \(Self.header)")
        }
    }

    /// The next row in the order of time; nil at the end.
    package mutating func next() throws(RecordingMistake) -> RecordingRow? {
        while let row = try anyRow() {
            rowsRead += 1
            if row.time >= newest {
                newest = row.time
                return row
            }
            rowsDropped += 1
        }
        return nil
    }

    @inline(__always)
    private mutating func anyRow() throws(RecordingMistake) -> RecordingRow? {
        if let row = unsafe UsualRow(in: buffer.span.bytes, at: place, on: day) {
            let point = unsafe tags.number(of: buffer.span.bytes, row.tag, hash: row.tagHash)
            if !hasDerived || point.map({ !derived[Int($0)] }) ?? true {
                place = row.end
                line += 1
                return RecordingRow(time: row.time, point: point, value: row.value, quality: row.quality)
            }
        }
        guard let range = try nextLine() else { return nil }
        return try row(in: range)
    }

    // MARK: Lines

    /// The bytes of the next line, without its end; nil when there is none. A last line may lack its end.
    private mutating func nextLine() throws(RecordingMistake) -> Range<Int>? {
        var searched = place
        while true {
            while searched < buffer.count {
                if buffer[searched] == 0x0A {
                    let range = place..<searched
                    place = searched + 1
                    line += 1
                    return withoutReturn(range)
                }
                searched += 1
            }
            if isAtEnd {
                guard place < buffer.count else { return nil }
                let range = place..<buffer.count
                place = buffer.count
                line += 1
                return withoutReturn(range)
            }
            guard buffer.count - place <= Self.lineMax else {
                line += 1
                throw mistake(1, "the line is longer than \(Self.lineMax) bytes")
            }
            buffer.removeSubrange(..<place)
            searched -= place
            place = 0
            isAtEnd = try !source.read(Self.chunk, into: &buffer)
        }
    }

    private func withoutReturn(_ range: Range<Int>) -> Range<Int> {
        range.isEmpty || buffer[range.upperBound - 1] != 0x0D ? range : range.lowerBound..<range.upperBound - 1
    }

    // MARK: Rows

    private mutating func row(in range: Range<Int>) throws(RecordingMistake) -> RecordingRow {
        var commas = (0, 0, 0)
        var found = 0
        for index in range where buffer[index] == 0x2C {
            switch found {
            case 0: commas.0 = index
            case 1: commas.1 = index
            case 2: commas.2 = index
            default: break
            }
            found += 1
        }
        guard found == 3 else {
            throw mistake(1, "the row has \(found + 1) column\(found == 0 ? "" : "s"); it must have 4: \(Self.header)")
        }
        let time = try time(in: range.lowerBound..<commas.0)
        let tag = commas.0 + 1..<commas.1
        guard !tag.isEmpty else { throw mistake(column(tag, range), "the point is missing") }
        let point = unsafe tags.number(of: buffer.span.bytes, tag)
        if let point, derived[Int(point)] {
            throw mistake(
                column(tag, range), "point \(shown(tag)) is derived by the rules; it is computed, not recorded")
        }
        let quality = try quality(in: commas.2 + 1..<range.upperBound, of: range)
        return RecordingRow(
            time: time, point: point, value: DecimalText.number(in: buffer.span, commas.1 + 1..<commas.2),
            quality: quality)
    }

    private mutating func time(in range: Range<Int>) throws(RecordingMistake) -> Int64 {
        let isUsual = range.count == 24
        if isUsual, let milliseconds = unsafe day.time(in: buffer.span.bytes, at: range.lowerBound) {
            return milliseconds
        }
        let text = shownText(range)
        guard let milliseconds = TimeText.milliseconds(of: text) else {
            throw mistake(1, "time \(shown(range)) cannot be read; write it as 2024-01-01T00:00:00.000Z")
        }
        guard Self.years.contains(milliseconds) else {
            throw mistake(1, "time \(shown(range)) is outside the years 1700 to 2200")
        }
        if isUsual, text.hasSuffix("Z") {
            day = unsafe UsualRow.Day(of: buffer.span.bytes, at: range.lowerBound, milliseconds: milliseconds)
        }
        return milliseconds
    }

    private func quality(in range: Range<Int>, of row: Range<Int>) throws(RecordingMistake) -> RecordingRow.Word {
        let word = buffer[range]
        if word.elementsEqual("GOOD".utf8) { return .good }
        if word.elementsEqual("BAD".utf8) { return .bad }
        if word.elementsEqual("UNCERTAIN".utf8) { return .uncertain }
        throw mistake(column(range, row), "quality \(shown(range)) is none of GOOD, UNCERTAIN, BAD")
    }

    // MARK: Messages

    private func column(_ part: Range<Int>, _ row: Range<Int>) -> Int { part.lowerBound - row.lowerBound + 1 }

    private func mistake(_ column: Int, _ message: String) -> RecordingMistake {
        RecordingMistake(at: SourceLocation(file: source.name, line: max(1, line), column: column), message)
    }

    private func shownText(_ range: Range<Int>) -> String { String(decoding: buffer[range], as: UTF8.self) }

    private func shown(_ range: Range<Int>) -> String {
        range.isEmpty ? "(empty)" : "\"\(shownText(range.prefix(60)).filter { !$0.isNewline })\""
    }
}
