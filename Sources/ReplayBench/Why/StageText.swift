import PlantModel
import PlantTime
import StationPorts

/// The way of one event through the house as a time line: one line for each stage, with the time since the one before.
struct StageText {
    private let record: AlarmRecord
    private let stamps: StageStamps?
    private let messages: [MessageView]
    private let manner: WhyManner

    init(_ record: AlarmRecord, _ stamps: StageStamps?, _ messages: [MessageView], manner: WhyManner) {
        self.record = record
        self.stamps = stamps
        self.messages = messages
        self.manner = manner
    }

    func lines() -> [WhyLine] {
        // A person's command has no sample; a record of a recording has no arrival.
        guard record.actor == nil, record.samplePublished != 0 else { return [] }
        guard let stamps else { return [withoutStamps()] }
        let delay = record.decidedAt - record.occurredAt
        var lines = [
            line(
                ("read", "读取"), at: stamps.read, of: stamps,
                note: ("the bytes that decided it were at the door", "决定性数据到达入口")),
            line(("published", "入环"), stamps.published, since: stamps.read, note: ("in the input ring", "进入输入环")),
            line(
                ("judged", "判定"), stamps.judged, since: stamps.published,
                note: (
                    "the core took it; \(Self.span(delay)) after it occurred", "内核取走;距发生 \(Self.span(delay))"
                )),
            line(("committed", "落盘"), stamps.committed, since: stamps.judged, note: ("in the journal", "写入日志")),
        ]
        for message in messages { lines += attempt(message, of: stamps) }
        return lines
    }

    private func attempt(_ message: MessageView, of stamps: StageStamps) -> [WhyLine] {
        guard let attempt = message.lastAttempt else { return [] }
        let who = "\(message.recipient) · \(message.channel)"
        let repeated = message.attempts > 1
        let answered = message.stage == .accepted ? ("accepted", "已接收") : ("answered", "已应答")
        return [
            line(
                ("sent", "发出"), attempt.sent, since: stamps.committed,
                note: (
                    "\(who), the request left\(repeated ? ", attempt \(message.attempts)" : "")",
                    "\(who),请求发出\(repeated ? ",第 \(message.attempts) 次" : "")"
                )),
            line(answered, attempt.answered, since: attempt.sent, note: (who, who)),
        ]
    }

    /// The first stage: as a time of day.
    private func line(
        _ stage: (String, String), at instant: PlantInstant, of stamps: StageStamps, note: (String, String)
    ) -> WhyLine {
        // The record shows when it was decided; what lies before is told by that mapping of plant to shown time.
        let shown = PlantInstant(nanoseconds: record.decidedAt.nanoseconds) + (instant - stamps.judged)
        let time = "\(manner.time(shown.wholeMillisecond))"
        return WhyLine(.stages, "\(stage.0) at \(time): \(note.0)", "\(stage.1) 于 \(time):\(note.1)")
    }

    private func line(
        _ stage: (String, String), _ instant: PlantInstant, since before: PlantInstant, note: (String, String)
    ) -> WhyLine {
        let span = Self.span(instant - before)
        return WhyLine(.stages, "+ \(span) \(stage.0): \(note.0)", "+ \(span) \(stage.1):\(note.1)")
    }

    /// `84 µs`, `3.2 ms`, `1.25 s`.
    static func span(_ span: Duration) -> String {
        let seconds = span.seconds
        switch abs(seconds) {
        case ..<0.001: return "\(ShownNumber.rounded(seconds * 1e6)) µs"
        case ..<1: return "\(ShownNumber.rounded(seconds * 1e3)) ms"
        default: return "\(ShownNumber.rounded(seconds)) s"
        }
    }

    /// What the record alone says: of an older journal, or of the last moment before the station was cut off.
    private func withoutStamps() -> WhyLine {
        // Both stamps stand on the plant's line; only what lies between them is told.
        let published = Self.span(.nanoseconds(record.samplePublished - record.sampleArrival))
        let delay = Self.span(record.decidedAt - record.occurredAt)
        return WhyLine(
            .stages,
            "the input that decided it was published \(published) after it had arrived (to the millisecond); decided "
                + "\(delay) after it occurred; later stamps were not kept",
            "起决定作用的输入到达后 \(published) 入环(精确到毫秒);发生后 \(delay) 判定;其余时刻未保存")
    }
}
