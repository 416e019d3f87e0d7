import AlarmLogic
import Testing

@Suite struct `Usual and rare readings` {
    /// The same readings 2^60 times as large are outside the range of the narrow sums: all of them go the careful way, and
    /// a slope scales exactly. In a window of 40 days the divisor, too, fills more than one register.
    @Test(arguments: 0..<40, [1, 172_800]) func `give the same slope to the last bit`(_ seed: UInt64, scale: Int64) {
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var usual = LeastSquaresSlope(windowMilliseconds: 20_000 * scale)
        var rare = LeastSquaresSlope(windowMilliseconds: 20_000 * scale)
        var time: Int64 = 1_704_067_200_000
        var slopes = 0
        for _ in 0..<400 {
            time += scale * ([0, 100, 999, 1000, 1001, 6000, 25_000].randomElement(using: &numbers) ?? 0)
            let value = Double(Int.random(in: -2_000_000...2_000_000, using: &numbers)) / 1000
            let found = usual.add(value, at: time, in: &store)
            let expected = rare.add(value * 0x1p60, at: time, in: &store)
            #expect(found.map { $0 * 0x1p60 } == expected, "seed \(seed), scale \(scale), at \(time), \(value)")
            if found != nil { slopes += 1 }
        }
        #expect(slopes > 80)
    }

    @Test(arguments: 0..<20) func `leave nothing behind of one another`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var mixed = LeastSquaresSlope(windowMilliseconds: 10_000)
        var clean = LeastSquaresSlope(windowMilliseconds: 10_000)
        let rare = [1e15, -1e30, 3e-9, -7.5e10, 1e-40]
        for second in Int64(0)..<40 {
            _ = mixed.add(
                Bool.random(using: &numbers) ? rare.randomElement(using: &numbers) ?? 0 : 21.3, at: second * 1000,
                in: &store)
        }
        for second in Int64(51)..<80 {
            let value = Double(Int.random(in: 0...10_000, using: &numbers)) / 100
            let found = mixed.add(value, at: second * 1000, in: &store)
            #expect(found == clean.add(value, at: second * 1000, in: &store), "seed \(seed), second \(second)")
        }
    }

    @Test func `a gap of more than a window gives its rows back at once`() {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 1_000_000)
        for round in Int64(0)..<50 {
            for second in Int64(0)..<1000 {
                _ = slope.add(5, at: (round * 5000 + second) * 1000, in: &store)
            }
            #expect(slope.rows.count == 1000)
        }
        #expect(store.byteCount < 1 << 20)
    }
}
