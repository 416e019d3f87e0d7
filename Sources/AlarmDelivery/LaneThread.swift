import CLinux
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A plain thread with a name, started once and joined once.
@safe final class LaneThread: @unchecked Sendable {
    // @unchecked Sendable: the handle is written in init and read in join, which its one owner calls after init.
    private var handle = pthread_t()

    /// - Parameter name: as `top -H` shows it, 15 bytes.
    init(named name: String, _ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body)).toOpaque()
        let code = unsafe pthread_create(&handle, nil, runThreadBody, box)
        precondition(code == 0, "a thread for \(name) could not be started: error \(code)")
    }

    func join() { pthread_join(handle, nil) }
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
