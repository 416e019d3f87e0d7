import AlarmLogic
import MonitorCore
import PlantModel
import PlantTime

/// Why an alarm was raised, cleared or changed its level: the sentences that the evidence of a replay gives.
package struct WhyEvent {
    private let trace: RuleTrace
    private let manner: WhyManner
    private let rule: Rule

    package init(_ trace: RuleTrace, manner: WhyManner) {
        self.trace = trace
        self.manner = manner
        rule = trace.rule
    }

    /// Sample, clause, timer, mask and what came before.
    package func lines(_ move: RuleTracer.Move) -> [WhyLine] {
        let event = move.event
        var lines: [WhyLine] = []
        if let sample = sampleLine(event) { lines.append(sample) }
        lines += clauseLines(move)
        lines += members(move)
        switch event.transition {
        case .raise, .clear: lines += timerLines(move)
        case .escalate, .deescalate, .acknowledge, .unacknowledge, .reset, .reAlarm, .comment, .retire, .shelve,
            .unshelve, .refused:
            break
        }
        lines.append(Self.noMask)
        if event.transition == .raise, let before = earlierTries(move) { lines.append(before) }
        return lines
    }

    /// Masks are no part of this version: said plainly, so that nobody looks for one.
    static let noMask = WhyLine(
        .mask, "none: this version has no shelving, suppression or out-of-service that could hold an alarm back",
        "无:本版本没有可压住报警的搁置、抑制或停用")

    // MARK: Sample

    private func sampleLine(_ event: AlarmEvent) -> WhyLine? {
        // For rules that name rules the members speak; of a derived point the newest of its inputs does.
        guard rule.kind.namedRules.isEmpty || rule.kind.readsPoint else { return nil }
        let input = event.inputSequence
        guard let slot = trace.sample(throughInput: input, of: rule.point) ?? trace.sample(throughInput: input)
        else { return nil }
        return Self.sample(slot, trace: trace, manner: manner, isLate: event.marks.contains(.late))
    }

    static func sample(_ slot: InputSlot, trace: RuleTrace, manner: WhyManner, isLate: Bool = false) -> WhyLine {
        let tag = trace.tag(PointIndex(slot.point))
        let sample = slot.sample
        let number = sample.payload.number
        let isOwn = tag == trace.rule.point
        let unit = isOwn ? EngineeringUnit(symbol: manner.unit).shown : ""
        let isUsable = sample.quality.isUsable && number.isFinite
        let value = isUsable ? [ShownNumber.value(number, beside: trace.rule.kind.pointLimit), unit] : ["–"]
        let shown = value.filter { !$0.isEmpty }.joined(separator: " ")
        let reason = sample.quality.bits == 0 ? "" : " (\(sample.quality.reason.name))"
        let quality = sample.quality.word.name + reason
        let arrived =
            slot.arrival == slot.time ? "" : ", arrived \(manner.time(slot.arrival, besides: slot.time))"
        let arrivedChinese =
            slot.arrival == slot.time ? "" : ",到达 \(manner.time(slot.arrival, besides: slot.time))"
        let late = isLate ? ("; late: older than one before it", ";迟到:早于此前的数据") : ("", "")
        return WhyLine(
            .sample,
            "\(tag) at \(manner.time(slot.time)): \(shown), quality \(quality)\(arrived), source \(slot.source)\(late.0)",
            "\(tag) 于 \(manner.time(slot.time)):\(shown),质量 \(quality)\(arrivedChinese),来源 \(slot.source)\(late.1)")
    }

    // MARK: Clause

    private func clauseLines(_ move: RuleTracer.Move) -> [WhyLine] {
        let event = move.event
        let seen = phase(move.phase)?.inspection ?? phase(move.phase - 1)?.inspection
        let verdict: Verdict = event.transition == .clear ? .clear : .raise
        guard event.value.isFinite else { return [] }
        return [
            WhyLine(
                .clause,
                ClauseText(rule: rule, manner: manner).zone(verdict, event.value, seen: seen))
        ]
    }

    private func members(_ move: RuleTracer.Move) -> [WhyLine] {
        guard let seen = phase(move.phase)?.inspection, !seen.members.isEmpty else { return [] }
        let names = seen.members.map { member in
            let id = trace.ruleIDs.indices.contains(member.rule.offset) ? trace.ruleIDs[member.rule.offset] : "?"
            let english = member.isActive ? "active" : member.isUnknown ? "cannot judge" : "normal"
            let chinese = member.isActive ? "报警" : member.isUnknown ? "无法判断" : "正常"
            return ("\(id) \(english)", "\(id) \(chinese)")
        }
        return [
            WhyLine(
                .clause, "it names: " + names.map(\.0).joined(separator: ", "),
                "引用:" + names.map(\.1).joined(separator: ","))
        ]
    }

    // MARK: Timer

    private func timerLines(_ move: RuleTracer.Move) -> [WhyLine] {
        let event = move.event
        let isRaise = event.transition == .raise
        let (english, chinese) = isRaise ? ("on-delay", "触发延时") : ("off-delay", "消除延时")
        let length = isRaise ? rule.kind.onDelay(of: rule) : rule.offDelay
        guard length > .zero else {
            return [
                WhyLine(
                    .timer, "no \(english): it came with that very row", "无\(chinese):由该行数据直接产生")
            ]
        }
        if event.marks.contains(.late) {
            return [WhyLine(.timer, "a late sample raises past the on-delay", "迟到数据越过触发延时直接触发")]
        }
        let run = delayPhases(before: move.phase, side: isRaise ? .on : .off)
        guard let first = run.first else {
            return [
                WhyLine(
                    .timer, "\(english) \(ShownTime.span(length)): over at \(manner.time(event.occurredAt))",
                    "\(chinese) \(ShownTime.span(length)):于 \(manner.time(event.occurredAt)) 结束")
            ]
        }
        let start = first.inspection.delay?.startIfUnbroken ?? first.from
        var text = "\(english) \(ShownTime.span(length)): ran from \(manner.time(start))"
        var textChinese = "\(chinese) \(ShownTime.span(length)):自 \(manner.time(start)) 起"
        for (place, phase) in run.enumerated() where phase.delay == .paused {
            let end = run.indices.contains(place + 1) ? run[place + 1].from : event.occurredAt
            let span = ShownTime.span(end - phase.from)
            let why = reason(phase)
            text += ", paused at \(manner.time(phase.from, besides: event.occurredAt)) for \(span)\(why.0)"
            textChinese += ",\(manner.time(phase.from, besides: event.occurredAt)) 暂停 \(span)\(why.1)"
        }
        text += ", was over at \(manner.time(event.occurredAt, besides: start))"
        textChinese += ",于 \(manner.time(event.occurredAt, besides: start)) 结束"
        return [WhyLine(.timer, text, textChinese)]
    }

    private func reason(_ phase: RulePhase) -> (String, String) {
        guard case .unknown(let blindness) = phase.kind else { return ("", "") }
        let text = BlindnessText(trace: trace).sentence(blindness)
        return (" (\(text.english ?? ""))", "(\(text.chinese ?? ""))")
    }

    /// The phases right before a move in which the delay ran or was paused, oldest first.
    private func delayPhases(before place: Int, side: RuleInspection.RunningDelay.Side) -> [RulePhase] {
        var run: [RulePhase] = []
        var next = place - 1
        while let phase = phase(next), phase.delay == .running(side) || (phase.delay == .paused && side == .on) {
            run.insert(phase, at: 0)
            next -= 1
        }
        return run
    }

    private func phase(_ number: Int) -> RulePhase? {
        let place = number - trace.tracer.phasesGone
        return trace.tracer.phases.indices.contains(place) ? trace.tracer.phases[place] : nil
    }

    // MARK: Before

    /// How often the rule had begun to come and did not, in the stretch that was looked at.
    private func earlierTries(_ move: RuleTracer.Move) -> WhyLine? {
        let place = move.phase - trace.tracer.phasesGone
        guard rule.kind.onDelay(of: rule) > .zero, place > 0 else { return nil }
        let tries = Cancelled.all(in: trace, before: place, upTo: move.event.occurredAt)
        guard let last = tries.last else { return nil }
        let value = last.byValue.map { manner.value($0, of: rule.kind, beside: rule.kind.shownLimit) } ?? "–"
        return WhyLine(
            .before,
            "\(tries.count) earlier on-delays were cancelled, the last at \(manner.time(last.at)) by \(value)",
            "此前有 \(tries.count) 次触发延时被取消,最近一次在 \(manner.time(last.at)),由 \(value) 取消")
    }
}

