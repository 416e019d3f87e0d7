import Glibc
import ParkSimulator
import PlantTime
import Testing

/// The real `hazardd` of this build as a child process, with a notify socket of ours.
final class RunningDaemon: Sendable {
    let site: TestSite
    let notify: NotifyListener
    let child: ChildProcess
    let startedAt: PlantInstant

    /// Takes the descriptors up to a number, then becomes the program that is named behind it.
    private static let taker = """
        ulimit -Sn $(($1 + 1000)) || exit 69
        for ((number = 3; number <= $1; number++)); do eval "exec $number</dev/null"; done
        shift
        exec "$0" "$@"
        """

    /// Starts it; returns at once.
    /// - Parameter taken: it gets no descriptor up to this number, as in a process with many files and connections.
    init(_ site: TestSite, more arguments: [String] = [], descriptorsTaken taken: Int? = nil) throws {
        self.site = site
        notify = try NotifyListener()
        var environment = ChildProcess.ownEnvironment()
        for name in ["WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "STATE_DIRECTORY"] {
            environment[name] = nil
        }
        environment["NOTIFY_SOCKET"] = notify.socketName
        startedAt = SteadyClock().now()
        let line =
            [
                "--site", site.folder, "--state", site.state, "--credentials", site.credentials, "--control",
                site.control,
            ]
            + arguments
        child = try ChildProcess(
            "hazardd", executable: taken == nil ? Programs.hazardd : "/bin/bash",
            arguments: taken.map { ["-c", Self.taker, Programs.hazardd, "\($0)"] + line } ?? line,
            environment: environment, output: .file(site.log), errors: .file(site.log))
    }

    /// Starts it and waits until it watches.
    static func ready(
        _ site: TestSite, more arguments: [String] = [], descriptorsTaken taken: Int? = nil
    ) async throws -> RunningDaemon {
        let daemon = try RunningDaemon(site, more: arguments, descriptorsTaken: taken)
        guard await daemon.waitForReady() else {
            await daemon.kill()
            throw DaemonTrouble(description: "hazardd did not say READY=1: \(daemon.logTail)")
        }
        return daemon
    }

    var station: StationDoor { StationDoor(control: site.control) }

    func waitForReady(within limit: Duration = .seconds(60)) async -> Bool {
        await Waiting.offPool { [notify, child] in
            let clock = SteadyClock()
            let deadline = clock.now() + limit
            while true {
                notify.takeIn()
                if notify.lines.contains("READY=1") { return true }
                let left = deadline - clock.now()
                guard left > .zero, child.isRunning else { return false }
                _ = Poll.readable([notify.descriptor, child.endDescriptor], within: left)
            }
        }
    }

    /// `kill -9`.
    func kill() async {
        child.signal(SIGKILL)
        await Waiting.offPool { [child] in _ = child.waitForEnd(within: .seconds(20)) }
    }

    /// Asks it to end, as systemd does.
    /// - Returns: how it ended, within 20 s or by force.
    @discardableResult func stop() async -> ChildProcess.Ending {
        await Waiting.offPool { [child] in child.end(patience: .seconds(20)) }
    }

    /// The log so far: of all daemons that ran on this site.
    var logLines: [String] {
        ((try? Files.text(of: site.log)) ?? "").split(separator: "\n").map(String.init)
    }

    var logTail: String { logLines.suffix(15).joined(separator: "\n") }
}

struct DaemonTrouble: Error, CustomStringConvertible { var description: String }
