import MonitorCore
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

@testable import StationAssembly

/// What the board shows while rules come and go under a standing alarm.
@Suite struct `The core under new rules` {
    private let clock = ManualClock()
    private let input = Ring<InputSlot>(capacity: 64)
    private let events = Ring<AlarmEvent>(capacity: 64)
    private let marks = StationMarks()
    private let board = Board(points: 1, rules: 8)
    private let configurations = ConfigurationTable()

    private func rules(_ limits: KeyValuePairs<String, Double>) -> RuleSet {
        RuleSet(
            rules: limits.map { id, limit in
                Rule(
                    id: id, point: "gas", kind: .threshold(.init(level: .HH, limit: limit, deadband: 5)),
                    onDelay: .zero,
                    offDelay: .zero, maxAge: nil, priority: .critical, isSilent: false, latching: false,
                    location: SourceLocation(file: "adoption.yaml", line: 1, column: 1))
            })
    }

    private func core(_ rules: RuleSet) throws -> CoreStage {
        let start = clock.now()
        let monitor = try Monitor(site: "adoption", points: ["gas"], rules: rules, startingAt: start)
        return CoreStage(
            hand: CoreStage.Hand(monitor: monitor, lastJudged: start),
            rings: CoreStage.Rings(input: input, events: events), marks: marks, board: board,
            tables: CoreStage.Tables(
                commands: CommandTable(capacity: 4), configurations: configurations, snapshots: SnapshotTray(),
                adopted: { _ in }),
            inputBase: 0, clock: clock, logger: quietLogger)
    }

    private var standing: [Int] { (0..<board.rules.count).filter { board.rules.read($0).isActive } }

    /// The station's line to systemd counts what stands on the board.
    @Test func `an alarm whose rule has another number stands in one place of the board`() throws {
        let stage = try core(rules(["GAS.2": 80, "GAS.1": 40]))
        let door = RingOutlet(ring: input)
        let journal = WorkerThread(named: "journal") { [events, marks] in
            var reader = events.gatingReader()
            var batch = [AlarmEvent](repeating: .blank, count: 8)
            while marks.held.current == 0 {
                guard reader.wait(atMost: .milliseconds(10)) else { continue }
                let count = reader.copy(into: &batch)
                reader.release(count)
                marks.committed.advance(to: reader.next - 1)
            }
        }
        let thread = WorkerThread(named: "core") { stage.run() }
        defer {
            stage.watch.askToStop()
            thread.join()
            marks.held.advance(to: 1)
            journal.join()
        }
        func publish(_ slot: InputSlot) throws {
            guard case .accepted(let place) = door.publish([slot], safety: true) else {
                Issue.record("the ring is full")
                return
            }
            #expect(marks.judged.wait(for: place, atMost: .seconds(20)))
        }
        let now = clock.now()
        try publish(InputSlot(Sample(point: PointIndex(0), at: now, .good(60)), published: now))
        #expect(standing == [1])
        func reload(_ next: RuleSet) throws {
            let number = configurations.enter(next)
            try publish(InputSlot(.configuration, at: now, auxiliary: number))
            #expect(configurations.outcome(of: number) == .adopted)
        }
        try reload(rules(["GAS.1": 40]))
        #expect(standing == [0])
        try reload(rules(["GAS.3": 90, "GAS.2": 80, "GAS.1": 40]))
        #expect(standing == [2])
    }
}
