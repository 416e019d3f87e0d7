import PlantTime

/// What one door owes its broker and what the broker owes it: connect, subscribe, listen, rest, again. Pure: it takes
/// what happened and when, and returns what to do.
///
/// Messages are none of its business: a broker may deliver what it kept for us before it answers our subscriptions, and
/// whoever reads takes them in every state.
struct BrokerSession {
    struct Plan {
        /// How many filters there are; the shell knows their text.
        var filterCount: Int
        /// The broker may still hold filters of an earlier run that nobody wants any more.
        var hasStaleFilters: Bool
        var keepAlive: Duration
        var backOff: BackOff
    }

    enum State: Equatable {
        case idle
        /// Resolving, TCP, TLS and CONNECT, until the broker's CONNACK.
        case connecting(attempt: Int, until: PlantInstant)
        /// Connected; these filters have no SUBACK yet.
        case subscribing(attempt: Int, Listening, awaited: Set<Int>, until: PlantInstant)
        case live(attempt: Int, Listening, since: PlantInstant)
        case waiting(attempt: Int, until: PlantInstant)
        case stopped
    }

    /// What stands while there is a connection.
    struct Listening: Equatable {
        /// When the broker was last heard, or when we last could not listen.
        var heardAt: PlantInstant
        var silenceMax: Duration
        /// Filters that the broker refused, and when to ask again.
        var refused: Set<Int> = []
        var askAgainAt: PlantInstant?
    }

    enum Event: Equatable {
        case started
        case connectFailed(String)
        /// CONNACK 0. `keepAlive` is the broker's own, where it insists on one.
        case accepted(sessionPresent: Bool, keepAlive: Duration?)
        /// CONNACK with another code, in words.
        case rejected(String)
        case filterAnswered(Int, code: Int)
        case staleFiltersRemoved
        case lost(String)
        case timePassed
        case stopRequested
    }

    enum Action: Equatable {
        case connect(attempt: Int)
        /// Close without a word: whatever is unacknowledged comes again.
        case drop(String)
        case subscribe([Int])
        case removeStaleFilters
        /// The broker holds no filters but ours: the file may say so.
        case rememberFilters
        case reportUp
        /// Once per outage, the first failure after start included.
        case reportLost(String)
        case reportRefused(filter: Int, code: Int)
        /// Granted with QoS 0: what is lost on the way is not sent again.
        case reportWeak(filter: Int)
    }

    /// Bounds of what a broker may take to answer.
    static let connectMax = Duration.seconds(15)
    static let subscribeMax = Duration.seconds(30)
    /// A refused filter is asked for again this often: access lists change without a reconnect.
    static let askAgainAfter = Duration.seconds(60)
    private(set) var state: State = .idle
    private let plan: Plan
    private var staleFiltersStand: Bool
    /// Whether the broker was last reported up; nil before the first report.
    private var reportedUp: Bool?

    init(plan: Plan) {
        self.plan = plan
        staleFiltersStand = plan.hasStaleFilters
    }

    /// When time itself is the next event; nil when only the outside can go on.
    var nextDeadline: PlantInstant? {
        switch state {
        case .idle, .stopped: nil
        case .connecting(_, let until), .waiting(_, let until): until
        case .subscribing(_, let listening, _, let until): min(until, listening.deadline)
        case .live(_, let listening, _): min(listening.deadline, listening.askAgainAt ?? .distantFuture)
        }
    }

    /// The try whose connection counts now; answers to an earlier one are void.
    // Not inlined: the optimiser of Swift 6.3.1 stops at its own ownership check where this is folded into a loop.
    @inline(never)
    var connectingAttempt: Int? {
        if case .connecting(let attempt, _) = state { attempt } else { nil }
    }

    /// Bytes came, or we were not listening: silence counts from here.
    mutating func heard(at now: PlantInstant) {
        switch state {
        case .subscribing(let attempt, var listening, let awaited, let until):
            listening.heardAt = now
            state = .subscribing(attempt: attempt, listening, awaited: awaited, until: until)
        case .live(let attempt, var listening, let since):
            listening.heardAt = now
            state = .live(attempt: attempt, listening, since: since)
        case .idle, .connecting, .waiting, .stopped: break
        }
    }

    mutating func on(_ event: Event, at now: PlantInstant) -> [Action] {
        switch event {
        case .started: return state == .idle ? connect(attempt: 1, at: now) : []
        case .connectFailed(let reason), .rejected(let reason), .lost(let reason): return fail(reason, at: now)
        case .accepted(let sessionPresent, let keepAlive):
            return accepted(sessionPresent: sessionPresent, keepAlive: keepAlive ?? plan.keepAlive, at: now)
        case .filterAnswered(let filter, let code): return answered(filter, code: code, at: now)
        case .staleFiltersRemoved:
            guard staleFiltersStand else { return [] }
            staleFiltersStand = false
            return [.rememberFilters]
        case .timePassed: return timePassed(at: now)
        case .stopRequested:
            state = .stopped
            return []
        }
    }

