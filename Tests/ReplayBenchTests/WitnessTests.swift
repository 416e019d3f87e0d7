import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

private let rules = RuleFile.read(
    text: """
        - {id: LT-1.H, point: LT-1, kind: H, limit: 10, on_delay_s: 2, priority: HIGH}
        """, file: "rules.yaml"
).rules

private func second(_ count: Int64) -> PlantInstant { PlantInstant(milliseconds: count * 1000) }

private func level(_ value: Double, at count: Int64) -> InputSlot {
    InputSlot(Sample(point: PointIndex(0), at: second(count), .good(value)), published: second(count))
}

/// Writes down what it sees of the one rule at given instants.
private struct Onlooker: ReplayWitness {
    var looks: [PlantInstant]
    var seen: [String] = []
    var events: [String] = []

    var nextLook: PlantInstant? { looks.first }

    mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        looks.removeFirst()
        let standing = monitor.ruleStanding(RuleIndex(offset: 0))
        seen.append("\(instant.milliseconds / 1000) \(standing.state.word)\(standing.isPending ? " pending" : "")")
    }

    mutating func decided(
        _ decided: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for index in decided.indices {
            events.append("\(decided[index].occurredAt.milliseconds / 1000) \(decided[index].transition.word)")
        }
    }
}

@Suite struct `A witness of a replay` {
    /// 12 at 1 s starts the delay, which ends at 3 s; 5 at 9 s clears.
    private let line = HeldTimeline(slots: [level(5, at: 0), level(12, at: 1), level(5, at: 9)])

    @Test func `sees the core at its instant, behind everything that happens then`() throws {
        var source = line
        var onlooker = Onlooker(looks: [0, 1, 2, 3, 8, 9].map(second))
        _ = try Replay(rules: rules).run(&source, witness: &onlooker)
        #expect(
            onlooker.seen == [
                "0 normal", "1 normal pending", "2 normal pending", "3 unacknowledged", "8 unacknowledged",
                "9 returnedUnacknowledged",
            ])
    }

    @Test func `changes nothing by looking`() throws {
        var (once, twice) = (line, line)
        var blind = Onlooker(looks: [])
        var onlooker = Onlooker(looks: (0...9).map(second))
        let unseen = try Replay(rules: rules).run(&once, witness: &blind)
        let seen = try Replay(rules: rules).run(&twice, witness: &onlooker)
        #expect((unseen.first, unseen.last, unseen.tally) == (seen.first, seen.last, seen.tally))
        #expect(blind.events == ["3 raise", "9 clear"])
        #expect(onlooker.events == blind.events)
    }

    @Test func `of two, each sees at its own instants`() throws {
        var source = line
        var pair = WitnessPair(Onlooker(looks: [second(2)]), Onlooker(looks: [second(1), second(4)]))
        _ = try Replay(rules: rules).run(&source, witness: &pair)
        #expect(pair.first.seen == ["2 normal pending"])
        #expect(pair.second.seen == ["1 normal pending", "4 unacknowledged"])
    }

    @Test func `that stops the replay leaves what was found up to there`() throws {
        var source = HeldTimeline(slots: (0..<2000).map { level($0 < 1000 ? 12 : 5, at: $0) })
        var onlooker = Onlooker(looks: [])
        let outcome = try Replay(rules: rules).run(&source, witness: &onlooker) { $0.rows < 512 }
        #expect(!outcome.isWhole)
        #expect(outcome.last == second(511))
        #expect(onlooker.events == ["2 raise"])
    }
}

@Suite struct `A person on the time line` {
    private func played(_ commands: [(Int64, OperatorCommand)]) throws -> [String] {
        var slots = [level(5, at: 0), level(12, at: 1), level(5, at: 9)]
        var table: [UInt32: OperatorCommand] = [:]
        for (number, (count, command)) in commands.enumerated() {
            table[UInt32(number + 1)] = command
            let slot = InputSlot(.command, at: second(count), auxiliary: UInt32(number + 1))
            slots.insert(slot, at: slots.firstIndex { $0.lineTime > second(count) } ?? slots.count)
        }
        var source = HeldTimeline(slots: slots, commands: table)
        var onlooker = Onlooker(looks: [])
        _ = try Replay(rules: rules).run(&source, witness: &onlooker)
        return onlooker.events
    }

    private func asked(_ verb: OperatorCommand.Verb, occurrence: UInt32 = 0) -> OperatorCommand {
        OperatorCommand(
            verb, rule: "LT-1.H", occurrence: occurrence, version: nil, actor: "zhang", origin: "script",
            idempotencyKey: "\(verb)")
    }

    @Test func `answers the alarm as it stands at that instant, its delay's end included`() throws {
        #expect(try played([(3, asked(.acknowledge))]) == ["3 raise", "3 acknowledge", "9 clear"])
    }

    @Test func `is refused where the daemon would refuse`() throws {
        #expect(try played([(2, asked(.acknowledge))]) == ["2 refused", "3 raise", "9 clear"])
        #expect(try played([(4, asked(.acknowledge, occurrence: 9))]) == ["3 raise", "4 refused", "9 clear"])
        #expect(try played([(4, asked(.shelve))]) == ["3 raise", "4 refused", "9 clear"])
    }
}
