import AlarmLogic
import MonitorCore
import PlantModel
import PlantTime

/// A small plant for the core: points named A, B, C, rows written as text, time from zero in seconds.
struct TestPlant: ~Copyable {
    var monitor: Monitor
    private var sequence: UInt64 = 0
    private var commands: [UInt32: OperatorCommand] = [:]

    init(_ rules: [Rule], derived: [DerivedPoint] = []) throws {
        try self.init(RuleSet(entries: derived.map { .derived($0) } + rules.map { .rule($0) }))
    }

    init(_ rules: RuleSet, points: [String] = ["A", "B", "C"]) throws {
        monitor = try Monitor(site: "test", points: points, rules: rules, startingAt: Self.instant(0))
    }

    static func instant(_ seconds: Double) -> PlantInstant {
        PlantInstant(milliseconds: 1_704_067_200_000 + Int64((seconds * 1000).rounded()))
    }

    /// One row: a number, or `x` for a bad one. It arrives, and is judged, at its time unless told otherwise.
    mutating func row(
        _ point: UInt32 = 0, _ reading: Reading, at seconds: Double, judgedAt: Double? = nil, flags: SampleFlags = []
    ) {
        var slot = InputSlot(
            Sample(
                point: PointIndex(point), time: Self.instant(seconds), arrival: Self.instant(judgedAt ?? seconds),
                payload: reading.usableValue.map { Payload($0) } ?? .none, quality: reading.quality, flags: flags),
            published: Self.instant(judgedAt ?? seconds))
        slot.judgedAt = Self.instant(judgedAt ?? seconds)
        put(slot)
    }

    mutating func tick(_ seconds: Double) {
        var slot = InputSlot(.tick, at: Self.instant(seconds))
        slot.judgedAt = slot.time
        put(slot)
    }

    mutating func command(
        _ verb: OperatorCommand.Verb, _ rule: String, occurrence: UInt32 = 0, version: UInt32? = nil, at seconds: Double
    ) {
        let number = UInt32(commands.count + 1)
        commands[number] = OperatorCommand(
            verb, rule: rule, occurrence: occurrence, version: version, actor: "li", origin: "test",
            idempotencyKey: "key-\(number)")
        var slot = InputSlot(.command, at: Self.instant(seconds), auxiliary: number)
        slot.judgedAt = slot.time
        put(slot)
    }

    mutating func put(_ slot: InputSlot) {
        sequence += 1
        let commands = commands
        monitor.step([slot].span, firstSequence: sequence, commands: { commands[$0] })
    }

    /// What has been decided since the last look: `3 A.H raise 12`, seconds first.
    mutating func said() -> [String] {
        monitor.takeEvents().map { event in
            let seconds = Double((event.occurredAt - Self.instant(0)).nanoseconds) / 1e9
            let rule = event.rule.number == .max ? "-" : monitor.ruleID(event.rule)
            let level = event.level == 0 ? "" : ":\(event.level)"
            let word = event.transition == .refused ? "refused \(event.refusal.word)" : event.transition.word + level
            return "\(text(seconds)) \(rule) \(word)\(event.value.isNaN ? "" : " \(text(event.value))")"
        }
    }

    func text(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

/// A rule on point A, named after its kind.
func rule(
    _ kind: RuleKind, id: String? = nil, point: String = "A", on: Double = 0, off: Double = 0, maxAge: Double? = nil,
    isSilent: Bool = false, latching: Bool = false
) -> Rule {
    Rule(
        id: id ?? "\(point).\(kind.word)", point: point, kind: kind, onDelay: .milliseconds(Int64(on * 1000)),
        offDelay: .milliseconds(Int64(off * 1000)), maxAge: maxAge.map { .milliseconds(Int64($0 * 1000)) },
        priority: .high, isSilent: isSilent, latching: latching,
        location: SourceLocation(file: "r.yaml", line: 1, column: 1))
}

func high(_ limit: Double, deadband: Double = 0) -> RuleKind {
    .threshold(.init(level: .H, limit: limit, deadband: deadband))
}
