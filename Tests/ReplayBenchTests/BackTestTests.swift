import Foundation
import PlantModel
import PlantTime
import ReplayBench
import SiteProfile
import Testing

/// A tank that rises through 10 and falls again, three times, and once up to 30; a row each 10 s from midnight.
private let tank: [(Int64, Double)] = [0, 9, 12, 9, 8, 12, 9, 4, 12, 12, 12, 4, 30, 30, 4].enumerated().map {
    (Int64($0.offset) * 10, $0.element)
}

private func recording(_ rows: [(Int64, Double)] = tank, point: String = "LT-1") -> ByteSource {
    var text = "time,point,value,quality\n"
    for (second, value) in rows {
        text += "\(TimeText.utc(milliseconds: 1_704_067_200_000 + second * 1000)),\(point),\(value),GOOD\n"
    }
    return ByteSource(text: text, name: "rec.csv")
}

private func rules(_ text: String) -> Replay {
    Replay(rules: RuleFile.read(text: text, file: "r.yaml").rules)
}

private func compare(_ old: String, _ new: String, _ rows: [(Int64, Double)] = tank) throws -> (BackTest, Comparison) {
    let test = BackTest(old: rules(old), "old.yaml", new: rules(new), "new.yaml")
    let comparison = try test.compare { names in try RecordingSource(recording(rows), names: names) }
    return (test, comparison)
}

private let plain = "- {id: LT-1.H, point: LT-1, kind: H, limit: 10, priority: HIGH}\n"

@Suite struct `Old rules and new rules over one recording` {
    private func verdicts(_ old: String, _ new: String) throws -> [OccurrencePair.Verdict] {
        try compare(old, new).1.rules.flatMap { $0.pairs.map(\.verdict) }
    }

    @Test func `the same rules change nothing`() throws {
        let (_, comparison) = try compare(plain, plain)
        #expect(!comparison.differs && comparison.changed.isEmpty && comparison.silentChanges.isEmpty)
        #expect(comparison.count(.same) == 4 && comparison.old.raises == 4)
    }

    @Test func `a higher limit loses the small ones, and says what changed`() throws {
        let (_, comparison) = try compare(plain, plain.replacing("limit: 10", with: "limit: 20"))
        let rule = try #require(comparison.changed.first)
        #expect(rule.changes == [.init(key: "limit", old: "10", new: "20")])
        #expect(rule.count(.gone) == 3 && rule.count(.same) == 1)
    }

