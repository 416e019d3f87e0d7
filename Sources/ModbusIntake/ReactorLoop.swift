import DeviceMap
import Glibc
import Logging
import PlantModel
import PlantTime
import Synchronization

/// What the reactor's thread and the rest of the house both see.
final class ReactorSignals: Sendable {
    // Relaxed throughout: each is one independent fact that is looked at again and again; nothing is read because of it.
    private let stopping = Atomic(false)
    private let begun = Atomic(false)
    private let beat: Atomic<Int64>

    init(at now: PlantInstant) { beat = Atomic(now.nanoseconds) }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }
    func askToStop() { stopping.store(true, ordering: .relaxed) }

    var hasBegun: Bool { begun.load(ordering: .relaxed) }
    func noteBegun() { begun.store(true, ordering: .relaxed) }

    // Acquiring and releasing: whoever sees a look answered sees what that turn has published.
    private let asked = Atomic<UInt64>(0)
    private let answered = Atomic<UInt64>(0)
    var looksAsked: UInt64 { asked.load(ordering: .acquiring) }
    var looksAnswered: UInt64 { answered.load(ordering: .acquiring) }
    func askForLook() -> UInt64 { asked.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }
    func answerLooks(_ count: UInt64) { answered.store(count, ordering: .releasing) }

    var lastBeat: PlantInstant { PlantInstant(nanoseconds: beat.load(ordering: .relaxed)) }
    func beat(at now: PlantInstant) { beat.store(now.nanoseconds, ordering: .relaxed) }
}

/// The reactor's own thread: one loop over sockets, deadlines and knocks. Made by ``ModbusReactor``, then touched by that
/// thread alone. In steady state a poll allocates nothing: buffers keep their room from one to the next.
final class ReactorLoop {
    /// The loop looks around at least this often, so that the watchdog sees it breathe.
    static let longestWait = Duration.seconds(1)
    static let owedWait = Duration.milliseconds(100)
    private static let weighingPeriod = Duration.seconds(10)
    /// A deadline in the past is served once a turn, never in a spin.
    private static let shortestWait = Duration.microseconds(100)

    /// One endpoint: its session and what the session's actions are performed with.
    struct Line {
        let endpoint: ModbusEndpoint
        var session: EndpointSession
        var decoders: [BlockDecoder]
        /// For each unit, the status words that qualify values of other requests.
        var statuses: [StatusMemory]
        var owed: [OwedReports]
        var address: HostAddress?
        var socket: ModbusSocket?
        var load = LoadWatch()
        /// Distinguishes events of this socket from those of one before it.
        var generation: UInt32 = 0
    }

    let source: UInt16
    let outlet: any SampleOutlet
    let clock: any PlantClock
    let logger: Logger
    let signals: ReactorSignals
    let meter: ReactorMeter
    let urgency: (any PointUrgency)?
    /// From this descriptor on frames are taken without libmodbus.
    let descriptorLimit: Int32
    let lookup: HostLookup
    var names = HostBook()
    let waiter: ReactorWaiter

    var lines: [Line]
    var deadlines: DeadlineQueue
    var gate = LogGate()
    /// Units that owe reports: only then are all of them looked through.
    var owing = 0
    var calls: CallDesk
    var published = 0
    var skipped = 0
    var nextFigures = PlantInstant.distantPast
    private var nextWeighing = PlantInstant.distantPast

    // Kept from turn to turn for their room.
    var actions: [EndpointSession.Action] = []
    var samples: [Sample] = []
    var slots: [InputSlot] = []
    var request = [UInt8](repeating: 0, count: ReadRequest.length)
    var peeked = [UInt8](repeating: 0, count: AnswerHeader.longestFrame)
    var frame = [UInt8](repeating: 0, count: AnswerHeader.longestFrame)

