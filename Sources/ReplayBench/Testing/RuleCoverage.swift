import MonitorCore
package import PlantModel
import PlantTime

/// What a set of tests has made of each rule: whether it ever raised, cleared, and paused (could not judge while it was
/// active or on its way there). Silent rules count as well.
package struct RuleCoverage: Sendable {
    package enum Gap: String, Sendable, CaseIterable { case raised, cleared, paused }

    private var raised: [Bool]
    private var cleared: [Bool]
    private var paused: [Bool]
    /// Rules of the station itself: their points are not in recordings of the plant.
    private let isCounted: [Bool]
    private let canPause: [Bool]

    /// - Parameter stationPoints: tags of points that the station itself fills.
    package init(_ rules: [Rule], stationPoints: Set<String>) {
        raised = Array(repeating: false, count: rules.count)
        cleared = raised
        paused = raised
        isCounted = rules.map { !stationPoints.contains($0.point) }
        canPause = rules.map { !$0.isNeverUnknown }
    }

    package var counted: Int { isCounted.count { $0 } }
    package var left: Int { isCounted.count { !$0 } }

    /// Of the rules that are counted, how many ever did; and how many can.
    package func tally(_ gap: Gap) -> (did: Int, can: Int) {
        let rules = isCounted.indices.filter { isCounted[$0] && (gap != .paused || canPause[$0]) }
        return (rules.count { flag(gap, $0) }, rules.count)
    }

    /// What never happened to a rule.
    package func gaps(of rule: RuleIndex) -> [Gap] {
        guard isCounted[rule.offset] else { return [] }
        return Gap.allCases.filter { ($0 != .paused || canPause[rule.offset]) && !flag($0, rule.offset) }
    }

    package var hasGaps: Bool { isCounted.indices.contains { !gaps(of: RuleIndex(offset: $0)).isEmpty } }

    private func flag(_ gap: Gap, _ rule: Int) -> Bool {
        switch gap {
        case .raised: raised[rule]
        case .cleared: cleared[rule]
        case .paused: paused[rule]
        }
    }

    // MARK: Watching

    /// Watches one run: between the instants of slots nothing becomes bad and good again, so one look before each of them
    /// and one at the end see everything.
    struct Witness: ReplayWitness {
        private(set) var coverage: RuleCoverage
        private var looks: ArraySlice<PlantInstant>
        private var wasActive: [Bool]
        /// Rules of which something is still to be seen.
        private var open: [Int]

        init(_ coverage: RuleCoverage, along slots: [InputSlot]) {
            self.coverage = coverage
            var looks: [PlantInstant] = []
            for slot in slots {
                let before = slot.lineTime.advanced(byNanoseconds: -1_000_000)
                if looks.last.map({ $0 < before }) ?? true { looks.append(before) }
            }
            // Before the first slot there is nothing to be seen.
            self.looks = looks.dropFirst()
            wasActive = Array(repeating: false, count: coverage.isCounted.count)
            open = coverage.isCounted.indices.filter {
                coverage.isCounted[$0] && !coverage.gaps(of: RuleIndex(offset: $0)).isEmpty
            }
        }

        var nextLook: PlantInstant? { looks.first }

        mutating func look(at instant: PlantInstant, _ monitor: borrowing Monitor) {
            looks.removeFirst()
            see(monitor)
            if looks.count % 1024 == 0 { open.removeAll { coverage.gaps(of: RuleIndex(offset: $0)).isEmpty } }
        }

        mutating func ended(at instant: PlantInstant, _ monitor: borrowing Monitor) { see(monitor) }

        mutating func decided(
            _ events: Span<AlarmEvent>, commands: [UInt32: OperatorCommand], by monitor: borrowing Monitor
        ) {
            for index in events.indices where events[index].rule.offset < coverage.raised.count {
                switch events[index].transition {
                case .raise: coverage.raised[events[index].rule.offset] = true
                case .clear: coverage.cleared[events[index].rule.offset] = true
                case .escalate, .deescalate, .acknowledge, .unacknowledge, .reset, .reAlarm, .comment, .retire,
                    .shelve, .unshelve, .refused:
                    continue
                }
            }
        }

        private mutating func see(_ monitor: borrowing Monitor) {
            for rule in open {
                let standing = monitor.ruleStanding(RuleIndex(offset: rule))
                if standing.isActive { coverage.raised[rule] = true }
                if wasActive[rule], !standing.isActive { coverage.cleared[rule] = true }
                if standing.isUnknown, standing.isActive || standing.isPending { coverage.paused[rule] = true }
                wasActive[rule] = standing.isActive
            }
        }
    }
}
