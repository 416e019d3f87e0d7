import AlarmLogic
import Testing

/// A small generator with a seed that tests print.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

@Suite struct `An exact sum` {
    private static let absurd: [Double] = [
        1e15, -3.3e38, 1e-20, 0.1, -0.3, 12.34, 7e22, -1e300, .leastNonzeroMagnitude, 0, -0.0,
    ]

    @Test(arguments: 0..<50) func `keeps no trace of what has been taken away`(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        var sum = ExactSum()
        var held: [(Double, Int64)] = []
        for _ in 0..<200 {
            if Bool.random(using: &numbers), let index = held.indices.randomElement(using: &numbers) {
                let (value, count) = held.remove(at: index)
                sum.subtract(value, times: count)
            } else {
                let wild = Self.absurd.randomElement(using: &numbers) ?? 0
                let value = Bool.random(using: &numbers) ? wild : Double.random(in: -100...100, using: &numbers)
                let count = Int64.random(in: -(1 << 37)...(1 << 37), using: &numbers)
                sum.add(value, times: count)
                held.append((value, count))
            }
        }
        for (value, count) in held { sum.subtract(value, times: count) }
        #expect(sum.isZero, "seed \(seed)")
    }

    @Test func `is rounded once, when it is divided`() {
        var sum = ExactSum()
        sum.add(1e15)
        sum.add(0.1)
        sum.subtract(1e15)
        #expect(sum.divided(by: 1) == 0.1)
        sum.add(0.2)
        // Exactly 0.1 + 0.2 as doubles, halved: the nearest double of the true sum is 0.15000000000000002.
        #expect(sum.divided(by: 2) == 0.15000000000000002)
    }

    @Test(arguments: [(1.0, Int64(3), Int64(2)), (-7.5, 1001, 13), (0.1, 86_400_000, 7), (1e15, 60_000, 61)])
    func `divides as exact numbers would`(_ value: Double, _ count: Int64, _ divisor: Int64) {
        var sum = ExactSum()
        sum.add(value, times: count)
        // The product of 53 and 27 bits is exact in two doubles; their quotient is correct to a rounding.
        let high = value * Double(count)
        let low = (-high).addingProduct(value, Double(count))
        let expected = high / Double(divisor)
        let rest = (high.addingProduct(-expected, Double(divisor)) + low) / Double(divisor)
        #expect(sum.divided(by: divisor) == expected + rest)
    }

    @Test func `counts a reading beyond a 32-bit float as the largest one`() {
        var sum = ExactSum()
        sum.add(1e300)
        #expect(sum.divided(by: 1) == (0x1p128).nextDown)
        sum.subtract(1e300)
        #expect(sum.isZero)
    }

    @Test func `comes back from a snapshot as it was`() {
        var sum = ExactSum()
        sum.add(-12.34, times: 77)
        #expect(ExactSum(words: sum.words) == sum)
        #expect(ExactSum(words: [1, 2]) == nil)
    }
}
