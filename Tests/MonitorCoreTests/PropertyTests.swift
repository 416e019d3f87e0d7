import MonitorCore
import PlantModel
import PlantTime
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

/// A random plant on a grid of 250 ms with values in halves, exact in binary: ties with limits and deadlines abound.
private struct RandomPlant {
    var rules: [Rule] = []
    var rows: [ObviousEvaluator.Row] = []

    init(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        func pick<Element>(_ choices: [Element]) -> Element {
            choices[Int.random(in: choices.indices, using: &numbers)]
        }
        for number in 0..<8 {
            let limit = pick([-2.0, 0, 5, 7.5, 10])
            let deadband = pick([0.0, 0.5, 2])
            let window = Duration.milliseconds(pick([1000, 2500, 8000]))
            let kind: RuleKind =
                switch Int.random(in: 0..<8, using: &numbers) {
                case 0, 1: .threshold(.init(level: pick([.H, .HH]), limit: limit, deadband: deadband))
                case 2: .threshold(.init(level: pick([.L, .LL]), limit: limit, deadband: deadband))
                case 3, 4:
                    .rateOfChange(
                        .init(
                            direction: pick([.either, .rise, .fall]), limit: pick([0.5, 1, 2.25]), deadband: deadband,
                            estimator: .leastSquares(window: window)))
                case 5: .state(.states([5, 10]))
                case 6: .badQuality
                default: .stale
                }
            let delays = [0.0, 0, 0.25, 1, 2.5, 6]
            var maxAge: Double? = pick([nil, 0.5, 2, 5])
            if case .stale = kind { maxAge = maxAge ?? 3 }
            rules.append(
                rule(
                    kind, id: "\(number)", point: pick(["A", "B", "C"]), on: pick(delays), off: pick(delays),
                    maxAge: maxAge))
        }
        var time: Int64 = 0
        var level = 5.0
        for _ in 0..<140 {
            time += pick([0, 0, 250, 250, 500, 1000, 3500])
            level += pick([-2.5, -1, -0.5, 0, 0, 0.5, 1, 2.5])
            if level < -4 || level > 14 { level = 5 }
            let isBad = Int.random(in: 0..<7, using: &numbers) == 0
            rows.append(.init(time: time, point: Int.random(in: 0..<3, using: &numbers), value: isBad ? nil : level))
        }
    }

    func slots() -> [InputSlot] {
        rows.map { row in
            let time = PlantInstant(milliseconds: row.time)
            var slot = InputSlot(
                Sample(
                    point: PointIndex(UInt32(row.point)), at: time, row.value.map { .good($0) } ?? .bad(.deviceFault)),
                published: time)
            slot.judgedAt = time
            return slot
        }
    }

    func monitor() throws -> Monitor {
        try Monitor(
            site: "test", points: ["A", "B", "C"], rules: RuleSet(rules: rules),
            startingAt: PlantInstant(milliseconds: rows[0].time))
    }

    /// What the core says, in the order of A10.
    func said(by monitor: inout Monitor) -> [ObviousEvaluator.Said] {
        monitor.tick(to: PlantInstant(milliseconds: rows[rows.count - 1].time))
        let events = monitor.takeEvents().enumerated().sorted {
            ($0.element.occurredAt, $0.element.rule, $0.offset) < ($1.element.occurredAt, $1.element.rule, $1.offset)
        }
        return events.map {
            ObviousEvaluator.Said(
                time: $0.element.occurredAt.milliseconds, rule: $0.element.rule.offset,
                isRaise: $0.element.transition == .raise, value: $0.element.value)
        }
    }
}

@Suite struct `The core on random recordings` {
    @Test func `says what the obvious evaluator says, for 300 seeds`() throws {
        var events = 0
        for seed in UInt64(1)...300 {
            let plant = RandomPlant(seed: seed)
            var obvious = ObviousEvaluator(rules: plant.rules, rows: plant.rows)
            var monitor = try plant.monitor()
            monitor.step(plant.slots().span, firstSequence: 1)
            let expected = obvious.run().sorted { ($0.time, $0.rule) < ($1.time, $1.rule) }
            let found = plant.said(by: &monitor)
            events += found.count
            for (place, pair) in zip(expected, found).enumerated() where pair.0 != pair.1 {
                Issue.record("seed \(seed), event \(place): expected \(pair.0), found \(pair.1)")
                return
            }
            #expect(expected.count == found.count, "seed \(seed)")
        }
        // A test of silence would prove nothing.
        #expect(events > 3000)
    }

    @Test func `goes on from a snapshot at any row as if nothing had been`() throws {
        for seed in UInt64(1)...40 {
            let plant = RandomPlant(seed: seed)
            let slots = plant.slots()
            var whole = try plant.monitor()
            whole.step(slots.span, firstSequence: 1)
            let expected = plant.said(by: &whole)
            for cut in stride(from: 1, to: slots.count, by: 17) {
                var before = try plant.monitor()
                before.step(slots.span.extracting(first: cut), firstSequence: 1)
                let said = before.takeEvents().count
                var after = try plant.monitor()
                try after.restore(before.snapshot())
                #expect(after.snapshot() == before.snapshot(), "seed \(seed), cut \(cut)")
                after.step(slots.span.extracting(droppingFirst: cut), firstSequence: UInt64(cut) + 1)
                let rest = plant.said(by: &after)
                #expect(said + rest.count == expected.count, "seed \(seed), cut \(cut)")
                #expect(after.eventDigest == whole.eventDigest, "seed \(seed), cut \(cut)")
            }
        }
    }
}