    init(
        lines: [Line], calls: CallDesk, source: UInt16, outlet: any SampleOutlet, clock: any PlantClock, logger: Logger,
        signals: ReactorSignals, meter: ReactorMeter, bell: DoorBell, urgency: (any PointUrgency)?,
        resolver: @escaping @Sendable (String) -> HostAddress?, descriptorLimit: Int32
    ) throws(ReactorWaiter.Unavailable) {
        self.lines = lines
        self.calls = calls
        self.source = source
        self.outlet = outlet
        self.clock = clock
        self.logger = logger
        self.signals = signals
        self.meter = meter
        self.urgency = urgency
        self.descriptorLimit = descriptorLimit
        lookup = HostLookup(bell: bell, resolver: resolver)
        waiter = try ReactorWaiter(bell: bell)
        deadlines = DeadlineQueue(owners: lines.count)
        for (place, door) in calls.doors.enumerated() {
            guard let descriptor = door.descriptor else { continue }
            waiter.watch(listener: descriptor, token: CallDesk.token(ofDoor: place))
        }
    }

    func run() {
        for line in lines.indices { deadlines.set(line, at: clock.now()) }
        while !signals.isStopping {
            let now = clock.now()
            waiter.wait(from: now, until: nextWake(after: now)) { notice($0) }
            let asked = signals.looksAsked
            serveNames()
            serveDeadlines()
            if owing > 0 { payOwed() }
            calls.dismissTheSilent(at: clock.now())
            breathe(showing: asked)
        }
        for line in lines.indices { lines[line].socket = nil }
        lookup.close()
        calls.close()
    }

    private func nextWake(after now: PlantInstant) -> PlantInstant {
        let limit = now + (owing > 0 ? Self.owedWait : Self.longestWait)
        return min(deadlines.next ?? limit, names.next ?? limit, limit)
    }

    /// Hands an event to a session, performs what it answers, and lets it go on.
    func drive(_ line: Int, _ event: EndpointSession.Event, at now: PlantInstant) {
        lines[line].session.handle(event, at: now, into: &actions)
        performActions(of: line, at: now)
        if event != .timePassed {
            lines[line].session.handle(.timePassed, at: now, into: &actions)
            performActions(of: line, at: now)
        }
        setDeadline(of: line, at: now)
    }

    private func setDeadline(of line: Int, at now: PlantInstant) {
        deadlines.set(line, at: max(Self.nextDeadline(of: &lines[line], at: now), now + Self.shortestWait))
    }

    /// Asked in place: a session that is read out of the lines is copied first, with all that it holds.
    private static func nextDeadline(of line: inout Line, at now: PlantInstant) -> PlantInstant {
        line.session.nextDeadline(at: now)
    }

    private func serveDeadlines() {
        let now = clock.now()
        while let due = deadlines.next, due <= now, let line = deadlines.nextOwner { drive(line, .timePassed, at: now) }
    }

    /// - Parameter asked: how many looks at the figures had been asked for before this turn began.
    private func breathe(showing asked: UInt64) {
        let now = clock.now()
        signals.beat(at: now)
        if !signals.hasBegun, lines.allSatisfy(\.session.hasBegun) { signals.noteBegun() }
        guard now >= nextFigures || asked != signals.looksAnswered else { return }
        nextFigures = now + .seconds(1)
        if let urgency { look(for: urgency, now) }
        if now >= nextWeighing {
            nextWeighing = now + Self.weighingPeriod
            weigh(now)
        }
        meter.show(figures())
        signals.answerLooks(asked)
    }

    /// Blocks with a point in a pre-alarm are read faster, as far as the link has time.
    private func look(for urgency: any PointUrgency, _ now: PlantInstant) {
        for line in lines.indices where lines[line].session.canBurst {
            let hasChanged = lines[line].session.setUrgent(at: now, into: &actions) { urgency.isUrgent($0) }
            if !actions.isEmpty { performActions(of: line, at: now) }
            if hasChanged { setDeadline(of: line, at: now) }
        }
    }

