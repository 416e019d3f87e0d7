import AlarmLogic
import MonitorCore
package import PlantModel
package import PlantTime

/// What kept a rule from being raised at an instant.
package struct WhyNot {
    private let trace: RuleTrace
    private let manner: WhyManner
    private let rule: Rule
    private let instant: PlantInstant

    /// - Parameter trace: of the rule, from before the instant to behind it.
    package init(_ trace: RuleTrace, at instant: PlantInstant, manner: WhyManner) {
        self.trace = trace
        self.instant = instant
        self.manner = manner
        rule = trace.rule
    }

    package func answer() -> WhyAnswer {
        guard let place = trace.tracer.phase(at: instant) else { return outOfReach() }
        if let last = trace.outcome.last, last < instant { return behindTheEnd(last) }
        var lines = [verdict(place)]
        if let sample = trace.sample(by: instant, of: rule.point) ?? trace.sample(by: instant) {
            lines.append(WhyEvent.sample(sample, trace: trace, manner: manner))
        }
        lines += clause(place)
        lines += timer(place)
        lines.append(WhyEvent.noMask)
        lines += around(place)
        lines.append(RuleText.line(rule))
        for note in trace.outcome.tally.notes { lines.append(WhyLine(.note, note, note)) }
        return WhyAnswer(lines: lines)
    }

    // MARK: Out of reach

    private func outOfReach() -> WhyAnswer {
        let text: (String, String)
        if let first = trace.outcome.first {
            text = (
                "nothing is known of \(manner.time(instant)): what is kept begins at \(manner.time(first))",
                "没有 \(manner.time(instant)) 的记录:现存记录从 \(manner.time(first)) 开始"
            )
        } else {
            text = ("nothing is kept at all: no input is recorded", "没有任何记录")
        }
        return WhyAnswer(lines: [WhyLine(.answer, text.0, text.1)], isAnswered: false)
    }

    private func behindTheEnd(_ last: PlantInstant) -> WhyAnswer {
        WhyAnswer(
            lines: [
                WhyLine(
                    .answer,
                    "nothing is known of \(manner.time(instant)): what is kept ends at \(manner.time(last))",
                    "没有 \(manner.time(instant)) 的记录:现存记录到 \(manner.time(last)) 为止")
            ], isAnswered: false)
    }

    // MARK: The answer

    private func verdict(_ place: Int) -> WhyLine {
        let phase = trace.tracer.phases[place]
        let id = rule.id
        let at = manner.time(instant)
        if phase.isActive {
            let since = phase.inspection.occurrence
            let raise = trace.tracer.moves.last { $0.event.transition == .raise && $0.event.occurredAt <= instant }
            if let raise, raise.event.occurredAt == instant {
                return WhyLine(
                    .answer,
                    "\(id) was raised at that very instant: occurrence \(since); ask hazardctl why \(id)/\(since)",
                    "\(id) 恰在此刻触发:第 \(since) 次;可用 hazardctl why \(id)/\(since) 查询原因")
            }
            let began = raise.map { " since \(manner.time($0.event.occurredAt))" } ?? ""
            let beganChinese = raise.map { "自 \(manner.time($0.event.occurredAt)) 起" } ?? ""
            return WhyLine(
                .answer, "\(id) was active already at \(at)\(began): occurrence \(since); an alarm is raised once",
                "\(id) 在 \(at) 已处于报警,\(beganChinese)第 \(since) 次;同一报警只触发一次")
        }
        switch phase.kind {
        case .neverJudged:
            return WhyLine(
                .answer, "\(id) could not be raised at \(at): nothing that it reads had said anything yet",
                "\(id) 在 \(at) 不能触发:其读取的测点尚无任何数据")
        case .unknown(let blindness):
            let text = BlindnessText(trace: trace).sentence(blindnessThen ?? blindness)
            return WhyLine(
                .answer, "\(id) could not judge at \(at): \(text.english ?? "")",
                "\(id) 在 \(at) 无法判断:\(text.chinese ?? "")")
        case .zone(.raise):
            let length = rule.kind.onDelay(of: rule)
            return WhyLine(
                .answer,
                "\(id) was in the raise zone at \(at), but its on-delay of \(ShownTime.span(length)) was not over",
                "\(id) 在 \(at) 处于报警区,但触发延时 \(ShownTime.span(length)) 尚未结束")
        case .zone(.hold):
            return WhyLine(
                .answer, "\(id) was not in the raise zone at \(at): a deadband helps an alarm to stay, never to come",
                "\(id) 在 \(at) 不在报警区:死区只能保持报警,不能触发报警")
        case .zone(.clear), .zone(.unknown):
            return WhyLine(.answer, "\(id) was not in the raise zone at \(at)", "\(id) 在 \(at) 不在报警区")
        }
    }

    private func clause(_ place: Int) -> [WhyLine] {
        let phase = trace.tracer.phases[place]
        guard case .zone(let verdict) = phase.kind, let number = number(in: phase) else { return [] }
        return [
            WhyLine(
                .clause,
                ClauseText(rule: rule, manner: manner).zone(
                    verdict, number, seen: trace.tracer.then ?? phase.inspection))
        ]
    }

    /// Why it was unknown at the instant itself: a window fills as time goes on.
    private var blindnessThen: RuleInspection.Blindness? {
        guard case .unknown(let blindness)? = trace.tracer.then?.sight else { return nil }
        return blindness
    }

    /// What was compared at the instant itself.
    private func number(in phase: RulePhase) -> Double? {
        guard case .zone(_, let compared)? = trace.tracer.then?.sight, !compared.isNaN else { return phase.last }
        return compared
    }

    // MARK: Timer

    private func timer(_ place: Int) -> [WhyLine] {
        let phase = trace.tracer.phases[place]
        guard !phase.isActive, phase.delay == .running(.on) || phase.delay == .paused else { return [] }
        let length = rule.kind.onDelay(of: rule)
        var lines: [WhyLine] = []
        if let delay = trace.tracer.then?.delay ?? phase.inspection.delay {
            if let ends = delay.ends {
                let served = length - (ends - instant)
                lines.append(
                    WhyLine(
                        .timer,
                        "on-delay \(ShownTime.span(length)): \(ShownTime.span(served)) served, would end at \(manner.time(ends))",
                        "触发延时 \(ShownTime.span(length)):已计 \(ShownTime.span(served)),应于 \(manner.time(ends)) 结束"))
            } else {
                lines.append(
                    WhyLine(
                        .timer,
                        "on-delay \(ShownTime.span(length)): paused with \(ShownTime.span(delay.served)) served; time served is kept",
                        "触发延时 \(ShownTime.span(length)):暂停,已计 \(ShownTime.span(delay.served));已计时间保留"))
            }
        }
        return lines + outcome(of: place)
    }

    /// What came of the delay that was running.
    private func outcome(of place: Int) -> [WhyLine] {
        let phases = trace.tracer.phases
        var next = place + 1
        while next < phases.count, !phases[next].isActive, phases[next].delay != .none { next += 1 }
        guard next < phases.count else {
            return [WhyLine(.timer, "what is kept ends before it was over", "记录在延时结束前终止")]
        }
        let phase = phases[next]
        if phase.isActive {
            let raise = trace.tracer.moves.first { $0.event.transition == .raise && $0.event.occurredAt > instant }
            let at = raise?.event.occurredAt ?? phase.from
            return [
                WhyLine(
                    .timer, "it was raised later, at \(manner.time(at))", "其后于 \(manner.time(at)) 触发")
            ]
        }
        let value = phase.first.map { manner.value($0, of: rule.kind, beside: rule.kind.shownLimit) } ?? "–"
        return [
            WhyLine(
                .timer, "it was cancelled at \(manner.time(phase.from)) by \(value)",
                "于 \(manner.time(phase.from)) 被 \(value) 取消")
        ]
    }

    // MARK: Around

    /// The nearest that it came in the stretch that was looked at, and delays that came to nothing.
    private func around(_ place: Int) -> [WhyLine] {
        let phases = trace.tracer.phases
        guard !phases[place].isActive, let first = phases.first, let last = phases.last else { return [] }
        var lines: [WhyLine] = []
        let quiet = phases.filter { !$0.isActive && $0.nearest != nil }
        let nearest = quiet.max { left, right in distance(left) < distance(right) }
        if let nearest, let number = nearest.nearest, rule.kind.shownLimit != nil, nearest.kind != .zone(.raise) {
            let text = manner.value(number, of: rule.kind, beside: rule.kind.shownLimit)
            let (from, to) = (manner.time(first.from), manner.time(last.to))
            lines.append(
                WhyLine(
                    .before,
                    "the nearest that it came between \(from) and \(to): \(text) at \(manner.time(nearest.nearestAt))",
                    "\(from) 至 \(to) 间最接近的一次:\(manner.time(nearest.nearestAt)) 为 \(text)"))
        }
        let tries = Cancelled.all(in: trace, before: place + 1, upTo: instant)
        if let last = tries.last {
            let value = last.byValue.map { manner.value($0, of: rule.kind, beside: rule.kind.shownLimit) } ?? "–"
            lines.append(
                WhyLine(
                    .before,
                    "it was in the raise zone from \(manner.time(last.from)); the on-delay was cancelled at "
                        + "\(manner.time(last.at)) by \(value)",
                    "\(manner.time(last.from)) 起曾处于报警区;触发延时于 \(manner.time(last.at)) 被 \(value) 取消"))
        }
        return lines
    }

    private func distance(_ phase: RulePhase) -> Double {
        let number = phase.nearest ?? 0
        let sign = rule.kind.dangerSign
        return sign == 0 ? abs(number) : number * sign
    }
}

/// What the rule was.
package enum RuleText {
    package static func line(_ rule: Rule) -> WhyLine {
        var text = "\(rule.id): \(RuleFacts(rule).line)"
        if let basis = rule.basis { text += "; basis: \(basis)" }
        if let approver = rule.approvedBy { text += "; approved by: \(approver)" }
        if rule.location.line > 0 { text += " (\(rule.location))" }
        return WhyLine(.rule, text, text)
    }
}
