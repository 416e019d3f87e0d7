import MonitorCore
import PlantModel
package import PlantTime
package import SampleHistory
import StationPorts

/// The daemon's own log as a source of a replay: every sample, tick and command in the order in which the core took them,
/// so that the core decides what it decided then.
package struct HistorySource: TimelineSource {
    /// What of the log is played.
    package struct Span: Sendable, Equatable {
        /// Events from here on are wanted: the replay may begin with a snapshot that was taken by then.
        package var from: PlantInstant?
        /// Inputs that the core took at this instant or later are left out.
        package var to: PlantInstant?

        package init(from: PlantInstant? = nil, to: PlantInstant? = nil) {
            self.from = from
            self.to = to
        }
    }

    private let reader: HistoryReader
    private let end: PlantInstant?
    /// The present number of each recorded point; empty where they are the same.
    private let numbers: [UInt32]
    private var reached: UInt64
    private let firstInput: UInt64
    private let lastInput: UInt64
    package private(set) var tally = TimelineTally()
    package let snapshot: [UInt8]?

    package var carriesTicks: Bool { true }

    /// - Parameters:
    ///   - names: the replay's points. A log of the same site whose points were numbered otherwise is played by tags.
    ///   - site: the site whose rules are played.
    ///   - after: the input that the line begins behind; nil: a snapshot's, or the first that is kept.
    ///   - mayRestore: whether a snapshot may stand for what lies before `span.from`; not if other sources play too.
    package init(
        _ reader: HistoryReader, names: ReplayNames, site: String, span: Span = Span(), mayRestore: Bool = true,
        after: UInt64? = nil
    ) throws(RecordingMistake) {
        self.reader = reader
        end = span.to
        var notes: [String] = []
        do {
            let first = try reader.firstInput()
            lastInput = try reader.loggedThrough()
            let newest = try reader.latestSnapshot()
            let recorded = try newest.map { try Monitor.tags(inSnapshot: $0.bytes, of: site) } ?? []
            numbers = Self.numbers(of: recorded, in: names)
            if !numbers.isEmpty { notes.append(Self.renumbered(recorded, names)) }
            let stored = try mayRestore ? span.from.flatMap { try reader.snapshot(takenBy: $0) } : nil
            snapshot = stored?.bytes
            reached = stored?.inputSequence ?? after ?? first.map { $0 - 1 } ?? lastInput
            if stored == nil, after == nil, let first, first > 1 {
                notes.append(
                    "the log begins with input \(first): an alarm that was open before it is not known as such")
            }
        } catch {
            throw RecordingMistake(file: reader.path, "cannot be replayed: \(error)")
        }
        firstInput = reached
        tally.notes = notes
        tally.bytesTotal = Int(lastInput - firstInput) * MemoryLayout<InputSlot>.stride
    }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        while reached < lastInput {
            let logged: LoggedBatch
            do throws(HistoryFault) {
                guard let next = try reader.batch(after: reached) else { return }
                logged = next
            } catch {
                try stepOver(error)
                continue
            }
            take(logged, into: &batch)
            if !batch.slots.isEmpty { return }
        }
    }

    /// What is missing in the log is said, and the replay goes on behind it, as a restart does.
    private mutating func stepOver(_ fault: HistoryFault) throws(RecordingMistake) {
        switch fault {
        case .hole(_, let next): reached = next - 1
        case .unreadable(let inputs, _): reached = max(reached, inputs.upperBound)
        default: throw RecordingMistake(file: reader.path, "cannot be read: \(fault)")
        }
        tally.notes.append("\(fault); played on behind it")
    }

    private mutating func take(_ logged: LoggedBatch, into batch: inout TimelineBatch) {
        batch.first = logged.first
        batch.commands = logged.commands
        batch.slots.reserveCapacity(logged.slots.count)
        for slot in logged.slots {
            if let end, slot.lineTime >= end {
                reached = lastInput
                break
            }
            batch.slots.append(renumbered(slot))
            note(slot)
        }
        let taken = UInt64(batch.slots.count)
        if reached < lastInput { reached = logged.first + taken - 1 }
        tally.rows += batch.slots.count
        tally.bytes = Int(logged.first + taken - 1 - firstInput) * MemoryLayout<InputSlot>.stride
    }

    private func renumbered(_ slot: InputSlot) -> InputSlot {
        guard !numbers.isEmpty, slot.kind == .sample else { return slot }
        var present = slot
        let place = Int(slot.point)
        present.point = place < numbers.count ? numbers[place] : .max
        return present
    }

    private mutating func note(_ slot: InputSlot) {
        guard slot.kind == .configuration else { return }
        tally.notes.append(
            "at \(TimeText.utc(slot.lineTime)) the station took other rules; "
                + "the log does not hold them, the rules given here are played throughout")
    }

    // MARK: Numbers of points

    /// The present number of each recorded point, `.max` for one that is no more; empty when nothing has moved.
    private static func numbers(of recorded: [String], in names: ReplayNames) -> [UInt32] {
        let common = zip(recorded, names.points).allSatisfy { $0 == $1 }
        guard !common || recorded.count > names.points.count else { return [] }
        let present = Dictionary(names.points.enumerated().map { ($1, UInt32($0)) }) { first, _ in first }
        return recorded.map { present[$0] ?? .max }
    }

    private static func renumbered(_ recorded: [String], _ names: ReplayNames) -> String {
        let gone = Set(recorded).subtracting(names.points).sorted()
        let what = gone.isEmpty ? "" : "; no longer a point: \(gone.prefix(5).joined(separator: ", "))"
        return "the site's points have changed since the log was written; played by their tags\(what)"
    }
}
