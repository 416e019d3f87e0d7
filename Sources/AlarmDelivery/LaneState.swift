import DeliveryPlan
import Digests
import PlantTime
import StationPorts

/// What came of one attempt, and when; nothing left when a message could not even be made.
struct Attempt {
    var outcome: AttemptOutcome
    var stamps: AttemptStamps?
}

/// Whether an archive can be reached, as it is said in the log: once when it is lost and once when it is back. A full disk lasts
/// for hours, and may be the one that the log is on.
struct ArchiveReach {
    private var isLost = false

    /// - Returns: whether that is news.
    mutating func note(isReached: Bool) -> Bool {
        defer { isLost = !isReached }
        return isLost == isReached
    }
}

/// What one lane remembers between two looks at the outbox: a value owned by the lane's thread; time is an argument.
struct LaneState {
    /// How often the outbox is looked at although nobody called.
    static let longestLook: Duration = .seconds(5)

    /// Attempts that have failed since the last success.
    private(set) var failures = 0
    private var heldUntil: WallTime?
    private var lookAt: WallTime?
    private var callsAtLook: UInt64 = 0
    /// Everything pending is tried once after the start; these were.
    private(set) var isFlushing = true
    var tried: Set<Int64> = []
    /// An outcome that the archive could not take: noted before anything else is sent.
    var unnoted: (row: OutboxRow, attempt: Attempt)?
    /// Whether the outbox can be reached.
    var reach = ArchiveReach()
    /// What bodies are signed with, once it has been found.
    var key: HMACKey?
    private var reported: (isFailing: Bool, at: PlantInstant)?

    var isFailing: Bool { failures > 0 }

    /// Rows taken at once: few, so that a red alarm which arrives meanwhile does not wait behind many; more while it fails,
    /// when only one of them is tried.
    var batch: Int { isFailing ? 64 : 16 }

    /// While the lane fails, what was tried least goes first, whatever its priority: it may be one message that the
    /// receiver cannot digest, and the first other one that passes shows it.
    func inOrderOfTrial(_ rows: [OutboxRow]) -> [OutboxRow] {
        guard isFailing else { return rows }
        return rows.enumerated().sorted { ($0.element.attempts, $0.offset) < ($1.element.attempts, $1.offset) }
            .map(\.element)
    }

    mutating func succeeded() {
        failures = 0
        heldUntil = nil
    }

    mutating func failed(at now: WallTime, channel: String, asked: Duration?) {
        failures += 1
        heldUntil = now + max(RetrySchedule.wait(afterAttempt: failures, key: channel), asked ?? .zero)
    }

    mutating func hold(until time: WallTime) { heldUntil = max(time, heldUntil ?? time) }

    /// How long the lane still holds; nil when it may send.
    func heldFor(at now: WallTime) -> Duration? {
        guard let heldUntil, now < heldUntil else { return nil }
        return heldUntil - now
    }

    /// How long to wait before the next look; nil when there may be something: somebody called, a row falls due, or the last
    /// look is long ago.
    func pauseBeforeLook(at now: WallTime, calls: UInt64) -> Duration? {
        guard let lookAt, calls == callsAtLook, now < lookAt else { return nil }
        return lookAt - now
    }

    /// Nothing was due.
    mutating func nothingFound(at now: WallTime, nextDue: WallTime?, calls: UInt64) {
        isFlushing = false
        tried = []
        let latest = now + Self.longestLook
        lookAt = nextDue.map { min(max($0, now), latest) } ?? latest
        callsAtLook = calls
    }

    mutating func takeReport(at now: PlantInstant) -> Bool {
        if let reported, reported.isFailing == isFailing, now < reported.at + .seconds(10) { return false }
        reported = (isFailing, now)
        return true
    }
}
