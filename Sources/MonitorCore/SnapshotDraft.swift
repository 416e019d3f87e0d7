import AlarmLogic

/// A snapshot under way: what was written at one instant, and the windows whose rows go between it. Handed out from the first
/// byte to the last, in as many goes as one likes, with the sum at the end.
struct SnapshotDraft: Sendable {
    private let bytes: [UInt8]
    private var gaps: [SnapshotWriter.Gap]
    /// How many of the bytes, and of the gaps, have been handed out.
    private var place = 0
    private var gap = 0
    private var sum = SnapshotSum()

    init(_ writer: SnapshotWriter) {
        bytes = writer.bytes
        gaps = writer.gaps
    }

    /// Appends about `count` bytes to a piece.
    /// - Parameter rows: the store of the windows; it has held since the draft was made.
    /// - Returns: whether the last is among them.
    mutating func write(_ count: Int, of rows: borrowing RowStore, into piece: inout [UInt8]) -> Bool {
        let begin = piece.count
        while piece.count - begin < count, place < bytes.count || gap < gaps.count {
            let room = count - (piece.count - begin)
            if gap < gaps.count, gaps[gap].place == place {
                writeRows(room, of: rows, into: &piece)
            } else {
                let end = min(gap < gaps.count ? gaps[gap].place : bytes.count, place + min(room, bytes.count))
                piece.append(contentsOf: bytes[place..<end])
                place = end
            }
        }
        sum.add(piece[begin...])
        guard place == bytes.count, gap == gaps.count else { return false }
        unsafe withUnsafeBytes(of: sum.value.littleEndian) { unsafe piece.append(contentsOf: $0) }
        return true
    }

    private mutating func writeRows(_ room: Int, of rows: borrowing RowStore, into piece: inout [UInt8]) {
        let count = room / SnapshotWriter.rowBytes + 1
        gaps[gap].rows.forEach(atMost: count, in: rows) { row in
            // Two words at once: most of a snapshot is written here.
            unsafe withUnsafeBytes(of: (row.time.littleEndian, row.value.bitPattern.littleEndian)) {
                unsafe piece.append(contentsOf: $0)
            }
        }
        if gaps[gap].rows.left == 0 { gap += 1 }
    }
}
