import DeviceMap
import EventJournal
import ParkSimulator
import PlantModel
import PlantTime
import SampleHistory
import StationAPI
import StationPorts
import Testing

extension `The whole house` {
    @Suite struct `Broken links` {
        private static let period = Duration.milliseconds(200)
        /// What this machine adds to an interval when other tests want its processor too: less than one whole slot, so a
        /// skipped poll fails.
        private static let noise = Duration.milliseconds(150)

        /// How a device breaks, and what it would say meanwhile: numbered, so that no value of one can pass for another's.
        private static let faults: [(id: String, fault: DeviceFault)] = [
            ("LATE", .late(milliseconds: 700)), ("UNIT", .wrongUnit), ("TID", .wrongTransaction),
            ("PROTO", .wrongProtocol), ("LENGTH", .wrongLength), ("SHORT", .truncated),
            ("DRIBBLE", .dribble(milliseconds: 90)), ("DEAD", .refuse), ("MUTE", .silent), ("RESET", .reset),
        ]
        private static let neighbour = "NEAR"
        private static let neighbourValue: UInt16 = 222

        @Test(.timeLimit(.minutes(3)))
        func `devices that break store no wrong value, alarm, come back, and leave their neighbour its period`()
            async throws
        {
            let site = try TestSite()
            defer { site.remove() }
            let ids = Self.faults.map(\.id) + [Self.neighbour]
            let park = try ModbusPark(
                devices: ids.map { ParkDevice(id: $0, units: [1: RegisterBank(holdingRegisters: 4)]) })
            defer { park.stop() }
            func set(_ device: String, _ value: UInt16) {
                park.update(device, unit: 1) { $0[.holdingRegister, 0] = value }
            }
            let devices = Self.faults.enumerated().map { ($0.element.id, 1000 + UInt16($0.offset)) }
            for (device, value) in devices { set(device, value) }
            set(Self.neighbour, Self.neighbourValue)
            try site.write(modbus: ids.map { .init(id: $0, port: park.port(of: $0) ?? 0) }, webhooks: .init())
            try site.write(rules: ids.map { ($0, "conc") }, limit: 60_000, onDelay: 0)

            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            try await expectValues(devices, station, daemon)

            // Broken first, then the poison: only a broken answer can carry it.
            for (device, fault) in Self.faults { park.setFault(fault, of: device) }
            for (device, value) in devices { set(device, 5000 + value) }
            for (device, _) in devices {
                let isAlarmed = await Waiting.until(within: .seconds(30), every: .milliseconds(200)) {
                    station.alarm("sys.\(device).link.DOWN")?.state == "unacknowledged"
                }
                #expect(isAlarmed, "sys.\(device).link.DOWN rises: \(daemon.logTail)")
                #expect(station.point("\(device).conc")?.quality == "bad")
            }
            #expect(station.point("\(Self.neighbour).conc")?.value == Double(Self.neighbourValue))

            for (device, value) in devices { set(device, value) }
            for (device, _) in devices { park.setFault(nil, of: device) }
            for (device, _) in devices {
                let isOver = await Waiting.until(within: .seconds(30), every: .milliseconds(200)) {
                    station.alarm("sys.\(device).link.DOWN")?.state == "returnedUnacknowledged"
                }
                #expect(isOver, "sys.\(device).link.DOWN clears: \(daemon.logTail)")
            }
            try await expectValues(devices, station, daemon)
            for device in ids {
                let codes = park.tally(of: device).functionCodes.keys
                #expect(Set(codes).isSubset(of: [1, 2, 3, 4]), "nothing but reading is ever asked")
            }
            #expect(await daemon.stop() == .exited(0))

            let samples = try loggedSamples(of: site)
            let wrong = samples.filter { $0.value >= 5000 && $0.value < 7000 }
            #expect(wrong.isEmpty, "a broken answer was stored: \(wrong)")
            expectPeriod(samples, "ten broken devices")
        }

        @Test(.timeLimit(.minutes(3)))
        func `a broker that is away for ten seconds alarms, comes back, and leaves the Modbus side its period`()
            async throws
        {
            let site = try TestSite()
            defer { site.remove() }
            let broker = try BrokerProcess(folder: site.broker)
            defer { broker.stop() }
            let park = try ModbusPark(
                devices: [ParkDevice(id: Self.neighbour, units: [1: RegisterBank(holdingRegisters: 4)])])
            defer { park.stop() }
            park.update(Self.neighbour, unit: 1) { $0[.holdingRegister, 0] = Self.neighbourValue }
            let box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 33)
            defer { box.stop() }
            try site.write(
                modbus: [.init(id: Self.neighbour, port: park.port(of: Self.neighbour) ?? 0)],
                brokerPort: broker.port, boxes: ["TC-1"], webhooks: .init())
            try site.write(rules: [(Self.neighbour, "conc")], limit: 60_000, onDelay: 0)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            #expect(await Waiting.until(within: .seconds(15)) { station.point("TC-1.moment")?.value == 33 })

