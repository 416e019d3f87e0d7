import CHints

/// Where the cells of a list lie in memory, for hints to the processor alone: nothing is read through it, so it may outlive
/// the list and be asked for places beyond its end.
struct CellPlaces {
    private static let lineBytes: UInt = 64
    private let base: UInt
    private let stride: UInt
    private let lines: UInt

    /// - Parameter bytes: how much of each cell, from its beginning, a sample touches.
    @inline(__always)
    init<Cell>(_ cells: [Cell], bytes: Int = MemoryLayout<Cell>.stride) {
        base = unsafe cells.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        stride = UInt(MemoryLayout<Cell>.stride)
        lines = (UInt(bytes) + Self.lineBytes - 1) / Self.lineBytes
    }

    /// Has a cell brought near.
    @inline(__always)
    func hint(_ place: Int) {
        let first = base &+ UInt(bitPattern: place) &* stride
        for line in 0..<lines { hint_place(first &+ line &* Self.lineBytes) }
    }
}
