import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Ctrl-C as a wish: whoever works on asks now and then whether to end, and ends in order. A second one ends at once.
///
/// Supervisors send one interrupt to the program and again to its group, so what follows within half a second is the same.
enum Interrupts {
    /// When the first came, in nanoseconds of the steady clock; 0 before it has.
    private static let firstAt = Atomic<Int64>(0)
    private static let sameWithin: Int64 = 500_000_000

    /// From here on the first Ctrl-C is only noted.
    static func note() {
        // Touched here, so that the handler finds it made.
        firstAt.store(0, ordering: .relaxed)
        signal(SIGINT, noteInterrupt)
        var interrupts = sigset_t()
        unsafe sigemptyset(&interrupts)
        unsafe sigaddset(&interrupts, SIGINT)
        unsafe sigprocmask(SIG_UNBLOCK, &interrupts, nil)
    }

    static var wasAsked: Bool { firstAt.load(ordering: .relaxed) != 0 }

    /// - Returns: whether a person has asked twice.
    fileprivate static func ask() -> Bool {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        let first = firstAt.load(ordering: .relaxed)
        if first == 0 { firstAt.store(now, ordering: .relaxed) }
        return first != 0 && now - first > sameWithin
    }
}

/// Signal handler: only calls that are safe in one.
nonisolated private func noteInterrupt(_: Int32) {
    if Interrupts.ask() { _exit(ExitStatus.interrupted.rawValue) }
}
