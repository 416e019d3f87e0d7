package import Logging
package import MonitorCore
package import PlantModel
package import PlantTime
package import RingPipeline
package import StationPorts

/// The core's stage between its two rings with no house around it: what a measurement of ring and core runs. The very code
/// of the station, snapshots included; nobody takes them, and no command and no new rules come.
package final class LoneCore: Sendable {
    private let stage: CoreStage
    private let board: Board

    package init(
        monitor: consuming sending Monitor, input: Ring<InputSlot>, events: Ring<AlarmEvent>, marks: StationMarks,
        clock: any PlantClock, logger: Logger
    ) {
        let board = Board(points: monitor.pointCount, rules: monitor.ruleCount)
        self.board = board
        stage = CoreStage(
            hand: CoreStage.Hand(monitor: monitor, lastJudged: clock.now()),
            rings: CoreStage.Rings(input: input, events: events), marks: marks, board: board,
            tables: CoreStage.Tables(
                commands: CommandTable(capacity: 1), configurations: ConfigurationTable(), snapshots: SnapshotTray(),
                adopted: { _ in }),
            inputBase: 0, clock: clock, logger: logger)
    }

    /// The body of the thread; returns when asked to stop and the input ring is empty.
    package func run() { stage.run() }

    /// Samples that were judged so far, by what each point says on the board. Any thread.
    package var samplesJudged: UInt64 { (0..<board.points.count).reduce(0) { $0 + board.points.read($1).count } }

    /// Any thread.
    package func askToStop() { stage.watch.askToStop() }
}