    @Test func `a deadband joins what chattered`() throws {
        #expect(
            try verdicts(plain, plain.replacing("limit: 10", with: "limit: 10, deadband: 5"))
                == [.otherLength, .gone, .same, .same])
    }

    @Test func `an on-delay is later where it lasts, and silent where it does not`() throws {
        let slow = plain.replacing("limit: 10", with: "limit: 10, on_delay_s: 15")
        #expect(try verdicts(plain, slow) == [.gone, .gone, .later, .later])
        let late = try #require(try compare(plain, slow).1.rules[0].pairs.last)
        #expect(late.shift == .seconds(15) && late.lengthening == .seconds(-15))
    }

    @Test func `a rule that is new adds, a rule that is dropped takes away`() throws {
        let more = plain + "- {id: LT-1.HH, point: LT-1, kind: HH, limit: 25, priority: CRITICAL}\n"
        let (_, comparison) = try compare(plain, more)
        #expect(comparison.changed.map(\.id) == ["LT-1.HH"] && comparison.count(.added) == 1)
        #expect(try verdicts(more, plain) == [.same, .same, .same, .same, .gone])
    }

    @Test func `a change that no alarm notices is named all the same`() throws {
        let (_, comparison) = try compare(plain, plain.replacing("limit: 10", with: "limit: 11"))
        #expect(!comparison.differs && comparison.silentChanges.map(\.id) == ["LT-1.H"])
    }

    @Test func `a worse level of a ladder is a difference`() throws {
        let ladder = """
            - {id: a, point: LT-1, kind: H, limit: 10, priority: LOW, silent: true}
            - {id: b, point: LT-1, kind: HH, limit: 25, priority: LOW, silent: true}
            - {id: LT-1.L, point: LT-1, kind: LADDER, levels: [a, b], priority: HIGH}

            """
        let rows: [(Int64, Double)] = [(0, 1), (10, 12), (20, 26), (30, 1)]
        let (_, comparison) = try compare(ladder, ladder.replacing("limit: 25", with: "limit: 40"), rows)
        let pair = try #require(comparison.changed.first?.pairs.first)
        #expect(pair.verdict == .otherLevel && pair.old?.levelMax == 2 && pair.new?.levelMax == 1)
    }

    @Test func `points of either side are known to both`() throws {
        let other = "- {id: LT-2.H, point: LT-2, kind: H, limit: 10, priority: HIGH}\n"
        let (test, comparison) = try compare(other, plain)
        #expect(test.old.points == ["LT-2", "LT-1"] && comparison.count(.added) == 4)
    }

    @Test func `an empty recording compares as nothing`() throws {
        let (_, comparison) = try compare(plain, plain, [])
        #expect(comparison.span == nil && !comparison.differs)
        #expect(!comparison.figureRows(utcOffsetSeconds: 0).isEmpty)
    }

    @Test func `two runs that are stopped are stopped at the same row`() throws {
        let rows = (0..<5000).map { (Int64($0), Double($0 % 20)) }
        let test = BackTest(old: rules(plain), "old", new: rules(plain), "new")
        var asked = 0
        let comparison = try test.compare(goesOn: { _ in
            asked += 1
            return asked < 14
        }) { names in try RecordingSource(recording(rows), names: names) }
        // The first run took ten batches; the second was stopped in its fourth, and the first is cut to that.
        #expect(!comparison.isWhole && !comparison.differs)
        #expect(comparison.old.outcome.tally.rows == comparison.new.outcome.tally.rows)
    }

    // MARK: Figures, JSON and the page

    @Test func `figures carry their change and whether the desk is better off`() throws {
        let (_, comparison) = try compare(plain, plain.replacing("limit: 10", with: "limit: 20"))
        let raises = try #require(comparison.figureRows(utcOffsetSeconds: 0).first)
        #expect(raises.word == .raises && raises.old == "4" && raises.new == "1")
        #expect(raises.change == "−3" && raises.isBetter == true)
        // The same at twice the pace: three raises within a minute.
        let (_, quick) = try compare(
            plain, plain.replacing("limit: 10", with: "limit: 20"), tank.map { ($0.0 / 2, $0.1) })
        let chatter = quick.figureRows(utcOffsetSeconds: 0).first { $0.word == .chattering }
        #expect(chatter?.old == "1" && chatter?.new == "0" && chatter?.target == "0")
    }

    @Test func `JSON is the same for the same comparison, and holds every difference`() throws {
        let (_, comparison) = try compare(plain, plain.replacing("limit: 10", with: "limit: 20"))
        let bytes = try ComparisonJSON(comparison, recording: "rec.csv").encoded()
        let again = try ComparisonJSON(comparison, recording: "rec.csv").encoded()
        #expect(bytes == again)
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(tree["schema"] as? String == "hazardd.comparison/v1")
        #expect((tree["counts"] as? [String: Int])?["gone"] == 3)
        let parts = try #require(tree["rules"] as? [[String: Any]])
        #expect((parts.first?["differences"] as? [Any])?.count == 3)
    }

    private func page(_ language: PageLanguage, old: String = plain, new: String) throws -> String {
        let (test, comparison) = try compare(old, new)
        let closeUps = try test.closeUps(of: comparison) { try RecordingSource(recording(), names: $0) }
        return ComparisonPage(
            comparison, closeUps: closeUps,
            facts: PageFacts(recording: "may <2026>.csv", utcOffsetSeconds: 8 * 3600, language: language)
        ).html()
    }

    @Test func `the page needs nothing but itself`() throws {
        let page = try page(.both, new: plain.replacing("limit: 10", with: "limit: 20"))
        for word in ["http:", "https:", "<script", "<link", "src=", "@import", "NaN", "inf"] {
            #expect(!page.contains(word), "the page holds \(word)")
        }
        #expect(page.contains("may &lt;2026&gt;.csv") && !page.contains("<2026>"))
        #expect(page.contains("Rule comparison") && page.contains("规则对比"))
        #expect(page.contains("2024-01-01 08:00:20"), "times are the site's")
        #expect(page.contains(">old 旧 10<") && page.contains(">new 新 20<"), "both set-points are drawn")
    }

    @Test func `a page of one language speaks no other`() throws {
        let new = plain.replacing("limit: 10", with: "limit: 20")
        #expect(!(try page(.one(.english), new: new)).contains("规则"))
        #expect(!(try page(.one(.chinese), new: new)).contains("Rule comparison"))
    }

    @Test func `the page of no change says so`() throws {
        #expect(try page(.one(.english), new: plain).contains("No alarm changes"))
    }

    @Test func `the signal of a rate is what the core judged`() throws {
        let rate = "- {id: LT-1.R, point: LT-1, kind: ROC_RISE, limit: 0.5, window_s: 20, priority: HIGH}\n"
        let (test, comparison) = try compare(rate, rate.replacing("0.5", with: "0.2"))
        let closeUps = try test.closeUps(of: comparison) { try RecordingSource(recording(), names: $0) }
        let trace = try #require(closeUps.rules.first?.newTraces.first ?? nil)
        // From 4 over 30 to 30 in 20 s the slope is 1.3 a second.
        #expect(trace.columns.contains { abs($0.greatest - 1.3) < 1e-9 })
        #expect(trace.columns.allSatisfy { $0.isEmpty || $0.greatest < 1.31 })
    }
}

@Suite struct `The words of a comparison` {
    @Test(arguments: CompareWord.allCases)
    func `are there in both languages`(word: CompareWord) {
        #expect(!word.text(.english).isEmpty && word.text(.english).unicodeScalars.allSatisfy { $0.value < 0x2E80 })
        let chinese = word.text(.chinese)
        #expect(chinese.unicodeScalars.contains { $0.value >= 0x4E00 && $0.value <= 0x9FFF }, "\(word) in Chinese")
    }
}

@Suite struct `Numbers beside a limit` {
    @Test(arguments: [
        (39.96, 40.0, "39.96"), (39.99996, 40, "39.99996"), (40, 40, "40"), (53.123, 50, "53.1"),
        (0.08346123, 0.08, "0.0835"),
        (-0.00012345, 0, "-0.000123"),
    ])
    func `keep their side`(number: Double, limit: Double, text: String) {
        #expect(ShownNumber.value(number, beside: limit) == text)
    }

    @Test func `spans read as a person says them`() {
        let spans: [(Duration, String)] = [
            (.milliseconds(500), "0.5 s"), (.seconds(59), "59 s"), (.seconds(67), "1:07"), (.seconds(7389), "2:03:09"),
            (.seconds(3 * 86_400 + 4 * 3600), "3 d 4 h"),
        ]
        for (span, text) in spans { #expect(ShownTime.span(span) == text) }
        #expect(ShownTime.signedSpan(.seconds(-5)) == "−5 s" && ShownTime.signedSpan(.seconds(30)) == "+30 s")
    }
}
