import PlantModel
import PlantTime
import StationPorts
import Synchronization

/// The desk where people's commands come in: table, input ring, core, journal, and back.
final class CommandCounter: CommandDesk {
    private let table: CommandTable
    private let outlet: Mutex<RingOutlet>
    private let archive: any AlarmArchive
    private let clock: any PlantClock
    private let source: UInt16
    /// How long a caller is kept waiting for the commit.
    private let patience: Duration

    init(
        table: CommandTable, outlet: sending RingOutlet, archive: any AlarmArchive, clock: any PlantClock,
        source: UInt16, patience: Duration = .seconds(5)
    ) {
        self.table = table
        self.outlet = Mutex(outlet)
        self.archive = archive
        self.clock = clock
        self.source = source
        self.patience = patience
    }

    func submit(_ command: OperatorCommand) async -> CommandAnswer {
        if let earlier = try? archive.record(forIdempotencyKey: command.idempotencyKey) {
            return Self.isSame(command, earlier) ? .repeated(earlier) : .keyReused
        }
        guard let number = table.enter(command) else { return .busy }
        let slot = InputSlot(.command, at: clock.now().wholeMillisecond, auxiliary: number, source: source)
        guard case .accepted(let place) = outlet.withLock({ $0.publish([slot], safety: true) }) else {
            table.withdraw(number)
            return .busy
        }
        table.notePublished(number, at: place)
        let timer = Task {
            try await Task.sleep(for: patience)
            table.giveUp(number)
        }
        defer { timer.cancel() }
        guard let record = await table.record(of: number) else { return .unknown }
        guard record.refusal != nil else { return .done(record) }
        return .refused(record, present: try? archive.alarm(rule: record.rule, occurrence: record.occurrence))
    }

    private static func isSame(_ command: OperatorCommand, _ record: AlarmRecord) -> Bool {
        command.rule == record.rule && command.actor == record.actor && command.comment == record.comment ?? ""
            && (record.refusal != nil
                || command.verb.rawValue == record.transition && command.occurrence == record.occurrence)
    }
}
