import DeviceMap
import ParkSimulator
import StationAPI
import Testing

extension `The whole house` {
    /// What people and devices get wrong, and the one clear line that each mistake gives.
    @Suite struct `Bad input` {
        /// A mistake in a file: what is written wrongly there, and the line it gives.
        struct Mistake: Sendable, CustomTestStringConvertible {
            var file: String
            var right: String
            var wrong: String
            /// Behind the file's name.
            var line: String

            var testDescription: String { "\(file): \(wrong)" }
        }

        private static let transmitter = "profiles/gas/test-tx.yaml"
        private static let box = "profiles/crane/test-box.yaml"
        private static let limits = "rules/limits.yaml"

        private static let mistakes = [
            Mistake(
                file: transmitter, right: "access: read_only", wrong: "access: read_write",
                line: "6:9: error: access must be read_only, found read_write; hazardd never writes to a device"),
            Mistake(
                file: transmitter, right: "type: u16", wrong: "type: u17",
                line: "11:64: error: type must be one of bit u8 i8 u16 i16 u24 i24 u32 i32 u64 i64 f16 f32 f64 bcd16 "
                    + "bcd32 bcd64 or ascii[1] to ascii[120], found u17"),
            Mistake(
                file: box, right: "qos: 1", wrong: "qos: 2",
                line: "10:8: error: qos must be 1, found 2; 0 loses messages and 2 adds nothing to a dedup key"),
            Mistake(
                file: "site.yaml", right: "unit: 1,", wrong: "unit: 300,",
                line: "11:61: error: unit must lie in 0 to 255, found 300"),
            Mistake(
                file: "site.yaml", right: "role: dutyOfficer", wrong: "role: boss",
                line:
                    "14:27: error: role must be one of dutyOfficer safetyEngineer administrator auditor platform wall, "
                    + "found boss"),
            Mistake(
                file: "site.yaml", right: "secret: duty_webhook", wrong: "secret: \"hunter 2!\"",
                line: "17:85: error: secret must be the name of a file in the credentials folder, not the secret"),
            Mistake(
                file: limits, right: "priority: CRITICAL", wrong: "priority: URGENT",
                line: "9:13: error: priority must be one of CRITICAL HIGH MEDIUM LOW, found URGENT"),
            Mistake(
                file: limits, right: "deadband: 5", wrong: "deadband: -5",
                line: "6:13: error: deadband must not be negative, found -5"),
            Mistake(
                file: limits, right: "on_delay_s: 0.0", wrong: "on_delay: 0.0",
                line: "7:3: error: unknown key \"on_delay\"; \"on_delay_s\" is known"),
            Mistake(
                file: limits, right: "limit: 50.0", wrong: "limit: [",
                line: "7:13: error: not YAML: did not find expected ',' or ']'"),
        ]

        private static func site() throws -> TestSite {
            let site = try TestSite()
            try site.write(
                modbus: [.init(id: "GAS-1", port: 1502)], brokerPort: 1883, boxes: ["TC-1"],
                webhooks: .init(duty: "http://127.0.0.1:9/alarms"))
            try site.write(rules: [("GAS-1", "conc")], onDelay: 0)
            return site
        }

        @Test(arguments: mistakes)
        func `in a file gives its line to whoever checks and to the daemon, which does not start`(_ mistake: Mistake)
            async throws
        {
            let site = try Self.site()
            defer { site.remove() }
            let path = "\(site.folder)/\(mistake.file)"
            let text = try Files.text(of: path)
            try #require(text.contains(mistake.right))
            try Files.write(text.replacing(mistake.right, with: mistake.wrong, maxReplacements: 1), to: path)

            let checked = try await Programs.run(Programs.hazardctl, ["check", site.folder])
            #expect(checked.status == 1)
            let errors = checked.complaints.filter { $0.contains(": error: ") }
            #expect(errors.count == 1, "\(checked.errors)")
            #expect(errors.first == "\(mistake.file):\(mistake.line)")
            #expect(!checked.errors.contains("hunter"), "a secret is not repeated")

            let started = try await Programs.run(
                Programs.hazardd, ["--site", site.folder, "--state", site.state, "--credentials", site.credentials])
            #expect(started.status == 78)
            #expect(started.errors.contains(checked.complaints.first ?? "-"))
            #expect(!Files.exists(site.journalFile))
        }

        private static let names: [(words: [String], status: Int32, line: String)] = [
            (
                ["gas/test-tx"], 1,
                "gas/test-tx:1:10: error: profile must be <class>/<maker>-<model>@<rev>, found gas/test-tx; gas/test-tx@1 is here"
            ),
            (
                ["gas/test-tx@1", "--channels", "2"], 1,
                "gas/test-tx@1:3:11: error: profile gas/test-tx@1 has no channels; the device must be without \"channels\""
            ),
            (["gas/test-tx", "GAS-1"], 64, "Error: a profile has no devices and no rules; a site folder would do"),
            (
                ["gas/test-tx.yaml"], 64,
                "Error: gas/test-tx.yaml is a file; a profile is named CLASS/NAME@REV, its folder with --profiles, and a site by its folder"
            ),
        ]

        @Test(arguments: names)
        func `in the name of a profile says how it is named`(words: [String], status: Int32, line: String) async throws
        {
            let site = try Self.site()
            defer { site.remove() }
            let explained = try await Programs.run(
                Programs.hazardctl, ["explain"] + words + ["--profiles", "\(site.folder)/profiles"])
            #expect(explained.status == status)
            #expect(explained.errors.split(separator: "\n").first.map(String.init) == line)
        }

