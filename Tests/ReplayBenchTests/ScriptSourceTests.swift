import DeliveryPlan
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

private let names = ReplayNames(points: ["P", "sys.D.link"], derived: [], rules: ["P.H"])
private let start = PlantInstant(milliseconds: 1_000_000_000)

private func source(_ body: String, devices: [String: ScriptedDevice] = [:]) throws -> ScriptSource {
    let result = ScriptReader.read(text: body, file: "s.yaml")
    let script = try #require(result.script, "\(result.diagnostics)")
    return try ScriptSource(script, file: "s.yaml", names: names, devices: devices, begins: start)
}

/// Rows of one point, `value` or `BAD(reason)`, with `@` and the time they speak for where that is not when they come;
/// each behind the second at which it comes.
private func rows(_ signals: String, value: String = "10", length: String = "5s") throws -> [String] {
    var script = try source(
        """
        for: \(length)
        every: 1s
        seed: 3
        points: {P: {value: \(value), signals: [\(signals)]}}
        """)
    return try HeldTimeline(reading: &script).slots.map(shown)
}

private func second(_ instant: PlantInstant) -> String {
    let milliseconds = instant.milliseconds - start.milliseconds
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
}

private func shown(_ slot: InputSlot) -> String {
    let sample = slot.sample
    let value = sample.quality.isUsable ? "\(sample.payload.number)" : "BAD(\(sample.quality.reason.name))"
    let stamp = sample.time == slot.judgedAt ? "" : "@\(second(sample.time))"
    return "\(second(slot.judgedAt)):\(value)\(stamp)\(sample.flags.contains(.timeFromArrival) ? "!" : "")"
}

@Suite struct `A signal of a script` {
    @Test func `a value alone comes each period, both ends included`() throws {
        #expect(try rows("") == ["0:10.0", "1:10.0", "2:10.0", "3:10.0", "4:10.0", "5:10.0"])
    }

