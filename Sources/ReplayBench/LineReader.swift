import PlantModel

/// A text line by line.
struct LineReader: ~Copyable {
    private var source: ByteSource
    private var buffer: [UInt8] = []
    private var place = 0
    private var isAtEnd = false
    /// Of the line that was read last, from 1.
    private(set) var number = 0
    var bytesRead: Int { source.bytesRead }
    var bytesTotal: Int? { source.bytesTotal }

    private static let chunk = 1 << 16
    /// A payload of 256 KiB in base 64, and what stands around it.
    private static let lineMax = 1 << 20

    init(_ source: consuming ByteSource) { self.source = source }

    /// The next line without its end; nil when there is none. A last line may lack its end.
    mutating func next() throws(RecordingMistake) -> [UInt8]? {
        var searched = place
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) { return taken(to: end, next: end + 1) }
            if isAtEnd { return place < buffer.count ? taken(to: buffer.count, next: buffer.count) : nil }
            guard buffer.count - place <= Self.lineMax else {
                throw RecordingMistake(
                    at: SourceLocation(file: source.name, line: number + 1, column: 1),
                    "the line is longer than \(Self.lineMax) bytes")
            }
            buffer.removeSubrange(..<place)
            searched = buffer.count
            place = 0
            isAtEnd = try !source.read(Self.chunk, into: &buffer)
        }
    }

    private mutating func taken(to end: Int, next: Int) -> [UInt8] {
        var line = buffer[place..<end]
        if line.last == 0x0D { line.removeLast() }
        place = next
        number += 1
        return Array(line)
    }
}
