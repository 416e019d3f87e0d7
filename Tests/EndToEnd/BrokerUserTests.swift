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
            let place = try Place(user: "\(Self.user)\n")
            defer { place.remove() }
            let box = try TelemetryDevice(id: "TC-1", brokerPort: place.broker.port, value: 77)
            defer { box.stop() }
            let log = try await place.run { station in station.alarm("TC-1.HH")?.state == "unacknowledged" }
            #expect(!log.contains(Self.user) && !log.contains("ammonia"))
        }

        @Test(.timeLimit(.minutes(2)))
        func `refuses another user, which is an alarm and one line`() async throws {
            let place = try Place(user: "somebody")
            defer { place.remove() }
            let log = try await place.run { station in
                station.alarm("sys.post.link.DOWN")?.state == "unacknowledged"
                    && station.point("TC-1.moment")?.quality == "bad"
            }
            #expect(log.contains("Not authorized"))
            #expect(!log.contains("somebody") && !log.contains("ammonia"))
        }

        /// A site at such a broker. Devices may write there without a name; to read takes one.
        private struct Place {
            let site: TestSite
            let broker: BrokerProcess

            /// - Parameter user: what stands in the file of the user's name; with an end of line, as an editor leaves it.
            init(user: String) throws {
                site = try TestSite()
                let (users, list) = ("\(site.broker)/users", "\(site.broker)/list")
                let maker = try ChildProcess(
                    "mosquitto_passwd", executable: "/usr/bin/mosquitto_passwd",
                    arguments: ["-b", "-c", users, `A broker that asks who we are`.user, "ammonia"], output: .discard,
                    errors: .discard)
                _ = maker.waitForEnd(within: .seconds(10))
                try Files.write(
                    "topic write park/#\n\nuser \(`A broker that asks who we are`.user)\ntopic read park/#\n", to: list)
                for file in [users, list] { unsafe chmod(file, 0o600) }
                broker = try BrokerProcess(
                    folder: site.broker, extraLines: ["password_file \(users)", "acl_file \(list)"])
                try Files.write(user, to: "\(site.credentials)/broker_user")
                try Files.write("ammonia\n", to: "\(site.credentials)/broker_password")
                try site.write(
                    modbus: [], brokerPort: broker.port,
                    brokerMore: ", username_credential: broker_user, password: broker_password", boxes: ["TC-1"],
                    webhooks: .init())
                try site.write(rules: [("TC-1", "moment")], limit: 60, onDelay: 0)
            }

            func remove() {
                broker.stop()
                site.remove()
            }

            /// Runs the daemon until something is so.
            /// - Returns: its log.
            func run(until isSo: @escaping @Sendable (StationDoor) -> Bool) async throws -> String {
                let daemon = try await RunningDaemon.ready(site)
                let station = daemon.station
                #expect(await Waiting.until(within: .seconds(15)) { isSo(station) }, "\(daemon.logTail)")
                #expect(await daemon.stop() == .exited(0))
                return try Files.text(of: site.log)
            }
        }
    }
}
