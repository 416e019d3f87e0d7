import CLinux
import Glibc

/// SIGINT, SIGTERM and SIGHUP as something to wait for instead of something that interrupts.
///
/// Made on the main thread before any other thread starts: the signals are blocked there, threads that start later inherit
/// that, and children are started with nothing blocked.
package final class TerminationSignals: Sendable {
    /// Becomes readable when the first of the signals has come.
    package let descriptor: Int32

    package init() throws(ParkFailure) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw ParkFailure("no signalfd could be made: \(SystemError.now)") }
    }

    deinit { close(descriptor) }
}
