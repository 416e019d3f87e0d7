import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A plain thread that runs one closure.
/// - Note: `@safe`: the handle is joined exactly once, by `join`.
@safe final class Thread: @unchecked Sendable {
    // @unchecked Sendable: created and joined by the main thread; the closure is Sendable.
    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        let code = unsafe pthread_create(&handle, nil, runBody, box)
        precondition(code == 0, "a thread could not be started: \(code)")
    }

    func join() { pthread_join(handle, nil) }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private nonisolated func runBody(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let box = unsafe box { unsafe Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run() }
    return nil
}

/// What went wrong, from any thread; the first twenty are kept.
final class Findings: Sendable {
    private let kept = Mutex<[String]>([])

    func note(_ text: String) { kept.withLock { if $0.count < 20 { $0.append(text) } } }
    var all: [String] { kept.withLock { $0 } }
}
