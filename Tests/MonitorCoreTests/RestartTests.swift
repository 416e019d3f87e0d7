import MonitorCore
import PlantModel
import PlantTime
import Testing

@Suite struct `A restart` {
    private static let rules = [rule(high(10), on: 5), rule(.stale, maxAge: 4)]

    @Test func `goes on with a running on-delay`() throws {
        var before = try TestPlant(Self.rules)
        before.row(0, .good(12), at: 1)
        var after = try TestPlant(Self.rules)
        let carryover = try after.monitor.restore(before.monitor.snapshot())
        #expect(carryover == Carryover(unchanged: 2))
        after.tick(6)
        #expect(after.said() == ["5 A.STALE raise 4", "6 A.H raise 12"])
    }

    @Test func `takes no snapshot that is damaged, or another site's`() throws {
        let plant = try TestPlant(Self.rules)
        let bytes = plant.monitor.snapshot()
        for place in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[place] ^= 0x40
            var fresh = try TestPlant(Self.rules)
            #expect(throws: SnapshotRefused.self) { try fresh.monitor.restore(damaged) }
        }
        var fresh = try TestPlant(Self.rules)
        #expect(throws: SnapshotRefused.damaged) { try fresh.monitor.restore([]) }
        #expect(throws: SnapshotRefused.damaged) { try fresh.monitor.restore(Array(bytes.dropLast())) }
        var other = try Monitor(
            site: "elsewhere", points: ["A"], rules: RuleSet(rules: Self.rules), startingAt: TestPlant.instant(0))
        #expect(throws: SnapshotRefused.otherSite(found: "test")) { try other.restore(bytes) }
    }

    /// What the programs before wrote: of each alarm all that can be said, and in form 1 a sum made byte by byte.
    @Test(arguments: [UInt8(1), 2]) func `goes on from a snapshot of an older form`(form: UInt8) throws {
        var before = try TestPlant(Self.rules)
        before.row(0, .good(12), at: 1)
        let bytes = OlderSnapshot(before.monitor.snapshot(), points: 3).bytes(ofForm: form)
        var after = try TestPlant(Self.rules)
        #expect(try after.monitor.restore(bytes) == Carryover(unchanged: 2))
        #expect(after.monitor.snapshot() == before.monitor.snapshot())
        after.tick(6)
        #expect(after.said() == ["5 A.STALE raise 4", "6 A.H raise 12"])
        var damaged = bytes
        damaged[40] ^= 1
        var fresh = try TestPlant(Self.rules)
        #expect(throws: SnapshotRefused.damaged) { try fresh.monitor.restore(damaged) }
    }

    @Test func `refuses a snapshot of a form to come`() throws {
        let plant = try TestPlant(Self.rules)
        var fresh = try TestPlant(Self.rules)
        #expect(throws: SnapshotRefused.otherForm(found: 4)) {
            try fresh.monitor.restore(OlderSnapshot(plant.monitor.snapshot(), points: 3).bytes(ofForm: 4))
        }
    }

    @Test func `takes the journal's word where the journal is ahead`() throws {
        var plant = try TestPlant([rule(high(10))])
        let standing = JournalStanding(
            rule: "A.H", state: .acknowledged, occurrence: 7, version: 2,
            counts: [.raise: 1, .acknowledge: 1, .comment: 3],
            value: 12, occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([standing]) == [])
        plant.row(0, .bad(.linkDown), at: 1)
        plant.command(.comment, "A.H", occurrence: 7, at: 2)
        #expect(plant.monitor.takeEvents().map(\.nth) == [4])
        plant.row(0, .good(12), at: 3)
        plant.row(0, .good(5), at: 4)
        plant.row(0, .good(12), at: 5)
        let events = plant.monitor.takeEvents()
        #expect(events.map(\.transition) == [.clear, .raise])
        #expect(events.map(\.occurrence) == [7, 8])
    }

    /// The log lost its end while an on-delay ran; the journal has the raise. The end of that old delay must not turn the
    /// alarm round.
    @Test func `lets no delay from before end an alarm that the journal knows as active`() throws {
        var plant = try TestPlant([rule(high(10), on: 5)])
        plant.row(0, .good(12), at: 1)
        let standing = JournalStanding(
            rule: "A.H", state: .unacknowledged, occurrence: 1, version: 1, counts: [.raise: 1], value: 12,
            occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([standing]) == [])
        plant.tick(20)
        #expect(plant.said() == [])
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).isActive)
        plant.row(0, .good(5), at: 21)
        #expect(plant.said() == ["21 A.H clear 5"])
    }

    @Test func `keeps its own word where the core is ahead`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 1)
        let standing = JournalStanding(
            rule: "A.H", state: .normal, occurrence: 0, version: 0, occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([standing]) == [])
        #expect(plant.monitor.ruleStanding(RuleIndex(0)).isActive)
    }

    @Test func `names open alarms that no rule answers for`() throws {
        var plant = try TestPlant([rule(high(10))])
        let gone = JournalStanding(
            rule: "gone", state: .unacknowledged, occurrence: 1, version: 1, occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([gone]) == ["gone"])
    }

    @Test func `a ladder taken from the journal is not cleared by silence`() throws {
        let levels = [rule(high(10), id: "1", isSilent: true), rule(high(20), id: "2", isSilent: true)]
        var plant = try TestPlant(levels + [rule(.ladder(levels: ["1", "2"]), id: "L")])
        let standing = JournalStanding(
            rule: "L", state: .unacknowledged, occurrence: 1, version: 2, level: 2, value: 25,
            occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([standing]) == [])
        plant.row(0, .good(25), at: 1)
        #expect(plant.said() == [])
        plant.row(0, .good(15), at: 2)
        plant.row(0, .good(5), at: 3)
        #expect(plant.said() == ["2 L de-escalate:1 15", "3 L clear 5"])
    }

    @Test func `a vote taken from the journal waits for its members`() throws {
        let members = ["A", "B", "C"].map { rule(high(10), id: $0, point: $0, isSilent: true) }
        var plant = try TestPlant(members + [rule(.vote(of: ["A", "B", "C"], needed: 2, onBad: .drop), id: "V")])
        let standing = JournalStanding(
            rule: "V", state: .acknowledged, occurrence: 1, version: 2, value: 2, occurredAt: WallTime(milliseconds: 0))
        #expect(plant.monitor.reconcile([standing]) == [])
        plant.row(0, .good(12), at: 1)
        plant.row(1, .good(12), at: 1)
        plant.row(2, .good(5), at: 1)
        #expect(plant.said() == [])
        plant.row(0, .good(5), at: 2)
        #expect(plant.said() == ["2 V clear 1"])
    }
}