    @Test func `a step stands from its instant on`() throws {
        #expect(
            try rows("step: {at: 2s, to: 7}, step: {at: 4s, by: 1}")
                == ["0:10.0", "1:10.0", "2:7.0", "3:7.0", "4:8.0", "5:8.0"])
    }

    @Test func `a ramp goes straight and stays, and a step may cut it short`() throws {
        #expect(
            try rows("ramp: {at: 1s, to: 16, over: 3s}")
                == ["0:10.0", "1:10.0", "2:12.0", "3:14.0", "4:16.0", "5:16.0"])
        #expect(
            try rows("ramp: {at: 1s, to: 16, over: 3s}, step: {at: 3s, by: 0}")
                == ["0:10.0", "1:10.0", "2:12.0", "3:14.0", "4:14.0", "5:14.0"])
    }

    @Test func `a sine swings about the value`() throws {
        let values = try rows("sine: {amplitude: 2, period: 4s}").map { $0.split(separator: ":")[1] }
        #expect(values.compactMap { Double($0)?.rounded() } == [10, 12, 10, 8, 10, 12])
    }

    @Test func `a drift adds a straight line, from its instant on`() throws {
        #expect(
            try rows("drift: {at: 2s, by: 1, per: 2s}")
                == ["0:10.0", "1:10.0", "2:10.0", "3:10.5", "4:11.0", "5:11.5"])
    }

    @Test func `a noise is the same for the same seed and another for another`() throws {
        let noise = try rows("noise: {sd: 1, seed: 1}", length: "2000s")
        #expect(try rows("noise: {sd: 1, seed: 1}", length: "2000s") == noise)
        #expect(try rows("noise: {sd: 1, seed: 2}", length: "2000s") != noise)
        let values = noise.compactMap { Double($0.split(separator: ":")[1]) }.map { $0 - 10 }
        let mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        #expect(abs(mean) < 0.1)
        #expect(abs(deviation - 1) < 0.1)
        #expect(values.allSatisfy { abs($0) <= 6 })
    }

    @Test func `a spike is one row, or lasts as long as it says`() throws {
        #expect(
            try rows("spike: {at: 2s, to: 99}, spike: {at: 4s, for: 2s, by: 5}")
                == ["0:10.0", "1:10.0", "2:99.0", "3:10.0", "4:15.0", "5:15.0"])
    }

    @Test func `a freeze repeats the reading before it`() throws {
        #expect(
            try rows("drift: {by: 1, per: 1s}, freeze: {at: 2s, for: 2s}")
                == ["0:10.0", "1:11.0", "2:11.0", "3:11.0", "4:14.0", "5:15.0"])
    }

    @Test func `a drop-out sends nothing`() throws {
        #expect(try rows("drop_out: {at: 1s, for: 3s}") == ["0:10.0", "4:10.0", "5:10.0"])
    }

    @Test func `a burst comes faster for a while`() throws {
        #expect(
            try rows("burst: {at: 2s, for: 1s, every: 250ms}").map { $0.split(separator: ":")[0] }
                == ["0", "1", "2", "2.25", "2.5", "2.75", "3", "4", "5"])
    }

    @Test func `a late row speaks for an earlier time`() throws {
        #expect(
            try rows("late: {at: 3s, for: 2s, by: 2500ms}")
                == ["0:10.0", "1:10.0", "2:10.0", "3:10.0@0.5", "4:10.0@1.5", "5:10.0"])
    }

    @Test func `a duplicate comes twice`() throws {
        #expect(
            try rows("duplicate: {at: 4s}", length: "5s").suffix(4) == ["4:10.0", "4:10.0", "5:10.0", "5:10.0"])
    }

    @Test func `a clock that jumps back stamps the past, one far ahead is not believed`() throws {
        #expect(
            try rows("clock_jump: {at: 1s, for: 1s, by: -1m}, clock_jump: {at: 3s, for: 1s, by: 1h}")
                == ["0:10.0", "1:10.0@-59", "2:10.0", "3:10.0!", "4:10.0", "5:10.0"])
    }

    @Test(arguments: [
        (2, "BAD(misconfigured)"), (4, "BAD(device-fault)"), (11, "BAD(no-target)"),
    ])
    func `an exception makes the reading bad for its reason`(code: Int, reading: String) throws {
        #expect(try rows("exception: {at: 5s, code: \(code)}").last == "5:\(reading)")
    }

    @Test func `a busy device is asked again and gives no row, a bad quality has its reason`() throws {
        #expect(try rows("exception: {at: 2s, code: 6}") == ["0:10.0", "1:10.0"])
        #expect(try rows("bad: {at: 5s, reason: sentinel}").last == "5:BAD(sentinel)")
    }
}

