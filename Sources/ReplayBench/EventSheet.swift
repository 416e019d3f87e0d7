package import MonitorCore
package import PlantModel
package import PlantTime

/// Writes `time,rule,point,event,value`: by time, within one instant by the rule's position in the file, then in causal
/// order (semantics.md A10). Only what the plant did; commands are not events of a recording.
package struct EventSheet: ReplayWitness {
    private let ruleNames: [String]
    private let pointNames: [String]
    private let from: PlantInstant?
    private var instant: [AlarmEvent] = []
    private var text: [UInt8]
    /// Lines written.
    package private(set) var count = 0

    /// - Parameters:
    ///   - ruleNames: by number; so are `pointNames`.
    ///   - from: events before it are not written.
    package init(ruleNames: [String], pointNames: [String], from: PlantInstant? = nil) {
        self.ruleNames = ruleNames.map(CSVField.text)
        self.pointNames = pointNames.map(CSVField.text)
        self.from = from
        text = Array("time,rule,point,event,value\n".utf8)
    }

    /// Takes the next event in the order of decision.
    package mutating func add(_ event: AlarmEvent) {
        if let from, event.occurredAt < from { return }
        if let last = instant.last, last.occurredAt != event.occurredAt { writeInstant() }
        instant.append(event)
    }

    package mutating func decided(
        _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
    ) {
        for index in events.indices { add(events[index]) }
    }

    /// The whole sheet so far.
    package mutating func finish() -> [UInt8] {
        writeInstant()
        return text
    }

    private mutating func writeInstant() {
        let order = instant.indices.sorted { (instant[$0].rule, $0) < (instant[$1].rule, $1) }
        for index in order { write(instant[index]) }
        instant.removeAll(keepingCapacity: true)
    }

    private mutating func write(_ event: AlarmEvent) {
        let word: String
        switch event.transition {
        case .raise, .escalate, .deescalate:
            word = event.level == 0 ? event.transition.word : "\(event.transition.word):\(event.level)"
        case .clear: word = event.transition.word
        case .acknowledge, .unacknowledge, .reset, .reAlarm, .comment, .retire, .shelve, .unshelve, .refused: return
        }
        let value = event.value.isNaN ? "" : DecimalText.shortest(event.value)
        let time = TimeText.utc(event.occurredAt)
        let line = "\(time),\(ruleNames[event.rule.offset]),\(pointNames[event.point.offset]),\(word),\(value)\n"
        text.append(contentsOf: line.utf8)
        count += 1
    }
}
