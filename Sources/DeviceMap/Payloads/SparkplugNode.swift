import PlantTime

/// What a reader knows of one edge node: who is born, which number stands for which name, which message comes next. Pure.
///
/// An alias is a name only between a birth and the next gap: a missed birth may have given the number to another sensor, and a
/// reader that sends no command cannot ask for one. So a gap in the sequence ends every alias of the node until it is born again;
/// metrics that carry their name go on being used.
struct SparkplugNode {
    /// A metric that is known by name.
    struct Named: Equatable {
        var name: String
        var metric: SparkplugMetric
        var value: PayloadValue
    }

    enum Outcome: Equatable {
        /// The message is one that was taken before, or an old last will.
        case nothing
        /// The subject lives: its metrics, and how many stood behind numbers that nobody can name.
        case alive([Named], unknown: Int)
        /// The node (nil) or one device of it is gone.
        case gone
    }

    private struct Birth {
        var name: String
        var datatype: UInt64?
    }

    private var births: [String: [UInt64: Birth]] = [:]
    private var datatypes: [String: [String: UInt64]] = [:]
    private var next: UInt8?
    /// What was taken lately, of the node and its devices alike: they count together.
    private var repeats = RepeatWindow()
    private var session: UInt64?
    /// Gaps so far.
    private(set) var gaps = 0
    /// The sequence broke with the last message: everything of the node is doubtful until it is born again.
    private(set) var isBroken = false

    /// - Parameter hash: of the message's bytes.
    mutating func take(
        _ topic: SparkplugTopic, _ payload: SparkplugPayload, hash: UInt64, at now: PlantInstant
    ) -> Outcome {
        let subject = topic.device ?? ""
        if isRepeat(topic.kind, payload, hash: hash, at: now) { return .nothing }
        switch topic.kind {
        case .nodeDeath:
            // A last will belongs to the session of its birth: one that comes late must not end the next.
            let will = payload.metrics.first { $0.name == "bdSeq" }.flatMap(Self.number)
            if let session, let will, session != will { return .nothing }
            births = [:]
            next = nil
            // A node that gives every session the same number must be heard again by the very birth that was heard before.
            repeats = RepeatWindow()
            return .gone
        case .nodeBirth:
            births = [:]
            datatypes = [:]
            isBroken = false
            session = payload.metrics.first { $0.name == "bdSeq" }.flatMap(Self.number)
            follow(payload.sequence)
        case .nodeData, .deviceBirth, .deviceData, .deviceDeath: advance(to: payload.sequence)
        }
        if topic.kind == .deviceDeath {
            births[subject] = nil
            return .gone
        }
        if topic.kind == .nodeBirth || topic.kind == .deviceBirth { bear(subject, payload.metrics) }
        var unknown = 0
        let named = payload.metrics.compactMap { metric -> Named? in
            let birth = metric.alias.flatMap { births[subject]?[$0] }
            guard let name = metric.name ?? birth?.name else {
                unknown += 1
                return nil
            }
            let datatype = birth?.datatype ?? datatypes[subject]?[name]
            return Named(name: name, metric: metric, value: metric.payloadValue(datatype: datatype))
        }
        return .alive(named, unknown: unknown)
    }

    private mutating func bear(_ subject: String, _ metrics: [SparkplugMetric]) {
        births[subject] = [:]
        datatypes[subject] = [:]
        // While the sequence is broken only a birth of the node makes numbers names again.
        for metric in metrics {
            guard let name = metric.name else { continue }
            datatypes[subject]?[name] = metric.datatype
            if let alias = metric.alias, !isBroken {
                births[subject]?[alias] = Birth(name: name, datatype: metric.datatype)
            }
        }
    }

    private mutating func follow(_ sequence: UInt64?) {
        if let sequence { next = UInt8(truncatingIfNeeded: sequence) &+ 1 }
    }

    private mutating func advance(to given: UInt64?) {
        guard let given else { return }
        if UInt8(truncatingIfNeeded: given) != next, !isBroken {
            // Also the first message that is no birth: what was said before it is not known.
            gaps += next == nil ? 0 : 1
            isBroken = true
            births = [:]
        }
        follow(given)
    }

    /// Whether a message was taken before. The broker says everything again that was not acknowledged, and in its order, so
    /// what it repeats may lie far behind the newest.
    ///
    /// A stamp in the payload tells it from an equal message of now. Without one the number must do, which comes again
    /// after 256 messages: then only what lies less than half a turn behind is a repeat. A last will is never one: it may
    /// be word for word the will of every session.
    private mutating func isRepeat(
        _ kind: SparkplugTopic.Kind, _ payload: SparkplugPayload, hash: UInt64, at now: PlantInstant
    ) -> Bool {
        guard kind != .nodeDeath, let sequence = payload.sequence, repeats.notes(hash, at: now) else { return false }
        if payload.timestamp != nil { return true }
        guard kind != .nodeBirth, let next else { return false }
        return next &- 1 &- UInt8(truncatingIfNeeded: sequence) < 128
    }

    private static func number(_ metric: SparkplugMetric) -> UInt64? {
        if case .whole(let number) = metric.value { number } else { nil }
    }
}