@Suite struct `A script as a source` {
    @Test func `a last will makes the device's points bad, silences them, and says so by its link`() throws {
        var script = try source(
            """
            for: 4s
            every: 1s
            points: {P: {value: 1}}
            last_wills: [{device: D, at: 1s, for: 2s}]
            """, devices: ["D": ScriptedDevice(points: [PointIndex(0)], link: PointIndex(1))])
        let slots = try HeldTimeline(reading: &script).slots
        #expect(
            slots.map { "\($0.point) \(shown($0))" } == [
                "0 0:1.0", "0 1:BAD(link-down)", "1 1:0.0", "1 3:1.0", "0 3:1.0", "0 4:1.0",
            ])
    }

    @Test func `refuses points, devices and rules that nobody knows, all at once`() throws {
        let script = try #require(
            ScriptReader.read(
                text: """
                    for: 4s
                    every: 1s
                    points: {Q: {value: 1}}
                    last_wills: [{device: E, at: 1s}]
                    actions: [{reset: {rule: Q.H, at: 1s}}]
                    """, file: "s.yaml"
            ).script)
        do {
            _ = try ScriptSource(script, file: "s.yaml", names: names, devices: [:], begins: nil)
            Issue.record("it was taken")
        } catch {
            #expect(
                error.description == """
                    s.yaml:3:10: error: no rule knows a point Q
                    s.yaml:4:23: error: device E needs a site; --site would do
                    s.yaml:5:26: error: there is no rule Q.H
                    """)
        }
    }

    @Test func `people answer the alarms of the script, and every answer is a record`() throws {
        let rules = RuleFile.read(
            text: "- {id: P.H, point: P, kind: H, limit: 15, deadband: 1, priority: HIGH, latching: true}",
            file: "r.yaml"
        ).rules
        let replay = Replay(rules: rules)
        let result = ScriptReader.read(
            text: """
                for: 20s
                every: 1s
                points: {P: {value: 10, signals: [step: {at: 2s, to: 20}, step: {at: 10s, to: 10}]}}
                actions:
                  - acknowledge: {rule: P.H, at: 1s}
                  - comment: {rule: P.H, at: 3s, by: li, comment: "seen, on the way"}
                  - reset: {rule: P.H, at: 4s}
                  - acknowledge: {rule: P.H, at: 5s, by: zhang}
                  - unacknowledge: {rule: P.H, at: 6s}
                  - shelve: {rule: P.H, at: 7s}
                  - acknowledge: {rule: P.H, at: 8s}
                  - reset: {rule: P.H, at: 12s}
                """, file: "s.yaml")
        var script = try ScriptSource(
            try #require(result.script), file: "s.yaml", names: try replay.names(), devices: [:], begins: nil)
        var records = RecordWitness(
            scribe: .init(site: SiteDescription(id: "replay", name: BilingualText()), rules: rules, raisedAt: [:]),
            journal: JournalSheet(.csv), deliveries: nil)
        _ = try replay.run(&script, witness: &records)
        let lines = String(decoding: records.journal?.bytes ?? [], as: UTF8.self).split(separator: "\n").dropFirst()
        let told = lines.map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return "\(fields[1].dropFirst(17).prefix(2)) \(fields[3]) \(fields[7])"
        }
        #expect(
            told == [
                "01 refused normal", "02 raise unacknowledged", "03 comment unacknowledged",
                "04 refused unacknowledged", "05 acknowledge acknowledged", "06 unacknowledge unacknowledged",
                "07 refused unacknowledged", "08 acknowledge acknowledged", "10 clear latchedAcknowledged",
                "12 reset normal",
            ])
        #expect(lines.contains { $0.contains("li,script,\"seen, on the way\"") })
    }
}

@Suite struct `Sources on one line` {
    @Test func `come by time, at one instant in the order given, commands behind all else`() throws {
        func line(_ value: Double, _ seconds: [Int64]) -> HeldTimeline {
            HeldTimeline(
                slots: seconds.map { at in
                    let instant = start + .seconds(at)
                    return InputSlot(
                        Sample(point: PointIndex(0), at: instant, .good(value)), published: instant)
                })
        }
        let command = OperatorCommand(
            .comment, rule: "P.H", occurrence: 1, version: nil, actor: "li", origin: "script", idempotencyKey: "k")
        let acts = HeldTimeline(
            slots: [InputSlot(.command, at: start + .seconds(2), auxiliary: 9)], commands: [9: command])
        var merged = MergedTimeline([.of(acts), .of(line(1, [0, 2, 4])), .of(line(2, [2, 3]))])
        #expect(try merged.firstInstant() == start)
        var batch = TimelineBatch()
        try merged.read(into: &batch, atMost: 100)
        #expect(
            batch.slots.map { "\(second($0.lineTime)) \($0.kind == .command ? "act" : "\($0.sample.payload.number)")" }
                == ["0 1.0", "2 1.0", "2 2.0", "2 act", "3 2.0", "4 1.0"])
        #expect(batch.commands == [1: command])
        #expect(batch.slots[3].auxiliary == 1)
    }
}
