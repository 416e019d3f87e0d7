import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

private func second(_ count: Double) -> PlantInstant {
    PlantInstant(milliseconds: 1_704_067_200_000 + Int64(count * 1000))
}

private let manner = WhyManner(utcOffsetSeconds: 0, unit: "ppm")

/// A row a second from midnight: numbers, `x` for a bad row, `_` for none.
private func line(_ drawing: String, point: String = "GAS") -> ByteSource {
    var text = "time,point,value,quality\n"
    for (place, sign) in drawing.split(separator: " ").enumerated() where sign != "_" {
        let time = TimeText.utc(second(Double(place)))
        text += sign == "x" ? "\(time),\(point),,BAD\n" : "\(time),\(point),\(sign),GOOD\n"
    }
    return ByteSource(text: text, name: "rec.csv")
}

private func replay(_ rules: String) -> Replay { Replay(rules: RuleFile.read(text: rules, file: "r.yaml").rules) }

private func trace(_ id: String, _ rules: String, _ drawing: String, at instant: Double? = nil) throws -> RuleTrace {
    try replay(rules).trace(id, from: second(0), at: instant.map(second)) {
        try RecordingSource(line(drawing), names: $0)
    }
}

private let plain = "- {id: GAS.H, point: GAS, kind: H, limit: 50, deadband: 5, priority: HIGH}\n"
private let delayed = "- {id: GAS.H, point: GAS, kind: H, limit: 50, deadband: 5, on_delay_s: 3, priority: HIGH}\n"

extension WhyAnswer {
    fileprivate func said(_ topic: WhyLine.Topic) -> String {
        lines.filter { $0.topic == topic }.map { $0.text.text(.english) }.joined(separator: " | ")
    }
}

@Suite struct `Why not` {
    private func ask(_ rules: String, _ drawing: String, at instant: Double) throws -> WhyAnswer {
        WhyNot(try trace("GAS.H", rules, drawing, at: instant), at: second(instant), manner: manner).answer()
    }

    @Test func `never in the raise zone: the value, the limit, and the nearest that it came`() throws {
        let answer = try ask(plain, "10 20 49.97 30 20", at: 3)
        #expect(answer.said(.answer) == "GAS.H was not in the raise zone at 2024-01-01 00:00:03")
        #expect(answer.said(.sample) == "GAS at 2024-01-01 00:00:03: 30 ppm, quality good, source 0")
        #expect(answer.said(.clause) == "30 ppm < 45 ppm (50 ppm − 5 ppm): the clear zone")
        #expect(answer.said(.before).contains("49.97 ppm at 2024-01-01 00:00:02"))
        #expect(answer.said(.rule) == "GAS.H: kind H, limit 50, deadband 5 (r.yaml:1:3)")
        #expect(answer.said(.mask).hasPrefix("none"))
        #expect(answer.isAnswered)
    }

    @Test func `inside the deadband an alarm is kept, never made`() throws {
        let answer = try ask(plain, "10 47 47", at: 2)
        #expect(answer.said(.answer).hasSuffix("a deadband helps an alarm to stay, never to come"))
        #expect(answer.said(.clause).hasPrefix("45 ppm (50 ppm − 5 ppm) ≤ 47 ppm < 50 ppm"))
    }

    @Test func `in the zone, the delay not over, and what came of it`() throws {
        let cancelled = try ask(delayed, "10 60 60 40 10", at: 2)
        #expect(cancelled.said(.answer).hasSuffix("but its on-delay of 3 s was not over"))
        #expect(cancelled.said(.timer).contains("1 s served, would end at 2024-01-01 00:00:04"))
        #expect(cancelled.said(.timer).hasSuffix("it was cancelled at 2024-01-01 00:00:03 by 40 ppm"))
        let raised = try ask(delayed, "10 60 60 60 60 60", at: 2)
        #expect(raised.said(.timer).hasSuffix("it was raised later, at 2024-01-01 00:00:04"))
        let cut = try ask(delayed, "10 60 60", at: 2)
        #expect(cut.said(.timer).hasSuffix("what is kept ends before it was over"))
    }

