import EventJournal
import Foundation
import ParkSimulator
import PlantModel
import PlantTime
import StationAPI
import StationPorts
import Testing

extension `The whole house` {
    @Suite struct `A recorded run` {
        /// One event as semantics.md compares them: time, rule, transition, value.
        private struct Happening: Equatable, CustomStringConvertible {
            var time: String
            var rule: String
            var transition: String
            var value: String

            var description: String { "\(time) \(rule) \(transition) \(value)" }
        }

        private static func journalled(_ file: String) throws -> [Happening] {
            try JournalReader(file: file).records(after: 0, limit: 100_000).map {
                Happening(
                    time: TimeText.utc($0.occurredAt), rule: $0.rule, transition: $0.transition,
                    value: $0.value.map { "\($0)" } ?? "")
            }
        }

        /// Plays the history of a state folder twice.
        /// - Returns: what happened in it, by the journal that the replay wrote.
        private static func replayed(site: String, profiles: String? = nil, state: String) async throws -> [Happening] {
            let folder = try Files.temporaryFolder("hazardd-replay")
            defer { Files.removeFolder(folder) }
            var texts: [[String]] = []
            for run in ["first", "second"] {
                let files = ["events.csv", "journal.csv", "told.csv"].map { "\(folder)/\(run)-\($0)" }
                let played = try await Programs.run(
                    Programs.hazardctl,
                    ["replay", "--site", site, "--history", state]
                        + (profiles.map { ["--profiles", $0] } ?? [])
                        + ["--events", files[0], "--journal", files[1], "--deliveries", files[2]])
                try #require(played.status == 0, "\(played.errors)")
                texts.append(try files.map { try Files.text(of: $0) })
            }
            #expect(texts[0] == texts[1], "twice the same files, byte for byte")
            #expect(texts[0][0].split(separator: "\n").count > 1)
            return texts[0][1].split(separator: "\n").dropFirst().map { line in
                let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                return Happening(time: fields[1], rule: fields[4], transition: fields[3], value: fields[10])
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `of the demo park replays from its history to the events of its journal, twice the same bytes`()
            async throws
        {
            let home = try Files.temporaryFolder("hazardd-park")
            defer { Files.removeFolder(home) }
            var environment = ChildProcess.ownEnvironment()
            environment["TMPDIR"] = home
            let demo = try await Programs.run(
                "\(Programs.folder)/parksim",
                ["demo", "--repository", Programs.repository, "--scenario", "first-light", "--no-stay", "--keep"],
                environment: environment, within: .seconds(110))
            try #require(demo.status == 0, "\(demo.output)\(demo.errors)")
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: home).first { $0.hasPrefix("hazardd-demo") })
            let folder = "\(home)/\(name)"
            let live = try Self.journalled("\(folder)/state/journal/journal.sqlite")
            let again = try await Self.replayed(site: "\(folder)/site", state: "\(folder)/state")
            #expect(live.contains { $0.transition == "raise" } && live.contains { $0.transition == "clear" })
            #expect(again == live)
        }

        @Test(.timeLimit(.minutes(2)))
        func `with a person in it and a kill in its middle replays to the events of its journal`() async throws {
            let site = try TestSite()
            defer { site.remove() }
            let transmitter = try LibmodbusDevice(registers: [12])
            defer { transmitter.stop() }
            try site.write(modbus: [.init(id: "GAS-1", port: transmitter.port)], webhooks: .init())
            try site.write(rules: [("GAS-1", "conc")], onDelay: 0.4)
            for run in 0..<2 {
                let daemon = try await RunningDaemon.ready(site)
                let station = daemon.station
                transmitter.set(80)
                let raised = await Waiting.first(within: .seconds(20)) {
                    station.alarm("GAS-1.HH").flatMap { $0.state == "unacknowledged" ? $0 : nil }
                }
                let alarm = try #require(raised, "\(daemon.logTail)")
                #expect(station.acknowledge(alarm, key: "ack-\(run)", comment: "crew, sent") == 200)
                transmitter.set(12)
                #expect(await Waiting.until(within: .seconds(20)) { station.alarm("GAS-1.HH") == nil })
                // An answer to what is no longer so is refused, live and in the replay.
                #expect(station.acknowledge(alarm, key: "late-\(run)") != nil)
                // The log is at most 200 ms behind the core: what the journal holds must stand in it.
                let last = try #require(Self.journalled(site.journalFile).last)
                #expect(last.transition == "refused")
                await Waiting.pass(.milliseconds(500))
                if run == 0 { await daemon.kill() } else { #expect(await daemon.stop() == .exited(0)) }
            }
            let live = try Self.journalled(site.journalFile)
            #expect(live.count { $0.transition == "refused" } == 2)
            let again = try await Self.replayed(site: site.folder, state: site.state)
            #expect(again == live)
        }
    }
}

extension `The whole house` {
    @Suite struct `A replay that is interrupted` {
        @Test(.timeLimit(.minutes(1)))
        func `leaves what it found beside the file that was named, and says so`() async throws {
            let folder = try Files.temporaryFolder("hazardd-interrupt")
            defer { Files.removeFolder(folder) }
            try Files.write(
                "- {id: P.H, point: P, kind: H, limit: 11, deadband: 1, priority: HIGH}", to: "\(folder)/r.yaml")
            try Files.write(
                """
                for: 100000h
                every: 1s
                points: {P: {value: 10, signals: [sine: {amplitude: 2, period: 60s}]}}
                """, to: "\(folder)/s.yaml")
            let child = try ChildProcess(
                "replay", executable: Programs.hazardctl,
                arguments: [
                    "replay", "--rules", "\(folder)/r.yaml", "--script", "\(folder)/s.yaml", "--events",
                    "\(folder)/out.csv", "--lang", "en",
                ], output: .file("\(folder)/out"), errors: .file("\(folder)/err"))
            // The moment of the interrupt is what is tested: in the middle of the work.
            await Waiting.pass(.seconds(2))
            child.signal(SIGINT)
            child.signal(SIGINT)
            let ending = await Waiting.offPool { child.waitForEnd(within: .seconds(30)) }
            #expect(ending == .exited(130))
            #expect(!Files.exists("\(folder)/out.csv"))
            let lines = try Files.text(of: "\(folder)/out.csv.partial").split(separator: "\n")
            #expect(lines.first == "time,rule,point,event,value")
            #expect(lines.count > 2)
            #expect(lines.last?.split(separator: ",").count == 5)
            let errors = try Files.text(of: "\(folder)/err")
            #expect(errors.contains("INTERRUPTED at 2"), "\(errors)")
            #expect(errors.contains("out.csv.partial"))
            #expect(!errors.contains("rows/s  "), "no progress bar in a pipe")
        }
    }
}
