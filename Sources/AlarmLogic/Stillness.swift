/// How long a point has not moved: time since the row that last left the span of its anchor (semantics.md B, FROZEN).
package struct Stillness: Sendable, BitwiseCopyable, Equatable {
    private var value: Double = 0
    private var since: Int64 = 0
    private var isAnchored = false

    package init() {}

    /// What it remembers, for snapshots.
    package var memory: [UInt64] { [value.bitPattern, UInt64(bitPattern: since), isAnchored ? 1 : 0] }

    /// - Parameter memory: as ``memory`` gave it; nil when it cannot be that.
    package init?(memory: [UInt64]) {
        guard memory.count == 3 else { return nil }
        value = Double(bitPattern: memory[0])
        since = Int64(bitPattern: memory[1])
        isAnchored = memory[2] == 1
    }

    /// Takes a usable row in and gives how long the point has been still, in milliseconds.
    /// - Parameters:
    ///   - span: a row further than this from the anchor's value becomes the anchor.
    ///   - isExcused: stillness is expected now, so every row becomes the anchor.
    package mutating func add(_ reading: Double, at time: Int64, span: Double, isExcused: Bool) -> Int64 {
        if !isAnchored || isExcused || abs(reading - value) > span {
            value = reading
            since = time
            isAnchored = true
        }
        return time - since
    }
}
