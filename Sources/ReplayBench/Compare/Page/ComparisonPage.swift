import AlarmLogic
package import PlantModel
import PlantTime

/// One self-contained page on a comparison: no script, no network, light and dark, fit for paper.
package struct ComparisonPage {
    private let comparison: Comparison
    private let closeUps: CloseUps
    private let facts: PageFacts
    private var language: PageLanguage { facts.language }

    /// Rows in the table of each rule.
    static let rowsMax = 12

    /// - Parameter closeUps: planned for this comparison, and watched.
    package init(_ comparison: Comparison, closeUps: CloseUps, facts: PageFacts) {
        self.comparison = comparison
        self.closeUps = closeUps
        self.facts = facts
    }

    package func html() -> String {
        let title = "\(language.plain(.title)): \(comparison.old.label) / \(comparison.new.label)"
        return """
            <!DOCTYPE html>
            <html lang="\(language.tag)"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(HTML.escaped(title))</title>
            <style>
            \(PageStyle.sheet)
            </style></head><body>\(PageStyle.hatch)<main>
            \(head())
            \(figures())
            \(rate())
            \(busiest())
            \(changedRules())
            \(silentChanges())
            \(definitions())
            </main></body></html>

            """
    }

    // MARK: Head

    private func head() -> String {
        var text = "<h1>\(language.html(.title))</h1>\n"
        text += "<p>\(language.html(.oldRules)): <code>\(HTML.escaped(comparison.old.label))</code> "
        text += "→ \(language.html(.newRules)): <code>\(HTML.escaped(comparison.new.label))</code></p>\n"
        text += "<p class=\"soft\">\(language.html(.recording)): <code>\(HTML.escaped(facts.recording))</code>, "
        text += language.html(.rows, ["rows": "\(comparison.old.outcome.tally.rows)"])
        if let span = comparison.span {
            let (from, to) = (span.lowerBound, span.upperBound)
            text += ", \(ShownTime.full(from, facts.utcOffsetSeconds)) – \(ShownTime.full(to, facts.utcOffsetSeconds)) "
            text += "(\(TimeText.offset(facts.utcOffsetSeconds))), \(ShownTime.span(to - from))"
        }
        text += "</p>\n"
        if !comparison.isWhole, let span = comparison.span {
            let time = ShownTime.full(span.upperBound, facts.utcOffsetSeconds)
            text += "<p class=\"partial\">\(language.html(.partial, ["time": time]))</p>\n"
        }
        text += "<p class=\"verdict\">\(language.html(comparison.differs ? .verdictDiffers : .verdictSame))</p>\n"
        text += "<div class=\"tiles\">"
        for verdict in [OccurrencePair.Verdict.added, .gone, .earlier, .later, .otherLength, .otherLevel, .same] {
            let count = comparison.count(verdict)
            if count == 0, verdict == .otherLevel { continue }
            text += "<div class=\"tile\(count == 0 ? " none" : "")\"><b>\(verdict.sign) \(count)</b>"
            text += "\(language.html(verdict.word))</div>"
        }
        let minutes = ShownNumber.rounded(comparison.pairing.nearest.seconds / 60)
        return text + "</div>\n<p class=\"soft\">\(language.html(.pairingNote, ["minutes": minutes]))</p>"
    }

    private func figures() -> String {
        var rows = HTML.row(
            [CompareWord.figure, .old, .new, .change, .target].map { language.html($0) },
            classes: ["", "n", "n", "n", "n"],
            heading: true)
        var last: Priority?
        for row in comparison.figureRows(utcOffsetSeconds: facts.utcOffsetSeconds) {
            let tone = row.isBetter.map { $0 ? "n better" : "n worse" } ?? "n"
            let line = HTML.row(
                [language.html(row), row.old, row.new, row.change, row.target].enumerated().map {
                    $0.offset == 0 ? $0.element : HTML.escaped($0.element)
                }, classes: ["", "n", "n", tone, "n"])
            rows += row.priority != last ? line.replacing("<tr>", with: "<tr class=\"first\">") : line
            last = row.priority
        }
        return "<h2>\(language.html(.figures))</h2>\n<div class=\"card scroll\"><table>\(rows)</table></div>"
    }

    private func rate() -> String {
        let plot = RatePlot(
            old: comparison.old.figures, new: comparison.new.figures, language: language,
            utcOffsetSeconds: facts.utcOffsetSeconds)
        let note = comparison.old.figures.bins.count > 300 ? "<p class=\"soft\">\(language.html(.rateNote))</p>" : ""
        return
            "<h2>\(language.html(.ratePlot))</h2>\n<div class=\"card\">\(plot.drawing())\(note)\(key(forRate: true))</div>"
    }

    private func busiest() -> String {
        func table(_ record: RunRecord, _ word: CompareWord) -> String {
            var rows = HTML.row([language.html(word), language.html(.alarms)], classes: ["", "n"], heading: true)
            for (rule, raises) in record.figures.busiest() {
                let chatters = record.figures.chattersByRule[rule.offset] > 0
                let note = chatters ? " <span class=\"soft\">\(language.html(.chattering))</span>" : ""
                rows += HTML.row(
                    ["<code>\(HTML.escaped(record.names.rules[rule.offset]))</code>\(note)", "\(raises)"],
                    classes: ["", "n"])
            }
            return "<div class=\"card\" style=\"flex:1 1 320px\"><table>\(rows)</table></div>"
        }
        guard comparison.old.raises + comparison.new.raises > 0 else { return "" }
        return "<h2>\(language.html(.busiest))</h2>\n<div style=\"display:flex;flex-wrap:wrap;gap:0 12px\">"
            + table(comparison.old, .oldRules) + table(comparison.new, .newRules) + "</div>"
    }

    // MARK: Rules

    private func changedRules() -> String {
        var text = "<h2>\(language.html(.changedRules))</h2>\n"
        guard !closeUps.rules.isEmpty else { return text + "<p>\(language.html(.noChangedRules))</p>" }
        text += key(forRate: false)
        for rule in closeUps.rules { text += card(rule) }
        if closeUps.left > 0 { text += "<p>\(language.html(.moreRules, ["count": "\(closeUps.left)"]))</p>" }
        return text
    }

    private func card(_ rule: CloseUps.OfRule) -> String {
        let compared = rule.comparison
        let priority = compared.priority
        let point = compared.shown?.point ?? ""
        let name = language.plain(compared.shown?.name ?? BilingualText())
        var text = "<section class=\"card\"><div class=\"head\"><span class=\"badge p\(priority.rawValue)\">"
        text += "\(5 - priority.rawValue) \(priority.word)</span><h3>\(HTML.escaped(compared.id))</h3>"
        text +=
            "<span>\(HTML.escaped([name, facts.pointName(point)].filter { !$0.isEmpty }.joined(separator: ", ")))</span></div>\n"
        text += ruleChange(compared)
        text += "<p class=\"soft\">\(counts(compared))</p>"
        text += strip(compared)
        for place in rule.stretches.indices {
            let plot = CloseUpPlot(
                rule: rule, stretch: place, lineEnd: lineEnd, unit: facts.unit(point, for: compared.shown?.kind),
                language: language, utcOffsetSeconds: facts.utcOffsetSeconds)
            let range = rule.stretches[place]
            text +=
                "<p class=\"soft\">\(language.html(.closeUp)): \(ShownTime.full(range.from, facts.utcOffsetSeconds)), "
            text += "\(ShownTime.span(range.to - range.from))</p>\n\(plot.drawing())"
        }
        if rule.left > 0 { text += "<p class=\"soft\">\(language.html(.morePlots, ["count": "\(rule.left)"]))</p>" }
        return text + differences(compared) + "</section>\n"
    }

    private func ruleChange(_ rule: RuleComparison) -> String {
        switch (rule.old, rule.new) {
        case (nil, let new?):
            return
                "<p class=\"facts\"><ins>\(language.html(.onlyNew))</ins> <code>\(HTML.escaped(RuleFacts(new).line))</code></p>"
        case (let old?, nil):
            return
                "<p class=\"facts\"><del>\(language.html(.onlyOld))</del> <code>\(HTML.escaped(RuleFacts(old).line))</code></p>"
        case (_, let new?):
            guard !rule.changes.isEmpty else {
                return "<p class=\"facts\"><code>\(HTML.escaped(RuleFacts(new).line))</code></p>"
            }
            let parts = rule.changes.map { change in
                let old = change.old.map { "<del>\(HTML.escaped($0))</del>" } ?? "–"
                let new = change.new.map { "<ins>\(HTML.escaped($0))</ins>" } ?? "–"
                return "<code>\(HTML.escaped(change.key))</code> \(old) → \(new)"
            }
            return "<p class=\"facts\">\(parts.joined(separator: " · "))</p>"
        case (nil, nil): return ""
        }
    }

    private func counts(_ rule: RuleComparison) -> String {
        let verdicts = OccurrencePair.Verdict.allCases.filter { rule.count($0) > 0 }
        let parts = verdicts.map { "\($0.sign) \(rule.count($0)) \(language.html($0.word))" }
        return "\(rule.oldAlarms) → \(rule.newAlarms): " + parts.joined(separator: " · ")
    }

    /// The whole recording in one strip.
    private func strip(_ rule: RuleComparison) -> String {
        guard let span = comparison.span else { return "" }
        let time = TimeScale(from: span.lowerBound, to: span.upperBound, start: 64, end: 950)
        let lanes = AlarmLanes(pairs: rule.pairs, lineEnd: lineEnd, time: time, top: 16)
        let bottom = 16 + AlarmLanes.height + 5
        let labels =
            "<text x=\"58\" y=\"26\" text-anchor=\"end\">\(language.shortWord(.old))</text>"
            + "<text x=\"58\" y=\"42\" text-anchor=\"end\">\(language.shortWord(.new))</text>"
        return
            "<svg viewBox=\"0 0 960 \(svg(bottom + 22))\" role=\"img\" aria-label=\"\(HTML.escaped(language.plain(.wholeLine)))\">"
            + Axes.time(time, at: bottom, utcOffsetSeconds: facts.utcOffsetSeconds, gridTo: 16) + lanes.drawing()
            + labels
            + "</svg>"
    }

    private func differences(_ rule: RuleComparison) -> String {
        var rows = HTML.row(
            [CompareWord.what, .oldRules, .newRules].map { language.html($0) } + [language.html(.change)], heading: true
        )
        for pair in rule.differences.prefix(Self.rowsMax) {
            let change = [pair.shift, pair.lengthening].enumerated().compactMap { place, span -> String? in
                guard let span, span != .zero else { return nil }
                return "\(place == 0 ? language.html(.raised) : language.html(.lasted)) \(ShownTime.signedSpan(span))"
            }
            rows += HTML.row([
                "\(pair.verdict.sign) \(language.html(pair.verdict.word))", shown(pair.old, of: rule.old),
                shown(pair.new, of: rule.new),
                change.joined(separator: ", "),
            ])
        }
        let left = rule.differences.count - Self.rowsMax
        let more = left > 0 ? "<p class=\"soft\">\(language.html(.moreDifferences, ["count": "\(left)"]))</p>" : ""
        return "<div class=\"scroll\"><table>\(rows)</table></div>\(more)"
    }

    private func shown(_ alarm: AlarmOccurrence?, of rule: Rule?) -> String {
        guard let alarm else { return "–" }
        let length = alarm.length.map { ShownTime.span($0) } ?? language.html(.stillActive)
        let level = alarm.levelMax > 0 ? ", \(language.html(.level)) \(alarm.levelMax)" : ""
        let value = alarm.value.map { " (\(ShownNumber.value($0, beside: rule?.kind.shownLimit)))" } ?? ""
        return "\(ShownTime.full(alarm.raisedAt, facts.utcOffsetSeconds))\(value), \(length)\(level)"
    }

    private func silentChanges() -> String {
        let silent = comparison.silentChanges
        guard !silent.isEmpty else { return "" }
        var rows = HTML.row([language.html(.rule), language.html(.ruleChange)], heading: true)
        for rule in silent.prefix(200) {
            rows += HTML.row(["<code>\(HTML.escaped(rule.id))</code>", ruleChange(rule)])
        }
        return
            "<h2>\(language.html(.silentChanges)) (\(silent.count))</h2>\n<div class=\"card scroll\"><table>\(rows)</table></div>"
    }

    // MARK: Words

    private func key(forRate: Bool) -> String {
        let bars =
            "<span><i class=\"swatch old\"></i>\(language.html(.oldRules))</span>"
            + "<span><i class=\"swatch new\"></i>\(language.html(.newRules))</span>"
        if forRate { return "<div class=\"key\">\(bars)</div>" }
        let signs = OccurrencePair.Verdict.allCases.filter { $0 != .same }.map {
            "<span>\($0.sign) \(language.html($0.word))</span>"
        }
        return "<div class=\"key\">\(bars)<span><i class=\"swatch band\"></i>\(language.html(.deadband))</span>"
            + "<span><i class=\"swatch blind\"></i>\(language.html(.badQuality))</span>\(signs.joined())</div>"
    }

    private func definitions() -> String {
        let meant = AlarmPerformance.Definitions()
        return "<h2>\(language.html(.definitions))</h2>\n<p class=\"soft\">"
            + language.html(
                .definitionsText,
                [
                    "flood": "\(meant.floodStartsAbove)", "calm": "\(meant.floodEndsBelow)",
                    "chatterSeconds": ShownNumber.rounded(meant.chatterWindow.seconds),
                    "chatter": "\(meant.chatterRaises)",
                    "fleeting": ShownNumber.rounded(meant.fleetingWithin.seconds),
                ]) + "</p>\n<p class=\"soft\">\(language.html(.madeBy))</p>"
    }

    private var lineEnd: PlantInstant { comparison.span?.upperBound ?? PlantInstant(milliseconds: 0) }
}

/// What a page is told besides the comparison.
package struct PageFacts: Sendable {
    package var recording: String
    package var utcOffsetSeconds: Int
    package var language: PageLanguage
    /// By tag: what the site says of its points; empty for rule files, which know tags alone.
    private let points: [String: Point]

    package init(recording: String, utcOffsetSeconds: Int, language: PageLanguage, points: [Point] = []) {
        self.recording = recording
        self.utcOffsetSeconds = utcOffsetSeconds
        self.language = language
        self.points = Dictionary(points.map { ($0.tag, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func pointName(_ tag: String) -> String {
        let name = points[tag].map { language.plain($0.name) } ?? ""
        return name.isEmpty || name == tag ? tag : "\(tag) \(name)"
    }

    /// The unit of what a kind compares.
    func unit(_ tag: String, for kind: RuleKind?) -> String {
        let unit = points[tag]?.unit.shown ?? ""
        switch kind {
        case .rateOfChange: return unit.isEmpty ? "1/s" : "\(unit)/s"
        case .timeTo: return "s"
        case .vote, .count, .state, .expect, .ladder, .badQuality, .stale, nil: return ""
        case .threshold, .deviation, .timeWeightedAverage, .frozen: return unit
        }
    }
}
