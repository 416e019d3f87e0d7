import AlarmLogic
import BenchTools
import Glibc
import PlantModel

/// How the cost of a sample depends on the number of points, and on the length of a window.
enum CurveBench {
    private static let rows = 3_000_000

    /// 1,000, 10,000 and 100,000 points: their state outgrows the caches, nothing else changes.
    static func runPoints(_ thresholds: inout Thresholds) throws {
        var costs: [Double] = []
        for (points, isScattered) in [(1000, false), (10_000, false), (10_000, true), (100_000, false)] {
            let plant = BenchPlant(points: points, isScattered: isScattered)
            let (core, twin) = try LoopBench.interleaved(plant, plant.slots(rows), rounds: 3)
            report(
                "\(points) points\(isScattered ? " in scattered order" : ""): core \(shown(core.nanosecondsPerRow)) ns "
                    + "a sample, C++ \(shown(twin.nanosecondsPerRow))")
            if !isScattered { costs.append(core.nanosecondsPerRow) }
        }
        thresholds.check(
            "points-spread", (costs.max() ?? 0) / (costs.min() ?? 1), "dearest over cheapest number of points")
    }

    /// 10 s to 24 h at 1 Hz: a row in, a row out, on average and at worst.
    static func runWindows(_ thresholds: inout Thresholds) {
        var costs: [Double] = []
        for (name, seconds) in [
            ("10 s", 10), ("1 min", 60), ("10 min", 600), ("1 h", 3600), ("6 h", 21_600), ("24 h", 86_400),
        ] {
            let (average, worst) = measure(seconds: seconds)
            report("window of \(name): \(shown(average)) ns a row, the worst of 20,000 rows \(shown(worst))")
            costs.append(average)
        }
        thresholds.check(
            "window-spread", (costs.max() ?? 0) / (costs.min() ?? 1), "dearest over cheapest length of a window")
        // Behind a gap of half a window: half of ten minutes goes row by row and by milestones, as half of a day does.
        let short = measureGaps(seconds: 600)
        let long = measureGaps(seconds: 86_400)
        report("behind a gap of a whole window of 24 h: \(shown(long.whole)) ns")
        thresholds.check(
            "window-gap", long.partial / short.partial,
            "a row behind a gap of half a window: \(shown(long.partial / 1e3)) us at 24 h, \(shown(short.partial / 1e3)) at 10 min"
        )
    }

    /// The average is that of 16 windows in turn, their rows brought near as the core does it, in CPU time. The worst row
    /// is the dearest of those whose cheapest of seven equal runs is taken: what the machine did meanwhile is left out,
    /// what the algorithm does is not.
    private static func measure(seconds: Int) -> (average: Double, worst: Double) {
        let measured = 20_000
        var least = [Int64](repeating: .max, count: measured)
        for _ in 0..<7 {
            var store = RowStore()
            var slope = LeastSquaresSlope(windowMilliseconds: Int64(seconds) * 1000)
            for second in 0..<2 * seconds { add(second, to: &slope, &store) }
            for row in 0..<measured {
                let begun = monotonic()
                add(2 * seconds + row, to: &slope, &store)
                least[row] = min(least[row], monotonic() - begun)
            }
        }
        return (average(seconds: seconds), Double(least.max() ?? 0))
    }

    private static func average(seconds: Int) -> Double {
        let (windows, rounds, measured) = (16, 5, 10_000)
        var store = RowStore()
        var slopes = [LeastSquaresSlope](
            repeating: LeastSquaresSlope(windowMilliseconds: Int64(seconds) * 1000), count: windows)
        for second in 0..<2 * seconds { for place in 0..<windows { add(second, to: &slopes[place], &store) } }
        var costs: [Double] = []
        for round in 0..<rounds {
            let begun = processorSeconds()
            for row in 0..<measured {
                let second = 2 * seconds + round * measured + row
                for place in 0..<windows {
                    slopes[(place + 4) % windows].rows.hint(in: store)
                    add(second, to: &slopes[place], &store)
                }
            }
            costs.append((processorSeconds() - begun) * 1e9 / Double(measured * windows))
        }
        return median(costs)
    }

    /// From memory, both: between two rows of a point come those of thousands of others, so no window lies in a cache.
    private static func measureGaps(seconds: Int) -> (partial: Double, whole: Double) {
        var partial = Int64.max
        var whole = Int64.max
        for _ in 0..<5 {
            var store = RowStore()
            var slope = LeastSquaresSlope(windowMilliseconds: Int64(seconds) * 1000)
            for second in 0..<2 * seconds { add(second, to: &slope, &store) }
            forgetCaches()
            var begun = monotonic()
            add(2 * seconds + seconds / 2, to: &slope, &store)
            partial = min(partial, monotonic() - begun)
            forgetCaches()
            begun = monotonic()
            add(4 * seconds, to: &slope, &store)
            whole = min(whole, monotonic() - begun)
        }
        return (Double(partial), Double(whole))
    }

    /// Reads more than any cache holds.
    private static func forgetCaches() {
        var sum: UInt64 = 0
        for index in stride(from: 0, to: elsewhere.count, by: 8) { sum &+= elsewhere[index] }
        precondition(sum == 0)
    }

    private static let elsewhere = [UInt64](repeating: 0, count: 16 << 20)

    @inline(never)
    private static func add(_ second: Int, to slope: inout LeastSquaresSlope, _ store: inout RowStore) {
        _ = slope.add(20 + Double(second % 1021) / 100, at: BenchPlant.start + Int64(second) * 1000, in: &store)
    }

    private static func monotonic() -> Int64 {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
