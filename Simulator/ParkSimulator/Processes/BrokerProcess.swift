import Glibc
import PlantTime
import Synchronization

/// A private mosquitto: on loopback only, with its own configuration and its store in a folder of ours. Debian's own
/// service is never touched.
///
/// It can be stopped and started again on the same port with its sessions kept, as a real broker would be. Calls block; any
/// thread, one at a time.
package final class BrokerProcess: Sendable {
    package let port: UInt16
    private let folder: String
    private let executable: String
    private let child: Mutex<ChildProcess?>

    /// Where Debian keeps it; it is not on everybody's PATH.
    package static let usualExecutable = "/usr/sbin/mosquitto"

    /// Starts a broker on a free loopback port and waits until it accepts connections.
    /// - Parameters:
    ///   - folder: an existing folder of ours for its configuration, log and store.
    ///   - extraLines: further lines of mosquitto.conf(5), such as `max_queued_messages 100000`.
    /// - Note: mosquitto 2.0.11 cannot bind port 0. A port is found by bind, close, start and probe; five tries.
    package init(
        folder: String, executable: String = BrokerProcess.usualExecutable, extraLines: [String] = []
    ) throws(ParkFailure) {
        self.folder = folder
        self.executable = executable
        var lastFailure = ParkFailure("no free port was found for the broker")
        for _ in 0..<5 {
            let probe = try LoopbackSocket.bound(port: 0)
            let port = LoopbackSocket.port(of: probe)
            close(probe)
            let path = "\(folder)/mosquitto.conf"
            try Files.write(Self.configuration(port: port, folder: folder, extraLines: extraLines), to: path)
            do throws(ParkFailure) {
                child = Mutex(try Self.start(executable, configuration: path, port: port, folder: folder))
                self.port = port
                return
            } catch { lastFailure = error }
        }
        throw lastFailure
    }

    deinit { stop() }

    package var pid: Int32? { child.withLock { $0?.pid } }
    package var isRunning: Bool { child.withLock { $0?.isRunning ?? false } }
    package var logPath: String { "\(folder)/mosquitto.log" }

    /// Ends it in order: it writes its store first. Nothing to do when it does not run.
    package func stop() {
        child.withLock { held in
            if let running = held.take() { running.end(patience: .seconds(5)) }
        }
    }

    /// Kills it without warning.
    package func kill() {
        child.withLock { held in
            guard let running = held.take() else { return }
            running.signal(SIGKILL)
            _ = running.waitForEnd(within: .seconds(10))
        }
    }

    /// Starts it again on its port, with the sessions of before. Nothing to do when it runs.
    package func start() throws(ParkFailure) {
        try child.withLock { held throws(ParkFailure) in
            if let running = held, running.isRunning { return }
            held = try Self.start(executable, configuration: "\(folder)/mosquitto.conf", port: port, folder: folder)
        }
    }

    private static func configuration(port: UInt16, folder: String, extraLines: [String]) -> String {
        // Started by root it would become the user "mosquitto": it could then not write into our folder, and the kernel
        // would forget its death signal with the change of user. For everybody else the line has no effect.
        """
        user root
        listener \(port) 127.0.0.1
        allow_anonymous true
        persistence true
        persistence_location \(folder)/
        persistence_file mosquitto.db
        autosave_on_changes true
        autosave_interval 1
        max_queued_messages 100000
        connection_messages false
        log_dest stderr
        log_type error
        log_type warning

        """ + extraLines.map { $0 + "\n" }.joined()
    }

    private static func start(
        _ executable: String, configuration: String, port: UInt16, folder: String
    ) throws(ParkFailure) -> ChildProcess {
        let broker = try ChildProcess(
            "broker", executable: executable, arguments: ["-c", configuration], output: .discard,
            errors: .file("\(folder)/mosquitto.log"))
        let clock = SteadyClock()
        let deadline = clock.now() + .seconds(10)
        while clock.now() < deadline {
            if let ending = broker.ending {
                throw ParkFailure("the broker ended at once (\(ending)); see \(folder)/mosquitto.log")
            }
            if let socket = LoopbackSocket.connected(to: port, within: .seconds(1)) {
                close(socket)
                // Another program may have taken the port meanwhile: ours must still be there after the probe.
                if broker.waitForEnd(within: .milliseconds(50)) == nil { return broker }
            }
            _ = broker.waitForEnd(within: .milliseconds(20))
        }
        broker.end(patience: .seconds(1))
        throw ParkFailure("the broker did not accept connections on 127.0.0.1:\(port) within 10 s")
    }
}
