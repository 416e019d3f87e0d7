import CLinux
import Glibc

/// A POSIX thread of the simulator: it runs its body once and can be waited for, once.
///
/// Not a task: its body blocks in the kernel (epoll, waitpid, sendto), which the cooperative pool must not.
struct WorkerThread: ~Copyable, Sendable {
    private let handle: pthread_t

    init(named name: String, _ body: @escaping @Sendable () -> Void) {
        let carried = unsafe Unmanaged.passRetained(
            WorkerBody {
                unsafe clinux_name_thread(name)
                body()
            })
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, runWorkerBody, carried.toOpaque())
        precondition(code == 0, "no thread could be started: errno \(code)")
        self.handle = handle
    }

    /// Lets it run to its end by itself.
    consuming func detach() {
        pthread_detach(handle)
    }

    /// Waits until the body has returned.
    consuming func join() {
        pthread_join(handle, nil)
    }
}

private final class WorkerBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

nonisolated private func runWorkerBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    unsafe Unmanaged<WorkerBody>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
