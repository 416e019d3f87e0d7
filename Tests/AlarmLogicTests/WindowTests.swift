import AlarmLogic
import Testing

/// The least-squares slope in exact integers over all rows, for values in quarters: the slow, obvious way.
private func obviousSlope(_ rows: [(time: Int64, value: Double)], at now: Int64, window: Int64) -> Double? {
    let seen = rows.filter { $0.time >= now - window }
    guard seen.count >= 2, let oldest = seen.first, 2 * (now - oldest.time) >= window else { return nil }
    var (t, x, tt, tx): (Int128, Int128, Int128, Int128) = (0, 0, 0, 0)
    for row in seen {
        let (time, quarters) = (Int128(row.time - now), Int128(row.value * 4))
        t += time
        x += quarters
        tt += time * time
        tx += time * quarters
    }
    let count = Int128(seen.count)
    // Both fit into 53 bits here, so the one division rounds once.
    return Double((count * tx - t * x) * 250) / Double(count * tt - t * t)
}

@Suite struct `A least-squares slope` {
    @Test(arguments: 0..<60) func `is what exact arithmetic over the window gives`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 10_000)
        var rows: [(time: Int64, value: Double)] = []
        var time: Int64 = 1_704_067_200_000
        for _ in 0..<300 {
            time += [0, 250, 500, 1000, 1500, 7000, 30_000].randomElement(using: &numbers) ?? 0
            let value = Double(Int.random(in: -400...400, using: &numbers)) / 4
            rows.append((time, value))
            let found = slope.add(value, at: time, in: &store)
            #expect(found == obviousSlope(rows, at: time, window: 10_000), "seed \(seed), at \(time)")
        }
    }

    @Test func `forgets an absurd reading wholly once it has left the window`() {
        var store = RowStore()
        var haunted = LeastSquaresSlope(windowMilliseconds: 10_000)
        var clean = LeastSquaresSlope(windowMilliseconds: 10_000)
        for second in 0..<5 {
            _ = haunted.add([1e15, -3e300, 12.3, 9e9, 1e-9][second], at: Int64(second) * 1000, in: &store)
        }
        for second in 15..<60 {
            let value = 10.1 + Double(second % 7) * 0.3
            let found = haunted.add(value, at: Int64(second) * 1000, in: &store)
            let expected = clean.add(value, at: Int64(second) * 1000, in: &store)
            #expect(found == expected)
        }
    }

    @Test func `is exact on a ramp, a day long, at the rate itself`() {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 3_600_000)
        var last: Double?
        for second in 0..<7200 {
            last = slope.add(Double(second) * 0.5, at: 1_704_067_200_000 + Int64(second) * 1000, in: &store)
        }
        #expect(last == 0.5)
    }

    @Test func `does not feel an absurd reading in the very middle of its window`() {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 10_000)
        var last: Double?
        for second in 0...10 {
            last = slope.add(second == 5 ? 1e15 : Double(second), at: Int64(second) * 1000, in: &store)
        }
        #expect(last == 1)
    }

    @Test func `goes on over years of uptime`() {
        var store = RowStore()
        var slope = LeastSquaresSlope(windowMilliseconds: 1 << 36)
        var last: Double?
        // A row every 100 days for 40 years: the origin moves, the window stays at two years.
        for row in 0..<146 { last = slope.add(Double(row) * 2, at: Int64(row) * 8_640_000_000, in: &store) }
        #expect(last == 2 / 8_640_000.0)
    }

    @Test func `a full window lets its oldest row go early`() {
        var store = RowStore()
        var queue = RowQueue()
        for row in 0..<100 { queue.append(Row(time: Int64(row), value: 0), in: &store) }
        for row in 0..<90 {
            #expect(queue.first(in: store).time == Int64(row))
            queue.removeFirst(in: &store)
        }
        #expect(queue.second(in: store).time == 91)
        #expect(queue.last(in: store).time == 99)
        queue.removeAll(in: &store)
        #expect(queue.isEmpty)
    }

    @Test func `blocks given back are used again`() {
        var store = RowStore()
        var queue = RowQueue()
        for row in 0..<200_000 {
            queue.append(Row(time: Int64(row), value: 0), in: &store)
            if queue.count > 500 { queue.removeFirst(in: &store) }
        }
        #expect(store.byteCount < 1 << 20)
    }
}

