import CLinux
import Glibc
import ParkSimulator
import PlantTime
import Testing

@Suite struct `A child process` {
    private static func shell(_ script: String, folder: String) throws -> ChildProcess {
        try ChildProcess(
            "shell", executable: "/bin/sh", arguments: ["-c", script], output: .file("\(folder)/out"),
            errors: .file("\(folder)/err"))
    }

    @Test func `tells its exit status and what it wrote`() throws {
        try inTemporaryFolder { folder in
            let child = try Self.shell("echo here; echo there >&2; exit 7", folder: folder)
            #expect(child.waitForEnd(within: .seconds(20)) == .exited(7))
            #expect(try Files.text(of: "\(folder)/out") == "here\n")
            #expect(try Files.text(of: "\(folder)/err") == "there\n")
        }
    }

    @Test func `that cannot be executed is an error that says why`() throws {
        #expect(throws: ParkFailure("ghost could not be started: /nonexistent/ghost: No such file or directory")) {
            try ChildProcess("ghost", executable: "/nonexistent/ghost")
        }
    }

    @Test func `ends in order when it listens, and by force when it does not`() throws {
        try inTemporaryFolder { folder in
            let polite = try Self.shell(
                "trap 'exit 3' TERM; echo up; while :; do read x < \(folder)/fifo; done", folder: folder)
            _ = unsafe mkfifo("\(folder)/fifo", 0o600)
            #expect(Poll.until(within: .seconds(20)) { (try? Files.text(of: "\(folder)/out")) == "up\n" })
            #expect(polite.isRunning)
            polite.end(patience: .milliseconds(1))
            #expect(!polite.isRunning)

            let deaf = try Self.shell("trap '' TERM; echo deaf; kill -STOP $$", folder: folder)
            #expect(Poll.until(within: .seconds(20)) { (try? Files.text(of: "\(folder)/out")) == "up\ndeaf\n" })
            #expect(deaf.end(patience: .milliseconds(50)) == .killed(signal: SIGKILL))
        }
    }

    @Test func `is not signalled after its end, whoever has its number then`() throws {
        let child = try ChildProcess("true", executable: "/bin/true")
        #expect(child.waitForEnd(within: .seconds(20)) == .exited(0))
        child.signal(SIGKILL)
        #expect(child.end() == .exited(0))
    }

    @Test func `starts with no signal blocked or ignored`() throws {
        try inTemporaryFolder { folder in
            let child = try Self.shell("grep -E '^(SigBlk|SigIgn)' /proc/self/status", folder: folder)
            #expect(child.waitForEnd(within: .seconds(20)) == .exited(0))
            let masks = try Files.text(of: "\(folder)/out").split(whereSeparator: { ":\t\n".contains($0) })
                .compactMap { UInt64($0, radix: 16) }
            // Signals 32 and above belong to glibc and to nobody's handlers.
            #expect(masks.map { $0 & 0x7FFF_FFFF } == [0, 0])
        }
    }

    @Test func `is taken down by the kernel when its keeper is gone`() throws {
        var thread = pthread_t()
        #expect(unsafe pthread_create(&thread, nil, startOrphan, nil) == 0)
        var pid: UnsafeMutableRawPointer?
        #expect(unsafe pthread_join(thread, &pid) == 0)
        let orphan = Int32(Int(bitPattern: pid))
        try #require(orphan > 0)
        var status: Int32 = 0
        #expect(unsafe waitpid(orphan, &status, 0) == orphan)
        #expect(status & 0x7F == SIGKILL)
    }
}

/// Starts a program that never ends by itself, and ends as a thread without waiting for it.
nonisolated private func startOrphan(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let arguments = ["/usr/bin/tail", "-f", "/dev/null"]
    var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
    let pid = unsafe clinux_spawn("/usr/bin/tail", &argv, &envp, 0, 1, 2, SIGKILL)
    unsafe argv.forEach { unsafe free($0) }
    return unsafe UnsafeMutableRawPointer(bitPattern: Int(pid))
}

@Suite struct `A notify socket` {
    @Test func `hears a child say that it is ready`() throws {
        try inTemporaryFolder { folder in
            let listener = try NotifyListener(path: "\(folder)/notify")
            #expect(listener.wait(for: "READY=1", within: .milliseconds(10)) == nil)
            let child = try ChildProcess(
                "notifier", executable: "/usr/bin/perl",
                arguments: [
                    "-MIO::Socket::UNIX", "-e",
                    "IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $ENV{NOTIFY_SOCKET})->send(\"STATUS=up\\nREADY=1\\n\")",
                ], environment: ["NOTIFY_SOCKET": listener.socketName])
            #expect(listener.wait(for: "READY=1", within: .seconds(20)) == "READY=1")
            #expect(listener.lines == ["STATUS=up", "READY=1"])
            #expect(child.waitForEnd(within: .seconds(20)) == .exited(0))
        }
    }

    @Test func `has a name of its own when none is given`() throws {
        let first = try NotifyListener()
        let second = try NotifyListener()
        #expect(first.socketName.hasPrefix("@") && first.socketName != second.socketName)
    }
}

@Suite struct `A private broker` {
    @Test func `starts on a free loopback port, stops by its id, and comes back on the same port`() throws {
        try inTemporaryFolder { folder in
            let broker = try BrokerProcess(folder: folder)
            let first = try #require(broker.pid)
            #expect(isOpen(broker.port))
            broker.stop()
            #expect(!broker.isRunning && !isOpen(broker.port))
            #expect(kill(first, 0) != 0)
            try broker.start()
            #expect(isOpen(broker.port) && broker.pid != first)
            broker.kill()
            #expect(!isOpen(broker.port))
        }
    }

    @Test func `writes its store into our folder, as whoever runs it`() throws {
        try inTemporaryFolder { folder in
            let broker = try BrokerProcess(folder: folder)
            let pid = try #require(broker.pid)
            var status = stat()
            #expect(unsafe stat("/proc/\(pid)", &status) == 0 && status.st_uid == geteuid())
            broker.stop()
            #expect(Files.exists("\(folder)/mosquitto.db"))
        }
    }

    @Test func `ends with the object that owns it`() throws {
        try inTemporaryFolder { folder in
            var broker: BrokerProcess? = try BrokerProcess(folder: folder)
            let port = try #require(broker?.port)
            #expect(isOpen(port))
            broker = nil
            #expect(!isOpen(port))
        }
    }

    @Test func `that cannot start says where to look`() throws {
        try inTemporaryFolder { folder in
            let failure = #expect(throws: ParkFailure.self) {
                try BrokerProcess(folder: folder, extraLines: ["no_such_option 1"])
            }
            #expect(failure?.description.contains("\(folder)/mosquitto.log") == true)
        }
    }

    private func isOpen(_ port: UInt16) -> Bool {
        guard let socket = TestSocket.connect(port: port) else { return false }
        close(socket)
        return true
    }
}

/// A folder for one test, gone afterwards.
func inTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = try Files.temporaryFolder("park-test")
    defer { Files.removeFolder(folder) }
    try body(folder)
}
