import MonitorCore
import PlantModel
import PlantTime

/// Watches one run of a test: every event, and how rules stand at the instants that assertions ask for.
struct TestWitness: ReplayWitness {
    /// How one rule stood, behind everything that happened at an instant.
    struct Question: Hashable {
        var instant: PlantInstant
        var rule: RuleIndex
    }

    private var questions: [Question]
    private var next = 0
    private(set) var events: [AlarmEvent] = []
    private(set) var answers: [Question: RuleStanding] = [:]
    /// Filled in only for an inspecting witness.
    private(set) var inspections: [Question: RuleInspection] = [:]
    private let inspects: Bool

    /// - Parameters:
    ///   - questions: in any order.
    ///   - inspects: whether everything that the core knows of the rules is wanted, for evidence.
    init(asking questions: some Sequence<Question>, inspects: Bool = false) {
        self.inspects = inspects
        self.questions = Set(questions).sorted { ($0.instant, $0.rule) < ($1.instant, $1.rule) }
    }

    var nextLook: PlantInstant? { next < questions.count ? questions[next].instant : nil }

    mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
        while next < questions.count, questions[next].instant <= instant {
            answers[questions[next]] = monitor.ruleStanding(questions[next].rule)
            if inspects { inspections[questions[next]] = monitor.inspect(questions[next].rule) }
            next += 1
        }
    }

    mutating func decided(
        _ decided: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for index in decided.indices { events.append(decided[index]) }
    }
}
