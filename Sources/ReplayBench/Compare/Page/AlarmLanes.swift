import PlantTime

/// Alarms as bars on a time line: the old ones above, the new ones below, what differs strong and what stays faint.
struct AlarmLanes {
    var pairs: [OccurrencePair]
    /// Where the line ends, which alarms that last are cut at.
    var lineEnd: PlantInstant
    var time: TimeScale
    var top: Double
    static let lane = 12.0
    static let gap = 4.0
    static let height = lane * 2 + gap

    func drawing() -> String {
        bars(\.old, at: top, class: "old") + bars(\.new, at: top + Self.lane + Self.gap, class: "new") + marks()
    }

    /// - Note: bars that would share their pixels are drawn once: a year of chatter must not make a page of megabytes.
    private func bars(_ side: KeyPath<OccurrencePair, AlarmOccurrence?>, at y: Double, class name: String) -> String {
        var parts: [String] = []
        for isFaint in [true, false] {
            var drawn = -1.0
            for pair in pairs where (pair.verdict == .same) == isFaint {
                guard let alarm = pair[keyPath: side], alarm.end(or: lineEnd) >= time.from, alarm.raisedAt <= time.to
                else { continue }
                let start = time.place(alarm.raisedAt)
                let end = max(start + 1.5, time.place(alarm.end(or: lineEnd)))
                guard end > drawn else { continue }
                let from = max(start, drawn)
                drawn = end
                parts.append(
                    "<rect class=\"\(name)\(isFaint ? " faint" : "")\" x=\"\(svg(from))\" y=\"\(svg(y))\" "
                        + "width=\"\(svg(max(0.5, end - from)))\" height=\"\(svg(Self.lane))\"/>")
            }
        }
        return parts.joined()
    }

    /// A sign at each raise that differs, between the lanes; nothing where they would lie on each other.
    private func marks() -> String {
        var parts: [String] = []
        var last = -100.0
        for pair in pairs where pair.verdict != .same {
            let at = pair.new?.raisedAt ?? pair.old?.raisedAt ?? lineEnd
            guard at >= time.from, at <= time.to else { continue }
            let x = time.place(at)
            guard x - last >= 14 else { continue }
            last = x
            parts.append(
                "<text class=\"mark\" x=\"\(svg(x))\" y=\"\(svg(top - 3))\" text-anchor=\"middle\">"
                    + "\(pair.verdict.sign)</text>")
        }
        return parts.joined()
    }
}

extension OccurrencePair.Verdict {
    /// What stands for it in drawings and tables, beside the word.
    package var sign: String {
        switch self {
        case .same: "="
        case .added: "+"
        case .gone: "−"
        case .earlier: "◀"
        case .later: "▶"
        case .otherLength: "↔"
        case .otherLevel: "↕"
        }
    }

    package var word: CompareWord {
        switch self {
        case .same: .same
        case .added: .added
        case .gone: .gone
        case .earlier: .earlier
        case .later: .later
        case .otherLength: .otherLength
        case .otherLevel: .otherLevel
        }
    }
}
