import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The clock of the plant: a steady time line and its mapping to the time that people read.
/// Only the doors, the wiring and the roof hold one; everything below takes time as an argument.
package protocol PlantClock: Sendable {
    /// Now, on the plant's time line. Never goes back; goes on while the host's clock steps. Any thread; about 25 ns.
    func now() -> PlantInstant

    /// The UTC time that is shown for an instant of the plant's time line, by the mapping in force now.
    func wall(_ instant: PlantInstant) -> WallTime

    /// The instant of the plant's time line that a UTC time stamp of a device speaks of.
    func instant(_ wall: WallTime) -> PlantInstant
}

extension PlantClock {
    package func wallNow() -> WallTime { wall(now()) }
}

/// The clock of a running station: CLOCK_BOOTTIME mapped to UTC by an offset taken once, at start.
///
/// The offset to *shown* time is corrected by ``adoptStep()`` when the host's clock has stepped; the plant's own time line
/// is not.
package final class SteadyClock: PlantClock {
    private let origin: Int64
    private let shownCorrection: Atomic<Int64>

    /// - Parameter last: the newest instant of an earlier run. The time line goes on behind it even when the host's clock
    ///   has been set back since; shown time follows the host's clock all the same.
    package init(after last: PlantInstant? = nil) {
        let boot = Self.read(CLOCK_BOOTTIME)
        let offset = Self.read(CLOCK_REALTIME) - boot
        let begin = (last ?? .distantPast).advanced(byNanoseconds: 1 - boot)
        let ahead = max(.zero, begin - PlantInstant(nanoseconds: offset)).nanoseconds
        let correction = -Self.wholeMilliseconds(ahead + Self.millisecond - 1)
        origin = offset - correction
        shownCorrection = Atomic(correction)
    }

    package func now() -> PlantInstant {
        PlantInstant(nanoseconds: origin).advanced(byNanoseconds: Self.read(CLOCK_BOOTTIME))
    }

    package func wall(_ instant: PlantInstant) -> WallTime {
        // Relaxed: a correction is one number; a reader that sees it a moment late shows a time of a moment ago.
        WallTime(nanoseconds: instant.advanced(byNanoseconds: shownCorrection.load(ordering: .relaxed)).nanoseconds)
    }

    package func instant(_ wall: WallTime) -> PlantInstant {
        PlantInstant(nanoseconds: wall.nanoseconds) - .nanoseconds(shownCorrection.load(ordering: .relaxed))
    }

    /// How far the host's clock is from what this clock shows: positive when the host's clock has been set forward.
    package func step() -> Duration {
        .nanoseconds(Self.read(CLOCK_REALTIME) - wall(now()).nanoseconds)
    }

    /// Shows the host's time from now on, to the nearest whole millisecond, and returns the size of the step for the journal.
    ///
    /// Two clocks are never read at one moment. Were their difference followed to the nanosecond, an instant of a whole
    /// millisecond would be shown as the one before it, and the journal would name other times than a replay.
    package func adoptStep() -> Duration {
        let found = step().nanoseconds
        let size = Self.wholeMilliseconds(found + (found < 0 ? -1 : 1) * Self.millisecond / 2)
        shownCorrection.wrappingAdd(size, ordering: .relaxed)
        return .nanoseconds(size)
    }

    private static let millisecond: Int64 = 1_000_000

    /// Cut towards zero.
    private static func wholeMilliseconds(_ count: Int64) -> Int64 { count / millisecond * millisecond }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