    @Test func `a delay that was cancelled before is remembered`() throws {
        let answer = try ask(delayed, "10 60 60 40 10 10", at: 5)
        #expect(
            answer.said(.before).contains(
                "in the raise zone from 2024-01-01 00:00:01; the on-delay was cancelled at 2024-01-01 00:00:03 by 40 ppm"
            ))
    }

    @Test func `a bad row pauses, and says so`() throws {
        let answer = try ask(delayed, "10 60 60 x x 60 60 60", at: 4)
        #expect(answer.said(.answer).contains("could not judge"))
        #expect(answer.said(.answer).contains("the newest row of GAS was bad"))
        #expect(answer.said(.timer).contains("paused with 2 s served"))
    }

    @Test func `silence is no evidence`() throws {
        let silent = plain.replacing("deadband: 5", with: "deadband: 5, max_age_s: 2")
        let rules = silent + "- {id: B, point: B, kind: H, limit: 1, priority: LOW}\n"
        var text = "time,point,value,quality\n\(TimeText.utc(second(0))),GAS,60,GOOD\n"
        text = text.replacing(",60,", with: ",10,")
        for count in 1...6 { text += "\(TimeText.utc(second(Double(count)))),B,0,GOOD\n" }
        let trace = try replay(rules).trace("GAS.H", from: second(0)) {
            try RecordingSource(ByteSource(text: text, name: "r.csv"), names: $0)
        }
        let answer = WhyNot(trace, at: second(5), manner: manner).answer()
        #expect(answer.said(.answer).contains("GAS had been silent for longer than max_age_s 2 s"))
    }

    @Test func `already active, and raised at that very instant`() throws {
        #expect(
            try ask(plain, "10 60 60 60", at: 2).said(.answer)
                == "GAS.H was active already at 2024-01-01 00:00:02 since 2024-01-01 00:00:01: occurrence 1; an alarm is "
                + "raised once")
        #expect(try ask(plain, "10 60 60 60", at: 1).said(.answer).contains("ask hazardctl why GAS.H/1"))
    }

    @Test func `beyond what is kept nothing is claimed`() throws {
        for instant in [-5.0, 60] {
            let answer = try ask(plain, "10 60 60 60", at: instant)
            #expect(!answer.isAnswered && answer.said(.answer).hasPrefix("nothing is known of"))
        }
    }

    @Test func `a rule that is not in force is named with those like it`() throws {
        #expect(throws: RuleNotInForce(id: "GAS.HH", near: ["GAS.H"])) { try trace("GAS.HH", plain, "1 2") }
    }

    @Test func `a slope without rows enough says how much it has`() throws {
        let rate = "- {id: GAS.H, point: GAS, kind: ROC_RISE, limit: 5, window_s: 10, priority: HIGH}\n"
        #expect(
            try ask(rate, "1 2 3 4 5", at: 3).said(.answer).contains("rows cover 3 s of the window, 5 s are needed"))
        let slow = try ask(rate, "0 1 2 3 4 5 6 7 8", at: 7)
        #expect(slow.said(.clause) == "rise 1 ppm/s < 5 ppm/s: the clear zone")
        // What was compared at that instant, not the nearest that it came.
        let bent = try ask(rate, "0 0 0 0 0 0 0 10 20 30", at: 6)
        #expect(bent.said(.clause) == "rise 0 ppm/s < 5 ppm/s: the clear zone")
    }
}

@Suite struct `Why` {
    private func ask(_ rules: String, _ drawing: String, id: String = "GAS.H", move place: Int = 0) throws -> WhyAnswer
    {
        let trace = try trace(id, rules, drawing)
        try #require(trace.tracer.moves.indices.contains(place))
        return WhyAnswer(lines: WhyEvent(trace, manner: manner).lines(trace.tracer.moves[place]))
    }

    @Test func `without a delay it is that very row`() throws {
        let answer = try ask(plain, "10 20 53.1 60")
        #expect(answer.said(.sample) == "GAS at 2024-01-01 00:00:02: 53.1 ppm, quality good, source 0")
        #expect(answer.said(.clause) == "53.1 ppm ≥ 50 ppm: the raise zone")
        #expect(answer.said(.timer) == "no on-delay: it came with that very row")
    }

    @Test func `a delay tells when it ran, and what paused it`() throws {
        let answer = try ask(delayed, "10 60 61 x x 62 63 64")
        #expect(
            answer.said(.timer)
                == "on-delay 3 s: ran from 2024-01-01 00:00:01, paused at 00:00:03 for 2 s (the newest row of GAS was bad "
                + "(unspecified): never raises, never clears), was over at 00:00:06")
    }

    @Test func `earlier tries are counted`() throws {
        let answer = try ask(delayed, "60 40 60 40 60 60 60 60")
        #expect(answer.said(.before) == "2 earlier on-delays were cancelled, the last at 2024-01-01 00:00:03 by 40 ppm")
    }

    @Test func `a clear has its own clause and its own timer`() throws {
        let slow = plain.replacing("deadband: 5", with: "deadband: 5, off_delay_s: 2")
        let answer = try ask(slow, "10 60 30 30 30 30", move: 1)
        #expect(answer.said(.clause) == "30 ppm < 45 ppm (50 ppm − 5 ppm): the clear zone")
        #expect(answer.said(.timer) == "off-delay 2 s: ran from 2024-01-01 00:00:02, was over at 00:00:04")
    }

    @Test func `a vote names its members`() throws {
        let vote = """
            - {id: a, point: GAS, kind: H, limit: 50, priority: LOW}
            - {id: b, point: GAS, kind: H, limit: 55, priority: LOW}
            - {id: V, point: GAS, kind: VOTE, of: [a, b], m: 2, priority: HIGH}

            """
        let answer = try ask(vote, "10 52 60", id: "V")
        #expect(answer.said(.clause) == "2 of 2 met, 2 needed: the raise zone | it names: a active, b active")
        #expect(answer.said(.sample).isEmpty)
    }

    @Test func `every sentence is there in both languages`() throws {
        let answers = [
            try ask(delayed, "60 40 60 x 60 60 60 60"),
            WhyNot(try trace("GAS.H", delayed, "10 60 60 40 10 10"), at: second(5), manner: manner).answer(),
        ]
        for line in answers.flatMap(\.lines) where line.topic != .rule {
            let chinese = line.text.chinese ?? ""
            #expect(chinese.unicodeScalars.contains { $0.value >= 0x4E00 && $0.value <= 0x9FFF }, "\(line)")
            #expect(!(line.text.english ?? "").isEmpty)
        }
    }
}

