import MonitorCore
import PlantModel
import PlantTime
import Testing

/// One scan a second, drawn: values above, what the alarm does below (`.` normal, `p` pending, `A` raised, `a` active,
/// `R` returned). `x` is a bad row, `_` no row.
@Suite struct `An alarm drawn as a time line` {
    struct Story: CustomTestStringConvertible, Sendable {
        var name: String
        var rule: Rule
        var seen: String
        var becomes: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Story(
            name: "inside the deadband it stays active", rule: rule(high(25, deadband: 2)),
            seen: "20 30 30 24 23 22", becomes: ". A a a a R"),
        Story(
            name: "pending comes before raised", rule: rule(high(25), on: 2), seen: "20 30 30 30 24 22",
            becomes: ". p p A R ."),
        Story(
            name: "a dead sensor clears nothing", rule: rule(high(25)), seen: "30 x x _ x 20", becomes: "A a a a a R"),
        Story(
            name: "silence pauses the on-delay", rule: rule(high(25), on: 3, maxAge: 2), seen: "30 _ _ _ _ 30 _",
            becomes: "p p p p p p A"),
        Story(
            name: "silence raises STALE, a row clears it", rule: rule(.stale, maxAge: 2), seen: "1 _ _ _ 1 1",
            becomes: ". . A a R ."),
        Story(
            name: "a point that never spoke is stale from the start", rule: rule(.stale, maxAge: 2), seen: "_ _ _ _",
            becomes: ". . A a"),
        Story(
            name: "a bad row is evidence for BAD_QUALITY", rule: rule(.badQuality), seen: "1 x x 1", becomes: ". A a R"),
        Story(
            name: "a state of the list raises", rule: rule(.state(.states([2, 3]))), seen: "0 2 3 x 1",
            becomes: ". A a a R"),
        Story(
            name: "a bit of a status word", rule: rule(.state(.bit(3, inverted: false))), seen: "0 8 9 0.5 7",
            becomes: ". A a a R"),
        Story(
            name: "a falling level warns before it is low",
            rule: rule(
                .timeTo(
                    .init(
                        limit: 10, direction: .down, horizon: .seconds(5), clearHorizon: .seconds(9),
                        estimator: .leastSquares(window: .seconds(2))))),
            seen: "20 19 18 15 15 15 15", becomes: ". . . A a R ."),
        Story(
            name: "a value that does not move is frozen",
            rule: rule(.frozen(window: .seconds(3), minSpan: 0.5, unless: nil)), seen: "5 5 5.5 5 7 7 7 7",
            becomes: ". . . A R . . A"),
    ])
    func `goes as drawn`(_ story: Story) throws {
        var plant = try TestPlant([story.rule])
        var drawing: [String] = []
        for (second, mark) in story.seen.split(separator: " ").enumerated() {
            if mark == "x" {
                plant.row(0, .bad(.deviceFault), at: Double(second))
            } else if let value = Double(mark) {
                plant.row(0, .good(value), at: Double(second))
            }
            plant.tick(Double(second))
            let words = plant.monitor.takeEvents().map(\.transition)
            let standing = plant.monitor.ruleStanding(RuleIndex(0))
            drawing.append(
                words.contains(.raise)
                    ? "A" : words.contains(.clear) ? "R" : standing.isActive ? "a" : standing.isPending ? "p" : ".")
        }
        #expect(drawing.joined(separator: " ") == story.becomes, "\(story.name): \(story.seen)")
    }
}
