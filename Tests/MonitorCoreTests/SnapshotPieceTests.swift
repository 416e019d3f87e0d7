import MonitorCore
import PlantModel
import Testing

@Suite struct `A snapshot that is handed out while the core goes on` {
    /// A window of each kind that keeps rows, and one of more rows than have a milestone.
    private static func rules() -> RuleSet {
        RuleSet(
            entries: [
                .derived(
                    DerivedPoint(
                        name: "MEAN", operation: .mean(window: .seconds(20)), inputs: ["B"], maxAge: nil,
                        location: SourceLocation(file: "rules", line: 1, column: 1))),
                .rule(
                    Rule(
                        id: "A.ROC", point: "A",
                        kind: .rateOfChange(
                            .init(direction: .either, limit: 1e6, estimator: .leastSquares(window: .seconds(300)))),
                        priority: .low)),
                .rule(
                    Rule(
                        id: "B.ROC", point: "B",
                        kind: .rateOfChange(
                            .init(direction: .either, limit: 1e6, estimator: .theilSen(window: .seconds(630)))),
                        priority: .low)),
            ])
    }

    /// Rows of the next second: of two points, the second in bursts that fall into one slot of its window.
    private static func step(_ plant: inout TestPlant, _ second: Int) {
        plant.row(0, .good(Double(second * second % 101)), at: Double(second))
        for part in 0..<3 { plant.row(1, .good(Double((second + part) % 7)), at: Double(second) + 0.2 * Double(part)) }
    }

    @Test(arguments: [1, 1000, 40_000])
    func `holds the instant at which it was begun, however slowly it goes`(portion: Int) throws {
        var plant = try TestPlant(Self.rules())
        for second in 1...700 { Self.step(&plant, second) }
        let then = plant.monitor.snapshot()
        plant.monitor.beginSnapshot()
        var bytes: [UInt8] = []
        var second = 700
        while !plant.monitor.writeSnapshot(portion, into: &bytes) {
            // A gap empties the windows on the way; then they fill again, in whatever blocks are free.
            second += second == 705 ? 2000 : 1
            Self.step(&plant, second)
        }
        // Compared first: two lists of many thousand bytes are no message.
        let isThatInstant = bytes == then
        #expect(isThatInstant)
    }

    @Test func `changes nothing of what the core goes on to say`() throws {
        var plain = try TestPlant(Self.rules())
        var busy = try TestPlant(Self.rules())
        var piece: [UInt8] = []
        for second in 1...3000 {
            let at = second > 1500 ? second + 1000 : second
            Self.step(&plain, at)
            Self.step(&busy, at)
            if second % 50 == 0 { busy.monitor.beginSnapshot() }
            if second % 70 == 0 { busy.monitor.giveUpSnapshot() }
            _ = busy.monitor.writeSnapshot(100, into: &piece)
        }
        let areEqual = busy.monitor.snapshot() == plain.monitor.snapshot()
        #expect(areEqual)
    }

    @Test func `is over when new rules are adopted`() throws {
        var plant = try TestPlant(Self.rules())
        for second in 1...100 { Self.step(&plant, second) }
        plant.monitor.beginSnapshot()
        try plant.monitor.adopt(Self.rules(), at: TestPlant.instant(101))
        var bytes: [UInt8] = []
        #expect(plant.monitor.writeSnapshot(.max, into: &bytes))
        #expect(bytes == [])
    }
}