@Suite struct `What a rule rests on` {
    private let rules = RuleFile.read(
        text: """
            - {derived: sum, op: sum, of: [A, B], max_age_s: 9}
            - {id: sum.H, point: sum, kind: H, limit: 9, priority: LOW}
            - {id: A.H, point: A, kind: H, limit: 9, priority: LOW}
            - {id: C.H, point: C, kind: H, limit: 9, priority: LOW}
            - {id: V, point: A, kind: VOTE, of: [sum.H, A.H], m: 1, priority: HIGH}

            """, file: "r.yaml"
    ).rules

    @Test func `is named rules and derived points, and theirs, in their order`() throws {
        let needed = try #require(rules.needed(by: "V"))
        #expect(needed.rules.map(\.id) == ["sum.H", "A.H", "V"])
        #expect(needed.entries.count == 4 && needed.pointsNamed == ["A", "B"])
        #expect(rules.needed(by: "C.H")?.entries.count == 1 && rules.needed(by: "nobody") == nil)
    }

    @Test func `decides what it decides among all others, also instant by instant`() throws {
        var values = 7
        let drawing = (0..<400).map { _ -> String in
            values = (values * 1_103_515_245 + 12345) % 2_147_483_648
            return (values >> 8) % 11 == 0 ? "x" : "\((values >> 12) % 80)"
        }.joined(separator: " ")
        let rules =
            delayed + "- {id: GAS.R, point: GAS, kind: ROC, limit: 8, window_s: 6, on_delay_s: 1, priority: LOW}\n"
        for id in ["GAS.H", "GAS.R"] {
            let traced = try trace(id, rules, drawing).tracer.moves.map(\.event)
            let whole = replay(rules)
            var source = try RecordingSource(line(drawing), names: try whole.names())
            var sheet = EventSheet(ruleNames: try whole.names().rules, pointNames: try whole.names().points)
            _ = try whole.run(&source, witness: &sheet)
            let lines = String(decoding: sheet.finish(), as: UTF8.self).split(separator: "\n").filter {
                $0.contains(",\(id),")
            }
            let found = traced.map { "\(TimeText.utc($0.occurredAt)),\(id),GAS,\($0.transition.word)," }
            #expect(found.count > 5)
            #expect(zip(lines, found).allSatisfy { $0.hasPrefix($1) } && lines.count == found.count)
        }
    }
}

@Suite struct `How an event is named` {
    @Test func `by sequence, by alarm, by key`() {
        #expect(EventReference("90412") == .sequence(90412))
        #expect(EventReference("NH3-101.HH/7") == .alarm(rule: "NH3-101.HH", occurrence: 7, transition: "raise"))
        #expect(EventReference("NH3-101.HH/7/clear") == .alarm(rule: "NH3-101.HH", occurrence: 7, transition: "clear"))
        #expect(EventReference("demo/NH3-101.HH/7/raise/0/1") == .key("demo/NH3-101.HH/7/raise/0/1"))
        #expect(EventReference("demo/command/4f2a") == .key("demo/command/4f2a"))
    }

    @Test func `a key names its alarm, a command's key none`() throws {
        let plain = try #require(EventReference.alarmNamed(inKey: "demo/NH3-101.HH/7/raise/0/1"))
        #expect(plain == ("NH3-101.HH", 7))
        let slashed = try #require(EventReference.alarmNamed(inKey: "demo/line 3/tank/H/12/clear/0/2"))
        #expect(slashed == ("line 3/tank/H", 12))
        #expect(EventReference.alarmNamed(inKey: "demo/command/4f2a") == nil)
        #expect(EventReference.alarmNamed(inKey: "demo/NH3-101.HH/seven/raise/0/1") == nil)
    }
}
