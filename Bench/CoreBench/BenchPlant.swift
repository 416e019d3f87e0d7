import Glibc
import PlantModel
import PlantTime

/// The plant of the benchmark: points polled once a second, each with H, HH, L, LL and a least-squares rate.
///
/// One point in five swings through all its limits; the others stay between them. Now and then rows are bad for some
/// seconds, or a single reading is absurd (1e15). The same seed gives the same plant.
struct BenchPlant {
    let points: Int
    let windowSeconds: Int64
    /// Off: every second the points come in their order, as polls do. On: in another one, the same each second.
    let isScattered: Bool

    init(points: Int, windowSeconds: Int64 = 60, isScattered: Bool = false) {
        self.points = points
        self.windowSeconds = windowSeconds
        self.isScattered = isScattered
    }

    static let start: Int64 = 1_704_067_200_000

    var tags: [String] { (0..<points).map { "AREA\($0 / 1000).TT-\(1000 + $0 % 1000)" } }

    // MARK: Rules

    /// limit, deadband, on-delay in seconds: H, HH, L, LL.
    static let limits: [(level: RuleKind.Threshold.Level, limit: Double, deadband: Double, onDelay: Double)] = [
        (.H, 85, 1.5, 5), (.HH, 92, 1.5, 2.5), (.L, 15, 1.5, 5), (.LL, 8, 1.5, 2.5),
    ]
    static let rateLimit = 0.6
    static let rateDeadband = 0.1
    static let rateDelay = 3.0

    var rules: RuleSet {
        var rules: [Rule] = []
        rules.reserveCapacity(points * 5)
        for tag in tags {
            for (level, limit, deadband, delay) in Self.limits {
                rules.append(
                    rule(
                        "\(tag).\(level.rawValue)", tag,
                        .threshold(.init(level: level, limit: limit, deadband: deadband)), delay))
            }
            let rate = RuleKind.RateLimit(
                direction: .either, limit: Self.rateLimit, deadband: Self.rateDeadband,
                estimator: .leastSquares(window: .seconds(windowSeconds)))
            rules.append(rule("\(tag).ROC", tag, .rateOfChange(rate), Self.rateDelay))
        }
        return RuleSet(rules: rules)
    }

    private func rule(_ id: String, _ tag: String, _ kind: RuleKind, _ onDelay: Double) -> Rule {
        Rule(
            id: id, point: tag, kind: kind, onDelay: .milliseconds(Int64(onDelay * 1000)), offDelay: .zero, maxAge: nil,
            priority: .high, isSilent: false, latching: false,
            location: SourceLocation(file: "bench.yaml", line: 1, column: 1))
    }

    // MARK: Samples

    /// The first `count` samples, as slots of the input ring.
    func slots(_ count: Int) -> [InputSlot] {
        var numbers = BenchNumbers(seed: 20_240_101)
        let courses = (0..<points).map { Course(swings: $0 % 5 == 0, &numbers) }
        var order = Array(0..<points)
        if isScattered { order.shuffle(using: &numbers) }
        var badUntil = [Int](repeating: -1, count: points)
        var slots: [InputSlot] = []
        slots.reserveCapacity(count)
        for index in 0..<count {
            let second = index / points
            let turn = index % points
            let point = order[turn]
            let time = PlantInstant(milliseconds: Self.start + Int64(second * 1000 + turn * 1000 / points))
            let draw = numbers.next()
            if draw % 4096 == 0 { badUntil[point] = second + Int(draw >> 60) % 5 }
            var value = courses[point].value(at: Double(second))
            // 1/64 of a step in 100: as instruments round.
            value = ((value + Double(Int(draw >> 32 & 63) - 32) / 64) * 100).rounded() / 100
            if draw >> 12 & 0x3FFFF == 7 { value = 1e15 }
            let quality: Quality = second <= badUntil[point] ? .bad(.deviceFault) : .good
            var slot = InputSlot(
                Sample(
                    point: PointIndex(offset: point), time: time, arrival: time, payload: Payload(value),
                    quality: quality), published: time)
            slot.judgedAt = time
            slots.append(slot)
        }
        return slots
    }
}

/// How one point moves.
private struct Course {
    private let reach: Double
    private let phase: Double
    private let turn: Double

    init(swings: Bool, _ numbers: inout BenchNumbers) {
        reach = swings ? 46 : 12
        phase = Double(numbers.next() % 6283) / 1000
        turn = 2 * Double.pi / Double(200 + numbers.next() % 600)
    }

    func value(at second: Double) -> Double { 50 + reach * sin(second * turn + phase) }
}

/// A small generator, the same on every machine.
struct BenchNumbers: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
