import Glibc
import ParkSimulator
import StationAPI
import Testing

extension `The whole house` {
    /// A broker that lets nobody read but the user whose name and password lie in the credentials folder.
    @Suite(.enabled(if: Files.isExecutable("/usr/bin/mosquitto_passwd"), "needs Debian's mosquitto"))
    struct `A broker that asks who we are` {
        private static let user = "hazardd-1f7c"

        @Test(.timeLimit(.minutes(2)))
        func `lets in the user of the credentials folder, and nobody is told his name or password`() async throws {
            let site = try TestSite()
            defer { site.remove() }
            let broker = try Self.broker(of: site)
            defer { broker.stop() }
            let box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 77)
            defer { box.stop() }
            // As an editor leaves them: with an end of line.
            try Files.write("\(Self.user)\n", to: "\(site.credentials)/broker_user")
            try Files.write("ammonia\n", to: "\(site.credentials)/broker_password")
            try site.write(
                modbus: [], brokerPort: broker.port,
                brokerMore: ", username_credential: broker_user, password: broker_password",
                boxes: ["TC-1"], webhooks: .init())
            try site.write(rules: [("TC-1", "moment")], limit: 60, onDelay: 0)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            #expect(
                await Waiting.until(within: .seconds(15)) { station.alarm("TC-1.HH")?.state == "unacknowledged" },
                "\(daemon.logTail)")
            #expect(station.alarm("sys.post.link.DOWN") == nil)
            #expect(await daemon.stop() == .exited(0))
            let log = try Files.text(of: site.log)
            #expect(!log.contains(Self.user) && !log.contains("ammonia"))
        }

        @Test(.timeLimit(.minutes(2)))
        func `refuses another user, which is an alarm and one line`() async throws {
            let site = try TestSite()
            defer { site.remove() }
            let broker = try Self.broker(of: site)
            defer { broker.stop() }
            try Files.write("somebody", to: "\(site.credentials)/broker_user")
            try Files.write("ammonia", to: "\(site.credentials)/broker_password")
            try site.write(
                modbus: [], brokerPort: broker.port,
                brokerMore: ", username_credential: broker_user, password: broker_password",
                boxes: ["TC-1"], webhooks: .init())
            try site.write(rules: [("TC-1", "moment")], limit: 60, onDelay: 0)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            #expect(
                await Waiting.until(within: .seconds(15)) {
                    station.alarm("sys.post.link.DOWN")?.state == "unacknowledged"
                },
                "\(daemon.logTail)")
            #expect(station.point("TC-1.moment")?.quality == "bad")
            #expect(await daemon.stop() == .exited(0))
            let log = try Files.text(of: site.log)
            #expect(log.contains("Not authorized"), "\(daemon.logTail)")
            #expect(!log.contains("somebody") && !log.contains("ammonia"))
        }

        /// Devices may write without a name; to read takes one.
        private static func broker(of site: TestSite) throws -> BrokerProcess {
            let (users, list) = ("\(site.broker)/users", "\(site.broker)/list")
            let maker = try ChildProcess(
                "mosquitto_passwd", executable: "/usr/bin/mosquitto_passwd",
                arguments: ["-b", "-c", users, user, "ammonia"], output: .discard, errors: .discard)
            _ = maker.waitForEnd(within: .seconds(10))
            try Files.write("topic write park/#\n\nuser \(user)\ntopic read park/#\n", to: list)
            for file in [users, list] { unsafe chmod(file, 0o600) }
            return try BrokerProcess(
                folder: site.broker, extraLines: ["password_file \(users)", "acl_file \(list)"])
        }
    }
}
