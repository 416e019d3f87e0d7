import CLinux
import Foundation
import Glibc
import PlantTime
import RingPipeline
import Synchronization

/// A program that we started, and only ours: signalled by its id while it is known to be alive, and taken down by the kernel
/// when we die, however we die.
///
/// It runs in a process group of its own, so that a Ctrl-C at the terminal reaches us alone and we end it in order. One
/// keeper thread per child starts it, waits for it and collects it: the kernel's death signal is tied to that thread.
package final class ChildProcess: Sendable {
    /// Where the child's output goes.
    package enum Output: Sendable {
        /// Ours.
        case inherit
        case discard
        /// Appended to this file, made when it is missing.
        case file(String)
    }

    /// How it ended.
    package enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        package var description: String {
            switch self {
            case .exited(let code): "exit status \(code)"
            case .killed(let signal): "killed by signal \(signal)"
            }
        }
    }

    package let name: String
    package let pid: Int32
    private let life: ChildLife

    /// Starts a program. Returns when it has been executed.
    /// - Parameters:
    ///   - name: what messages call it.
    ///   - environment: the whole environment; nil for ours.
    /// - Throws: when the program cannot be executed; nothing is left behind then.
    package init(
        _ name: String, executable: String, arguments: [String] = [], environment: [String: String]? = nil,
        output: Output = .inherit, errors: Output = .inherit
    ) throws(ParkFailure) {
        let input = try Self.open("/dev/null", O_RDONLY)
        defer { close(input) }
        let (out, ownsOut) = try Self.descriptor(of: output, inherited: STDOUT_FILENO)
        defer { if ownsOut { close(out) } }
        let (err, ownsErr) = try Self.descriptor(of: errors, inherited: STDERR_FILENO)
        defer { if ownsErr { close(err) } }

        let start = ChildStart(
            executable: executable, arguments: [executable] + arguments,
            environment: (environment ?? Self.ownEnvironment()).map { "\($0.key)=\($0.value)" }.sorted(),
            descriptors: (input, out, err))
        let life = try ChildLife()
        life.keep(start, named: name)
        let code = life.waitForStart()
        guard code > 0 else {
            throw ParkFailure("\(name) could not be started: \(executable): \(SystemError(code: -code))")
        }
        self.name = name
        self.life = life
        pid = code
    }

    /// How it ended; nil while it runs.
    package var ending: Ending? { life.ending() }
    package var isRunning: Bool { ending == nil }

    /// A descriptor that becomes readable (poll, epoll) when the child has ended. Never read or close it.
    package var endDescriptor: Int32 { life.endBell }

    /// Waits until it has ended; nil when it still runs after `limit`. Blocks the calling thread.
    package func waitForEnd(within limit: Duration) -> Ending? {
        _ = Poll.readable(life.endBell, within: limit)
        return life.ending()
    }

    /// Sends a signal, if it still runs: never to a process that got its number later.
    package func signal(_ number: Int32) { life.signal(number, to: pid) }

    /// Asks it to end, waits for at most `patience`, then kills it. Returns how it ended.
    @discardableResult
    package func end(patience: Duration = .seconds(20)) -> Ending {
        signal(SIGTERM)
        if let ending = waitForEnd(within: patience) { return ending }
        signal(SIGKILL)
        while true {
            if let ending = waitForEnd(within: .seconds(60)) { return ending }
        }
    }

    /// Our own environment.
    package static func ownEnvironment() -> [String: String] { ProcessInfo.processInfo.environment }

    private static func descriptor(of output: Output, inherited: Int32) throws(ParkFailure) -> (Int32, owned: Bool) {
        switch output {
        case .inherit: (inherited, false)
        case .discard: (try open("/dev/null", O_WRONLY), true)
        case .file(let path): (try open(path, O_WRONLY | O_CREAT | O_APPEND), true)
        }
    }

    private static func open(_ path: String, _ flags: Int32) throws(ParkFailure) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ParkFailure("\(path) could not be opened: \(SystemError.now)") }
        return descriptor
    }
}

private struct ChildStart: Sendable {
    var executable: String
    var arguments: [String]
    var environment: [String]
    var descriptors: (Int32, Int32, Int32)

    /// Starts the child of the calling thread; its process id, or a negative errno.
    func perform() -> Int32 {
        let argv = unsafe Self.cStrings(arguments)
        let envp = unsafe Self.cStrings(environment)
        defer {
            unsafe (argv + envp).forEach { unsafe free($0) }
        }
        return unsafe clinux_spawn(
            executable, argv, envp, descriptors.0, descriptors.1, descriptors.2, SIGKILL)
    }

    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        unsafe texts.map { unsafe strdup($0) } + [nil]
    }
}

/// What a child's keeper and its callers share.
private final class ChildLife: Sendable {
    private enum State {
        case starting
        case running
        case ended(ChildProcess.Ending)
    }

    private let state = Mutex(State.starting)
    private let startCode = Mutex<Int32>(0)
    private let startBell: Int32
    let endBell: Int32

    init() throws(ParkFailure) {
        startBell = eventfd(0, Int32(EFD_CLOEXEC))
        endBell = eventfd(0, Int32(EFD_CLOEXEC))
        guard startBell >= 0, endBell >= 0 else { throw ParkFailure("no eventfd could be made: \(SystemError.now)") }
    }

    deinit {
        close(startBell)
        close(endBell)
    }

    func keep(_ start: ChildStart, named name: String) {
        // The keeper is not joined: it ends with the child, holding nothing but this object.
        WorkerThread(named: "keep-\(name)") {
            let pid = start.perform()
            self.startCode.withLock { $0 = pid }
            if pid > 0 { self.state.withLock { $0 = .running } }
            eventfd_write(self.startBell, 1)
            if pid > 0 { self.collect(pid) }
        }.detach()
    }

    func waitForStart() -> Int32 {
        var count = eventfd_t()
        while unsafe eventfd_read(startBell, &count) != 0 {}
        return startCode.withLock { $0 }
    }

    func ending() -> ChildProcess.Ending? {
        state.withLock { if case .ended(let ending) = $0 { ending } else { nil } }
    }

    func signal(_ number: Int32, to pid: Int32) {
        state.withLock { state in
            // The child is collected under this lock: while it is `.running` its number is its own.
            if case .running = state { kill(pid, number) }
        }
    }

    private func collect(_ pid: Int32) {
        var info = unsafe siginfo_t()
        // Waits without collecting, so that the number stays taken until the lock is held.
        while unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            // The macros WIFEXITED and WEXITSTATUS are not visible to Swift.
            state = .ended(status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F))
        }
        eventfd_write(endBell, 1)
    }
}
