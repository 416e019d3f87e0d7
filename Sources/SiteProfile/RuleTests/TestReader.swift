import PlantModel

/// Reads one test of a test file.
struct TestReader {
    let names: TestNames
    let rows: TestRowsReader
    /// The folder of the test file; paths in it count from here.
    let folder: String
    let isRecordingGiven: (String) -> Bool
    let findings: Findings

    private static let verbs: [(key: String, verb: OperatorCommand.Verb)] = [
        ("acknowledge", .acknowledge), ("unacknowledge", .unacknowledge), ("reset", .reset), ("comment", .comment),
        ("shelve", .shelve), ("unshelve", .unshelve),
    ]

    /// nil when it has mistakes, which have been told.
    func test(_ setting: Setting) -> RuleTest? {
        guard var table = TableReader(setting, what: "a test", findings: findings) else { return nil }
        let mistakes = findings.errorCount
        let name = table.require(table.name("name"), "name", for: "a test")
        let start = instant("start", &table)
        let input = input(&table)
        let until = table.setting("until").flatMap { moment($0, "until") }
        let acts = (table.list("do") ?? []).compactMap(act)
        let expected = table.list("expect") ?? []
        let assertions = expected.compactMap(assertion)
        if !table.has("expect") {
            findings.error(at: table.place, "a test needs \"expect\"")
        } else if expected.isEmpty, findings.errorCount == mistakes {
            table.error(at: "expect", "expect is empty; a test that asks for nothing can find nothing")
        }
        table.finish(
            knows: "name", "recording", "script", "rows", "series", "every", "start", "until", "do", "expect")
        guard findings.errorCount == mistakes, let name, let input else { return nil }
        return RuleTest(
            name: name, location: setting.place, input: input, start: start, until: until, acts: acts,
            assertions: assertions)
    }

    // MARK: Input

    private func input(_ table: inout TableReader) -> RuleTestInput? {
        let kinds = ["recording", "script", "rows", "series"].filter(table.has)
        guard kinds.count == 1 else {
            findings.error(
                at: kinds.count > 1 ? table.location(of: kinds[1]) : table.place,
                "a test has one input: recording, script, rows or series; found "
                    + (kinds.isEmpty ? "none" : kinds.joined(separator: " and ")))
            for kind in kinds + ["every"] { _ = table.setting(kind) }
            return nil
        }
        if kinds != ["series"], let every = table.setting("every") {
            findings.error(at: every.place, "every goes with \"series\"; leaving it out would do")
        }
        switch kinds[0] {
        case "recording":
            let place = table.location(of: "recording")
            return path("recording", &table, mustBe: true).map { .recording(path: $0.path, place) }
        case "script":
            guard let path = path("script", &table, mustBe: true)?.path else { return nil }
            let result = ScriptReader.read(path: path)
            findings.add(result.diagnostics)
            return result.script.map { .script($0, file: path) }
        case "rows": return table.setting("rows").flatMap(rows.rows).map { .rows($0) }
        default:
            let step = table.setting("every").flatMap(span)
            let series = table.members("series")
            let every = table.require(step, "every", for: "an input of series")
            if series.isEmpty { table.error(at: "series", "series names no point") }
            // Read even without a step, so that all mistakes are told at once.
            return rows.rows(series: series, every: every ?? 1).map { .rows($0) }
        }
    }

    private func span(_ setting: Setting) -> Int64? {
        if case .scalar(let text, _) = setting.shape, let span = TestTimeText.span(text), span > 0 { return span }
        findings.error(at: setting.place, "every must be a time such as 500ms or 1s, found \(setting.described)")
        return nil
    }

    private func instant(_ key: String, _ table: inout TableReader) -> Int64? {
        guard let setting = table.setting(key) else { return nil }
        if case .scalar(let text, _) = setting.shape, let instant = TestTimeText.instant(text) { return instant }
        findings.error(
            at: setting.place, "\(key) must be a time such as 2026-01-01T00:00:00.000Z, found \(setting.described)")
        return nil
    }

    private func moment(_ setting: Setting, _ key: String) -> RuleTestTime? {
        if case .scalar(let text, _) = setting.shape, let time = TestTimeText.time(text) { return time }
        findings.error(at: setting.place, "\(key) must be a time, \(TestTimeText.advice); found \(setting.described)")
        return nil
    }

    /// A path beside the test file, and as it was written.
    private func path(_ key: String, _ table: inout TableReader, mustBe: Bool) -> (path: String, shown: String)? {
        guard let shown = table.text(key) else { return nil }
        let path = shown.hasPrefix("/") || folder.isEmpty ? shown : "\(folder)/\(shown)"
        guard mustBe, !isRecordingGiven(path) else { return (path, shown) }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let near = RuleKeys.nearest(to: name, among: FolderFile.names(in: parent)).map { "; \"\($0)\" is there" } ?? ""
        table.error(at: key, "no such file: \(path)\(near)")
        return nil
    }

