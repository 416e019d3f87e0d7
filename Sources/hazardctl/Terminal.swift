import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The person's window: answers to standard output, the rest to standard error, colour only where a person sees it.
enum Terminal {
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colour never says anything that a digit and a word do not say too (NO_COLOR, no-color.org).
    static var hasColour: Bool {
        isInteractive && environment("NO_COLOR").map(\.isEmpty) ?? true && environment("TERM") != "dumb"
    }

    static func answer(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func tell(_ line: String) { write("hazardctl: \(line)\n", to: STDERR_FILENO) }
    static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    static var hasErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Replaces the whole screen: cursor home, each line cleared to its end, and what was below it.
    static func redraw(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\u{1B}[K\n")
        write("\u{1B}[H\(lines)\u{1B}[K\n\u{1B}[J", to: STDOUT_FILENO)
    }

    /// Puts a line over the one that stands on standard error, without ending it.
    static func overwrite(_ line: String) { write("\r\(line)\u{1B}[K", to: STDERR_FILENO) }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// What a person who presses Ctrl-C is told: what stands above may not be the whole of it.
    static func tellInterrupts() {
        signal(SIGINT, endInterrupted)
        // Whoever started us may have handed on a mask that blocks it; Ctrl-C must work all the same.
        var interrupts = sigset_t()
        unsafe sigemptyset(&interrupts)
        unsafe sigaddset(&interrupts, SIGINT)
        unsafe sigprocmask(SIG_UNBLOCK, &interrupts, nil)
        // A reader that left (`hazardctl ... | head`) is an ordinary end, not a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits without work, between two tries to reach a station.
    static func pause(milliseconds: Int32) { poll(nil, 0, milliseconds) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads any more: there is nobody left to tell.
            guard count > 0 else { exit(descriptor == STDOUT_FILENO ? 0 : ExitStatus.notReached.rawValue) }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// Signal handler: only calls that are safe in one.
nonisolated private func endInterrupted(_: Int32) {
    interruptedText.withUTF8Buffer { unsafe _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    _exit(ExitStatus.interrupted.rawValue)
}

private let interruptedText: StaticString = "\nhazardctl: interrupted, what stands above is partial / 已中断,以上内容不完整\n"