            await Waiting.offPool { broker.stop() }
            #expect(await Waiting.until(within: .seconds(5)) { station.point("TC-1.moment")?.quality == "bad" })
            await Waiting.pass(.seconds(10))
            #expect(station.alarm("sys.post.link.DOWN")?.state == "unacknowledged", "\(daemon.logTail)")
            try await Waiting.offPool { Result { try broker.start() } }.get()
            box.set(34)
            let isBack = await Waiting.until(within: .seconds(30), every: .milliseconds(200)) {
                station.alarm("sys.post.link.DOWN")?.state == "returnedUnacknowledged"
                    && station.point("TC-1.moment")?.value == 34
            }
            #expect(isBack, "the broker's link alarm clears and values come: \(daemon.logTail)")
            #expect(await daemon.stop() == .exited(0))
            expectPeriod(try loggedSamples(of: site), "ten seconds without a broker")
        }

        @Test(.timeLimit(.minutes(2)))
        func `a device whose clock jumps back is heard all the same, and the station says so`() async throws {
            let site = try TestSite()
            defer { site.remove() }
            let broker = try BrokerProcess(folder: site.broker)
            defer { broker.stop() }
            let box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 33)
            defer { box.stop() }
            try site.write(modbus: [], brokerPort: broker.port, boxes: ["TC-1"], webhooks: .init())
            try site.write(rules: [("TC-1", "moment")], limit: 60, onDelay: 0)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            #expect(await Waiting.until(within: .seconds(15)) { station.point("TC-1.moment")?.value == 33 })
            #expect(station.alarm("sys.source.clock.STEP") == nil)

            // An hour behind, all of a sudden; more than the three that it takes, for the old clock still speaks between.
            let anHourAgo = WallTime(milliseconds: SteadyClock().wallNow().milliseconds - 3_600_000)
            for number in 0..<8 {
                let stamp = TimeText.utc(anHourAgo + .milliseconds(number * 100))
                box.say(Array("{\"seq\":\(9000 + number),\"ts\":\"\(stamp)\",\"moment\":88}".utf8))
            }
            let isSaid = await Waiting.until(within: .seconds(15)) {
                station.alarm("sys.source.clock.STEP") != nil && station.alarm("TC-1.HH") != nil
            }
            #expect(isSaid, "\(daemon.logTail)")
            #expect((station.metric("hazardd_source_clock_jumps_total") ?? 0) >= 1)
            #expect(await daemon.stop() == .exited(0))
        }

        // MARK: What the log says

        private struct Logged: Sendable {
            var time: PlantInstant
            var value: Double
        }

        /// Every usable sample that was stored, in order.
        private func loggedSamples(of site: TestSite) throws -> [Logged] {
            let history = try History(folder: site.historyFolder, now: SteadyClock().wallNow())
            var samples: [Logged] = []
            try history.replay(after: 0) { batch in
                for slot in batch.slots where slot.kind == .sample {
                    if let value = slot.sample.reading.usableValue {
                        samples.append(Logged(time: slot.sample.time, value: value))
                    }
                }
            }
            try history.close()
            return samples
        }

        /// p99 of the neighbour's intervals within 1.1 T and what this machine adds, the median within 1.1 T.
        private func expectPeriod(_ samples: [Logged], _ what: String) {
            let times = samples.filter { $0.value == Double(Self.neighbourValue) }.map(\.time)
            let intervals = zip(times, times.dropFirst()).map { $1 - $0 }.sorted()
            guard intervals.count > 20 else {
                Issue.record("the neighbour was read \(times.count) times only")
                return
            }
            let (median, p99) = (intervals[intervals.count / 2], intervals[intervals.count * 99 / 100])
            print("neighbour of \(what): \(intervals.count) intervals, median \(median), p99 \(p99)")
            #expect(median <= Self.period * 11 / 10)
            #expect(p99 <= Self.period * 11 / 10 + Self.noise)
        }

        private func expectValues(
            _ devices: [(String, UInt16)], _ station: StationDoor, _ daemon: RunningDaemon
        ) async throws {
            for (device, value) in devices {
                let isRead = await Waiting.until(within: .seconds(20)) {
                    station.point("\(device).conc")?.value == Double(value)
                }
                try #require(isRead, "\(device) says \(value): \(daemon.logTail)")
            }
        }
    }
}