@Suite struct `Other windows` {
    @Test(arguments: 0..<30) func `a median of slopes is that of all pairs`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var scratch = PairSlopes()
        var slope = TheilSenSlope(windowMilliseconds: 6300)
        var kept: [(time: Int64, value: Double)] = []
        var time: Int64 = 0
        for _ in 0..<150 {
            time += [100, 100, 200, 700].randomElement(using: &numbers) ?? 100
            let value = Double(Int.random(in: 0...100, using: &numbers))
            kept.append((time, value))
            kept.removeAll { $0.time < time - 6300 }
            var slopes: [Double] = []
            for (index, later) in kept.enumerated() {
                for earlier in kept[..<index] {
                    slopes.append((later.value - earlier.value) * 1000 / Double(later.time - earlier.time))
                }
            }
            slopes.sort()
            let isKnown = kept.count >= 2 && 2 * (time - kept[0].time) >= 6300
            let expected =
                !isKnown
                ? nil
                : slopes.count % 2 == 1
                    ? slopes[slopes.count / 2] : (slopes[slopes.count / 2 - 1] + slopes[slopes.count / 2]) / 2
            #expect(slope.add(value, at: time, in: &store, scratch: &scratch) == expected, "seed \(seed), at \(time)")
        }
    }

    @Test(arguments: 0..<30) func `an average over time is the area under the steps`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var store = RowStore()
        var average = TimeWeightedAverage(windowMilliseconds: 10_000, holdingMilliseconds: 3000)
        var rows: [(time: Int64, value: Double?)] = []
        var time: Int64 = 0
        for _ in 0..<200 {
            time += [0, 500, 1000, 2500, 4000, 15_000].randomElement(using: &numbers) ?? 0
            let value: Double? =
                Int.random(in: 0..<6, using: &numbers) == 0 ? nil : Double(Int.random(in: 0...40, using: &numbers))
            rows.append((time, value))
            var area = 0.0
            var covered: Int64 = 0
            for (row, next) in zip(rows, rows.dropFirst()) {
                guard let held = row.value else { continue }
                let length = min(row.time + 3000, next.time) - max(row.time, time - 10_000)
                if length > 0 {
                    area += held * Double(length)
                    covered += length
                }
            }
            let found = average.add(value, at: time, in: &store)
            #expect(found?.covered ?? 0 == covered, "seed \(seed), at \(time)")
            if covered > 0 { #expect(found?.mean == area / Double(covered), "seed \(seed), at \(time)") }
        }
    }

    @Test func `a weighted trend is not lost for ever to an absurd reading`() {
        var trend = WeightedTrend(tauMilliseconds: 1000)
        for (second, value) in [1.7e308, -1.7e308, 1.7e308].enumerated() {
            _ = trend.add(value, at: Int64(second) * 1000)
        }
        var last: Double?
        for second in 3..<5000 { last = trend.add(Double(second) * 0.25, at: Int64(second) * 1000) }
        #expect(abs((last ?? 0) - 0.25) < 1e-9)
    }

    @Test func `a moving mean needs half its window`() {
        var store = RowStore()
        var mean = MovingMean(windowMilliseconds: 10_000)
        #expect(mean.add(4, at: 0, in: &store) == nil)
        #expect(mean.add(8, at: 4999, in: &store) == nil)
        #expect(mean.add(6, at: 5000, in: &store) == 6)
        #expect(mean.add(16, at: 14_999, in: &store) == 10)
    }
}

@Suite struct `Small instruments` {
    @Test(arguments: [(345.0, -15.0), (-345, 15), (180, -180), (-180, -180), (0, 0), (725, 5)])
    func `differences on a circle go the short way`(_ difference: Double, _ shortest: Double) {
        #expect(Circle.shortest(difference, turn: 360) == shortest)
    }

    @Test(arguments: [(8.0, true as Bool?), (7, false), (0.5, nil), (-1, nil), (0x1p53, nil)])
    func `a bit that cannot be read is unknown`(_ value: Double, _ isSet: Bool?) {
        #expect(StatusBit(place: 3, isInverted: false).isMet(by: value) == isSet)
        #expect(StatusBit(place: 3, isInverted: true).isMet(by: value) == isSet.map { !$0 })
    }

    @Test func `a meter counts through roll-over and reset`() {
        var total = RunningTotal()
        #expect([95, 3, 1, 60].map { total.add($0, wrap: 100) } == [0, 8, 9, 68])
    }

    @Test func `time to a limit below mirrors that to one above`() {
        let rising = TimeToLimit(limit: 100, isBelow: false, horizon: 20, clearHorizon: 40)
        #expect(rising.seconds(from: 90, slope: 0.5) == 20)
        #expect(rising.seconds(from: 100, slope: nil) == 0)
        #expect(rising.seconds(from: 90, slope: nil) == nil)
        #expect(rising.seconds(from: 90, slope: -1) == 1e9)
        let falling = TimeToLimit(limit: 10, isBelow: true, horizon: 20, clearHorizon: 40)
        #expect(falling.seconds(from: 20, slope: -0.5) == 20)
        #expect([20.0, 30, 41].map(falling.zone(of:)) == [.raise, .hold, .clear])
    }

    @Test(arguments: [(0, 1, Verdict.clear), (1, 1, .raise), (0, 2, .clear), (1, 2, .raise), (0, 3, .unknown)])
    func `a vote of 2oo3 needs fewer when members drop out`(_ active: Int, _ unknown: Int, _ verdict: Verdict) {
        #expect(Voting(needed: 2, of: 3, onBad: .drop).judge(active: active, unknown: unknown).verdict == verdict)
    }

    @Test(arguments: [(2, 0, Verdict.raise), (2, 1, .raise), (1, 1, .unknown), (1, 0, .clear), (0, 1, .clear)])
    func `a vote that holds waits for members that could turn it`(_ active: Int, _ unknown: Int, _ verdict: Verdict) {
        #expect(Voting(needed: 2, of: 3, onBad: .hold).judge(active: active, unknown: unknown).verdict == verdict)
    }
}
