/// One alarm event as the daemon's own stream told it: what the live view shows and the expectations are held against.
package struct SeenEvent: Sendable, Equatable {
    package var key: String
    package var rule: String
    package var transition: String
    /// Seconds after READY at which it occurred; negative: before.
    package var seconds: Double

    package init(key: String, rule: String, transition: String, seconds: Double) {
        self.key = key
        self.rule = rule
        self.transition = transition
        self.seconds = seconds
    }
}

/// Holds what was seen against what a scenario expects. A value: it knows no clock and no stream.
package struct ExpectationChecker: Sendable, Equatable {
    private let expectations: [ScenarioScript.Expectation]
    private let nothingElse: Bool
    /// The event that met each expectation.
    private var met: [SeenEvent?]
    private var stray: [SeenEvent] = []
    private var seenKeys: Set<String> = []
    private var webhookKeys: Set<String> = []
    private var platformKeys: Set<String> = []

    package init(_ script: ScenarioScript) {
        expectations = script.expectations
        nothingElse = script.nothingElse
        met = Array(repeating: nil, count: script.expectations.count)
    }

    /// Takes an event of the stream; the same key twice counts once.
    package mutating func note(_ event: SeenEvent) {
        guard seenKeys.insert(event.key).inserted else { return }
        let place = expectations.indices.first { place in
            let expectation = expectations[place]
            return met[place] == nil && expectation.rule == event.rule && expectation.transition == event.transition
                && event.seconds >= expectation.from && event.seconds <= expectation.to
        }
        if let place { met[place] = event } else { stray.append(event) }
    }

    /// The duty officer's endpoint has a message with this event key.
    package mutating func noteWebhook(key: String) { webhookKeys.insert(key) }

    /// The emergency platform has a record with this event key.
    package mutating func notePlatformRecord(key: String) { platformKeys.insert(key) }

    /// What is missing or too much, one line each, in the order of the scenario; empty when all is well.
    package var shortcomings: [String] {
        var lines: [String] = []
        for (expectation, event) in zip(expectations, met) {
            let name = "\(expectation.rule) \(expectation.transition)"
            guard let event else {
                lines.append(
                    "missing: event \(name) between \(written(expectation.from)) s and \(written(expectation.to)) s"
                        + elsewhere(expectation))
                continue
            }
            if expectation.webhook, !webhookKeys.contains(event.key) {
                lines.append("missing: webhook of \(name), key \(event.key)")
            }
            if expectation.platform, !platformKeys.contains(event.key) {
                lines.append("missing: platform record of \(name), key \(event.key)")
            }
        }
        guard nothingElse else { return lines }
        return lines
            + stray.filter { $0.transition == "raise" || $0.transition == "escalate" }.map {
                "not expected: event \($0.rule) \($0.transition) at \(written($0.seconds)) s"
            }
    }

    package var isComplete: Bool { shortcomings.isEmpty }

    /// How many of the expected events have come.
    package var metCount: Int { met.count { $0 != nil } }
    package var expectedCount: Int { expectations.count }
    package var webhookCount: Int { webhookKeys.count }
    package var platformCount: Int { platformKeys.count }

    /// Where the event came instead, if it came at all.
    private func elsewhere(_ expectation: ScenarioScript.Expectation) -> String {
        let times = stray.filter { $0.rule == expectation.rule && $0.transition == expectation.transition }
            .map { "\(written($0.seconds)) s" }
        return times.isEmpty ? "" : " (came at \(times.joined(separator: ", ")))"
    }
}

/// Seconds with one digit behind the point, for people.
func written(_ seconds: Double) -> String {
    let tenths = Int64((seconds * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return tenths % 10 == 0
        ? "\(sign)\(tenths.magnitude / 10)" : "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}
