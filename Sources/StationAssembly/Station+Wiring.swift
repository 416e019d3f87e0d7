import AlarmDelivery
import DeliveryPlan
import DeviceMap
import EventJournal
package import Logging
import MQTTIntake
import ModbusIntake
import MonitorCore
import OperatorConsole
import PlantModel
import PlantTime
import RingPipeline
import SampleHistory
package import SiteProfile
import StationPorts

// The one screen that shows the house: what exists, and who sees whom.
extension Station {
    /// Numbers of the publishers in input slots.
    private enum Source {
        static let desk: UInt16 = 1
        static let voice: UInt16 = 2
        static let reload: UInt16 = 3
        static let modbus: UInt16 = 4
        static let firstBroker: UInt16 = 16
    }

    /// Builds a station from a checked site: journal and log opened and verified, state restored, nothing started yet.
    /// - Throws: ``StationFault`` with the exit status for systemd.
    package static func wire(_ options: StationOptions, site: LoadedSite, logger: Logger) throws -> Station {
        let described = site.description
        let capacities = described.capacities

        // The record and the log, and what they say of the last run.
        let delivery = site.delivery
        let boot = SteadyClock().wallNow()
        let journal = try openJournal(options, delivery: delivery, capacities: capacities, now: boot, logger: logger)
        let newest = try journal.records(after: max(journal.committedHead.sequence, 1) - 1, limit: 1).last
        let history = try openHistory(options, base: newest?.inputSequence ?? 0, now: boot)
        let restart = try Restart.replay(
            site: site, journal: journal, history: history, base: newest?.inputSequence ?? 0, logger: logger)
        let inputBase = restart.inputBase
        let lastJudged = restart.lastJudged
        let decided = restart.decided
        let clock = SteadyClock(after: lastJudged)

        // The hall: two rings, the marks, the board, the tables.
        let input = Ring<InputSlot>(capacity: capacities.inputRing)
        let events = Ring<AlarmEvent>(capacity: capacities.eventRing)
        let marks = StationMarks()
        // About 50 us of looks: what waking a parked thread costs.
        let waiting: WaitStrategy = capacities.waiting == .park ? .park : .adaptive(1000)
        let board = Board(points: restart.monitor.pointCount + 1024, rules: restart.monitor.ruleCount + 4096)
        let commands = CommandTable(capacity: capacities.commandTable)
        let configurations = ConfigurationTable()
        let snapshots = SnapshotTray()
        let news = CommitNews(committed: journal.committedHead.sequence)
        let deskOutlet = RingOutlet(ring: input)
        let voiceOutlet = RingOutlet(ring: input)
        let reloadOutlet = RingOutlet(ring: input)
        let voice = SystemVoice(
            points: Dictionary(uniqueKeysWithValues: site.systemPoints.station.map { ($0.key.tag, $0.value) }),
            outlet: voiceOutlet, clock: clock, source: Source.voice)

        let logTrouble = TroubleBook(tag: StationPoint.historyOverrun.tag, voice: voice)

        // Who tells: behind the committed mark.
        let meter = StageMeter()
        let credentials = CredentialStore(folder: options.credentialsFolder)
        let unreached = TroubleBook(tag: StationPoint.deliveryFailing.tag, voice: voice)
        let unreported = TroubleBook(tag: StationPoint.platformFailing.tag, voice: voice)
        let deliveries = Deliveries(
            outbox: OutboxWorker(
                delivery: delivery, site: described, archive: journal, credentials: credentials, clock: clock,
                meter: meter, logger: logger,
                reportFailing: { channel, failing in unreached.note(channel, isTroubled: failing) }),
            uplinks: delivery.platforms.map { channel in
                PlatformUplink(
                    channel: channel, site: described, archive: journal, credentials: credentials, clock: clock,
                    logger: logger,
                    reportFailing: { trouble, failing in
                        unreported.note("\(channel.id): \(trouble)", isTroubled: failing)
                    })
            })

        // Who writes and who judges.
        let open = try journal.openAlarms()
        let journalStage = JournalStage(
            ring: events, journal: journal, marks: marks, table: commands, news: news,
            scribe: RecordScribe(
                site: described, rules: site.rules,
                raisedAt: Dictionary(open.map { ($0.raise.rule, $0.raise.occurredAt) }) { first, _ in first }),
            meter: meter, waiting: waiting, clock: clock, logger: logger, announce: { deliveries.wake() })
        for batch in decided {
            _ = try journal.commit(
                journalStage.records(of: batch.events) { batch.commands[$0] }, at: clock.wallNow())
        }
        // What the restart decided is told to streams like any other commit, and not only with the next.
        news.advance(to: journal.committedHead.sequence)
        // Only behind that commit: the next restart goes on from here, also where the journal was ahead of the log.
        do {
            try history.store(
                StoredSnapshot(inputSequence: inputBase, bytes: restart.monitor.snapshot()), at: clock.wallNow())
        } catch {
            logger.warning("no snapshot of the restart; the next one replays more", metadata: ["why": "\(error)"])
        }
        let historyStage = HistoryStage(
            ring: input, history: history, marks: marks, table: commands, tray: snapshots, trouble: logTrouble,
            inputBase: inputBase, clock: clock, logger: logger)
        let urgency = BoardUrgency(board: board, site: site)
        let core = CoreStage(
            hand: CoreStage.Hand(monitor: restart.monitor, lastJudged: lastJudged ?? clock.now()),
            rings: CoreStage.Rings(input: input, events: events), marks: marks, board: board,
            tables: CoreStage.Tables(
                commands: commands, configurations: configurations, snapshots: snapshots,
                adopted: {
                    journalStage.adopt($0)
                    urgency.adopt($0)
                }),
            inputBase: inputBase, meter: meter, waiting: waiting, clock: clock, logger: logger)

        // Who asks the devices.
        let modbusOutlet = RingOutlet(ring: input)
        var outlets: [(door: String, outlet: RingOutlet)] = [
            ("desk", deskOutlet), ("station", voiceOutlet), ("reload", reloadOutlet), ("modbus", modbusOutlet),
        ]
        let modbus =
            site.modbus.isEmpty
            ? nil
            : try ModbusReactor(
                endpoints: site.modbus, source: Source.modbus, outlet: modbusOutlet, clock: clock, logger: logger,
                urgency: urgency)
        let quarantine = try QuarantineFolder(path: options.quarantineFolder)
        var brokers: [BrokerDoor] = []
        let recalled = try Restart.recall(
            history, sources: site.brokers.indices.map { Source.firstBroker + UInt16($0) })
        for (number, link) in site.brokers.enumerated() {
            let outlet = RingOutlet(ring: input)
            let source = Source.firstBroker + UInt16(number)
            outlets.append(("mqtt:\(link.id)", outlet))
            brokers.append(
                BrokerDoor(
                    link: link, credentials: try secrets(of: link, in: credentials),
                    source: source, outlet: outlet, gate: marks, clock: clock,
                    filterMemory: options.filterMemory(of: link.id), quarantine: quarantine,
                    recalled: recalled[source] ?? RecalledSamples(), logger: logger))
        }
        let doors = Doors(modbus: modbus, brokers: brokers)

        // Who looks after all of them, and who shows them.
        let health = HealthDesk(
            HealthDesk.Sources(
                board: BoardView(board: board, site: described, clock: clock), journal: journal,
                journalStage: journalStage, stages: [core.watch, journalStage.watch, historyStage.watch],
                outside: doors.beats + deliveries.beats, links: Array(site.systemPoints.links.values),
                meters: [meter, core, journalStage, historyStage, deliveries.outbox] + deliveries.uplinks + brokers
                    + (modbus.map { [$0] } ?? []),
                outlets: outlets, clock: clock, doorTroubles: { doors.troubles }))
        let notify = NotifySocket(environment: options.environment)
        let watchman = Watchman(
            Watchman.Post(
                notify: notify, health: health, voice: voice, logTrouble: logTrouble, journal: journal,
                history: history,
                outlets: outlets.map(\.outlet), sourceClockJumps: { core.sourceClockJumps },
                clock: clock, logger: logger))
        let desk = CommandCounter(
            table: commands, outlet: deskOutlet, archive: journal, clock: clock, source: Source.desk)
        let console = OperatorConsole(
            configuration: consoleConfiguration(options, site: site), site: described, archive: journal, desk: desk,
            feed: news, health: health, board: BoardView(board: board, site: described, clock: clock), clock: clock,
            logger: logger)
        let reloads = ReloadDesk(
            site: site, options: options, outlet: reloadOutlet, configurations: configurations, clock: clock,
            source: Source.reload, logger: logger)
        return Station(
            rooms: Rooms(
                site: Watched(site), options: options, clock: clock, marks: marks, journal: journal, history: history,
                news: news, core: core,
                journalStage: journalStage, historyStage: historyStage, watchman: watchman, doors: doors,
                deliveries: deliveries, console: console, health: health, notify: notify, reloads: reloads,
                logger: logger))
    }

