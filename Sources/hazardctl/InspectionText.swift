import MonitorCore
import PlantModel
import PlantTime
import ReplayBench

/// What the core knew of a rule, a line each: what it compared, the delay, the window, the members.
enum InspectionText {
    static func lines(
        _ inspection: RuleInspection, of rule: Rule, on line: TestLine, _ text: TestText
    ) -> [String] {
        var lines = [sight(inspection, of: rule, text)]
        if let delay = inspection.delay {
            let end = delay.ends.map { text.say(.delayEnds, ["time": text.time($0, of: line)]) }
            lines.append(
                text.say(
                    delay.side == .on ? .onDelay : .offDelay,
                    [
                        "served": seconds(delay.served), "length": seconds(delay.length),
                        "end": end ?? text.say(.delayPaused),
                    ]))
        }
        if let window = inspection.window { lines.append(self.window(window, text)) }
        if let silence = inspection.silenceEnds {
            lines.append(text.say(.silence, ["time": text.time(silence, of: line)]))
        }
        if !inspection.members.isEmpty { lines.append(members(inspection, text)) }
        return lines
    }

    private static func sight(_ inspection: RuleInspection, of rule: Rule, _ text: TestText) -> String {
        switch inspection.sight {
        case .neverJudged:
            return text.say(.neverJudged)
        case .zone(let verdict, let compared):
            return ClauseText(rule: rule, manner: WhyManner(utcOffsetSeconds: 0))
                .zone(verdict, compared, seen: inspection).text(text.language)
        case .unknown(let blindness):
            let words = BlindnessText(rule: rule, tag: text.table.tag, id: { text.table.rule($0).id })
            return text.say(.blind, ["reason": words.sentence(blindness).text(text.language)])
        }
    }

    private static func window(_ window: RuleInspection.WindowFill, _ text: TestText) -> String {
        var parts: [String] = []
        if let rows = window.rows {
            parts.append(text.say(.windowRows, ["rows": "\(rows)", "covered": seconds(window.covered)]))
        } else {
            parts.append("\(seconds(window.covered)) s")
        }
        if let slope = window.slope { parts.append(text.say(.windowSlope, ["slope": TestText.number(slope)])) }
        return text.say(.window, ["length": seconds(window.length), "parts": parts.joined(separator: ", ")])
    }

    private static func members(_ inspection: RuleInspection, _ text: TestText) -> String {
        var list = inspection.members.map { member in
            let state = text.say(member.isActive ? .isActive : member.isUnknown ? .isUnknown : .isInactive)
            return "\(text.table.rule(member.rule).id) \(state)"
        }
        if let needed = inspection.needed { list.append(text.say(.needed, ["count": "\(needed)"])) }
        return text.say(.members, ["list": list.joined(separator: ", ")])
    }

    private static func seconds(_ span: Duration) -> String { TestText.number(span.seconds) }
}