    private mutating func connect(attempt: Int, at now: PlantInstant) -> [Action] {
        state = .connecting(attempt: attempt, until: now + Self.connectMax)
        return [.connect(attempt: attempt)]
    }

    private mutating func accepted(sessionPresent: Bool, keepAlive: Duration, at now: PlantInstant) -> [Action] {
        guard case .connecting(let attempt, _) = state else { return [] }
        let listening = Listening(heardAt: now, silenceMax: keepAlive * 3 / 2)
        state = .subscribing(
            attempt: attempt, listening, awaited: Set(0..<plan.filterCount), until: now + Self.subscribeMax)
        var actions: [Action] = []
        if staleFiltersStand, sessionPresent {
            actions.append(.removeStaleFilters)
        } else {
            staleFiltersStand = false
            actions.append(.rememberFilters)
        }
        // With a session too: a broker that lost its store would otherwise keep silent for ever.
        if plan.filterCount > 0 { actions.append(.subscribe(Array(0..<plan.filterCount))) }
        return actions + becomeLiveIfAnswered(at: now)
    }

    private mutating func answered(_ filter: Int, code: Int, at now: PlantInstant) -> [Action] {
        var actions: [Action] = []
        func note(_ listening: inout Listening) {
            guard code >= 0x80 else {
                listening.refused.remove(filter)
                if code == 0 { actions.append(.reportWeak(filter: filter)) }
                return
            }
            // Asked again every minute, said once per connection.
            if listening.refused.insert(filter).inserted { actions.append(.reportRefused(filter: filter, code: code)) }
            listening.askAgainAt = listening.askAgainAt ?? now + Self.askAgainAfter
        }
        switch state {
        case .subscribing(let attempt, var listening, var awaited, let until):
            note(&listening)
            awaited.remove(filter)
            state = .subscribing(attempt: attempt, listening, awaited: awaited, until: until)
            return actions + becomeLiveIfAnswered(at: now)
        case .live(let attempt, var listening, let since):
            note(&listening)
            state = .live(attempt: attempt, listening, since: since)
            return actions
        case .idle, .connecting, .waiting, .stopped: return []
        }
    }

    private mutating func becomeLiveIfAnswered(at now: PlantInstant) -> [Action] {
        guard case .subscribing(let attempt, let listening, let awaited, _) = state, awaited.isEmpty else { return [] }
        state = .live(attempt: attempt, listening, since: now)
        reportedUp = true
        return [.reportUp]
    }

    private mutating func timePassed(at now: PlantInstant) -> [Action] {
        switch state {
        case .idle, .stopped: return []
        case .connecting(_, let until):
            return now >= until ? fail("no answer to connect within \(Self.connectMax.seconds) s", at: now) : []
        case .waiting(let attempt, let until):
            return now >= until ? connect(attempt: attempt + 1, at: now) : []
        case .subscribing(_, let listening, let awaited, let until):
            if now >= listening.deadline { return fail(listening.silence, at: now) }
            return now >= until ? fail("\(awaited.count) subscriptions unanswered", at: now) : []
        case .live(let attempt, var listening, let since):
            if now >= listening.deadline { return fail(listening.silence, at: now) }
            guard let again = listening.askAgainAt, now >= again else { return [] }
            listening.askAgainAt = listening.refused.isEmpty ? nil : now + Self.askAgainAfter
            state = .live(attempt: attempt, listening, since: since)
            return listening.refused.isEmpty ? [] : [.subscribe(listening.refused.sorted())]
        }
    }

    private mutating func fail(_ reason: String, at now: PlantInstant) -> [Action] {
        let attempt: Int
        switch state {
        case .idle, .waiting, .stopped: return []
        case .connecting(let current, _), .subscribing(let current, _, _, _): attempt = current
        case .live(let current, _, let since): attempt = now - since >= BackOff.healthyAfter ? 1 : current
        }
        state = .waiting(attempt: attempt, until: now + plan.backOff.pause(after: attempt))
        let isNews = reportedUp != false
        reportedUp = false
        return [.drop(reason)] + (isNews ? [.reportLost(reason)] : [])
    }
}

extension BrokerSession.Listening {
    var deadline: PlantInstant { heardAt + silenceMax }
    var silence: String { "not a byte for \(silenceMax.seconds) s" }
}
