import PlantTime
import RingPipeline
import Synchronization

/// How a lane is called: "something was committed", "stop". News is never lost: it is a count, not a signal.
final class Wakeup: Sendable {
    private let calls = Atomic<UInt64>(0)
    private let doorbell = Doorbell()

    /// From any thread.
    func call() {
        // Release: whoever sees the new count sees what was done before the call.
        calls.wrappingAdd(1, ordering: .releasing)
        doorbell.ring()
    }

    var count: UInt64 { calls.load(ordering: .acquiring) }

    /// Parks until there was a call after `seen`, at most for a second and at most for `limit`.
    func park(after seen: UInt64, atMost limit: Duration) {
        _ = doorbell.park(atMost: min(max(limit, .zero), .seconds(1))) { count != seen }
    }
}

/// The beat of a lane for the watchdog. A lane that waits for a slow receiver is alive: it promises by when it will beat again.
final class LaneBeat: Sendable {
    private let promisedUntil: Atomic<Int64>

    init(at now: PlantInstant) { promisedUntil = Atomic((now + .seconds(5)).nanoseconds) }

    /// "I am here, and will be back within this span."
    func beat(at now: PlantInstant, backWithin span: Duration) {
        // Relaxed: one number, nothing is read behind it.
        promisedUntil.store((now + span + .seconds(5)).nanoseconds, ordering: .relaxed)
    }

    /// `now` while the promise holds, else the instant that it ended.
    func last(at now: PlantInstant) -> PlantInstant {
        min(now, PlantInstant(nanoseconds: promisedUntil.load(ordering: .relaxed)))
    }
}

/// Shown time that never goes back: due times are compared with it. When the host's clock is set back, what was due stays
/// due; when it is set forward, what the journal dates anew is due at once. And when it is set forward and put right again,
/// this time stays ahead for as long as the process lives, with everything that was dated by the wrong clock: none of it
/// waits for a day that may be a year away.
final class ForwardTime: Sendable {
    private let clock: any PlantClock
    /// How far the shown time has been ahead of the plant's time line at the most, in nanoseconds. Relaxed: one number,
    /// nothing is read behind it.
    private let lead: Atomic<Int64>

    init(_ clock: any PlantClock) {
        self.clock = clock
        lead = Atomic(Self.lead(of: clock, at: clock.now()))
    }

    func now() -> WallTime {
        let now = clock.now()
        let most = lead.max(Self.lead(of: clock, at: now), ordering: .relaxed).newValue
        return WallTime(nanoseconds: now.nanoseconds + most)
    }

    private static func lead(of clock: any PlantClock, at now: PlantInstant) -> Int64 {
        clock.wall(now).nanoseconds - now.nanoseconds
    }
}
