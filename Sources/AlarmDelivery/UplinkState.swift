import DeliveryPlan
import PlantModel
import PlantTime
import Synchronization

/// What one message to the platform carries.
enum UplinkParcel {
    /// Nothing: "how far are you?", and the heartbeat.
    case question
    case openRaises([AlarmRecord])
    case records([AlarmRecord])

    var records: [AlarmRecord] {
        switch self {
        case .question: []
        case .openRaises(let records), .records(let records): records
        }
    }

    var isResend: Bool { if case .openRaises = self { true } else { false } }

    /// The last sequence of a batch in the journal's order; nil for what is outside that order.
    var last: UInt64? { if case .records(let records) = self { records.last?.sequence } else { nil } }
}

/// What an uplink remembers between two messages: a value owned by its thread; time is an argument.
struct UplinkState {
    /// How often the journal is looked at although nobody called.
    static let longestLook: Duration = .seconds(5)

    private var known: (journalID: String, progress: UplinkProgress)?
    /// After a mismatch: the raises of all open alarms come first.
    var owesOpenRaises = false
    /// Whether the journal can be reached.
    var reach = ArchiveReach()
    private var failures = 0
    private var stalls = 0
    private var heldUntil: WallTime?
    private var heartbeatAt: WallTime?
    private var lookAt: WallTime?
    private var callsAtLook: UInt64 = 0
    private var reported: (isFailing: Bool, isMismatched: Bool, at: PlantInstant)?

    var isFailing: Bool { failures > 0 || stalls > 0 }
    var isMismatched: Bool { known?.progress.isMismatched ?? false }

    /// The progress in this journal. A new journal file begins a new one, and the platform is asked again.
    func progress(for journalID: String, confirmed: () throws -> UInt64) rethrows -> UplinkProgress {
        if let known, known.journalID == journalID { return known.progress }
        return UplinkProgress(confirmed: try confirmed())
    }

    mutating func keep(_ progress: UplinkProgress, of journalID: String) { known = (journalID, progress) }

    mutating func reached(at now: WallTime) {
        failures = 0
        heldUntil = nil
        heartbeatAt = now + PlatformUplink.heartbeat
    }

    mutating func failed(at now: WallTime, platform: String, asked: Duration?) {
        failures += 1
        hold(until: now + max(RetrySchedule.wait(afterAttempt: failures, key: platform), asked ?? .zero))
    }

    /// It answers, but does not move: asked again as after a failure.
    mutating func stalled(at now: WallTime, platform: String) {
        stalls += 1
        hold(until: now + RetrySchedule.wait(afterAttempt: stalls, key: platform))
    }

    mutating func moved() { stalls = 0 }

    mutating func hold(until time: WallTime) { heldUntil = max(time, heldUntil ?? time) }

    func heldFor(at now: WallTime) -> Duration? {
        guard let heldUntil, now < heldUntil else { return nil }
        return heldUntil - now
    }

    func isHeartbeatDue(at now: WallTime) -> Bool { heartbeatAt.map { now >= $0 } ?? true }

    mutating func nothingOwed(at now: WallTime, calls: UInt64) {
        lookAt = min(now + Self.longestLook, heartbeatAt ?? now + Self.longestLook)
        callsAtLook = calls
    }

    func pauseBeforeLook(at now: WallTime, calls: UInt64) -> Duration? {
        guard let lookAt, calls == callsAtLook, now < lookAt else { return nil }
        return lookAt - now
    }

    mutating func takeReport(at now: PlantInstant) -> Bool {
        if let reported, reported.isFailing == isFailing, reported.isMismatched == isMismatched,
            now < reported.at + .seconds(10)
        {
            return false
        }
        reported = (isFailing, isMismatched, now)
        return true
    }
}

/// What one uplink has counted, read by `/metrics` from any thread. Relaxed throughout: figures, nothing is read behind them.
final class UplinkTally: Sendable {
    let messages = Atomic<UInt64>(0)
    let records = Atomic<UInt64>(0)
    let failures = Atomic<UInt64>(0)
    let mismatches = Atomic<UInt64>(0)
    let stored = Atomic<UInt64>(0)
    let isFailing = Atomic<Bool>(false)

    func metrics(platform: String) -> [Metric] {
        func metric(_ name: String, _ help: String, _ kind: Metric.Kind, _ value: UInt64) -> Metric {
            Metric(
                "hazardd_uplink_\(name)", help: help, kind: kind, labels: [("platform", platform)], value: Double(value)
            )
        }
        return [
            metric("messages_total", "Messages answered by the platform.", .counter, messages.load(ordering: .relaxed)),
            metric("records_total", "Records confirmed by the platform.", .counter, records.load(ordering: .relaxed)),
            metric("failures_total", "Attempts that failed.", .counter, failures.load(ordering: .relaxed)),
            metric(
                "mismatches_total", "Times the platform's numbers were not about this journal.", .counter,
                mismatches.load(ordering: .relaxed)),
            metric(
                "stored_sequence", "Highest journal sequence confirmed by the platform.", .gauge,
                stored.load(ordering: .relaxed)),
            metric(
                "failing", "1 while the platform cannot be reached or does not store.", .gauge,
                isFailing.load(ordering: .relaxed) ? 1 : 0),
        ]
    }
}