    private func figures() -> ReactorMeter.Figures {
        let links = lines.map { line in
            let session = line.session
            return ReactorMeter.Link(
                id: line.endpoint.id, counts: session.counts, missed: session.schedule.missed,
                isConnected: session.isConnected, isOnBackup: session.isOnBackup,
                unitsUp: session.units.count { $0.link == .up },
                units: session.units.count,
                busyShare: session.measuredLoad,
                roundTripSeconds: session.units.compactMap { $0.timer.roundTrip?.seconds }.max())
        }
        let owed = lines.reduce(0) { $0 + $1.owed.reduce(0) { $0 + $1.slots.count } }
        return ReactorMeter.Figures(
            links: links, samples: published, skipped: skipped, owed: owed, unknownCallers: calls.unknown,
            callersTurnedAway: calls.turnedAway,
            shutPorts: calls.doors.filter { $0.descriptor == nil }.map { door in
                ReactorMeter.ShutPort(
                    address: "\(door.host):\(door.port)", errorNumber: door.errorNumber,
                    links: door.expected.map { lines[$0.line].endpoint.id })
            })
    }
}

// MARK: - Sockets

extension ReactorLoop {
    private func notice(_ occurrence: ReactorWaiter.Occurrence) {
        if let caller = CallDesk.place(of: occurrence.token) { return attend(caller) }
        let line = Int(occurrence.token >> 32)
        // An event of a socket that was closed earlier in the same batch.
        guard lines.indices.contains(line), lines[line].generation == UInt32(truncatingIfNeeded: occurrence.token),
            let socket = lines[line].socket
        else { return }
        if case .connecting = lines[line].session.state {
            guard occurrence.isConnectOutcome else { return }
            let outcome = socket.connectOutcome()
            drive(line, outcome.map { .lost($0) } ?? .connected, at: clock.now())
        }
        if occurrence.isReadable { read(line, occurrence) }
    }

    /// Takes every whole frame that waits. The rest of one stays in the socket; its next byte wakes us.
    ///
    /// What has happened to this socket says nothing of another one that has taken its place meanwhile.
    private func read(_ line: Int, _ occurrence: ReactorWaiter.Occurrence) {
        let isHungUp = occurrence.isHungUp
        let generation = UInt32(truncatingIfNeeded: occurrence.token)
        while lines[line].generation == generation, let socket = lines[line].socket {
            switch socket.peek(into: &peeked) {
            case .nothing:
                if isHungUp { drive(line, .lost(.closedByPeer), at: clock.now()) }
                return
            case .over(let loss):
                return drive(line, .lost(loss), at: clock.now())
            case .waiting(let count):
                let heartbeat = lines[line].endpoint.manners.dialIn?.heartbeat ?? []
                if !heartbeat.isEmpty, let skipped = CallDesk.length(of: heartbeat, at: peeked, count) {
                    guard skipped > 0, socket.skip(skipped, into: &frame) else { return }
                    continue
                }
                let progress = AnswerHeader.progress(of: peeked.span.extracting(0..<count))
                guard take(progress, from: socket, line, occurrence) else { return }
                // All that was there has been taken: what comes later wakes us.
                if progress == .complete(count), !isHungUp { return }
            }
        }
    }

    /// - Returns: whether there may be more to take.
    private func take(
        _ progress: FrameProgress, from socket: ModbusSocket, _ line: Int, _ occurrence: ReactorWaiter.Occurrence
    ) -> Bool {
        switch progress {
        case .incomplete:
            drive(line, occurrence.isHungUp ? .lost(.closedByPeer) : .fragmentWaits, at: clock.now())
            return false
        case .faulty(let fault):
            drive(line, .lost(.framing(fault)), at: clock.now())
            return false
        case .complete(let length):
            // The instant that the frame was complete: what its samples speak for.
            let now = clock.now()
            guard socket.take(frameOf: length, into: &frame, inOneCall: occurrence.isOneOfMany) else {
                drive(line, .lost(.framing(.unreadable)), at: now)
                return false
            }
            drive(line, .answered(AnswerHeader(completeFrame: frame.span.extracting(0..<length))), at: now)
            return true
        }
    }
}
