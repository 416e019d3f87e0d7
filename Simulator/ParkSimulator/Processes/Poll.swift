import Glibc
import PlantTime

/// Waiting in the kernel with a limit: what the simulator does instead of sleeping.
package enum Poll {
    /// Waits until a descriptor is readable (or its peer is gone); false when `limit` has passed before. Blocks the thread.
    package static func readable(_ descriptor: Int32, within limit: Duration) -> Bool {
        !readable([descriptor], within: limit).isEmpty
    }

    /// Waits until one of several descriptors is readable; the places of those that are, none when `limit` has passed.
    package static func readable(_ descriptors: [Int32], within limit: Duration) -> [Int] {
        let clock = SteadyClock()
        let deadline = clock.now() + limit
        while true {
            var watched = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let left = max(0, (deadline - clock.now()).nanoseconds)
            let milliseconds = Int32(min((left + 999_999) / 1_000_000, 60_000))
            let count = unsafe poll(&watched, nfds_t(watched.count), milliseconds)
            if count > 0 { return watched.indices.filter { watched[$0].revents != 0 } }
            if left == 0 { return [] }
        }
    }

    /// Asks `condition` every few milliseconds until it holds; false when `limit` has passed before. For conditions that no
    /// descriptor tells. Blocks the thread.
    package static func until(within limit: Duration, every pause: Duration = .milliseconds(5), _ condition: () -> Bool)
        -> Bool
    {
        let clock = SteadyClock()
        let deadline = clock.now() + limit
        while !condition() {
            if clock.now() >= deadline { return condition() }
            _ = readable([], within: pause)
        }
        return true
    }
}
