package import PlantTime
import Synchronization

/// A clock that moves only when told; its shown time is its own time line.
package final class ManualClock: PlantClock {
    private let instant: Mutex<PlantInstant>

    package init(_ start: PlantInstant = PlantInstant(milliseconds: 1_700_000_000_000)) { instant = Mutex(start) }

    package func now() -> PlantInstant { instant.withLock { $0 } }
    package func wall(_ instant: PlantInstant) -> WallTime { WallTime(nanoseconds: instant.nanoseconds) }
    package func instant(_ wall: WallTime) -> PlantInstant { PlantInstant(nanoseconds: wall.nanoseconds) }

    package func advance(by span: Duration) { instant.withLock { $0 = $0 + span } }
    package func set(to later: PlantInstant) { instant.withLock { $0 = later } }
}

/// A clock that must not be read: for proving that a room takes time as an argument.
package struct ForbiddenClock: PlantClock {
    package init() {}
    package func now() -> PlantInstant { preconditionFailure("this room must not read a clock") }
    package func wall(_ instant: PlantInstant) -> WallTime { preconditionFailure("this room must not read a clock") }
    package func instant(_ wall: WallTime) -> PlantInstant { preconditionFailure("this room must not read a clock") }
}