/// An on-delay that began and came to nothing.
struct Cancelled {
    var from: PlantInstant
    var at: PlantInstant
    /// The number that cancelled it.
    var byValue: Double?
    /// The nearest to raising that it had seen.
    var nearest: Double?

    /// Those whose phases lie before one.
    static func all(in trace: RuleTrace, before place: Int, upTo instant: PlantInstant) -> [Cancelled] {
        var found: [Cancelled] = []
        let phases = trace.tracer.phases
        var start: RulePhase?
        for next in 0..<min(place, phases.count) {
            let phase = phases[next]
            let runs = !phase.isActive && (phase.delay == .running(.on) || phase.delay == .paused)
            if runs {
                if start == nil { start = phase }
            } else if let begun = start {
                start = nil
                guard !phase.isActive, phase.from <= instant else { continue }
                found.append(
                    Cancelled(
                        from: begun.inspection.delay?.startIfUnbroken ?? begun.from, at: phase.from,
                        byValue: phase.first, nearest: begun.nearest))
            }
        }
        return found
    }
}

extension RuleKind {
    /// VOTE, COUNT and LADDER only show their point.
    var readsPoint: Bool {
        switch self {
        case .vote, .count, .ladder: false
        case .threshold, .rateOfChange, .state, .badQuality, .stale, .frozen, .deviation, .expect, .timeTo,
            .timeWeightedAverage:
            true
        }
    }

    /// The limit that the point's own value is compared with.
    var pointLimit: Double? { if case .threshold(let threshold) = self { threshold.limit } else { nil } }

    /// The on-delay, which an EXPECT calls `within_s`.
    func onDelay(of rule: Rule) -> Duration {
        if case .expect(_, let within, _) = self { within } else { rule.onDelay }
    }
}
