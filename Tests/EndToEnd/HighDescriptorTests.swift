import Foundation
import Glibc
import ParkSimulator
import StationAPI
import Testing

extension `The whole house` {
    /// An `fd_set` has room for 1024 descriptors; a library that puts a higher one in is ended by its own guard, or writes
    /// where it must not.
    @Suite struct `A daemon whose low descriptors are all taken` {
        private static let taken = 1100

        private static var hasRoom: Bool {
            var limit = rlimit()
            return unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
                && limit.rlim_max >= UInt(taken + 1000)
        }

        @Test(.enabled(if: hasRoom, "the hard limit of open files is too low here"), .timeLimit(.minutes(2)))
        func `reads, judges, tells and answers through sockets of 1024 and up`() async throws {
            let site = try TestSite()
            let broker = try BrokerProcess(folder: site.broker)
            let transmitter = try LibmodbusDevice(registers: [12])
            let box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 10)
            let duty = try DutyOfficerReceiver(keys: site.webhookKeys) { _ in }
            defer {
                transmitter.stop()
                box.stop()
                broker.stop()
                duty.stop()
                site.remove()
            }
            try site.write(
                modbus: [.init(id: "GAS-1", port: transmitter.port)], brokerPort: broker.port, boxes: ["TC-1"],
                webhooks: .init(duty: duty.url))
            try site.write(rules: [("GAS-1", "conc"), ("TC-1", "moment")], onDelay: 0)

            let daemon = try await RunningDaemon.ready(site, descriptorsTaken: Self.taken)
            let station = daemon.station
            for (value, moment) in [(12, 10), (20, 30)] {
                transmitter.set(UInt16(value))
                box.set(Double(moment))
                #expect(
                    await Waiting.until(within: .seconds(20)) {
                        station.point("GAS-1.conc")?.value == Double(value)
                            && station.point("TC-1.moment")?.value == Double(moment)
                    }, "both devices are read: \(daemon.logTail)")
            }
            #expect(station.point("GAS-1.conc")?.quality == "good")
            let sockets = Self.sockets(of: daemon.child.pid)
            #expect(sockets.count >= 3, "to the device, to the broker, and the console's: \(sockets)")
            #expect(sockets.allSatisfy { $0 > Self.taken }, "\(sockets)")

            transmitter.set(80)
            box.set(90)
            let keys = ["GAS-1", "TC-1"].map { "e2e/\($0).HH/1/raise/0/1/zhang" }
            #expect(
                await Waiting.until(within: .seconds(20)) { keys.allSatisfy(duty.acceptedKeys.contains) },
                "\(duty.acceptedKeys) \(daemon.logTail)")
            #expect(await daemon.stop() == .exited(0))
        }

        /// Numbers of the sockets that a process has open.
        private static func sockets(of process: Int32) -> [Int] {
            let folder = "/proc/\(process)/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
                return target?.hasPrefix("socket:") ?? false
            }.compactMap(Int.init).sorted()
        }
    }
}
