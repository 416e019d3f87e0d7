import DeviceMap
import EventJournal
import Foundation
import Glibc
import ParkSimulator
import PlantTime
import StationAPI
import Testing

extension `The whole house` {
    @Suite struct `Under systemd` {
        private struct Play {
            let site: TestSite
            let park: ModbusPark

            init() throws {
                site = try TestSite()
                park = try ModbusPark(
                    devices: [ParkDevice(id: "GAS-1", units: [1: RegisterBank(holdingRegisters: 4)])])
                try site.write(modbus: [.init(id: "GAS-1", port: park.port(of: "GAS-1") ?? 0)], webhooks: .init())
                try site.write(rules: [("GAS-1", "conc")], onDelay: 0)
            }

            func end() {
                park.stop()
                site.remove()
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `it says READY when it watches, beats well below WatchdogSec, and stops in good order`() async throws {
            let play = try Play()
            defer { play.end() }
            let daemon = try await RunningDaemon.ready(play.site)
            let lines = daemon.logLines
            let restored = try #require(lines.firstIndex { $0.contains("restored") })
            let watching = try #require(lines.firstIndex { $0.contains("watching") })
            #expect(restored < watching, "READY comes behind the restored state")
            #expect(daemon.notify.lines.contains { $0.hasPrefix("STATUS=") })
            #expect(play.park.tally(of: "GAS-1").requests > 0, "READY comes behind the first polls")

            let beats = await Self.beats(of: daemon, for: .seconds(11))
            #expect(beats.count >= 3)
            let gaps = zip(beats, beats.dropFirst()).map { $1 - $0 }
            #expect(gaps.allSatisfy { $0 <= .seconds(4) }, "\(gaps)")
            let hasStatus = daemon.notify.lines.contains {
                $0.hasPrefix("STATUS=") && $0.contains("points live") && $0.contains("outbox")
            }
            #expect(hasStatus, "\(daemon.notify.lines)")

            let clock = SteadyClock()
            let asked = clock.now()
            #expect(await daemon.stop() == .exited(0))
            #expect(clock.now() - asked < .seconds(20))
            daemon.notify.takeIn()
            #expect(daemon.notify.lines.contains("STOPPING=1"))
            #expect(try JournalVerifier.verify(file: play.site.journalFile).isUnbroken)
        }

        /// When WATCHDOG=1 came, watched for a while.
        private static func beats(of daemon: RunningDaemon, for span: Duration) async -> [PlantInstant] {
            await Waiting.offPool { [notify = daemon.notify] in
                let clock = SteadyClock()
                let end = clock.now() + span
                var beats: [PlantInstant] = []
                while clock.now() < end {
                    _ = Poll.readable(notify.descriptor, within: end - clock.now())
                    let now = clock.now()
                    if notify.takeIn().contains("WATCHDOG=1") { beats.append(now) }
                }
                return beats
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a second daemon on the same state folder ends with 75 and names the first`() async throws {
            let play = try Play()
            defer { play.end() }
            let first = try await RunningDaemon.ready(play.site)
            let second = try await Programs.run(
                Programs.hazardd,
                ["--site", play.site.folder, "--state", play.site.state, "--credentials", play.site.credentials])
            #expect(second.status == 75)
            #expect(second.errors.contains("process \(first.child.pid)"), "\(second.errors)")
            #expect(first.child.isRunning)
            #expect(await first.stop() == .exited(0))
        }

        @Test(.timeLimit(.minutes(2)))
        func `SIGHUP puts new rules in force, and bad ones leave the old in force`() async throws {
            let play = try Play()
            defer { play.end() }
            let daemon = try await RunningDaemon.ready(play.site)
            let station = daemon.station
            // 30 is below the limit of 50, and above that of the new rules.
            play.park.update("GAS-1", unit: 1) { $0[.holdingRegister, 0] = 30 }
            #expect(await Waiting.until(within: .seconds(10)) { station.point("GAS-1.conc")?.value == 30 })
            #expect(station.alarm("GAS-1.HH") == nil)

            try Files.write("- id: broken\n", to: "\(play.site.folder)/rules/more.yaml")
            daemon.child.signal(SIGHUP)
            #expect(await Waiting.until(within: .seconds(10)) { daemon.logTail.contains("reload refused") })
            #expect(daemon.logTail.contains("rules/more.yaml:1:3"))
            #expect(station.point("GAS-1.conc")?.value == 30, "the watch goes on")

            try Files.write(
                TestSite.rule(device: "GAS-1", point: "conc", limit: 20, onDelay: 0).replacing("GAS-1.", with: "LOW.")
                    .replacing("point: LOW.", with: "point: GAS-1."),
                to: "\(play.site.folder)/rules/more.yaml")
            daemon.child.signal(SIGHUP)
            #expect(
                await Waiting.until(within: .seconds(10)) { station.alarm("LOW.HH") != nil }, "\(daemon.logTail)")
            #expect(
                await Waiting.until(within: .seconds(10)) { daemon.logTail.contains("new rules are in force") },
                "\(daemon.logTail)")
            #expect(await daemon.stop() == .exited(0))
        }

        @Test(.timeLimit(.minutes(1)))
        func `--check answers 0 for a sound site and 78 with every mistake for another, and opens nothing`()
            async throws
        {
            let play = try Play()
            defer { play.end() }
            let sound = try await Programs.run(Programs.hazardd, ["--site", play.site.folder, "--check"])
            #expect(sound.status == 0)
            try Files.write("- id: broken\n", to: "\(play.site.folder)/rules/more.yaml")
            let broken = try await Programs.run(Programs.hazardd, ["--site", play.site.folder, "--check"])
            #expect(broken.status == 78)
            #expect(broken.errors.contains("rules/more.yaml:1:3: error: "), "\(broken.errors)")
            #expect(!Files.exists(play.site.journalFile))
        }

        private static let analyze = "/usr/bin/systemd-analyze"

        @Test(.enabled(if: Files.isExecutable(analyze), "systemd-analyze is not installed"), .timeLimit(.minutes(2)))
        func `the unit is sound and hardened`() async throws {
            let folder = try Files.temporaryFolder("hazardd-unit")
            defer { Files.removeFolder(folder) }
            let units = "\(Programs.repository)/systemd"
            for name in Files.names(in: units) {
                let text = try Files.text(of: "\(units)/\(name)")
                    .replacing("=/usr/bin/hazardd ", with: "=\(Programs.hazardd) ")
                    .replacing("=/usr/bin/hazardctl ", with: "=\(Programs.hazardctl) ")
                try Files.write(text, to: "\(folder)/\(name)", mode: 0o644)
            }
            let unit = "\(folder)/hazardd.service"
            let verified = try await Programs.run(Self.analyze, ["verify", unit])
            #expect(verified.status == 0)
            #expect(verified.errors == "")
            let hardened = try await Programs.run(
                Self.analyze, ["security", "--offline=true", "--threshold=15", unit])
            #expect(hardened.status == 0, "\(hardened.output.suffix(200))")
        }
    }
}
