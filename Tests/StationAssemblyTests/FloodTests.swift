import MonitorCore
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

@testable import StationAssembly

/// More samples than the core can take are refused at the door, and counted; the safety path stays open.
@Suite struct `A flooded input ring` {
    private let clock = SteadyClock()
    private let input = Ring<InputSlot>(capacity: 64)
    private let events = Ring<AlarmEvent>(capacity: 64)
    private let marks = StationMarks()
    private let flow = PointIndex(0)
    private let gas = PointIndex(1)

    private func core() throws -> CoreStage {
        let rule = Rule(
            id: "GAS.HH", point: "gas", kind: .threshold(.init(level: .HH, limit: 50, deadband: 5)), onDelay: .zero,
            offDelay: .zero, maxAge: nil, priority: .critical, isSilent: false, latching: false,
            location: SourceLocation(file: "flood.yaml", line: 1, column: 1))
        let start = clock.now()
        let monitor = try Monitor(
            site: "flood", points: ["flow", "gas"], rules: RuleSet(rules: [rule]), startingAt: start)
        return CoreStage(
            hand: CoreStage.Hand(monitor: monitor, lastJudged: start),
            rings: CoreStage.Rings(input: input, events: events), marks: marks, board: Board(points: 2, rules: 1),
            tables: CoreStage.Tables(
                commands: CommandTable(capacity: 4), configurations: ConfigurationTable(), snapshots: SnapshotTray(),
                adopted: { _ in }),
            inputBase: 0, clock: clock, logger: quietLogger)
    }

    private func reading(_ value: Double, of point: PointIndex) -> InputSlot {
        let now = clock.now()
        return InputSlot(Sample(point: point, at: now, .good(value)), published: now)
    }

    @Test func `refuses and counts ordinary samples, and a critical gas alarm still gets in and out`() throws {
        let (door, gasDoor) = (RingOutlet(ring: input), RingOutlet(ring: input))
        for number in 0..<1000 { _ = door.publish([reading(Double(number), of: flow)], safety: false) }
        #expect(door.counts.accepted == 56, "all but the last eighth of the ring")
        #expect(door.counts.refused == 944)
        #expect(gasDoor.publish([reading(80, of: gas)], safety: true) == .accepted(through: 57))

        let stage = try core()
        var heard = events.gatingReader()
        let thread = WorkerThread(named: "core") { stage.run() }
        let isHeard = heard.wait(atMost: .seconds(20))
        #expect(isHeard)
        // The flood goes on while the alarm clears and comes again.
        for value in [10.0, 90] {
            for number in 0..<2000 { _ = door.publish([reading(Double(number), of: flow)], safety: false) }
            while gasDoor.publish([reading(value, of: gas)], safety: true) == .full {}
        }
        stage.watch.askToStop()
        thread.join()

        var said = [AlarmEvent](repeating: event(.raise), count: 64)
        let count = heard.copy(into: &said)
        #expect(said[..<count].map(\.transition) == [.raise, .clear, .raise])
        #expect(said[..<count].map(\.value) == [80, 10, 90])
        #expect(door.counts.accepted + door.counts.refused == 5000)
        // Whatever was let in was judged; the rest of the slots are ticks.
        #expect(marks.judged.current == input.head)
        #expect(input.head >= door.counts.accepted + gasDoor.counts.accepted)
    }

    @Test func `refuses and counts even gas once the last eighth is full`() {
        let gasDoor = RingOutlet(ring: input)
        for _ in 0..<70 { _ = gasDoor.publish([reading(80, of: gas)], safety: true) }
        #expect(gasDoor.counts.accepted == 64)
        #expect(gasDoor.counts.refused == 6)
    }
}
