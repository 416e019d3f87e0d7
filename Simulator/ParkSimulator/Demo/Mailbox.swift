import CLinux
import Glibc
import Synchronization

/// Things that other threads hand to the one that waits in poll(2). Bounded: the newest beyond the bound are dropped and
/// counted.
final class Mailbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    /// Readable while there is something to take.
    let descriptor: Int32

    init(capacity: Int = 100_000) throws(ParkFailure) {
        self.capacity = capacity
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw ParkFailure("no eventfd could be made: \(SystemError.now)") }
    }

    deinit { close(descriptor) }

    func put(_ item: Item) {
        state.withLock { state in
            if state.items.count < capacity { state.items.append(item) } else { state.dropped += 1 }
        }
        eventfd_write(descriptor, 1)
    }

    /// Everything that has come, oldest first.
    func takeAll() -> [Item] {
        var count = eventfd_t()
        _ = unsafe eventfd_read(descriptor, &count)
        return state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    var dropped: Int { state.withLock { $0.dropped } }
}
