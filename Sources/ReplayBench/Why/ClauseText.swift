package import AlarmLogic
package import MonitorCore
package import PlantModel
import PlantTime

/// Which clause of a rule a number met: `53.1 ppm >= 50 ppm: the raise zone`.
package struct ClauseText {
    var rule: Rule
    var manner: WhyManner

    package init(rule: Rule, manner: WhyManner) {
        self.rule = rule
        self.manner = manner
    }

    /// - Parameters:
    ///   - number: what was compared.
    ///   - seen: the rule as it stood then, where that is known.
    package func zone(_ verdict: Verdict, _ number: Double, seen: RuleInspection?) -> BilingualText {
        let what = condition(verdict, number, seen: seen)
        let (english, chinese) = Self.zoneWord(verdict)
        return BilingualText(
            chinese: "\(what.chinese ?? "")：\(chinese)", english: "\(what.english ?? ""): \(english)")
    }

    static func zoneWord(_ verdict: Verdict) -> (String, String) {
        switch verdict {
        case .raise: ("the raise zone", "报警区")
        case .hold:
            ("the hold zone of the deadband, which keeps an alarm and never makes one", "死区(保持区),只能保持报警,不能触发报警")
        case .clear: ("the clear zone", "正常区")
        case .unknown: ("no evidence", "无法判断")
        }
    }

    // MARK: Kinds

    private func condition(_ verdict: Verdict, _ number: Double, seen: RuleInspection?) -> BilingualText {
        switch rule.kind {
        case .threshold(let threshold):
            if let clamp = threshold.clampAbove, number >= clamp, number < threshold.limit {
                return same("\(value(number)) ≥ \(value(clamp)) (clamp_above)")
            }
            return limit(
                verdict, number, "", "", threshold.limit, threshold.deadband, isAbove: threshold.looksUp)
        case .rateOfChange(let rate):
            let compared = rate.direction == .either ? abs(number) : rate.direction == .fall ? -number : number
            let word = rate.direction == .either ? "|slope|" : rate.direction == .fall ? "fall" : "rise"
            let chinese = rate.direction == .either ? "变化率绝对值" : rate.direction == .fall ? "下降率" : "上升率"
            return limit(verdict, compared, "\(word) ", "\(chinese) ", rate.limit, rate.deadband, isAbove: true)
        case .deviation(let other, let most, let deadband, _):
            return limit(
                verdict, abs(number), "|\(rule.point) − \(other)| = ", "|\(rule.point) − \(other)| = ", most, deadband,
                isAbove: true)
        case .timeWeightedAverage(let most, let deadband, let window, _):
            let span = ShownTime.span(window)
            return limit(
                verdict, number, "mean over \(span) ", "\(span) 加权平均 ", most, deadband, isAbove: true)
        case .timeTo(let target):
            let left = number >= TimeToLimit.never ? ("never", "不会") : (value(number), value(number))
            return both(
                "the limit \(ShownNumber.value(target.limit)) is reached in: \(left.0) (horizon \(ShownTime.span(target.horizon)))",
                "到达限值 \(ShownNumber.value(target.limit)) 还需:\(left.1)(预警时间 \(ShownTime.span(target.horizon)))")
        case .state(let test): return state(test, number, isMet: verdict == .raise)
        case .badQuality:
            return number == 2
                ? both("no row for \(maxAge)", "\(maxAge) 无数据")
                : number == 1 ? both("the newest row is bad", "最新数据质量坏") : both("the newest row is usable", "最新数据可用")
        case .stale:
            return verdict == .raise ? both("no row for \(maxAge)", "\(maxAge) 无数据") : both("rows come", "数据正常到达")
        case .frozen(let window, let minSpan, _):
            let still = seen?.window.map { ShownTime.span($0.covered) } ?? "?"
            return both(
                "within \(ShownNumber.value(minSpan)) of one value for \(still), window \(ShownTime.span(window))",
                "数值变化未超过 \(ShownNumber.value(minSpan)) 已 \(still),窗口 \(ShownTime.span(window))")
        case .vote(let members, let needed, _, let scores) where !scores.isEmpty:
            return both(
                "the levels of \(members.count) members make \(ShownNumber.value(number)), \(needed) needed",
                "\(members.count) 个成员的级别合计 \(ShownNumber.value(number)),需要 \(needed)")
        case .vote(let members, let needed, _, _):
            let least = seen?.needed ?? needed
            return both(
                "\(ShownNumber.value(number)) of \(members.count) met, \(least) needed",
                "\(members.count) 个成员中 \(ShownNumber.value(number)) 个满足,需要 \(least) 个")
        case .count(_, let needed, let window):
            return both(
                "\(ShownNumber.value(number)) raises within \(ShownTime.span(window)), \(needed) needed",
                "\(ShownTime.span(window)) 内触发 \(ShownNumber.value(number)) 次,需要 \(needed) 次")
        case .expect(let when, _, _):
            let word = number == 1 ? ("met", "已满足") : number == 2 ? ("not to be seen", "无法看到") : ("not met", "未满足")
            let active = verdict == .raise
            return both(
                "\(when) \(active ? "is active and" : "asks nothing, or") the state it expects is \(word.0)",
                "\(when) \(active ? "处于报警," : "无要求,或")预期状态\(word.1)")
        case .ladder(let levels):
            let level = Int(seen?.level ?? 0)
            let name = levels.indices.contains(level - 1) ? " (\(levels[level - 1]))" : ""
            return both("level \(level)\(name)", "第 \(level) 级\(name)")
        }
    }

    /// A limit with its deadband, mirrored where the dangerous side lies below.
    private func limit(
        _ verdict: Verdict, _ number: Double, _ english: String, _ chinese: String, _ limit: Double,
        _ deadband: Double, isAbove: Bool
    ) -> BilingualText {
        let back = isAbove ? limit - deadband : limit + deadband
        let backText =
            deadband > 0 ? "\(value(back)) (\(value(limit)) \(isAbove ? "−" : "+") \(value(deadband)))" : value(limit)
        let shown: String
        switch verdict {
        case .raise: shown = "\(value(number, limit)) \(isAbove ? "≥" : "≤") \(value(limit))"
        case .hold:
            shown =
                isAbove
                ? "\(backText) ≤ \(value(number, limit)) < \(value(limit))"
                : "\(value(limit)) < \(value(number, limit)) ≤ \(backText)"
        case .clear, .unknown: shown = "\(value(number, back)) \(isAbove ? "<" : ">") \(backText)"
        }
        return both(english + shown, chinese + shown)
    }

    private func state(_ test: RuleKind.StateTest, _ number: Double, isMet: Bool) -> BilingualText {
        let shown = ShownNumber.value(number)
        switch test {
        case .states(let states):
            let list = states.map { ShownNumber.value($0) }.joined(separator: ", ")
            return both(
                "state \(shown) is \(isMet ? "" : "not ")one of \(list)", "状态 \(shown) \(isMet ? "属于" : "不属于") \(list)")
        case .bit(let place, let inverted):
            let bit = isMet != inverted ? 1 : 0
            return both("bit \(place) of \(shown) is \(bit)", "\(shown) 的第 \(place) 位为 \(bit)")
        }
    }

    private var maxAge: String { rule.maxAge.map { ShownTime.span($0) } ?? "max_age_s" }
    private func value(_ number: Double, _ limit: Double? = nil) -> String {
        manner.value(number, of: rule.kind, beside: limit)
    }
    private func both(_ english: String, _ chinese: String) -> BilingualText {
        BilingualText(chinese: chinese, english: english)
    }
    private func same(_ text: String) -> BilingualText { both(text, text) }
}

