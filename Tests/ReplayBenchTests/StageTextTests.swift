import PlantModel
import PlantTime
import ReplayBench
import StationPorts
import Testing

/// The time line of the stages in `hazardctl why`.
@Suite struct `The way through the stages` {
    private let decided = PlantInstant(milliseconds: 1_704_067_205_000)

    private func record(actor: String? = nil) -> AlarmRecord {
        let wall = WallTime(nanoseconds: decided.nanoseconds)
        return AlarmRecord(
            sequence: 7, key: "demo/GAS.H/1/raise/0/1", site: "demo", transition: "raise", rule: "GAS.H", kind: "H",
            occurrence: 1, version: 1, point: "GAS", value: 60, priority: .high, colour: .orange, stateBefore: "normal",
            stateAfter: "unacknowledged", occurredAt: wall + .milliseconds(-2), decidedAt: wall, actor: actor,
            sampleArrival: (decided + .milliseconds(-2)).nanoseconds,
            samplePublished: (decided + .microseconds(-210)).nanoseconds)
    }

    private func stamps(shift: Duration = .zero) -> StageStamps {
        let judged = decided + shift
        return StageStamps(
            sequence: 7, read: judged + .microseconds(-252), published: judged + .microseconds(-210), judged: judged,
            committed: judged + .microseconds(2340))
    }

    private func said(_ record: AlarmRecord, _ stamps: StageStamps?, _ messages: [MessageView] = []) -> [BilingualText]
    {
        WhyInquiry(
            record, companions: [], messages: messages, stamps: stamps, manner: WhyManner(utcOffsetSeconds: 0)
        ).answer(.none(BilingualText())).lines.filter { $0.topic == .stages }.map(\.text)
    }

    private func message(_ stage: MessageView.Stage, attempts: Int) -> MessageView {
        let wall = WallTime(nanoseconds: decided.nanoseconds)
        let sent = decided + .milliseconds(3)
        return MessageView(
            channel: "duty", recipient: "zhang", stage: stage, attempts: attempts, madeAt: wall, dueAt: wall,
            lastAttempt: AttemptStamps(sent: sent, answered: sent + .seconds(1)))
    }

    @Test func `is one line a stage, each with the time since the one before`() {
        let lines = said(record(), stamps(), [message(.accepted, attempts: 1)])
        #expect(
            lines.map(\.english) == [
                "read at 2024-01-01 00:00:04.999: the bytes that decided it were at the door",
                "+ 42 µs published: in the input ring", "+ 210 µs judged: the core took it; 2 ms after it occurred",
                "+ 2.34 ms committed: in the journal", "+ 660 µs sent: zhang · duty, the request left",
                "+ 1 s accepted: zhang · duty",
            ])
        #expect(
            lines.map(\.chinese) == [
                "读取 于 2024-01-01 00:00:04.999:决定性数据到达入口", "+ 42 µs 入环:进入输入环", "+ 210 µs 判定:内核取走;距发生 2 ms",
                "+ 2.34 ms 落盘:写入日志", "+ 660 µs 发出:zhang · duty,请求发出", "+ 1 s 已接收:zhang · duty",
            ])
    }

    @Test func `a step of the host's clock changes none of it`() {
        // Stamps of a plant's line that is an hour off shown time.
        #expect(said(record(), stamps(shift: .seconds(3600))) == said(record(), stamps()))
    }

    @Test func `what a person asked for in vain is told with the reason`() {
        var asked = record(actor: "zhang")
        asked.sequence = 8
        asked.transition = "refused"
        asked.refusal = "the condition still stands"
        let people = WhyInquiry(
            record(), companions: [record(), asked], messages: [], manner: WhyManner(utcOffsetSeconds: 0)
        ).answer(.none(BilingualText())).lines.filter { $0.topic == .people }.map(\.text)
        let at = "2024-01-01 00:00:05"
        #expect(
            people == [
                BilingualText(
                    chinese: "zhang 于 \(at) 请求被拒绝:the condition still stands",
                    english: "zhang asked for something that was refused at \(at): the condition still stands")
            ])
    }

    @Test func `an attempt that was not accepted is only answered`() {
        let lines = said(record(), stamps(), [message(.next, attempts: 3)]).map(\.english)
        #expect(
            lines.suffix(2) == [
                "+ 660 µs sent: zhang · duty, the request left, attempt 3", "+ 1 s answered: zhang · duty",
            ])
    }

    @Test func `without stamps the record says what it knows`() {
        #expect(
            said(record(), nil).map(\.english) == [
                "the input that decided it was published 1.79 ms after it had arrived (to the millisecond); decided 2 ms "
                    + "after it occurred; later stamps were not kept"
            ])
    }

    @Test func `a person's command has no sample to follow`() {
        #expect(said(record(actor: "zhang"), stamps()).isEmpty)
    }
}
