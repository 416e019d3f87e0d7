import PlantModel
import PlantTime
import ReplayBench
import Testing

private func minute(_ count: Int) -> PlantInstant { PlantInstant(milliseconds: Int64(count) * 60_000) }

/// Alarms drawn a minute a sign: `#` active, `.` not. A last `#` lasts.
private func alarms(_ drawing: String) -> [AlarmOccurrence] {
    var found: [AlarmOccurrence] = []
    var since: Int?
    let signs = Array(drawing)
    for (place, sign) in signs.enumerated() {
        if sign == "#", since == nil { since = place }
        if sign == ".", let from = since {
            found.append(AlarmOccurrence(raisedAt: minute(from), clearedAt: minute(place)))
            since = nil
        }
    }
    if let since { found.append(AlarmOccurrence(raisedAt: minute(since), clearedAt: nil)) }
    return found
}

@Suite struct `Old and new alarms of one rule` {
    struct Story: Sendable, CustomTestStringConvertible {
        var name: String
        var old: String
        var new: String
        var verdicts: [OccurrencePair.Verdict]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Story(name: "nothing changes", old: "..##..#.", new: "..##..#.", verdicts: [.same, .same]),
        Story(name: "a higher limit comes later", old: ".####...", new: "..###...", verdicts: [.later]),
        Story(name: "a lower limit comes earlier", old: "..###...", new: ".####...", verdicts: [.earlier]),
        Story(name: "an off-delay lasts longer", old: ".##.....", new: ".####...", verdicts: [.otherLength]),
        Story(
            name: "a longer on-delay has nothing of a short one", old: ".#..###.", new: ".....##.",
            verdicts: [.gone, .later]),
        Story(name: "a lower limit also sees small ones", old: "....##..", new: ".#..##..", verdicts: [.added, .same]),
        Story(
            name: "a deadband joins three: one stands for one", old: ".#.###.#.", new: ".#######.",
            verdicts: [.gone, .earlier, .gone]),
        Story(
            name: "an alarm that lasts is the same as one that lasts", old: "...###", new: "...###", verdicts: [.same]),
        Story(name: "an alarm that now ends", old: "...###", new: "...##.", verdicts: [.otherLength]),
        Story(
            name: "five minutes late, no overlap: still the same", old: ".#......", new: "......#.", verdicts: [.later]),
        Story(
            name: "eleven minutes apart are two", old: ".#............", new: "............#.",
            verdicts: [.gone, .added]),
        Story(
            name: "of two near ones the nearer", old: "....#.......", new: ".#....#.....", verdicts: [.added, .later]),
        Story(
            name: "each finds its own in a row of shifted ones", old: "#..#..#..#......", new: ".#..#..#..#.....",
            verdicts: [.later, .later, .later, .later]),
        Story(name: "nothing old", old: "", new: ".#.#.", verdicts: [.added, .added]),
    ])
    func `are paired as drawn`(_ story: Story) {
        let end = minute(max(story.old.count, story.new.count))
        let pairs = OccurrencePairing().pairs(old: alarms(story.old), new: alarms(story.new), through: end)
        #expect(pairs.map(\.verdict) == story.verdicts)
    }

    @Test func `shift and lengthening are those of the pair`() {
        let pairs = OccurrencePairing().pairs(
            old: alarms(".####..."), new: alarms("..##...."), through: minute(8))
        #expect(pairs.map(\.shift) == [.seconds(60)])
        #expect(pairs.map(\.lengthening) == [.seconds(-120)])
    }

    @Test func `every alarm stands in exactly one pair, whatever the drawing`() {
        var source = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let drawing = { (source: inout SystemRandomNumberGenerator) in
                String((0..<40).map { _ in Int.random(in: 0..<3, using: &source) == 0 ? "#" : "." })
            }
            let (old, new) = (alarms(drawing(&source)), alarms(drawing(&source)))
            let pairs = OccurrencePairing(nearest: .seconds(180)).pairs(old: old, new: new, through: minute(40))
            #expect(pairs.compactMap(\.old).sorted { $0.raisedAt < $1.raisedAt } == old)
            #expect(pairs.compactMap(\.new).sorted { $0.raisedAt < $1.raisedAt } == new)
            for pair in pairs {
                guard let before = pair.old, let after = pair.new, let shift = pair.shift else { continue }
                let overlap =
                    max(before.raisedAt, after.raisedAt)
                    <= min(before.end(or: minute(40)), after.end(or: minute(40)))
                #expect(overlap || abs(shift.nanoseconds) <= 180_000_000_000)
            }
        }
    }
}
