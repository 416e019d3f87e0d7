package import Logging
import NIOPosix
package import PlantModel
package import PlantTime
import ServiceLifecycle
package import StationPorts
import Synchronization

/// The operators' window: the HTTP API, its event stream and the metrics, on loopback and on the control socket
/// (console.md 5).
///
/// It shows only what is committed, and does nothing by itself: acts go through the ``CommandDesk`` and are answered when
/// the journal has them. Either ``run()`` it in a service group or a task, or ``start()`` and ``stop()``.
package final class OperatorConsole: Sendable {
    /// Where the console was opened.
    package struct Doors: Sendable, Equatable {
        /// The port on loopback; nil without TCP.
        package var port: Int?
        /// The path of the control socket that was bound; nil when systemd handed it over, or there is none.
        package var controlPath: String?

        package init(port: Int? = nil, controlPath: String? = nil) {
            self.port = port
            self.controlPath = controlPath
        }
    }

    private enum State {
        case idle
        case running(news: Task<Void, Never>, listeners: [Listener])
        case stopped
    }

    private let configuration: ConsoleConfiguration
    private let site: SiteDescription
    private let hub: EventHub
    private let reception: Reception
    private let archiveThreads: NIOThreadPool
    private let logger: Logger
    private let state = Mutex(State.idle)

    /// - Parameters:
    ///   - clock: the station's: its time is what answers show.
    ///   - tokens: who may act over TCP by a bearer token; nil: nobody may.
    package init(
        configuration: ConsoleConfiguration, site: SiteDescription, archive: any AlarmArchive, desk: any CommandDesk,
        feed: any CommitFeed, health: any HealthPort, board: any BoardPort, clock: any PlantClock,
        tokens: (any TokenTable)? = nil, logger: Logger
    ) {
        self.configuration = configuration
        self.site = site
        self.logger = logger
        archiveThreads = NIOThreadPool(numberOfThreads: 2)
        let reader = ArchiveReader(archive, threads: archiveThreads)
        hub = EventHub(
            feed: feed, archive: reader, clock: clock, capacity: site.capacities.consoleStreams,
            queueCapacity: configuration.streamQueue, writeLimit: configuration.writeLimit, logger: logger)
        let people = ControlPeople(site.people, own: ControlSocket.ownUser()) { ControlSocket.user(named: $0) }
        for user in people.unknownUsers {
            logger.warning("user of the people table is unknown on this machine", metadata: ["user": "\(user)"])
        }
        reception = Reception(
            ports: Reception.Ports(archive: reader, desk: desk, feed: feed, health: health, board: board),
            people: people, tokens: tokens, names: PeopleNames(site.people), site: site, hub: hub,
            guardian: DoorGuard(hostNames: configuration.hostNames), bodyBytesMax: configuration.bodyBytesMax,
            clock: clock, logger: logger)
    }

    /// Opens the doors and serves until ``stop()``.
    /// - Throws: ``ConsoleFault``, or what the kernel says of the port.
    package func start() async throws -> Doors {
        guard state.withLock({ if case .idle = $0 { true } else { false } }) else { throw ConsoleFault.alreadyStarted }
        if configuration.port != nil, !["127.0.0.1", "::1", "localhost"].contains(configuration.host) {
            throw ConsoleFault.notLoopback(host: configuration.host)
        }
        archiveThreads.start()
        var doors = Doors()
        var listeners: [Listener] = []
        do {
            if let descriptor = try controlDescriptor() {
                if case .path(let path) = configuration.control { doors.controlPath = path }
                listeners.append(try await open(.control(descriptor: descriptor)))
            }
            if let port = configuration.port {
                let listener = try await open(.loopback(host: configuration.host, port: port))
                doors.port = listener.port
                listeners.append(listener)
            }
        } catch {
            // A door that was opened is closed again: all of them, or none.
            for listener in listeners { await listener.close() }
            if let path = doors.controlPath { ControlSocket.remove(at: path) }
            try? await archiveThreads.shutdownGracefully()
            throw error
        }
        let opened = listeners
        let news = Task { await tellNews() }
        state.withLock { $0 = .running(news: news, listeners: opened) }
        logger.info(
            "console open",
            metadata: ["port": "\(doors.port.map(String.init) ?? "-")", "control": "\(doors.controlPath ?? "-")"])
        return doors
    }

    /// Closes the doors, ends every stream and waits for the last answer.
    package func stop() async {
        let last: State = state.withLock { state in
            defer { state = .stopped }
            return state
        }
        guard case .running(let news, let listeners) = last else { return }
        for listener in listeners { await listener.close() }
        news.cancel()
        await news.value
        try? await archiveThreads.shutdownGracefully()
        if case .path(let path) = configuration.control { ControlSocket.remove(at: path) }
    }

    /// Serves until the task is cancelled or the service group shuts down gracefully.
    package func run() async throws {
        _ = try await start()
        // Its only error is the cancellation that it waits for.
        try? await gracefulShutdown()
        await stop()
    }

    /// The console's own figures; ``HealthPort`` need not carry them.
    package func metrics() -> [Metric] { hub.metrics() }

    private func controlDescriptor() throws -> Int32? {
        switch configuration.control {
        case .none: nil
        case .path(let path): try ControlSocket.listen(at: path)
        case .descriptor(let descriptor): try ControlSocket.adopt(descriptor)
        }
    }

    private func open(_ place: Listener.Place) async throws -> Listener {
        try await Listener(
            at: place, reception: reception, configuration: configuration, streams: site.capacities.consoleStreams,
            threads: MultiThreadedEventLoopGroup.singleton, logger: logger)
    }

    private func tellNews() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.hub.follow() }
            group.addTask {
                while !Task.isCancelled {
                    self.hub.beat(self.reception.beatJSON())
                    try? await Task.sleep(for: self.configuration.beat)
                }
            }
        }
    }
}
