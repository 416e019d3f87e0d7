import AlarmLogic
package import PlantModel
import PlantTime

/// One line of the table of figures: what it is, under the old rules, under the new ones, and what a good desk has.
package struct FigureRow: Sendable, Equatable {
    package var word: CompareWord
    /// Filled into the word's text.
    package var values: [String: String]
    /// For lines of one priority.
    package var priority: Priority?
    package var old: String
    package var new: String
    /// With its sign; empty when nothing changed or nothing can be told.
    package var change: String
    package var target: String
    /// Whether less is asked of the desk now; nil: the same.
    package var isBetter: Bool?

    package func name(_ language: BilingualText.Language) -> String {
        var text = word.text(language)
        for (name, value) in values { text.replace("{\(name)}", with: value) }
        return priority.map { "\(text) \($0.word)" } ?? text
    }
}

extension Comparison {
    /// The whole table: all rules, then what differs by priority.
    /// - Parameter utcOffsetSeconds: of the times that peaks are shown with.
    package func figureRows(utcOffsetSeconds: Int) -> [FigureRow] {
        let (a, b) = (old.figures, new.figures)
        let targets = AlarmFigures.Targets()
        func peak(_ peak: AlarmFigures.Peak) -> String {
            guard let at = peak.at else { return "\(peak.raises)" }
            return "\(peak.raises) (\(ShownTime.minute(at, utcOffsetSeconds)))"
        }
        var rows = [
            count(.raises, a.all.raises, b.all.raises),
            number(
                .perHour, a.raisesPerHour, b.raisesPerHour,
                target: "≤ \(DecimalText.shortest(targets.raisesPerTenMinutes * 6))"),
            number(
                .perDay, a.raisesPerDay, b.raisesPerDay,
                target: "≤ \(DecimalText.shortest(targets.raisesPerTenMinutes * 144))"),
            count(
                .peakFixed, a.peakFixed.raises, b.peakFixed.raises, target: "≤ \(a.binLimit)",
                shown: (peak(a.peakFixed), peak(b.peakFixed))),
            count(
                .peakSliding, a.peakSliding.raises, b.peakSliding.raises, target: "≤ \(a.binLimit)",
                shown: (peak(a.peakSliding), peak(b.peakSliding))),
            share(.crowdedBins, a.crowdedBinShare, b.crowdedBinShare, values: ["limit": "\(a.binLimit)"]),
            count(.floods, a.floods.count, b.floods.count),
            count(
                .floodTime, Int(a.floodTime.seconds.rounded()), Int(b.floodTime.seconds.rounded()),
                shown: (ShownTime.span(a.floodTime), ShownTime.span(b.floodTime)),
                change: ShownTime.signedSpan(b.floodTime - a.floodTime)),
            share(.floodShare, a.floodShare, b.floodShare, target: "< \(percent(targets.floodShare))"),
        ]
        rows += [
            count(.chattering, a.all.chatters, b.all.chatters, target: "\(targets.chatters)"),
            count(.chatteringRules, a.all.chatteringRules, b.all.chatteringRules, target: "\(targets.chatters)"),
            count(.fleeting, a.all.fleeting, b.all.fleeting),
            count(.standing, a.all.standing, b.all.standing, target: "< \(targets.standing)"),
            count(.activeAtEnd, a.all.activeAtEnd, b.all.activeAtEnd),
            share(.busiestShare, a.busiestShare(), b.busiestShare(), target: "< \(percent(targets.busiestShare))"),
        ]
        return rows + priorityRows(targets)
    }

    private func priorityRows(_ targets: AlarmFigures.Targets) -> [FigureRow] {
        var rows: [FigureRow] = []
        let shares: [Priority: String] = [
            .critical: "≈ \(percent(targets.criticalShare))", .high: "≈ \(percent(targets.highShare))",
        ]
        for (a, b) in zip(old.figures.byPriority, new.figures.byPriority) {
            guard a.counts.raises + b.counts.raises > 0 else { continue }
            let shown = [(a, old.raises), (b, new.raises)].map { part, all in
                all == 0 ? "0" : "\(part.counts.raises) (\(percent(Double(part.counts.raises) / Double(all))))"
            }
            var lines = [
                count(
                    .raises, a.counts.raises, b.counts.raises, target: shares[a.priority] ?? "",
                    shown: (shown[0], shown[1])),
                count(.chattering, a.counts.chatters, b.counts.chatters),
                count(.fleeting, a.counts.fleeting, b.counts.fleeting),
                count(.standing, a.counts.standing, b.counts.standing),
            ]
            // Lines of noughts tell nothing.
            lines = lines.filter { $0.word == .raises || $0.old != "0" || $0.new != "0" }
            for place in lines.indices { lines[place].priority = a.priority }
            rows += lines
        }
        return rows
    }

    private func count(
        _ word: CompareWord, _ old: Int, _ new: Int, target: String = "", shown: (String, String)? = nil,
        change: String? = nil
    ) -> FigureRow {
        let difference = new - old
        return FigureRow(
            word: word, values: [:], priority: nil, old: shown?.0 ?? "\(old)", new: shown?.1 ?? "\(new)",
            change: difference == 0 ? "" : change ?? (difference > 0 ? "+\(difference)" : "−\(-difference)"),
            target: target, isBetter: difference == 0 ? nil : difference < 0)
    }

    private func number(_ word: CompareWord, _ old: Double?, _ new: Double?, target: String) -> FigureRow {
        let shown = [old, new].map { $0.map { ShownNumber.rounded($0) } ?? "–" }
        let difference = old.flatMap { old in new.map { $0 - old } } ?? 0
        return FigureRow(
            word: word, values: [:], priority: nil, old: shown[0], new: shown[1],
            change: difference == 0 ? "" : ShownNumber.signed(difference), target: target,
            isBetter: difference == 0 ? nil : difference < 0)
    }

    private func share(
        _ word: CompareWord, _ old: Double, _ new: Double, target: String = "", values: [String: String] = [:]
    ) -> FigureRow {
        let difference = (new - old) * 100
        return FigureRow(
            word: word, values: values, priority: nil, old: percent(old), new: percent(new),
            change: difference == 0 ? "" : ShownNumber.signed(difference) + " pp", target: target,
            isBetter: difference == 0 ? nil : difference < 0)
    }

    private func percent(_ share: Double) -> String { ShownNumber.rounded(share * 100) + " %" }
}