    // MARK: What people do

    /// `{at: +30s, acknowledge: NH3-301.L1, comment: crew sent}`.
    private func act(_ setting: Setting) -> RuleTestAct? {
        guard var table = TableReader(setting, what: "an act", findings: findings) else { return nil }
        let mistakes = findings.errorCount
        let time = table.require(table.setting("at").flatMap { moment($0, "at") }, "at", for: "an act")
        // `comment` is a verb of its own only where no other stands.
        let verbs = Self.verbs.filter { table.has($0.key) }
        let acting = verbs.count > 1 ? verbs.filter { $0.verb != .comment } : verbs
        guard acting.count == 1, let (key, verb) = acting.first else {
            let words = Self.verbs.map(\.key).joined(separator: " ")
            findings.error(
                at: table.place, "an act has one of \(words); found \(verbs.isEmpty ? "none" : "\(acting.count)")")
            return nil
        }
        let rule = table.name(key)
        if let rule { check(rule, at: table.location(of: key)) }
        let comment = table.text(verb == .comment ? "text" : "comment") ?? ""
        table.finish(knows: "at", key, verb == .comment ? "text" : "comment")
        guard findings.errorCount == mistakes, let time, let rule else { return nil }
        return RuleTestAct(time: time, verb: verb, rule: rule, comment: comment, location: setting.place)
    }

    // MARK: What must come of it

    private func assertion(_ setting: Setting) -> RuleTestAssertion? {
        if setting.table != nil { return listed(setting) }
        guard let sentence = TestSentence(setting, what: "an assertion", findings: findings) else { return nil }
        var reader = AssertionSentence(sentence: sentence, names: names)
        do throws(SentenceRefusal) {
            return RuleTestAssertion(kind: try reader.kind(), location: setting.place, text: sentence.text)
        } catch {
            findings.error(at: error.location, error.message)
            return nil
        }
    }

    /// `sequence: [...]` and `golden: FILE`.
    private func listed(_ setting: Setting) -> RuleTestAssertion? {
        guard var table = TableReader(setting, what: "an assertion", findings: findings) else { return nil }
        let mistakes = findings.errorCount
        if table.has("golden") {
            let golden = path("golden", &table, mustBe: false)
            table.finish(knows: "golden")
            guard findings.errorCount == mistakes, let golden else { return nil }
            return RuleTestAssertion(
                kind: .golden(path: golden.path, shown: golden.shown), location: setting.place,
                text: "golden: \(golden.shown)")
        }
        guard let items = table.require(table.list("sequence"), "sequence", for: "an assertion that is a mapping")
        else {
            return nil
        }
        let steps = items.compactMap(step)
        let isExact = table.flag("exact") ?? false
        let rules = table.names("of") ?? []
        for rule in rules { check(rule, at: table.location(of: "of")) }
        for step in steps where !rules.isEmpty && !rules.contains(step.event.rule) {
            findings.error(
                at: step.location, "the sequence is of other rules; adding \(step.event.rule) there would do")
        }
        if steps.isEmpty, !isExact, findings.errorCount == mistakes {
            table.error(at: "sequence", "the sequence is empty; with \"exact: true\" it means that nothing may come")
        }
        table.finish(knows: "sequence", "exact", "of")
        guard findings.errorCount == mistakes else { return nil }
        let text = steps.map(\.text).joined(separator: ", ")
        return RuleTestAssertion(
            kind: .sequence(steps, isExact: isExact, of: rules), location: setting.place,
            text: "sequence: \(text)\(isExact ? " (exact)" : "")")
    }

    /// `RULE raise [at TIME]`.
    private func step(_ setting: Setting) -> RuleTestStep? {
        guard let sentence = TestSentence(setting, what: "a step of a sequence", findings: findings) else { return nil }
        var reader = AssertionSentence(sentence: sentence, names: names)
        do throws(SentenceRefusal) {
            let event = try reader.event()
            let time = reader.sentence.take("at") ? try reader.time() : nil
            try reader.finish()
            return RuleTestStep(event: event, time: time, location: setting.place, text: sentence.text)
        } catch {
            findings.error(at: error.location, error.message)
            return nil
        }
    }

    private func check(_ rule: String, at place: SourceLocation) {
        do throws(SentenceRefusal) { try names.checkRule(rule, at: place) } catch {
            findings.error(at: error.location, error.message)
        }
    }
}
