import DeviceMap
import EventJournal
import Logging
import MonitorCore
import PlantModel
import PlantTime
import SampleHistory
import SiteProfile
import StationPorts

/// Restart is a replay (house.md): snapshot, then the logged inputs after it through the same core, then the journal's
/// word where it is ahead. What the core decides on the way is committed before anything else runs; the journal recognises
/// by its key what it has already.
struct Restart: ~Copyable {
    var monitor: Monitor
    /// The newest instant that was judged, or nil on the first start.
    let lastJudged: PlantInstant?
    /// Input sequences of the new run begin behind it.
    let inputBase: UInt64
    /// Events that the replay decided, with the commands they answer; the journal recognises those it has.
    let decided: [Decided]

    struct Decided {
        let events: [AlarmEvent]
        let commands: [UInt32: OperatorCommand]
    }

    /// Without a snapshot, at most so many of the newest logged slots are replayed: about a day of a small park.
    private static let slotsWithoutSnapshot: UInt64 = 2_000_000

    private static let slotsRecalled: UInt64 = 65_536

    /// - Parameter base: the highest input sequence that the journal names: the log may have lost its tail.
    static func replay(
        site: LoadedSite, journal: Journal, history: History, base: UInt64, logger: Logger
    ) throws -> Restart {
        let now = SteadyClock().now()
        var monitor = try compile(site, startingAt: now)
        let logged = try history.loggedThrough()
        var from = logged > slotsWithoutSnapshot ? logged - slotsWithoutSnapshot : 0
        var last: PlantInstant?
        if let snapshot = try history.latestSnapshot() {
            do {
                _ = try monitor.restore(snapshot.bytes)
                from = snapshot.inputSequence
                // Behind an orderly end nothing is left to replay that would say it.
                last = monitor.judgedAt
            } catch {
                logger.warning("the snapshot is not used; the log is replayed", metadata: ["why": "\(error)"])
            }
        }
        var decided: [Decided] = []
        var replayed: UInt64 = 0
        // What is missing is said, and never keeps the watch from starting: the journal's word follows behind.
        var isWhole = false
        while !isWhole {
            do {
                try history.replay(after: from) { batch in
                    monitor.step(batch.slots.span, firstSequence: batch.first, commands: { batch.commands[$0] })
                    last = batch.slots.last?.judgedAt ?? last
                    replayed += UInt64(batch.slots.count)
                    from = batch.first + UInt64(batch.slots.count) - 1
                    let events = monitor.takeEvents().map { event in
                        var marked = event
                        marked.marks.insert(.afterRestart)
                        return marked
                    }
                    if !events.isEmpty { decided.append(Decided(events: events, commands: batch.commands)) }
                }
                isWhole = true
            } catch let fault as HistoryFault {
                switch fault {
                case .hole(_, let next): from = next - 1
                case .unreadable(let inputs, _): from = inputs.upperBound
                default: throw fault
                }
                logger.warning("the input log has a hole; replayed behind it", metadata: ["why": "\(fault)"])
            }
        }
        let orphans = monitor.reconcile(try journal.standings())
        if !orphans.isEmpty {
            logger.warning("open alarms without a rule stay open", metadata: ["rules": "\(orphans)"])
        }
        logger.info("restored", metadata: ["logged": "\(logged)", "replayed": "\(replayed)"])
        return Restart(
            monitor: monitor, lastJudged: last ?? (logged > 0 ? now : nil), inputBase: max(logged, base),
            decided: decided)
    }

    /// What the log's newest slots hold of each broker: messages that were judged and not yet acknowledged come again. A
    /// broker keeps at most `receive_maximum` of them on their way, far less than a ring of slots.
    static func recall(_ history: History, sources: [UInt16]) throws -> [UInt16: RecalledSamples] {
        let logged = try history.loggedThrough()
        var recalled: [UInt16: RecalledSamples] = [:]
        guard logged > 0, !sources.isEmpty else { return recalled }
        var from = logged > slotsRecalled ? logged - slotsRecalled : 0
        var isWhole = false
        while !isWhole {
            do {
                try history.replay(after: from) { batch in
                    for slot in batch.slots where sources.contains(slot.source) {
                        recalled[slot.source, default: RecalledSamples()].note(slot)
                    }
                    from = batch.first + UInt64(batch.slots.count) - 1
                }
                isWhole = true
            } catch let fault as HistoryFault {
                // The replay has said it already: what is behind the hole counts.
                switch fault {
                case .hole(_, let next): from = next - 1
                case .unreadable(let inputs, _): from = inputs.upperBound
                default: throw fault
                }
            }
        }
        return recalled
    }

    private static func compile(_ site: LoadedSite, startingAt now: PlantInstant) throws -> Monitor {
        do {
            return try Monitor(
                site: site.description.id, points: site.description.points.map(\.tag), rules: site.rules,
                startingAt: now)
        } catch {
            throw StationFault("\(error)", exitStatus: 78)
        }
    }
}
