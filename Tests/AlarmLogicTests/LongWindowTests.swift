import AlarmLogic
import Testing

/// A window of hundreds of rows has milestones, from which it starts again behind a gap.
@Suite struct `A long window` {
    /// What a window says that was never given anything but the rows that are still inside.
    private func fresh(_ rows: ArraySlice<(time: Int64, value: Double)>, window: Int64) -> Double? {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: window)
        var last: Double?
        for row in rows { last = slope.add(row.value, at: row.time, in: &store) }
        return last
    }

    @Test(arguments: 0..<8) func `is exact behind gaps of any length`(_ seed: UInt64) {
        let window: Int64 = 900_000
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: window)
        var rows: [(time: Int64, value: Double)] = []
        var time: Int64 = 1_704_067_200_000
        var oldest = 0
        for row in 0..<4000 {
            let isGap = Int.random(in: 0..<150, using: &numbers) == 0
            time +=
                isGap ? Int64.random(in: 2000...950_000, using: &numbers) : Int64.random(in: 0...1000, using: &numbers)
            let isRare = Int.random(in: 0..<400, using: &numbers) == 0
            let value =
                isRare
                ? [1e15, -3e20, 1e-9].randomElement(using: &numbers) ?? 0
                : Double.random(in: -100...100, using: &numbers)
            rows.append((time, value))
            while rows[oldest].time < time - window { oldest += 1 }
            let found = slope.add(value, at: time, in: &store)
            #expect(slope.rows.count == rows.count - oldest)
            guard isGap || row % 100 == 0 else { continue }
            #expect(found == fresh(rows[oldest...], window: window), "seed \(seed), row \(row)")
        }
    }

    @Test func `finds its edge among hundreds of milestones`() {
        let window: Int64 = 4_000_000
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: window)
        var time: Int64 = 0
        func value(_ time: Int64) -> Double { Double(time / 100 % 977) / 8 }
        for _ in 0..<70_000 {
            _ = slope.add(value(time), at: time, in: &store)
            time += 100
        }
        // Gaps that leave fewer and fewer rows.
        for gap: Int64 in [300_000, 1_000_000, 1_700_000, 900_000] {
            time += gap
            let found = slope.add(value(time), at: time, in: &store)
            var inside: [(time: Int64, value: Double)] = []
            slope.rows.forEach(in: store) { inside.append(($0.time, $0.value)) }
            #expect(inside.first.map { $0.time >= time - window && $0.time < time - window + 100 } == true)
            #expect(found == fresh(inside[...], window: window))
        }
    }

    @Test func `gives the room of its rows and milestones back`() {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 1_000_000)
        for row in 0..<3000 { _ = slope.add(1, at: Int64(row) * 1000, in: &store) }
        let held = store.byteCount
        for round in 1..<40 {
            let start = Int64(round) * 10_000_000
            for row in 0..<1500 { _ = slope.add(1, at: start + Int64(row) * 1000, in: &store) }
            _ = slope.add(1, at: start + 2_300_000, in: &store)
        }
        #expect(store.byteCount == held)
    }
}