        private static let recordings = [
            ("", "1:1: error: the recording is empty; its first line is time,point,value,quality"),
            ("hello\n", "1:1: error: the first line is \"hello\"; it must be time,point,value,quality"),
            (
                "time,point,value,quality\nyesterday,GAS-1.conc,1,GOOD\n",
                "2:1: error: time \"yesterday\" cannot be read; write it as 2024-01-01T00:00:00.000Z"
            ),
            (
                "time,point,value,quality\n2024-01-01T00:00:00.000Z,GAS-1.conc,1\n",
                "2:1: error: the row has 3 columns; it must have 4: time,point,value,quality"
            ),
            (
                "time,point,value,quality\n2024-01-01T00:00:00.000Z,GAS-1.conc,1,FINE\n",
                "2:39: error: quality \"FINE\" is none of GOOD, UNCERTAIN, BAD"
            ),
        ]

        @Test(arguments: recordings)
        func `in a recording gives its line and writes no events`(text: String, line: String) async throws {
            let site = try Self.site()
            defer { site.remove() }
            let (recording, events) = ("\(site.root)/rec.csv", "\(site.root)/out.csv")
            try Files.write(text, to: recording)
            let played = try await Programs.run(
                Programs.hazardctl, ["replay", "--site", site.folder, "--recording", recording, "--events", events])
            #expect(played.status == 1)
            #expect(played.complaints == ["\(recording):\(line)"])
            #expect(!Files.exists(events))
        }

        /// What comes over the broker, and the reason that stands in its line.
        private static let payloads: [(bytes: [UInt8], reason: String)] = [
            (Array("{\"seq\":1,\"moment\":".utf8), "offset 18: found the end, a number"),
            (Array("{\"seq\":2,\"moment\":NaN}".utf8), "offset 18: found NaN, a number"),
            ([0xFF, 0xFE, 0x00, 0x01], "offset 0: found byte 0xFF, a number"),
            (Array(String(repeating: "[", count: 10_000).utf8), "offset 32: found '[', at most 32 levels would do"),
        ]

        @Test(.timeLimit(.minutes(2)))
        func `from devices and receivers gives one line each, stores nothing wrong and loses nothing`() async throws {
            let site = try TestSite()
            defer { site.remove() }
            let broker = try BrokerProcess(folder: site.broker)
            defer { broker.stop() }
            let park = try ModbusPark(
                devices: [ParkDevice(id: "GAS-1", units: [1: RegisterBank(holdingRegisters: 4)])])
            defer { park.stop() }
            let box = try TelemetryDevice(id: "TC-1", brokerPort: broker.port, value: 33)
            defer { box.stop() }
            let duty = try DutyOfficerReceiver(keys: site.webhookKeys)
            defer { duty.stop() }
            try site.write(
                modbus: [.init(id: "GAS-1", port: park.port(of: "GAS-1") ?? 0)], brokerPort: broker.port,
                boxes: ["TC-1"], webhooks: .init(duty: duty.url))
            try site.write(rules: [("GAS-1", "conc")], onDelay: 0)
            let daemon = try await RunningDaemon.ready(site)
            let station = daemon.station
            #expect(await Waiting.until(within: .seconds(15)) { station.point("TC-1.moment")?.value == 33 })

            // Payloads: quarantined, each with a line; the next good one is used.
            for payload in Self.payloads { box.say(payload.bytes) }
            let isRefused = await Waiting.until(within: .seconds(15)) {
                daemon.logLines.count { $0.contains("payload refused") } >= Self.payloads.count
            }
            let lines = daemon.logLines.filter { $0.contains("payload refused") }
            #expect(isRefused, "\(lines)")
            #expect(lines.count == Self.payloads.count, "\(lines)")
            for (line, payload) in zip(lines, Self.payloads) {
                #expect(line.contains("device=TC-1 reason=\"park/e2e/TC-1/telemetry: \(payload.reason)"))
            }
            #expect(Files.names(in: "\(site.state)/quarantine").count == Self.payloads.count)
            #expect(await Waiting.until(within: .seconds(10)) { station.alarm("sys.post.quarantined.H") != nil })
            box.set(35)
            #expect(await Waiting.until(within: .seconds(10)) { station.point("TC-1.moment")?.value == 35 })

            // A frame of another unit: a line, no value.
            park.setFault(.wrongUnit, of: "GAS-1")
            park.update("GAS-1", unit: 1) { $0[.holdingRegister, 0] = 77 }
            #expect(
                await Waiting.until(within: .seconds(15)) {
                    daemon.logLines.contains { $0.contains("modbus") && $0.contains("reason=") }
                }, "\(daemon.logTail)")
            #expect(station.point("GAS-1.conc")?.value != 77)

            // Answers of the receiver that are none: told again until one is.
            duty.script([
                .answer(status: 200, body: "{\"errcode\":310000,\"errmsg\":\"sign not match\"}"),
                .raw("HTTP/1.1 huh\r\n\r\n"),
            ])
            park.setFault(nil, of: "GAS-1")
            let key = "e2e/GAS-1.HH/1/raise/0/1/zhang"
            #expect(
                await Waiting.until(within: .seconds(30)) { duty.acceptedKeys.contains(key) }, "\(daemon.logTail)")
            #expect(duty.receipts.contains { !$0.isAccepted })
            #expect(daemon.logLines.contains { $0.contains("delivery failed; tried again") })
            #expect(duty.acceptedKeys.count == Set(duty.acceptedKeys).count)
            #expect(await daemon.stop() == .exited(0))
        }
    }
}