/// Why a rule could see nothing.
package struct BlindnessText {
    private let rule: Rule
    private let tag: (PointIndex) -> String
    private let id: (RuleIndex) -> String

    /// - Parameters:
    ///   - tag: the name of a point.
    ///   - id: the name of a rule.
    package init(
        rule: Rule, tag: @escaping (PointIndex) -> String, id: @escaping (RuleIndex) -> String
    ) {
        self.rule = rule
        self.tag = tag
        self.id = id
    }

    init(trace: RuleTrace) {
        self.init(
            rule: trace.rule, tag: trace.tag,
            id: { trace.ruleIDs.indices.contains($0.offset) ? trace.ruleIDs[$0.offset] : "?" })
    }

    package func sentence(_ blindness: RuleInspection.Blindness) -> BilingualText {
        switch blindness {
        case .noRow(let point): both("\(tag(point)) had no row yet", "\(tag(point)) 尚无数据")
        case .badRow(let point, let quality):
            both(
                "the newest row of \(tag(point)) was bad (\(quality.reason.name)): never raises, never clears",
                "\(tag(point)) 最新数据质量坏(\(quality.reason.name)):既不触发也不消除")
        case .silent(let point):
            both(
                "\(tag(point)) had been silent for longer than max_age_s \(maxAge): it acts as bad",
                "\(tag(point)) 无数据超过 max_age_s \(maxAge):按质量坏处理")
        case .tooFewRows(let rows):
            both("a slope needs two rows in the window, there was \(rows)", "斜率至少需要窗口内两行数据,当时只有 \(rows) 行")
        case .windowNotCovered(let covered, let needed):
            both(
                "rows cover \(ShownTime.span(covered)) of the window, \(ShownTime.span(needed)) are needed",
                "窗口内数据覆盖 \(ShownTime.span(covered)),至少需要 \(ShownTime.span(needed))")
        case .bitUnreadable(let value):
            both("\(value) is no whole number whose bits can be read", "\(value) 不是可按位读取的整数")
        case .members(let members):
            both(
                "members cannot judge: \(names(members))", "成员无法判断:\(names(members))")
        case .restarted: both("its windows had just been started anew", "其窗口刚刚重新开始")
        }
    }

    private var maxAge: String { rule.maxAge.map { ShownTime.span($0) } ?? "" }
    private func names(_ rules: [RuleIndex]) -> String {
        rules.map(id).joined(separator: ", ")
    }
    private func both(_ english: String, _ chinese: String) -> BilingualText {
        BilingualText(chinese: chinese, english: english)
    }
}
