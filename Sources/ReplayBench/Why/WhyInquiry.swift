package import PlantModel
import PlantTime
package import StationPorts

/// Why one recorded event happened: what the journal says of it, and what a replay of the logged inputs shows.
package struct WhyInquiry {
    private let record: AlarmRecord
    private let companions: [AlarmRecord]
    private let messages: [MessageView]
    private let stamps: StageStamps?
    private let people: [String: String]
    private let manner: WhyManner

    /// What the log gives to the answer.
    package enum Evidence: Sendable {
        case trace(RuleTrace)
        /// There is none, and why.
        case none(BilingualText)
    }

    /// - Parameters:
    ///   - companions: every record of the same occurrence.
    ///   - stamps: when it passed the stages, if that was kept.
    ///   - people: names by id, as the site has them.
    package init(
        _ record: AlarmRecord, companions: [AlarmRecord], messages: [MessageView], stamps: StageStamps? = nil,
        people: [String: String] = [:], manner: WhyManner
    ) {
        self.record = record
        self.companions = companions
        self.messages = messages
        self.stamps = stamps
        self.people = people
        self.manner = manner
    }

    package func answer(_ evidence: Evidence) -> WhyAnswer {
        var lines = [headline()]
        var isAnswered = true
        if record.actor != nil || record.refusal != nil {
            lines += command()
        } else {
            let (found, isFound) = replayed(evidence)
            lines += found
            isAnswered = isFound
        }
        lines += ruleThen(evidence)
        lines += StageText(record, stamps, messages, manner: manner).lines()
        lines += answers()
        lines += told()
        return WhyAnswer(lines: lines, isAnswered: isAnswered)
    }

    // MARK: Journal

    private func headline() -> WhyLine {
        let (english, chinese) = Self.words[record.transition] ?? (record.transition, record.transition)
        let at = time(record.occurredAt)
        let level = record.level > 0 ? (" at level \(record.level)", ",第 \(record.level) 级") : ("", "")
        let marks = record.markSet
        var notes = marks.contains(.late) ? [("by a late sample", "迟到数据")] : []
        if marks.contains(.afterRestart) { notes.append(("found after a restart", "重启后发现")) }
        if marks.contains(.notRecorded) { notes.append(("told while it could not be recorded", "未能记录时发出")) }
        let said = notes.map { " (\($0.0))" }.joined()
        let saidChinese = notes.map { "(\($0.1))" }.joined()
        return WhyLine(
            .answer,
            "\(record.rule), occurrence \(record.occurrence), was \(english)\(level.0) at \(at)\(said); "
                + "journal \(record.sequence), \(record.priority.word)",
            "\(record.rule) 第 \(record.occurrence) 次,于 \(at) \(chinese)\(level.1)\(saidChinese);"
                + "日志 \(record.sequence),\(record.priority.word)")
    }

    private static let words: [String: (String, String)] = [
        "raise": ("raised", "触发"), "clear": ("cleared", "消除"), "escalate": ("escalated", "升级"),
        "de-escalate": ("de-escalated", "降级"), "acknowledge": ("acknowledged", "确认"),
        "unacknowledge": ("un-acknowledged", "取消确认"), "reset": ("reset", "复位"),
        "re-alarm": ("alarmed again", "再次报警"), "comment": ("commented", "备注"), "retire": ("retired", "停用"),
        "shelve": ("shelved", "搁置"), "unshelve": ("unshelved", "取消搁置"),
        "refused": ("asked for something that was refused", "请求被拒绝"),
    ]

    /// A person did it: who, from where, with which words.
    private func command() -> [WhyLine] {
        let who = person(record.actor ?? "?")
        let origin = record.origin.map { ("; from \($0)", ";来自 \($0)") } ?? ("", "")
        let comment = record.comment.map { "; \"\($0)\"" } ?? ""
        let refusal = record.refusal.map { ("; refused: \($0)", ";被拒绝:\($0)") } ?? ("", "")
        return [
            WhyLine(
                .people, "\(who) asked for it\(origin.0)\(refusal.0)\(comment)",
                "由 \(who) 操作\(origin.1)\(refusal.1)\(comment)")
        ]
    }

    private func person(_ id: String) -> String {
        guard let name = people[id], name != id else { return id }
        return "\(name) (\(id))"
    }

    // MARK: Replay

    private func replayed(_ evidence: Evidence) -> ([WhyLine], Bool) {
        switch evidence {
        case .none(let why):
            return ([recorded(), WhyLine(.note, why)], false)
        case .trace(let trace):
            let move = trace.tracer.moves.last { move in
                move.event.occurrence == record.occurrence && move.event.transition.word == record.transition
                    && move.event.level == record.level && move.event.nth == record.nth
            }
            guard let move else {
                return (
                    [
                        recorded(),
                        WhyLine(
                            .note,
                            "the logged inputs, played through the rules as they are now, do not come to this event: the "
                                + "rules or points have changed since, or the log does not reach back far enough",
                            "用现行规则回放已记录的输入得不到此事件:规则或测点已被修改,或输入记录不够久远"),
                    ] + trace.outcome.tally.notes.map { WhyLine(.note, $0, $0) }, false
                )
            }
            return (
                WhyEvent(trace, manner: manner).lines(move)
                    + trace.outcome.tally.notes.map { WhyLine(.note, $0, $0) }, true
            )
        }
    }

    /// What the record alone says of its cause.
    private func recorded() -> WhyLine {
        let value = record.value.map { ShownNumber.value($0, beside: record.limit) } ?? "–"
        let unit = EngineeringUnit(symbol: record.unit).shown
        let shown = unit.isEmpty ? value : "\(value) \(unit)"
        let limit = record.limit.map { DecimalText.shortest($0) } ?? "–"
        let reason = record.reason.map { " (\($0))" } ?? ""
        return WhyLine(
            .clause,
            "the record says: \(record.point) \(shown), quality \(record.quality)\(reason), \(record.kind), limit \(limit)",
            "记录内容:\(record.point) \(shown),质量 \(record.quality)\(reason),\(record.kind),限值 \(limit)")
    }

    /// The rule, and whether it was another then.
    private func ruleThen(_ evidence: Evidence) -> [WhyLine] {
        guard case .trace(let trace) = evidence else { return [] }
        var lines = [RuleText.line(trace.rule)]
        let limit = trace.rule.kind.shownLimit
        if record.kind != trace.rule.kind.word || record.limit != limit {
            let then = "\(record.kind) \(record.limit.map { DecimalText.shortest($0) } ?? "–")"
            let now = "\(trace.rule.kind.word) \(limit.map { DecimalText.shortest($0) } ?? "–")"
            lines.append(
                WhyLine(
                    .rule, "it has changed since: the record says \(then), the rule now is \(now)",
                    "规则已被修改:记录为 \(then),现为 \(now)"))
        }
        return lines
    }

    // MARK: People, messages

    /// What people answered in this occurrence.
    private func answers() -> [WhyLine] {
        guard record.actor == nil else { return [] }
        let acts = companions.filter { $0.actor != nil && $0.sequence > record.sequence }
        guard !acts.isEmpty else {
            return [WhyLine(.people, "nobody has answered it", "尚无人应答")]
        }
        return acts.map { act in
            let (english, chinese) = Self.words[act.transition] ?? (act.transition, act.transition)
            let comment = act.comment.map { "; \"\($0)\"" } ?? ""
            if let refusal = act.refusal {
                return WhyLine(
                    .people, "\(person(act.actor ?? "?")) \(english) at \(time(act.decidedAt)): \(refusal)\(comment)",
                    "\(person(act.actor ?? "?")) 于 \(time(act.decidedAt)) \(chinese):\(refusal)\(comment)")
            }
            return WhyLine(
                .people, "\(person(act.actor ?? "?")) \(english) it at \(time(act.decidedAt))\(comment)",
                "\(person(act.actor ?? "?")) 于 \(time(act.decidedAt)) \(chinese)\(comment)")
        }
    }

    private func told() -> [WhyLine] {
        guard !messages.isEmpty else {
            return [WhyLine(.told, "no message was owed to anybody because of it", "此事件未产生任何通知")]
        }
        return messages.map { message in
            let answer = message.lastAnswer.map { ": \($0)" } ?? ""
            let settled = message.settledAt.map { time($0) } ?? "?"
            let (english, chinese) =
                switch message.stage {
                case .inLine: ("waits behind an earlier message", "排在此前的通知之后")
                case .next: ("not accepted yet, next try \(time(message.dueAt))", "尚未被接收,下次尝试 \(time(message.dueAt))")
                case .accepted: ("accepted at \(settled)", "\(settled) 已被接收")
                case .refused: ("refused for good at \(settled)", "\(settled) 被永久拒绝")
                case .notTold: ("never told: the outbox was full", "未通知:发件箱已满")
                }
            return WhyLine(
                .told,
                "\(message.recipient) by \(message.channel): \(english) (\(message.attempts) attempts)\(answer)",
                "\(message.recipient)(\(message.channel)):\(chinese)(尝试 \(message.attempts) 次)\(answer)")
        }
    }

    private func time(_ wall: WallTime) -> String { manner.time(PlantInstant(nanoseconds: wall.nanoseconds)) }
}
