import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// A plain thread with a name, started once and joined once: outside Swift's cooperative pool, because its work may block
/// in a C library, on a disk or on a doorbell.
/// - Note: `@safe`: the handle is written in `init` and read in `join`, which its one owner calls after `init`.
@safe package final class WorkerThread: @unchecked Sendable {
    // @unchecked Sendable: see the note; the body is Sendable.
    private var handle = pthread_t()

    /// The system gave no thread.
    package struct Unavailable: Error, CustomStringConvertible {
        package var name: String
        /// As pthread_create(3) returned it.
        package var errorNumber: Int32
        package var description: String { "the thread \(name) could not be started: error \(errorNumber)" }
    }

    /// What a thread asks of the scheduler.
    package enum Turns: Sendable {
        case usual
        /// Soon and short: for the threads on the way of an alarm. One that was woken runs before those who are in the middle
        /// of a long turn, and gives way as soon. Where the kernel or the unit does not allow it, as usual.
        case short

        /// The shortest that Linux grants, in nanoseconds.
        fileprivate static let shortest: UInt64 = 100_000
    }

    /// A thread that there must be.
    /// - Parameter name: as `top -H` shows it, 15 bytes.
    package convenience init(
        named name: String, turns: Turns = .usual, _ body: @escaping @Sendable () -> Void
    ) {
        do throws(Unavailable) {
            try self.init(starting: name, turns: turns, body)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// A thread that one can do without for a while.
    /// - Parameter name: as `top -H` shows it, 15 bytes.
    package init(
        starting name: String, turns: Turns = .usual, _ body: @escaping @Sendable () -> Void
    ) throws(Unavailable) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, turns: turns, run: body))
        let code = unsafe pthread_create(&handle, nil, runThreadBody, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw Unavailable(name: name, errorNumber: code)
        }
    }

    /// Waits until the body has returned. Once, from another thread.
    package func join() { pthread_join(handle, nil) }

    /// Lets it run to its end by itself; it is not joined then.
    package func detach() { pthread_detach(handle) }
}

/// Carries something that is not Sendable from the one thread that had it to the one that will.
package struct HandOver<Value>: @unchecked Sendable {
    // @unchecked Sendable: the giver does not touch the value again.
    package var value: Value
    package init(_ value: Value) { self.value = value }
}

private final class ThreadBody: Sendable {
    let name: String
    let turns: WorkerThread.Turns
    let run: @Sendable () -> Void

    init(name: String, turns: WorkerThread.Turns, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.turns = turns
        self.run = run
    }
}

private nonisolated func runThreadBody(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box = unsafe box else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(box).takeRetainedValue()
    unsafe clinux_name_thread(body.name)
    if body.turns == .short { _ = clinux_take_short_turns(WorkerThread.Turns.shortest) }
    // A broken connection is an error code on our threads, never a signal: not every C library writes with MSG_NOSIGNAL.
    var brokenPipe = sigset_t()
    unsafe sigemptyset(&brokenPipe)
    unsafe sigaddset(&brokenPipe, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
    body.run()
    return nil
}
