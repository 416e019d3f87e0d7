import AlarmLogic
import PlantModel
import PlantTime

/// Why a snapshot is not taken: the core then starts without it, and nothing of it has been used.
package enum SnapshotRefused: Error, Equatable, CustomStringConvertible {
    /// Cut short, or not what was written.
    case damaged
    /// Of another version of the program.
    case otherForm(found: UInt16)
    /// Of another site.
    case otherSite(found: String)

    package var description: String {
        switch self {
        case .damaged: "the snapshot is damaged; the core starts from the journal instead"
        case .otherForm(let found): "the snapshot has form \(found), this program reads up to \(SnapshotForm.version)"
        case .otherSite(let found): "the snapshot is of site \(found)"
        }
    }
}

enum SnapshotForm {
    static let magic: UInt32 = 0x4D4F_4E31
    /// What is written. Form 2 says of each alarm all that can be said, though most have never moved; form 1 holds the same
    /// words as form 2 behind another sum. Both are still read.
    static let version: UInt16 = 3
    static let readable: ClosedRange<UInt16> = 1...3

    /// Over everything before the sum itself, as the form that the bytes name has it; that of the newest for an unknown one,
    /// which is refused by its name if its sum should agree.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var head = SnapshotReader(bytes.prefix(6))
        guard (try? head.read(UInt32.self)) == magic, (try? head.read(UInt16.self)) == 1 else {
            var sum = SnapshotSum()
            sum.add(bytes)
            return sum.value
        }
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return sum
    }
}

/// After FNV-1a, eight bytes at a time: the core's thread has the sum of some megabytes to make. However the bytes are
/// divided, the sum is the same.
struct SnapshotSum {
    private var whole: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Bytes behind the last eight, the first in the lowest place.
    private var rest: UInt64 = 0
    private var restCount: UInt64 = 0

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        var bytes = bytes
        while restCount > 0, let byte = bytes.popFirst() { take(byte) }
        unsafe bytes.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count & ~7, by: 8) {
                whole = Self.mixed(
                    whole, UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            }
        }
        for byte in bytes.suffix(bytes.count & 7) { take(byte) }
    }

    var value: UInt64 {
        (0..<restCount).reduce(whole) { Self.mixed($0, rest >> (8 * $1) & 0xFF) }
    }

    private mutating func take(_ byte: UInt8) {
        rest |= UInt64(byte) << (8 * restCount)
        restCount += 1
        guard restCount == 8 else { return }
        whole = Self.mixed(whole, rest)
        (rest, restCount) = (0, 0)
    }

    @inline(__always)
    private static func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
        let sum = (sum ^ word) &* 0x100_0000_01B3
        return sum ^ sum >> 29
    }
}

/// Writes a snapshot: little-endian words in a fixed order, the same bytes for the same state. The rows of windows, most of a
/// large one, are left out: ``SnapshotDraft`` puts them in.
struct SnapshotWriter {
    /// A window's rows, and how many of the written bytes lie before them.
    struct Gap: Sendable {
        var place: Int
        var rows: RowWalk
    }

    static let rowBytes = 16

    private(set) var bytes: [UInt8] = []
    private(set) var gaps: [Gap] = []
    /// Bytes of all gaps so far.
    private var left = 0

    /// - Parameter capacity: bytes that will be about enough: a buffer that grows as it goes is copied again and again.
    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    @inline(__always) mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// The number of a window's rows, and a gap for them.
    mutating func leave(_ rows: RowWalk) {
        write(UInt32(rows.left))
        gaps.append(Gap(place: bytes.count, rows: rows))
        left += Int(rows.left) * Self.rowBytes
    }

    mutating func write(_ number: Double) { write(number.bitPattern) }
    mutating func write(_ truth: Bool) { write(UInt8(truth ? 1 : 0)) }
    mutating func write(_ instant: PlantInstant) { write(instant.nanoseconds) }
    mutating func write(_ quality: Quality) { write(quality.bits) }

    mutating func write(_ text: String) {
        write(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ words: [UInt64]) {
        write(UInt32(words.count))
        for word in words { write(word) }
    }

    /// Writes a part with its length before it, so that a reader can pass over it.
    mutating func writePart(_ body: (inout SnapshotWriter) -> Void) {
        let (place, before) = (bytes.count, left)
        write(UInt32(0))
        body(&self)
        let count = UInt32(bytes.count - place - 4 + left - before)
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: count >> (8 * UInt32(byte))) }
    }
}

/// Reads what ``SnapshotWriter`` wrote; anything else is damage.
struct SnapshotReader {
    private var bytes: ArraySlice<UInt8>
    /// Of the whole that it reads a part of.
    let form: UInt16

    init(_ bytes: ArraySlice<UInt8>, form: UInt16 = SnapshotForm.version) {
        self.bytes = bytes
        self.form = form
    }

    var isAtEnd: Bool { bytes.isEmpty }

    /// What is left, as bytes of another form.
    func reading(form: UInt16) -> SnapshotReader { SnapshotReader(bytes, form: form) }

    mutating func read<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(SnapshotRefused) -> Number {
        let size = MemoryLayout<Number>.size
        guard bytes.count >= size else { throw .damaged }
        var number: Number = 0
        for (place, byte) in bytes.prefix(size).enumerated() {
            number |= Number(truncatingIfNeeded: byte) << (8 * place)
        }
        bytes = bytes.dropFirst(size)
        return number
    }

    mutating func readDouble() throws(SnapshotRefused) -> Double { Double(bitPattern: try read(UInt64.self)) }
    mutating func readBool() throws(SnapshotRefused) -> Bool { try read(UInt8.self) != 0 }
    mutating func readInstant() throws(SnapshotRefused) -> PlantInstant { PlantInstant(nanoseconds: try read()) }
    mutating func readQuality() throws(SnapshotRefused) -> Quality { Quality(bits: try read()) }

    mutating func readText() throws(SnapshotRefused) -> String {
        String(decoding: try readBytes(), as: UTF8.self)
    }

    mutating func readWords() throws(SnapshotRefused) -> [UInt64] {
        let count = Int(try read(UInt32.self))
        guard bytes.count >= 8 * count else { throw .damaged }
        var words: [UInt64] = []
        for _ in 0..<count { words.append(try read()) }
        return words
    }

    mutating func readPart() throws(SnapshotRefused) -> SnapshotReader {
        SnapshotReader(try readBytes(), form: form)
    }

    private mutating func readBytes() throws(SnapshotRefused) -> ArraySlice<UInt8> {
        let count = Int(try read(UInt32.self))
        guard bytes.count >= count else { throw .damaged }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}
