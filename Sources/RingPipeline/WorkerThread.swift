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

    /// - Parameter name: as `top -H` shows it, 15 bytes.
    package init(named name: String, _ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body)).toOpaque()
        let code = unsafe pthread_create(&handle, nil, runThreadBody, box)
        precondition(code == 0, "the thread \(name) could not be started: error \(code)")
    }

    /// Waits until the body has returned. Once, from another thread.
    package func join() { pthread_join(handle, nil) }

    /// Lets it run to its end by itself; it is not joined then.
    package func detach() { pthread_detach(handle) }
}

private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

private nonisolated func runThreadBody(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box = unsafe box else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(box).takeRetainedValue()
    unsafe clinux_name_thread(body.name)
    body.run()
    return nil
}
