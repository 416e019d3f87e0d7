import PlantModel
import PlantTesting
import PlantTime
import StationPorts
import Synchronization
import Testing

@testable import AlarmDelivery

/// A plant clock whose shown time can be set, as the host's clock is.
private final class SettableClock: PlantClock {
    private let steady = ManualClock.secondAfterTheRaise
    private let correction = Mutex(Duration.zero)

    func now() -> PlantInstant { steady.now() }
    func wall(_ instant: PlantInstant) -> WallTime { steady.wall(instant) + correction.withLock { $0 } }
    func instant(_ wall: WallTime) -> PlantInstant { steady.instant(wall + (.zero - correction.withLock { $0 })) }

    func advance(by span: Duration) { steady.advance(by: span) }
    func setShown(forwardBy span: Duration) { correction.withLock { $0 += span } }
}

@Suite struct `The time that due times are compared with` {
    private let clock = SettableClock()

    @Test func `goes on when the host's clock is set back an hour`() {
        let time = ForwardTime(clock)
        let before = time.now()
        clock.setShown(forwardBy: .seconds(-3600))
        clock.advance(by: .seconds(5))
        #expect(time.now() == before + .seconds(5))
    }

    @Test func `follows when it is set forward, so that what the journal dates anew is due at once`() {
        let time = ForwardTime(clock)
        clock.setShown(forwardBy: .seconds(3600))
        #expect(time.now() == clock.wallNow())
    }

    /// A time source that is wrong for a minute: what failed meanwhile was to be tried again a year later.
    @Test func `goes on from there when a year that was set in error is taken back`() {
        let time = ForwardTime(clock)
        clock.setShown(forwardBy: .seconds(365 * 86_400))
        let wrong = time.now()
        var lane = LaneState()
        lane.failed(at: wrong, channel: "duty", asked: nil)
        clock.setShown(forwardBy: .seconds(-365 * 86_400))
        clock.advance(by: .seconds(2))
        #expect(time.now() == wrong + .seconds(2))
        #expect(lane.heldFor(at: time.now()) == nil, "the receiver is tried again")
    }
}

@Suite struct `The state of a lane` {
    private let now = WallTime(milliseconds: 1_795_480_206_000)

    private func row(_ id: Int64, attempts: Int) -> OutboxRow {
        OutboxRow(id: id, record: aRecord(), channel: "duty", recipient: "zhang", dueAt: now, attempts: attempts)
    }

    @Test func `holds longer with each failure, and not at all after a success`() {
        var state = LaneState()
        var holds: [Duration] = []
        for _ in 1...8 {
            state.failed(at: now, channel: "duty", asked: nil)
            holds.append(state.heldFor(at: now) ?? .zero)
        }
        #expect(holds[0] == .seconds(1) && zip(holds, holds.dropFirst()).prefix(6).allSatisfy { $0 < $1 })
        #expect(holds[7] <= .seconds(60) && holds[7] >= .seconds(45))
        state.succeeded()
        #expect(state.heldFor(at: now) == nil)
    }

    @Test func `looks again when called, when a row falls due, and after five seconds`() {
        var state = LaneState()
        #expect(state.pauseBeforeLook(at: now, calls: 1) == nil)
        state.nothingFound(at: now, nextDue: now + .seconds(3), calls: 1)
        #expect(state.pauseBeforeLook(at: now, calls: 1) == .seconds(3))
        #expect(state.pauseBeforeLook(at: now, calls: 2) == nil)
        #expect(state.pauseBeforeLook(at: now + .seconds(3), calls: 1) == nil)
        state.nothingFound(at: now, nextDue: nil, calls: 1)
        #expect(state.pauseBeforeLook(at: now, calls: 1) == .seconds(5))
    }

    @Test func `while it fails, what was tried least goes first`() {
        var state = LaneState()
        let rows = [row(1, attempts: 9), row(2, attempts: 0), row(3, attempts: 0)]
        #expect(state.inOrderOfTrial(rows).map(\.id) == [1, 2, 3])
        state.failed(at: now, channel: "duty", asked: nil)
        #expect(state.inOrderOfTrial(rows).map(\.id) == [2, 3, 1])
    }

    /// One line a second and lane would fill what is left of a full disk.
    @Test func `says once that the outbox cannot be reached, and once that it can again`() {
        var state = LaneState()
        #expect(
            [true, false, false, true, true].map { state.reach.note(isReached: $0) } == [
                false, true, false, true, false,
            ])
    }

    @Test func `is reported at each change and every ten seconds`() {
        var state = LaneState()
        let start = PlantInstant(milliseconds: 0)
        var reports = [0, 9, 10].map { state.takeReport(at: start + .seconds($0)) }
        state.failed(at: now, channel: "duty", asked: nil)
        reports.append(state.takeReport(at: start + .seconds(11)))
        #expect(reports == [true, false, true, true])
    }
}
