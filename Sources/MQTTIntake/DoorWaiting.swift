import CLinux
import Glibc

/// A bell that other threads ring and the door's epoll hears.
final class Wakeup: Sendable {
    let descriptor: Int32

    init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        precondition(descriptor >= 0, "no descriptor left for a door's wakeup")
    }

    deinit { _ = close(descriptor) }

    func ring() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, 8)
    }

    func silence() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, 8)
    }
}

/// The door's epoll: its wakeup, and the broker's socket while there is one.
struct Readiness: ~Copyable {
    private let epoll: Int32
    private var watched: (descriptor: Int32, events: UInt32)?

    init(wakeup: Wakeup) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "no descriptor left for a door's epoll")
        control(EPOLL_CTL_ADD, wakeup.descriptor, EPOLLIN.rawValue)
    }

    deinit { _ = close(epoll) }

    /// Watches a socket, or none; one that is neither read nor written is not watched, for its hang-up would wake us
    /// for ever.
    mutating func watch(_ socket: Int32?, reading: Bool, writing: Bool) {
        guard let socket, reading || writing else { return forget() }
        let events = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
        if let watched, watched.descriptor == socket {
            if watched.events != events { control(EPOLL_CTL_MOD, socket, events) }
        } else {
            forget()
            control(EPOLL_CTL_ADD, socket, events)
        }
        watched = (socket, events)
    }

    /// Forgets the socket before it is closed: the next one may get the same number.
    mutating func forget() {
        if let watched { control(EPOLL_CTL_DEL, watched.descriptor, 0) }
        watched = nil
    }

    /// Waits until something is ready or the time is over.
    func wait(atMost milliseconds: Int32) {
        var event = unsafe epoll_event()
        _ = unsafe epoll_wait(epoll, &event, 1, milliseconds)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: UInt32) {
        var event = unsafe epoll_event()
        unsafe event.events = events
        // Fails only for a descriptor that the library has closed, which has left the epoll by itself.
        _ = unsafe epoll_ctl(epoll, operation, descriptor, &event)
    }
}