@Suite struct `A reload` {
    @Test func `disturbs no rule that stays as it was`() throws {
        var plant = try TestPlant([rule(high(10), on: 5), rule(high(99), id: "gone")])
        plant.row(0, .good(12), at: 1)
        let rules = RuleSet(rules: [rule(high(50), id: "new", point: "B"), rule(high(10), on: 5)])
        let carryover = try plant.monitor.adopt(rules, at: TestPlant.instant(2))
        #expect(carryover.unchanged == 1)
        plant.tick(6)
        #expect(plant.said() == ["6 A.H raise 12"])
    }

    @Test func `keeps an alarm whose rule changed until a usable sample is in the new clear zone`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(12), at: 1)
        try plant.monitor.adopt(RuleSet(rules: [rule(high(20, deadband: 2))]), at: TestPlant.instant(2))
        #expect(plant.said() == ["1 A.H raise 12"])
        plant.row(0, .bad(.linkDown), at: 3)
        plant.row(0, .good(19), at: 4)
        #expect(plant.said() == [])
        plant.row(0, .good(12), at: 5)
        #expect(plant.said() == ["5 A.H clear 12"])
    }

    @Test func `refuses to leave an alarm without its rule`() throws {
        var plant = try TestPlant([rule(high(10)), rule(high(5), id: "other")])
        plant.row(0, .good(12), at: 1)
        #expect(throws: RuleRefusal.self) {
            try plant.monitor.adopt(RuleSet(rules: [rule(high(5), id: "other")]), at: TestPlant.instant(2))
        }
        plant.row(0, .good(1), at: 3)
        #expect(plant.said().suffix(2) == ["3 A.H clear 1", "3 other clear 1"])
    }

    @Test func `lets a new watch speak from now on, not of the time before`() throws {
        var plant = try TestPlant([rule(high(10))])
        plant.row(0, .good(1), at: 0)
        try plant.monitor.adopt(
            RuleSet(rules: [rule(high(10)), rule(.stale, maxAge: 5)]), at: TestPlant.instant(100))
        plant.tick(100)
        #expect(plant.said() == ["100 A.STALE raise 5"])
    }
}

@Suite struct `The rule compiler` {
    @Test(arguments: [
        ([rule(high(1)), rule(high(2))], "rule id A.H is used twice; give each rule an id of its own"),
        ([rule(high(1), point: "Z")], "point Z is not known here; name a point of the site or derive it above"),
        ([rule(.ladder(levels: ["x"]))], "rule x does not stand above; a rule names only rules above it"),
        ([rule(.state(.bit(53, inverted: false)))], "bit is 53; it must be between 0 and 52"),
        ([rule(.stale)], "a rule of kind STALE needs max_age_s"),
        (
            [rule(high(1)), rule(.vote(of: ["A.H", "A.H"], needed: 1, onBad: .drop))],
            "the list names a rule twice; name each once"
        ),
        (
            [rule(high(1)), rule(.vote(of: ["A.H"], needed: 2, onBad: .drop))],
            "m is 2; it must be between 1 and 1, the members"
        ),
    ])
    func `refuses what does not fit together, at its place`(_ rules: [Rule], _ message: String) {
        #expect(throws: RuleRefusal(SourceLocation(file: "r.yaml", line: 1, column: 1), message)) {
            _ = try TestPlant(rules).monitor.ruleCount
        }
    }

    @Test func `refuses a derived point below its use`() {
        let derived = DerivedPoint(
            name: "D", operation: .sum, inputs: ["A"], maxAge: nil,
            location: SourceLocation(file: "r.yaml", line: 9, column: 1))
        #expect(throws: RuleRefusal.self) {
            _ = try TestPlant(RuleSet(entries: [.rule(rule(high(1), point: "D")), .derived(derived)])).monitor.ruleCount
        }
    }
}
