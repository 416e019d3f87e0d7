/// Functions with what must not be on the hot path, one way each: `Bench/hot-path` has to refuse them all, or its reading of the
/// machine code is worth nothing.
enum Planted {
    final class Box {
        var number: UInt64
        init(_ number: UInt64) { self.number = number }
    }

    @inline(never) static func plantedAllocation(_ number: UInt64) -> Box { Box(number) }

    @inline(never) static func plantedCount(_ box: Box, _ first: inout Box?, _ second: inout Box?) {
        first = box
        second = box
    }

    /// Its last act is a jump, not a call.
    @inline(never) static func plantedTailJump(_ number: UInt64) -> Box { plantedAllocation(number &* 3) }

    /// Whom it calls only the running program knows.
    @inline(never) static func plantedIndirect(_ look: () -> UInt64) -> UInt64 { look() &+ 1 }

    /// Zero, but the compiler cannot know.
    static func probe() -> UInt64 {
        let count = UInt64(CommandLine.arguments.count)
        var (first, second): (Box?, Box?) = (nil, nil)
        plantedCount(plantedAllocation(count), &first, &second)
        let sum = plantedIndirect(count > 1 ? { count &- 1 } : { count })
        let difference = sum &- max(first?.number ?? 0, count)
        let triple = plantedTailJump(count).number &- (second?.number ?? 0) &* 3
        return count > 1 ? difference &+ triple : 0
    }
}
