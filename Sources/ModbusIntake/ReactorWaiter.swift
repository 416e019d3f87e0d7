import CLinux
import Glibc
import PlantTime

/// What the reactor's thread waits on: sockets, an instant, and the knock of other threads. Owned by that thread, except
/// for the ``DoorBell``.
@safe final class ReactorWaiter {
    // @safe: the buffer of events is allocated and freed here and never leaves.
    /// What has happened, as the bits of epoll(7).
    struct Occurrence {
        var token: UInt64
        var bits: UInt32
        /// Others have happened at the same time.
        var isOneOfMany: Bool

        var isReadable: Bool {
            bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        var isHungUp: Bool { bits & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
        var isConnectOutcome: Bool { bits & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    }

    struct Unavailable: Error, CustomStringConvertible {
        var call: String
        var errorNumber: Int32
        var description: String { "\(call) failed with errno \(errorNumber)" }
    }

    private static let bellToken = UInt64.max - 1
    private static let batch = 64

    private let poll: Int32
    private let bell: DoorBell
    private let events: UnsafeMutablePointer<epoll_event>

    init(bell: DoorBell) throws(Unavailable) {
        let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard poll >= 0 else { throw Unavailable(call: "epoll_create1", errorNumber: errno) }
        self.poll = raised(poll)
        self.bell = bell
        unsafe events = .allocate(capacity: Self.batch)
        watch(bell.descriptor, token: Self.bellToken, bits: EPOLLIN.rawValue)
    }

    deinit {
        unsafe events.deallocate()
        close(poll)
    }

    /// Watches a socket edge by edge: bytes of an unfinished frame stay in the socket without waking us again.
    func watch(socket: Int32, token: UInt64) {
        watch(
            socket, token: token,
            bits: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue)
    }

    /// Watches a listening socket: as long as a caller waits, it wakes us.
    func watch(listener: Int32, token: UInt64) { watch(listener, token: token, bits: EPOLLIN.rawValue) }

    /// A watched socket has another owner now; what waits in it is told again.
    func rename(socket: Int32, token: UInt64) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        unsafe event.data.u64 = token
        unsafe epoll_ctl(poll, EPOLL_CTL_MOD, socket, &event)
    }

    /// Waits until something happens or the instant has come, and hands over what has happened. While the host sleeps the
    /// wait stands still, so whoever calls asks for a second at most.
    func wait(from now: PlantInstant, until instant: PlantInstant, _ body: (Occurrence) -> Void) {
        let count = unsafe clinux_epoll_wait(
            poll, events, Int32(Self.batch), max((instant - now).nanoseconds, 0))
        guard count > 0 else { return }
        for place in 0..<Int(count) {
            let event = unsafe events[place]
            switch unsafe event.data.u64 {
            case Self.bellToken: bell.silence()
            default: unsafe body(Occurrence(token: event.data.u64, bits: event.events, isOneOfMany: count > 1))
            }
        }
    }

    private func watch(_ descriptor: Int32, token: UInt64, bits: UInt32) {
        var event = unsafe epoll_event()
        unsafe event.events = bits
        unsafe event.data.u64 = token
        unsafe epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
    }
}

/// Wakes the reactor's thread from any other. Shared; the descriptor lives as long as anybody who may ring.
final class DoorBell: Sendable {
    let descriptor: Int32

    init() throws(ReactorWaiter.Unavailable) {
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw ReactorWaiter.Unavailable(call: "eventfd", errorNumber: errno) }
        self.descriptor = raised(descriptor)
    }

    deinit { close(descriptor) }

    func ring() { eventfd_write(descriptor, 1) }

    fileprivate func silence() { drain(descriptor) }
}

/// The descriptor under a number of 1024 or more, so that the low ones stay free for libmodbus; where the process may not
/// have so many, as it is.
private func raised(_ descriptor: Int32) -> Int32 {
    let high = fcntl(descriptor, F_DUPFD_CLOEXEC, ModbusSocket.descriptorLimit)
    guard high >= 0 else { return descriptor }
    close(descriptor)
    return high
}

/// Reads the 8 bytes of a counter, so that it is quiet until it counts again.
private func drain(_ descriptor: Int32) {
    var count: UInt64 = 0
    _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
}
