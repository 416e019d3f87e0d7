import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Ctrl-C as a wish: whoever works on asks now and then whether to end, and ends in order. A second one ends at once.
enum Interrupts {
    private static let isAsked = Atomic(false)

    /// From here on the first Ctrl-C is only noted.
    static func note() {
        // Touched here, so that the handler finds it made.
        isAsked.store(false, ordering: .relaxed)
        signal(SIGINT, noteInterrupt)
        var interrupts = sigset_t()
        unsafe sigemptyset(&interrupts)
        unsafe sigaddset(&interrupts, SIGINT)
        unsafe sigprocmask(SIG_UNBLOCK, &interrupts, nil)
    }

    static var wasAsked: Bool { isAsked.load(ordering: .relaxed) }

    /// - Returns: whether it had been asked before.
    fileprivate static func ask() -> Bool { isAsked.exchange(true, ordering: .relaxed) }
}

/// Signal handler: only calls that are safe in one.
nonisolated private func noteInterrupt(_: Int32) {
    if Interrupts.ask() { _exit(ExitStatus.interrupted.rawValue) }
}
