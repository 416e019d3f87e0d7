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
    /// What is written. Form 1 holds the same words behind another sum, and is still read.
    static let version: UInt16 = 2
    static let readable: ClosedRange<UInt16> = 1...2

    /// Over everything before the sum itself, as the form that the bytes name has it; that of the newest for an unknown one,
    /// which is refused by its name if its sum should agree.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var head = SnapshotReader(bytes.prefix(6))
        guard (try? head.read(UInt32.self)) == magic, (try? head.read(UInt16.self)) == 1 else { return wordwise(bytes) }
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return sum
    }

    /// After FNV-1a, eight bytes at a time: the core's thread has the sum of some megabytes to make between two batches.
    private static func wordwise(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ word: UInt64) {
            sum = (sum ^ word) &* 0x100_0000_01B3
            sum ^= sum >> 29
        }
        unsafe bytes.withUnsafeBytes { bytes in
            let whole = bytes.count & ~7
            for place in stride(from: 0, to: whole, by: 8) {
                mix(UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            }
            for place in whole..<bytes.count { mix(UInt64(unsafe bytes[place])) }
        }
        return sum
    }
}

/// Writes a snapshot: little-endian words in a fixed order, the same bytes for the same state.
struct SnapshotWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes that will be about enough: a buffer that grows as it goes is copied again and again.
    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    @inline(__always) mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Two words at once: most of a snapshot are rows of windows.
    @inline(__always) mutating func write(_ first: Int64, _ second: Double) {
        unsafe withUnsafeBytes(of: (first.littleEndian, second.bitPattern.littleEndian)) {
            unsafe bytes.append(contentsOf: $0)
        }
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
        let place = bytes.count
        write(UInt32(0))
        body(&self)
        let count = UInt32(bytes.count - place - 4)
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: count >> (8 * UInt32(byte))) }
    }
}

/// Reads what ``SnapshotWriter`` wrote; anything else is damage.
struct SnapshotReader {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

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

    mutating func readPart() throws(SnapshotRefused) -> SnapshotReader { SnapshotReader(try readBytes()) }

    private mutating func readBytes() throws(SnapshotRefused) -> ArraySlice<UInt8> {
        let count = Int(try read(UInt32.self))
        guard bytes.count >= count else { throw .damaged }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}