    private static func openJournal(
        _ options: StationOptions, delivery: DeliveryDescription, capacities: Capacities, now: WallTime, logger: Logger
    ) throws -> Journal {
        let notify = NotifySocket(environment: options.environment)
        var journalOptions = Journal.Options()
        journalOptions.outboxRows = capacities.outboxRows
        journalOptions.bringingForward = { schema, events in
            // Ten times what a million took. systemd would end a start that takes longer than it allows, and begin again.
            let allowed = Duration.seconds(60) + .microseconds(400 * events)
            notify.send(
                "EXTEND_TIMEOUT_USEC=\(allowed.nanoseconds / 1000)",
                "STATUS=bringing the journal forward from schema \(schema): \(events) events")
            logger.notice(
                "the journal is brought forward", metadata: ["schema": "\(schema)", "events": "\(events)"])
        }
        do {
            return try Journal(
                folder: options.journalFolder,
                plan: { record, told, now in
                    Addressing.drafts(for: record, told: told, delivery: delivery, now: now)
                }, now: now, options: journalOptions)
        } catch {
            throw StationFault("\(error)", exitStatus: error.exitStatus)
        }
    }

    private static func openHistory(_ options: StationOptions, base: UInt64, now: WallTime) throws -> History {
        do {
            return try History(folder: options.historyFolder, base: base, now: now)
        } catch {
            throw StationFault("\(error)", exitStatus: error.exitStatus)
        }
    }

    private static func secrets(of link: BrokerLink, in store: CredentialStore) throws -> BrokerCredentials {
        do {
            func text(_ name: String) throws -> String {
                String(decoding: try store.secret(named: name).bytes, as: UTF8.self)
            }
            return BrokerCredentials(
                username: try link.usernameCredential.map(text), password: try link.passwordCredential.map(text),
                clientKeyPath: try link.clientKeyCredential.map { try store.path(ofFileNamed: $0) })
        } catch {
            throw StationFault("broker \(link.id): \(error)", exitStatus: 78)
        }
    }

    private static func consoleConfiguration(_ options: StationOptions, site: LoadedSite) -> ConsoleConfiguration {
        let handed = ConsoleConfiguration.handedOver(
            environment: options.environment, processID: options.processID)
        let control = handed ?? options.controlPath.map { .path($0) } ?? .none
        return ConsoleConfiguration(host: site.console.host, port: Int(site.console.port), control: control)
    }
}
