import MonitorCore
import PlantModel
import PlantTime

/// A plant for the pipe: 10,000 points that stay between their limits, each with H, HH, L, LL and a rate over 5 s, which at
/// 50 samples a second are 250 rows; and one gas point, whose limit of 50 is what is waited for.
struct PipePlant {
    static let ordinary = 10_000
    static let gas = PointIndex(offset: ordinary)

    var tags: [String] { (0..<Self.ordinary).map { "TT-\($0)" } + ["GAS-1"] }

    func monitor(startingAt start: PlantInstant) throws -> Monitor {
        var rules: [Rule] = []
        for tag in tags.dropLast() {
            for (level, limit) in [(RuleKind.Threshold.Level.HH, 95.0), (.H, 90), (.L, 10), (.LL, 5)] {
                rules.append(
                    Rule(
                        id: "\(tag).\(level.rawValue)", point: tag,
                        kind: .threshold(.init(level: level, limit: limit, deadband: 1)), onDelay: .seconds(5),
                        priority: .high))
            }
            rules.append(
                Rule(
                    id: "\(tag).ROC", point: tag,
                    kind: .rateOfChange(
                        .init(direction: .either, limit: 100, estimator: .leastSquares(window: .seconds(5)))),
                    onDelay: .seconds(5), priority: .medium))
        }
        rules.append(
            Rule(
                id: "GAS-1.HH", point: "GAS-1", kind: .threshold(.init(level: .HH, limit: 50, deadband: 5)),
                priority: .critical))
        return try Monitor(site: "pipe", points: tags, rules: RuleSet(rules: rules), startingAt: start)
    }
}

/// What a door does with one answer of sixty registers: fills its slots and hands them over. It keeps its room.
struct AnswerOfSixty {
    static let size = 60
    private(set) var slots = [InputSlot](
        repeating: InputSlot(.tick, at: PlantInstant(nanoseconds: 0)), count: AnswerOfSixty.size)
    private var next = 0

    /// The next sixty points of the plant, read and published now.
    mutating func fill(at now: PlantInstant) {
        let arrival = now.wholeMillisecond
        for place in slots.indices {
            let value = Double(40 + (next &* 7) % 20)
            slots[place] = InputSlot(
                Sample(point: PointIndex(offset: next), at: arrival, .good(value)), source: 4, published: now)
            next = next + 1 == PipePlant.ordinary ? 0 : next + 1
        }
    }
}
