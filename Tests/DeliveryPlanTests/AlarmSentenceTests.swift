import DeliveryPlan
import PlantModel
import PlantTime
import Testing

@Suite struct `The sentence of an alarm` {
    private func english(_ record: AlarmRecord, endedAt: WallTime? = nil) -> String {
        AlarmSentence.text(for: record, endedAt: endedAt, in: .english, utcOffsetSeconds: eightHours)
    }

    private func chinese(_ record: AlarmRecord, endedAt: WallTime? = nil) -> String {
        AlarmSentence.text(for: record, endedAt: endedAt, in: .chinese, utcOffsetSeconds: eightHours)
    }

    @Test func `a raise says what, how bad, since when, what to do and by when`() {
        #expect(
            english(aRecord())
                == "[1 RED] AT-101 NH3 machine room 41.3 mg/m³ ≥ limit 40 (HH) since 08:30:05. Evacuate. "
                + "Answer in 3 min")
        #expect(chinese(aRecord()) == "【红·一级】AT-101 机房氨 41.3 mg/m³ ≥ 高高限 40,08:30:05 起。撤离!3 分钟内确认")
    }

    @Test func `a limit that was written in another unit is told in both`() {
        var record = aRecord(value: 61.2, unit: "ppm", limit: 57.46098)
        record.limitWritten = "40 mg/m³"
        #expect(english(record).contains("61.2 ppm ≥ limit 57.5 (40 mg/m³) (HH) since"))
        #expect(chinese(record).contains("61.2 ppm ≥ 高高限 57.5 (40 mg/m³),"))
        var rate = aRecord(kind: "ROC_RISE", value: 0.5, unit: "ppm/s", limit: 10.0 / 60)
        rate.limitWritten = "10 ppm/min"
        #expect(english(rate).contains("rises by 30 ppm per minute ≥ limit 10 ppm since"))
        rate.limitWritten = "600 ppm/h"
        #expect(english(rate).contains("≥ limit 10 ppm (600 ppm/h) since"))
    }

    @Test func `a clear says how far it came back, after how long, and that nobody has answered`() {
        let clear = aRecord(
            "clear", value: 18.2, stateAfter: .returnedUnacknowledged, at: halfPastEight + .seconds(665))
        #expect(
            english(clear)
                == "[1 RED] AT-101 NH3 machine room back to 18.2 mg/m³ at 08:41:10 after 11 min 05 s; not yet acknowledged"
        )
        #expect(chinese(clear) == "【红·一级】AT-101 机房氨 08:41:10 恢复至 18.2 mg/m³,历时 11 分 05 秒;尚未确认")
        #expect(english(aRecord("clear", value: 18.2, stateAfter: .normal)).hasSuffix("after 0 s"))
    }

    @Test func `an acknowledgement names who, from where, when, and the comment`() {
        let answer = aRecord(
            "acknowledge", at: halfPastEight + .seconds(67), actor: "Zhang San", origin: "console 2",
            comment: "crew sent")
        #expect(english(answer).hasSuffix("acknowledged by Zhang San, console 2, 08:31:12: \"crew sent\""))
        #expect(chinese(answer).hasSuffix("Zhang San 08:31:12 于 console 2 确认:“crew sent”"))
        #expect(english(aRecord("acknowledge", actor: "li")).hasSuffix("acknowledged by li, 08:30:05"))
    }

    @Test func `a raise that its clear has overtaken was active from one time to another`() {
        let ended = halfPastEight + .seconds(665)
        #expect(
            english(aRecord(), endedAt: ended)
                == "[1 RED] AT-101 NH3 machine room 41.3 mg/m³ ≥ limit 40 (HH), was active from 08:30:05 to 08:41:10")
        #expect(chinese(aRecord(), endedAt: ended).hasSuffix("≥ 高高限 40,曾于 08:30:05 至 08:41:10 报警"))
    }

    @Test(
        arguments: [
            ("H", 41.3, 40, "41.3 mg/m³ ≥ limit 40 (H) since"), ("L", 0.4, 0.5, "0.4 mg/m³ ≤ limit 0.5 (L) since"),
            ("LL", -3, 0, "-3 mg/m³ ≤ limit 0 (LL) since"),
            ("ROC", -0.05, 0.04, "changes by 3 mg/m³ per minute ≥ limit 2.4 mg/m³ since"),
            ("ROC_RISE", 0.5, 0.25, "rises by 30 mg/m³ per minute ≥ limit 15 mg/m³ since"),
            ("ROC_FALL", -0.5, 0.25, "falls by 30 mg/m³ per minute ≥ limit 15 mg/m³ since"),
            ("STATE", 2, nil, "in alarm state 2 since"), ("STALE", 10, nil, "no sample for 10 s: stale since"),
            ("FROZEN", 8.41, nil, "does not move (frozen at 8.41 mg/m³) since"),
            ("DEVIATION", 3.2, 3, "deviates by 3.2 mg/m³ ≥ limit 3 since"),
            ("VOTE", 2, 2, "2 members tripped, limit 2 since"),
            ("EXPECT", 0, nil, "not in the expected state (interlock did not act) since"),
            ("TIME_TO", 125, 40, "reaches 40 mg/m³ in 2 min 05 s since"),
            ("COUNT", 5, 5, "alarmed 5 times, limit 5 since"),
            ("TWA", 26, 25, "mean 26 mg/m³ ≥ limit 25 since"), ("LADDER", 41.3, nil, "at level 2, 41.3 mg/m³ since"),
        ] as [(String, Double, Double?, String)])
    func `every kind of rule has its own words`(kind: String, value: Double, limit: Double?, words: String) {
        let record = aRecord(kind: kind, value: value, limit: limit, level: kind == "LADDER" ? 2 : 0)
        #expect(english(record).contains(words))
        #expect(chinese(record).contains("08:30:05 起"))
    }

    @Test(arguments: QualityReason.allCases)
    func `a point that cannot be judged says why, in both languages`(reason: QualityReason) {
        let record = aRecord(kind: "BAD_QUALITY", value: 1, limit: nil, reason: reason.name)
        #expect(!english(record).contains("{") && english(record).contains("cannot be judged: "))
        #expect(!chinese(record).contains("{") && chinese(record).contains("无法判定:"))
    }

    @Test func `a lost link is named`() {
        #expect(
            english(aRecord(kind: "BAD_QUALITY", value: 1, reason: "link-down")).contains("cannot be judged: link lost")
        )
        #expect(chinese(aRecord(kind: "BAD_QUALITY", value: 1, reason: "link-down")).contains("无法判定:通讯中断"))
    }

    @Test func `marks stand in front of everything`() {
        let record = aRecord(marks: [.notRecorded, .afterRestart])
        #expect(english(record).hasPrefix("[NOT RECORDED] [found after restart] [1 RED]"))
        #expect(chinese(record).hasPrefix("[未记录] [重启后发现] 【红·一级】"))
    }

    @Test func `degrees have the sign of the reader's language`() {
        let hot = aRecord(value: 71, unit: "degC", limit: 70)
        #expect(english(hot).contains("71 °C ≥ limit 70"))
        #expect(chinese(hot).contains("71 ℃ ≥ 高高限 70"))
    }

    @Test(arguments: AlarmEvent.Transition.allCases, BilingualText.Language.allCases)
    func `no transition leaves a place unfilled`(transition: AlarmEvent.Transition, language: BilingualText.Language) {
        let text = AlarmSentence.text(
            for: aRecord(transition.word, level: 1, nth: 2, actor: "li"), in: language, utcOffsetSeconds: eightHours)
        #expect(!text.contains("{") && !text.contains("<"))
    }
}

@Suite struct `The tables of words` {
    @Test(arguments: BilingualText.Language.allCases)
    func `each language has every phrase`(language: BilingualText.Language) {
        let table = PhraseTable.of(language)
        #expect(Phrase.allCases.filter { table[$0, default: ""].isEmpty } == [])
    }

    @Test(arguments: Phrase.allCases)
    func `both languages fill the same places`(phrase: Phrase) {
        func places(_ text: String) -> Set<Substring> {
            Set(text.split(separator: "{").compactMap { $0.contains("}") ? $0.prefix { $0 != "}" } : nil })
        }
        let chinese = places(PhraseTable.of(.chinese)[phrase, default: ""])
        let english = places(PhraseTable.of(.english)[phrase, default: ""])
        #expect(chinese == english || [.limitH, .limitHH, .limitL, .limitLL].contains(phrase))
    }
}
