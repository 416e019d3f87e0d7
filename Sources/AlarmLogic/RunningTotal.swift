/// What a meter has counted since its first usable row, through roll-overs and resets (semantics.md B, `counter`).
package struct RunningTotal: Sendable, BitwiseCopyable, Equatable {
    private var before: Double = 0
    private var total: Double = 0
    private var hasRows = false

    package init() {}

    /// What it remembers, for snapshots.
    package var memory: [UInt64] { [before.bitPattern, total.bitPattern, hasRows ? 1 : 0] }

    /// - Parameter memory: as ``memory`` gave it; nil when it cannot be that.
    package init?(memory: [UInt64]) {
        guard memory.count == 3 else { return nil }
        before = Double(bitPattern: memory[0])
        total = Double(bitPattern: memory[1])
        hasRows = memory[2] == 1
    }

    /// - Parameter wrap: the count at which the meter starts again from 0; nil: every fall is a reset.
    package mutating func add(_ reading: Double, wrap: Double?) -> Double {
        if hasRows {
            if reading >= before {
                total += reading - before
            } else if let wrap, reading + wrap - before < wrap / 2 {
                total += reading + wrap - before
            } else {
                total += reading
            }
        }
        hasRows = true
        before = reading
        return total
    }
}

/// A circular reading made into a line: each change is taken the short way round (semantics.md B, `unwrap`).
package struct UnwoundAngle: Sendable, BitwiseCopyable, Equatable {
    private var before: Double = 0
    private var total: Double = 0
    private var hasRows = false

    package init() {}

    /// What it remembers, for snapshots.
    package var memory: [UInt64] { [before.bitPattern, total.bitPattern, hasRows ? 1 : 0] }

    /// - Parameter memory: as ``memory`` gave it; nil when it cannot be that.
    package init?(memory: [UInt64]) {
        guard memory.count == 3 else { return nil }
        before = Double(bitPattern: memory[0])
        total = Double(bitPattern: memory[1])
        hasRows = memory[2] == 1
    }

    package mutating func add(_ reading: Double, turn: Double) -> Double {
        total = hasRows ? total + Circle.shortest(reading - before, turn: turn) : reading
        hasRows = true
        before = reading
        return total
    }
}
