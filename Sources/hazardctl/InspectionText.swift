import AlarmLogic
import MonitorCore
import PlantModel
import PlantTime
import ReplayBench

/// What the core knew of a rule, a line each: what it compared, the delay, the window, the members.
enum InspectionText {
    static func lines(
        _ inspection: RuleInspection, of rule: Rule, on line: TestLine, _ text: TestText
    ) -> [String] {
        var lines = [sight(inspection.sight, of: rule, text)]
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

    private static func sight(_ sight: RuleInspection.Sight, of rule: Rule, _ text: TestText) -> String {
        switch sight {
        case .neverJudged: text.say(.neverJudged)
        case .zone(let verdict, let compared):
            text.say(
                .judged,
                ["number": TestText.number(compared), "limit": limit(of: rule), "zone": zone(verdict, text)])
        case .unknown(let blindness): text.say(.blind, ["reason": reason(blindness, text)])
        }
    }

    /// `H 25`, `STATE`.
    private static func limit(of rule: Rule) -> String {
        rule.kind.shownLimit.map { "\(rule.kind.word) \(TestText.number($0))" } ?? rule.kind.word
    }

    private static func zone(_ verdict: Verdict, _ text: TestText) -> String {
        switch verdict {
        case .raise: text.say(.zoneRaise)
        case .hold: text.say(.zoneHold)
        case .clear, .unknown: text.say(.zoneClear)
        }
    }

    private static func reason(_ blindness: RuleInspection.Blindness, _ text: TestText) -> String {
        switch blindness {
        case .noRow(let point): text.say(.blindNoRow, ["point": text.table.tag(point)])
        case .badRow(let point, let quality):
            text.say(
                .blindBad, ["point": text.table.tag(point), "quality": "\(quality.word.name) (\(quality.reason.name))"])
        case .silent(let point): text.say(.blindSilent, ["point": text.table.tag(point)])
        case .tooFewRows(let rows): text.say(.blindFewRows, ["rows": "\(rows)"])
        case .windowNotCovered(let covered, let needed):
            text.say(.blindWindow, ["covered": seconds(covered), "needed": seconds(needed)])
        case .bitUnreadable(let number): text.say(.blindBit, ["number": TestText.number(number)])
        case .members(let rules):
            text.say(.blindMembers, ["rules": rules.map { text.table.rule($0).id }.joined(separator: ", ")])
        case .restarted: text.say(.blindRestarted)
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
