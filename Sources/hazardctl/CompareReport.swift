import PlantModel
import PlantTime
import ReplayBench

/// A comparison of two sets of rules as a person reads it in a terminal.
struct CompareReport {
    var comparison: Comparison
    var recording: String
    var utcOffsetSeconds: Int
    var language: Language

    /// Lines of a table of alarms; the JSON file has all.
    private static let alarmsMax = 40
    private static let rulesMax = 60

    func text(inColour: Bool) -> String {
        var parts = [head(), verdict()]
        parts.append(figures().text())
        if !comparison.old.busiest.isEmpty || !comparison.new.busiest.isEmpty { parts.append(busiest()) }
        if comparison.differs { parts += [changedRules(inColour), alarms()] }
        if !comparison.silentChanges.isEmpty { parts.append(silentChanges()) }
        return parts.joined(separator: "\n\n")
    }

    private func word(_ word: CompareWord, _ values: KeyValuePairs<String, String> = [:]) -> String {
        word.text(language, values)
    }

    private func head() -> String {
        var line = "\(word(.recording)): \(recording), \(word(.rows, ["rows": "\(comparison.old.outcome.tally.rows)"]))"
        if let span = comparison.span {
            line += ", \(ShownTime.full(span.lowerBound, utcOffsetSeconds)) – "
            line += "\(ShownTime.full(span.upperBound, utcOffsetSeconds)) (\(TimeText.offset(utcOffsetSeconds)))"
            line += ", \(ShownTime.span(span.upperBound - span.lowerBound))"
        }
        let sides = [(CompareWord.oldRules, comparison.old), (.newRules, comparison.new)]
        let width = sides.map { CharacterWidth.columns(word($0.0)) }.max() ?? 0
        let lines = sides.map { name, side in
            "\(CharacterWidth.padded(word(name), to: width)): \(side.label)"
        }
        return (lines + [line]).joined(separator: "\n")
    }

    private func verdict() -> String {
        var lines: [String] = []
        if !comparison.isWhole, let span = comparison.span {
            lines.append(word(.partial, ["time": ShownTime.full(span.upperBound, utcOffsetSeconds)]))
        }
        guard comparison.differs else { return (lines + [word(.verdictSame)]).joined(separator: "\n") }
        let counts = OccurrencePair.Verdict.allCases.sorted { $0 != .same && $1 == .same }
            .filter { comparison.count($0) > 0 }
            .map { "\(comparison.count($0)) \(word($0.word))" }
        lines.append("\(word(.verdictDiffers)): \(counts.joined(separator: ", "))")
        let minutes = ShownNumber.rounded(comparison.pairing.nearest.seconds / 60)
        return (lines + [word(.pairingNote, ["minutes": minutes])]).joined(separator: "\n")
    }

    private func figures() -> TextTable {
        TextTable(
            columns: [
                .init(word(.figure)), .init(word(.old), isNumber: true), .init(word(.new), isNumber: true),
                .init(word(.change), isNumber: true), .init(word(.target), isNumber: true),
            ],
            lines: comparison.figureRows(utcOffsetSeconds: utcOffsetSeconds).map { row in
                .init([row.name(language), row.old, row.new, row.change, row.target])
            })
    }

    private func busiest() -> String {
        let sides = [comparison.old, comparison.new].map { side in side.busiest.map { ($0.rule, "\($0.raises)") } }
        let lines = (0..<max(sides[0].count, sides[1].count)).map { place in
            let cells = sides.map { $0.indices.contains(place) ? $0[place] : ("", "") }
            return TextTable.Line([cells[0].0, cells[0].1, cells[1].0, cells[1].1])
        }
        let table = TextTable(
            columns: [
                .init(word(.oldRules), widthMax: 40), .init(word(.alarms), isNumber: true),
                .init(word(.newRules), widthMax: 40), .init(word(.alarms), isNumber: true),
            ], lines: lines)
        return "\(word(.busiest))\n\(table.text())"
    }

    private func changedRules(_ inColour: Bool) -> String {
        let verdicts = OccurrencePair.Verdict.allCases.filter { $0 != .same && comparison.count($0) > 0 }
        let changed = comparison.changed
        let table = TextTable(
            columns: [
                .init(word(.priority)), .init(word(.rule), widthMax: 40), .init(word(.old), isNumber: true),
                .init(word(.new), isNumber: true),
            ] + verdicts.map { .init(word($0.word), isNumber: true) } + [.init(word(.ruleChange))],
            lines: changed.prefix(Self.rulesMax).map { rule in
                let counts = verdicts.map { rule.count($0) == 0 ? "" : "\(rule.count($0))" }
                let digit = 5 - Int(rule.priority.rawValue)
                return TextTable.Line(
                    ["[\(digit)] \(rule.priority.word)", rule.id, "\(rule.oldAlarms)", "\(rule.newAlarms)"] + counts
                        + [change(of: rule)], colour: digit)
            })
        let left = changed.count - Self.rulesMax
        let more = left > 0 ? "\n\(word(.moreRules, ["count": "\(left)"]))" : ""
        return "\(word(.changedRules))\n\(table.text(inColour: inColour))\(more)"
    }

    private func change(of rule: RuleComparison) -> String {
        if rule.old == nil { return word(.onlyNew) }
        if rule.new == nil { return word(.onlyOld) }
        return rule.changes.map { "\($0.key) \($0.old ?? "–") → \($0.new ?? "–")" }.joined(separator: ", ")
    }

    private func alarms() -> String {
        let all = comparison.rules.flatMap { rule in rule.differences.map { (rule, $0) } }
        let end = comparison.span?.upperBound ?? PlantInstant(milliseconds: 0)
        let ordered = all.enumerated().sorted { left, right in
            let one = left.element.1.reach(through: end).lowerBound
            let two = right.element.1.reach(through: end).lowerBound
            return (one, left.offset) < (two, right.offset)
        }
        let table = TextTable(
            columns: [
                .init(word(.what)), .init(word(.rule), widthMax: 40), .init(word(.oldRules)), .init(word(.newRules)),
            ],
            lines: ordered.prefix(Self.alarmsMax).map { _, pair in
                let shift = pair.1.shift.map { $0 == .zero ? "" : " \(ShownTime.signedSpan($0))" } ?? ""
                return TextTable.Line([
                    "\(pair.1.verdict.sign) \(word(pair.1.verdict.word))\(shift)", pair.0.id, shown(pair.1.old),
                    shown(pair.1.new),
                ])
            })
        let left = ordered.count - Self.alarmsMax
        let more = left > 0 ? "\n\(word(.moreDifferences, ["count": "\(left)"]))" : ""
        return "\(word(.differences))\n\(table.text())\(more)"
    }

    private func shown(_ alarm: AlarmOccurrence?) -> String {
        guard let alarm else { return "–" }
        let length = alarm.length.map { ShownTime.span($0) } ?? word(.stillActive)
        return "\(ShownTime.full(alarm.raisedAt, utcOffsetSeconds)), \(length)"
    }

    private func silentChanges() -> String {
        let silent = comparison.silentChanges
        let lines = silent.prefix(Self.rulesMax).map { TextTable.Line([$0.id, change(of: $0)]) }
        let table = TextTable(
            columns: [.init(word(.rule), widthMax: 40), .init(word(.ruleChange))], lines: Array(lines))
        return "\(word(.silentChanges)) (\(silent.count))\n\(table.text())"
    }
}
