/// What a running reading remembers: the one before, and the total so far.
private struct Tally: Sendable, BitwiseCopyable, Equatable {
    var before: Double = 0
    var total: Double = 0
    var hasRows = false

    init() {}

    var memory: [UInt64] { [before.bitPattern, total.bitPattern, hasRows ? 1 : 0] }

    init?(memory: [UInt64]) {
        guard memory.count == 3 else { return nil }
        before = Double(bitPattern: memory[0])
        total = Double(bitPattern: memory[1])
        hasRows = memory[2] == 1
    }

    /// Makes a reading the one before, and the total what it has become.
    mutating func take(_ reading: Double, total newTotal: Double) -> Double {
        hasRows = true
        before = reading
        total = newTotal
        return newTotal
    }
}

/// What a meter has counted since its first usable row, through roll-overs and resets (semantics.md B, `counter`).
package struct RunningTotal: Sendable, BitwiseCopyable, Equatable {
    private var tally = Tally()

    package init() {}

    /// What it remembers, for snapshots.
    package var memory: [UInt64] { tally.memory }

    /// - Parameter memory: as ``memory`` gave it; nil when it cannot be that.
    package init?(memory: [UInt64]) {
        guard let tally = Tally(memory: memory) else { return nil }
        self.tally = tally
    }

    /// - Parameter wrap: the count at which the meter starts again from 0; nil: every fall is a reset.
    package mutating func add(_ reading: Double, wrap: Double?) -> Double {
        guard tally.hasRows else { return tally.take(reading, total: 0) }
        let change = reading - tally.before
        let increase =
            if change >= 0 { change } else if let wrap, reading + wrap - tally.before < wrap / 2 {
                reading + wrap - tally.before
            } else { reading }
        return tally.take(reading, total: tally.total + increase)
    }
}

/// A circular reading made into a line: each change is taken the short way round (semantics.md B, `unwrap`).
package struct UnwoundAngle: Sendable, BitwiseCopyable, Equatable {
    private var tally = Tally()

    package init() {}

    /// What it remembers, for snapshots.
    package var memory: [UInt64] { tally.memory }

    /// - Parameter memory: as ``memory`` gave it; nil when it cannot be that.
    package init?(memory: [UInt64]) {
        guard let tally = Tally(memory: memory) else { return nil }
        self.tally = tally
    }

    package mutating func add(_ reading: Double, turn: Double) -> Double {
        guard tally.hasRows else { return tally.take(reading, total: reading) }
        return tally.take(reading, total: tally.total + Circle.shortest(reading - tally.before, turn: turn))
    }
}
