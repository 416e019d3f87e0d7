package import PlantModel

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

    /// What is missing or too much, in the order of the scenario; empty when all is well.
    package var shortcomings: [Shortcoming] {
        var found: [Shortcoming] = []
        for (expectation, event) in zip(expectations, met) {
            guard let event else {
                found.append(.missingEvent(expectation, cameAt: timesOutside(expectation)))
                continue
            }
            if expectation.webhook, !webhookKeys.contains(event.key) { found.append(.missingWebhook(event)) }
            if expectation.platform, !platformKeys.contains(event.key) { found.append(.missingRecord(event)) }
        }
        guard nothingElse else { return found }
        return found + stray.filter { $0.transition == "raise" || $0.transition == "escalate" }.map { .unexpected($0) }
    }

    package var isComplete: Bool { shortcomings.isEmpty }

    /// How many of the expected events have come.
    package var metCount: Int { met.count { $0 != nil } }
    package var expectedCount: Int { expectations.count }
    package var webhookCount: Int { webhookKeys.count }
    package var platformCount: Int { platformKeys.count }

    /// When the event came instead, if it came at all.
    private func timesOutside(_ expectation: ScenarioScript.Expectation) -> [Double] {
        stray.filter { $0.rule == expectation.rule && $0.transition == expectation.transition }.map(\.seconds)
    }
}

/// One way in which a run was not as its scenario expects.
package enum Shortcoming: Sendable, Equatable {
    /// With the times outside its window at which it did come.
    case missingEvent(ScenarioScript.Expectation, cameAt: [Double])
    case missingWebhook(SeenEvent)
    case missingRecord(SeenEvent)
    case unexpected(SeenEvent)

    /// One line for a person.
    package func text(in language: BilingualText.Language) -> String {
        switch (self, language) {
        case (.missingEvent(let expectation, let times), .english):
            let came = times.map { "\(written($0)) s" }.joined(separator: ", ")
            return
                "missing: event \(expectation.rule) \(expectation.transition) between \(written(expectation.from)) s and "
                + "\(written(expectation.to)) s" + (came.isEmpty ? "" : " (came at \(came))")
        case (.missingEvent(let expectation, let times), .chinese):
            let came = times.map { "\(written($0)) 秒" }.joined(separator: "、")
            return "缺少:事件 \(expectation.rule) \(expectation.transition),应在 \(written(expectation.from)) 至 "
                + "\(written(expectation.to)) 秒之间" + (came.isEmpty ? "" : "(实际在 \(came))")
        case (.missingWebhook(let event), .english):
            return "missing: webhook of \(event.rule) \(event.transition), key \(event.key)"
        case (.missingWebhook(let event), .chinese):
            return "缺少:\(event.rule) \(event.transition) 的值班员消息,键 \(event.key)"
        case (.missingRecord(let event), .english):
            return "missing: platform record of \(event.rule) \(event.transition), key \(event.key)"
        case (.missingRecord(let event), .chinese):
            return "缺少:\(event.rule) \(event.transition) 的应急平台记录,键 \(event.key)"
        case (.unexpected(let event), .english):
            return "not expected: event \(event.rule) \(event.transition) at \(written(event.seconds)) s"
        case (.unexpected(let event), .chinese):
            return "不应出现:事件 \(event.rule) \(event.transition),在 \(written(event.seconds)) 秒"
        }
    }
}

/// Seconds with one digit behind the point, for people.
func written(_ seconds: Double) -> String {
    let tenths = Int64((seconds * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    return tenths % 10 == 0
        ? "\(sign)\(tenths.magnitude / 10)" : "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}
