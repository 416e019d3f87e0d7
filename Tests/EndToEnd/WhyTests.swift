import ParkSimulator
import PlantTime
import StationAPI
import Testing

extension `The whole house` {
    /// `hazardctl why` and `why-not` on the files of a station that is running.
    @Suite struct `Asking why` {
        private func ask(_ site: TestSite, _ arguments: [String]) async throws -> Programs.Outcome {
            try await Programs.run(
                Programs.hazardctl,
                arguments + ["--state", site.state, "--site", site.folder, "--lang", "en"])
        }

        /// Asks until the log has the input that decided it: it is written up to 200 ms behind.
        private func answer(_ site: TestSite, _ arguments: [String]) async throws -> Programs.Outcome {
            for _ in 0..<20 {
                let outcome = try await ask(site, arguments)
                if outcome.status == 0 { return outcome }
            }
            return try await ask(site, arguments)
        }

        @Test(.timeLimit(.minutes(3)))
        func `the records tell why an alarm came and went, and why not before`() async throws {
            let site = try TestSite()
            let transmitter = try LibmodbusDevice(registers: [12])
            let duty = try DutyOfficerReceiver(keys: site.webhookKeys) { _ in }
            defer {
                transmitter.stop()
                duty.stop()
                site.remove()
            }
            try site.write(
                modbus: [.init(id: "GAS-1", port: transmitter.port)], webhooks: .init(duty: duty.url, platform: nil))
            try site.write(rules: [("GAS-1", "conc")], onDelay: 0.5)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            try #require(
                await Waiting.until(within: .seconds(20)) { station.point("GAS-1.conc")?.value == 12 },
                "the device is read: \(daemon.logTail)")
            transmitter.set(80)
            try #require(await Waiting.until(within: .seconds(20)) { station.alarm("GAS-1.HH") != nil })
            let alarm = try #require(station.alarm("GAS-1.HH"))
            #expect(station.acknowledge(alarm, key: "ack-1", comment: "crew sent") == 200)
            transmitter.set(12)
            try #require(await Waiting.until(within: .seconds(20)) { station.alarm("GAS-1.HH") == nil })
            try #require(
                await Waiting.until(within: .seconds(20)) {
                    duty.acceptedKeys.contains("e2e/GAS-1.HH/1/clear/0/1/zhang")
                })

            let raised = try await answer(site, ["why", "GAS-1.HH/1"])
            #expect(raised.status == 0, "\(raised.output)\(raised.errors)")
            for part in [
                "GAS-1.HH, occurrence 1, was raised at", "GAS-1.conc at", ": 80", "≥ 50", "the raise zone",
                "on-delay 0.5 s: ran from", "none: this version has no shelving", "kind HH, limit 50, deadband 5",
                "basis: the test", "(zhang) acknowledged it at", "crew sent", "zhang by duty: accepted at",
                "published: in the input ring",
                "committed: in the journal", "sent: zhang · duty, the request left", "accepted: zhang · duty",
            ] {
                #expect(raised.output.contains(part), "\(part) in \(raised.output)")
            }
            #expect(
                !raised.output.contains("+ -"), "no stage is passed before the one in front of it: \(raised.output)")
            for stage in ["published", "judged", "committed", "sent", "accepted"] {
                let count = station.metric("hazardd_stage_seconds_count{stage=\"\(stage)\"}") ?? 0
                #expect(count > 0, "\(stage) is measured")
            }
            let cleared = try await answer(site, ["why", "GAS-1.HH/1/clear"])
            #expect(cleared.output.contains("< 45") && cleared.output.contains("no off-delay"), "\(cleared.output)")

            // A fifth of a second before it was raised it was on its way.
            let instant = try #require(TimeText.milliseconds(of: alarm.occurredAt)) - 200
            let before = try await answer(site, ["why-not", "GAS-1.HH", TimeText.utc(milliseconds: instant)])
            #expect(before.output.contains("in the raise zone"), "\(before.output)\(before.errors)")
            #expect(before.output.contains("it was raised later, at"), "\(before.output)")

            let long = try await ask(site, ["why-not", "GAS-1.HH", "2001-01-01T00:00:00"])
            #expect(long.status == 1 && long.output.contains("nothing is known of"), "\(long.output)")
            let nobody = try await ask(site, ["why-not", "GAS-1.H", "2001-01-01T00:00:00"])
            #expect(nobody.status == 1 && nobody.errors.contains("no rule GAS-1.H is in force"))
            let never = try await ask(site, ["why", "GAS-1.HH/9"])
            #expect(never.status == 1 && never.errors.contains("no such event"))
            #expect(await daemon.stop() == .exited(0))

            // The same log under a limit that the leak did not reach.
            let rules = "\(site.folder)/rules/limits.yaml"
            try Files.write(
                try Files.text(of: rules).replacing("limit: 50", with: "limit: 90"), to: "\(site.root)/higher.yaml")
            let compared = try await Programs.run(
                Programs.hazardctl,
                [
                    "replay", "--compare", site.folder, "\(site.root)/higher.yaml", "--history", site.state, "--lang",
                    "en", "--html", "\(site.root)/c.html",
                ])
            #expect(compared.status == 0, "\(compared.errors)")
            #expect(compared.output.contains("GAS-1.HH") && compared.output.contains("→ 90"), "\(compared.output)")
            #expect(try Files.text(of: "\(site.root)/c.html").contains("GAS-1.HH"))
        }
    }
}
