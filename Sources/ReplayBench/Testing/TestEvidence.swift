package import MonitorCore
package import PlantModel
package import PlantTime

/// What the plant showed around an instant, for one rule: shown with a failed assertion, so that nobody has to go and look.
package struct TestEvidence: Sendable {
    package struct Row: Sendable {
        package var point: PointIndex
        package var time: PlantInstant
        /// NaN without a number.
        package var value: Double
        package var quality: Quality
    }

    package var instant: PlantInstant
    package var rule: RuleIndex
    /// Zone, delay, window and members, as the core had them.
    package var inspection: RuleInspection
    /// In the order of time: of each point that the rule reads the last ones up to the instant, and the next ones.
    package var rows: [Row]
    /// The rule's own events nearest to the instant, in their order.
    package var events: [AlarmEvent]

    static let rowsBefore = 4
    static let rowsAfter = 2
    static let eventsMax = 6
    /// Points of one rule that are shown.
    static let pointsMax = 4

    init(
        at instant: PlantInstant, rule: RuleIndex, inspection: RuleInspection, line: TestLine, rules: RuleTable,
        events: [AlarmEvent]
    ) {
        self.instant = instant
        self.rule = rule
        self.inspection = inspection
        rows = rules.points(readBy: rule).prefix(Self.pointsMax).flatMap { Self.rows(of: $0, at: instant, line) }
            .enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        let own = events.filter { $0.rule == rule }
        let behind = own.firstIndex { $0.occurredAt > instant } ?? own.count
        let first = max(0, min(behind - Self.eventsMax / 2, own.count - Self.eventsMax))
        self.events = Array(own[first..<min(own.count, first + Self.eventsMax)])
    }

    private static func rows(of point: PointIndex, at instant: PlantInstant, _ line: TestLine) -> [Row] {
        let slots = line.line.slots
        func row(_ slot: InputSlot) -> Row {
            let sample = slot.sample
            return Row(point: point, time: slot.time, value: sample.payload.number, quality: sample.quality)
        }
        func isOwn(_ slot: InputSlot) -> Bool { slot.kind == .sample && slot.point == point.number }
        // The line stands in the order of time.
        var (low, high) = (0, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].lineTime <= instant { low = middle + 1 } else { high = middle }
        }
        let before = slots[..<low].reversed().lazy.filter(isOwn).prefix(rowsBefore).map(row)
        let after = slots[low...].lazy.filter(isOwn).prefix(rowsAfter).map(row)
        return Array(before).reversed() + Array(after)
    }
}
