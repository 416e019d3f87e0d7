import MonitorCore
import PlantModel
import PlantTesting
import PlantTime
import RingPipeline
import StationPorts
import Testing

@testable import StationAssembly

/// What stops, and what dies, leaves nothing behind that the next start could pass over.
@Suite struct `Parting from a journal that is behind` {
    private let clock = ManualClock()
    private let input = Ring<InputSlot>(capacity: 64)
    private let events = Ring<AlarmEvent>(capacity: 8)
    private let marks = StationMarks()
    private let tray = SnapshotTray()

    private func core() throws -> CoreStage {
        let rule = Rule(
            id: "GAS.HH", point: "gas", kind: .threshold(.init(level: .HH, limit: 50, deadband: 5)), onDelay: .zero,
            offDelay: .zero, maxAge: nil, priority: .critical, isSilent: false, latching: false,
            location: SourceLocation(file: "parting.yaml", line: 1, column: 1))
        let start = clock.now()
        let monitor = try Monitor(site: "parting", points: ["gas"], rules: RuleSet(rules: [rule]), startingAt: start)
        return CoreStage(
            hand: CoreStage.Hand(monitor: monitor, lastJudged: start),
            rings: CoreStage.Rings(input: input, events: events), marks: marks, board: Board(points: 1, rules: 1),
            tables: CoreStage.Tables(
                commands: CommandTable(capacity: 4), configurations: ConfigurationTable(), snapshots: tray,
                adopted: { _ in }),
            inputBase: 0, clock: clock, logger: quietLogger)
    }

    private func publish(_ values: [Double]) {
        let door = RingOutlet(ring: input)
        for value in values {
            clock.advance(by: .milliseconds(1))
            let now = clock.now()
            let slot = InputSlot(Sample(point: PointIndex(0), at: now, .good(value)), published: now)
            #expect(door.publish([slot], safety: true) != .full)
        }
    }

    @Test
    func `the core does not wait for ever: its inputs are logged, and no snapshot hides them from the next start`()
        throws
    {
        let stage = try core()
        // The journal's end of the ring takes nothing: eight events fit, four more do not.
        let stuck = events.gatingReader()
        publish((0..<6).flatMap { _ in [80, 10] })
        let ended = Mark()
        let thread = WorkerThread(named: "core") {
            stage.run()
            ended.advance(to: 1)
        }
        stage.watch.askToStop()
        for _ in 0..<6_000 where !ended.wait(for: 1, atMost: .milliseconds(10)) {
            clock.advance(by: .milliseconds(100))
        }
        #expect(ended.current == 1)
        thread.join()
        let isFull = stuck.hasInput
        #expect(isFull)
        #expect(marks.judged.current >= 12, "what was let in is judged, and so goes to the log")
        #expect(tray.take(loggedThrough: .max, committedThrough: .max - 1) == nil)
    }

    @Test func `the core lays its last snapshot behind everything that it decided`() throws {
        let stage = try core()
        let journal = events.gatingReader()
        publish([80])
        let thread = WorkerThread(named: "core") { stage.run() }
        let isDecided = journal.wait(atMost: .seconds(20))
        #expect(isDecided)
        stage.watch.askToStop()
        thread.join()
        #expect(tray.take(loggedThrough: .max, committedThrough: 0) == nil, "its alarm is not committed yet")
        #expect(tray.take(loggedThrough: 1, committedThrough: 1) == nil, "nor is its input logged")
        let kept = tray.take(loggedThrough: .max, committedThrough: 1)
        #expect(kept?.place.input == marks.judged.current)
        #expect(kept?.isLast == true)
        #expect(tray.take(loggedThrough: .max, committedThrough: .max) == nil, "taken once")
    }
}
