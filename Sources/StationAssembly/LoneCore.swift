package import Logging
package import MonitorCore
package import PlantModel
package import PlantTime
package import RingPipeline
package import StationPorts

/// The core's stage between its two rings with no house around it: what a measurement of ring and core runs. The very code
/// of the station, snapshots included; no command and no new rules come.
package final class LoneCore: Sendable {
    private let stage: CoreStage
    private let board: Board
    private let tray = SnapshotTray()

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
                commands: CommandTable(capacity: 1), configurations: ConfigurationTable(), snapshots: tray,
                adopted: { _ in }),
            inputBase: 0, clock: clock, logger: logger)
    }

    /// The body of the thread; returns when asked to stop and the input ring is empty.
    package func run() { stage.run() }

    /// Samples that were judged so far, by what each point says on the board. Any thread.
    package var samplesJudged: UInt64 { (0..<board.points.count).reduce(0) { $0 + board.points.read($1).count } }

    /// Takes what the core has laid of a snapshot, as the input log does. One thread.
    /// - Returns: bytes.
    package func takeSnapshot() -> Int {
        var count = 0
        while let piece = tray.take(loggedThrough: .max, committedThrough: .max) { count += piece.bytes.count }
        return count
    }

    /// Any thread.
    package func askToStop() { stage.watch.askToStop() }
}
