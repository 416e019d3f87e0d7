import PlantTime

/// What a reader knows of one edge node: who is born, which number stands for which name, which message comes next. Pure.
///
/// An alias is a name only between a birth and the next gap: a missed birth may have given the number to another sensor, and a
/// reader that sends no command cannot ask for one. So a gap in the sequence ends every alias of the node until it is born again;
/// metrics that carry their name go on being used. A restart of the daemon is no gap where the sequence goes on exactly; what is
/// remembered from before it is held to more (``Origin``).
struct SparkplugNode {
    /// A metric that is known by name.
    struct Named: Equatable {
        var name: String
        var metric: SparkplugMetric
        var value: PayloadValue
        /// Why no point can be it; nil: one can.
        var uselessness: String?
    }

    enum Outcome: Equatable {
        /// The message is one that was taken before, or an old last will.
        case nothing
        /// The subject lives: its metrics, and how many stood behind numbers that nobody can name.
        case alive([Named], unknown: Int)
        /// The node (nil) or one device of it is gone.
        case gone
    }

    /// Where its births were heard. What is remembered may be of a life that ended unheard, so it is given up at the first sign
    /// of another: a number that does not follow, a metric that no birth of it announced, a last will of whatever session.
    private enum Origin {
        case heard
        /// In the daemon's life before; nothing was heard since.
        case remembered
        /// In the daemon's life before, and the sequence went on where it had stopped.
        case followed
    }

    private(set) var life = SparkplugLife()
    private var origin = Origin.heard
    private var next: UInt8?
    /// What was taken lately, of the node and its devices alike: they count together.
    private var repeats = RepeatWindow()
    /// Gaps so far.
    private(set) var gaps = 0
    /// The sequence broke with the last message: everything of the node is doubtful until it is born again.
    private(set) var isBroken = false
    /// How often its life changed: what is remembered of it is wrong then.
    private(set) var changes = 0
    /// It is told that its numbers are not known; until it is born again, once is enough.
    var isToldUnknown = false

    init() {}

    /// As it was known when the daemon's life before ended.
    init(remembering life: SparkplugLife, next: UInt8) {
        self.life = life
        self.next = next
        origin = .remembered
    }

    /// The number of its next message, while its numbers can be believed; nil: it is not worth remembering.
    var nextExpected: UInt8? { isBroken || life.births.isEmpty ? nil : next }

    /// - Parameters:
    ///   - hash: of the message's bytes.
    ///   - isWatched: whether what the subject says is read at all; else it only counts.
    mutating func take(
        _ topic: SparkplugTopic, _ payload: SparkplugPayload, hash: UInt64, isWatched: Bool = true, at now: PlantInstant
    ) -> Outcome {
        let subject = topic.device ?? ""
        if isRepeat(topic.kind, payload, hash: hash, at: now) { return .nothing }
        switch topic.kind {
        case .nodeDeath: return die(payload)
        case .nodeBirth:
            life = SparkplugLife()
            origin = .heard
            isBroken = false
            isToldUnknown = false
            life.session = payload.metrics.first { $0.name == "bdSeq" }.flatMap(Self.number)
            changes += 1
            follow(payload.sequence)
        case .nodeData, .deviceBirth, .deviceData, .deviceDeath: advance(to: payload.sequence)
        }
        if topic.kind == .deviceDeath {
            life.forget(subject)
            changes += 1
            return .gone
        }
        guard isWatched else { return .alive([], unknown: 0) }
        if topic.kind == .nodeBirth || topic.kind == .deviceBirth {
            // While the sequence is broken only a birth of the node makes numbers names again.
            life.bear(subject, payload.metrics, named: !isBroken)
            changes += 1
        } else if origin != .heard, payload.metrics.contains(where: { life.contradicts($0, of: subject) }) {
            breakOff()
        }
        return named(payload.metrics, of: subject)
    }

    private func named(_ metrics: [SparkplugMetric], of subject: String) -> Outcome {
        var unknown = 0
        let named = metrics.compactMap { metric -> Named? in
            let birth = metric.alias.flatMap { life.birth(of: subject, $0) }
            guard let name = metric.name ?? birth?.name else {
                unknown += 1
                return nil
            }
            let datatype = birth?.datatype ?? life.datatype(of: subject, name)
            return Named(
                name: name, metric: metric, value: metric.payloadValue(datatype: datatype),
                uselessness: metric.uselessness(datatype: datatype))
        }
        return .alive(named, unknown: unknown)
    }

    private mutating func die(_ will: SparkplugPayload) -> Outcome {
        // A last will belongs to the session of its birth: one that comes late must not end the next. Which session is the next
        // nobody knows of a life that is only remembered.
        let session = will.metrics.first { $0.name == "bdSeq" }.flatMap(Self.number)
        if origin == .heard, let own = life.session, let session, own != session { return .nothing }
        origin = .heard
        life.forgetNumbers()
        changes += 1
        next = nil
        // A node that gives every session the same number must be heard again by the very birth that was heard before.
        repeats = RepeatWindow()
        return .gone
    }

    /// Messages of the node may be lost, and nobody knows which: the broker has kept nothing of it for us.
    mutating func loseTrack() {
        guard !isBroken, next != nil else { return }
        breakOff()
    }

    /// Nothing of the node is known by number until it is born again.
    private mutating func breakOff() {
        isBroken = true
        isToldUnknown = false
        origin = .heard
        life.forgetNumbers()
        changes += 1
    }

    private mutating func follow(_ sequence: UInt64?) {
        if let sequence { next = UInt8(truncatingIfNeeded: sequence) &+ 1 }
    }

    private mutating func advance(to given: UInt64?) {
        guard let given else {
            // Without a number nothing says that no message is missing.
            if origin == .remembered { breakOff() }
            return
        }
        if UInt8(truncatingIfNeeded: given) != next, !isBroken {
            // Also the first message that is no birth: what was said before it is not known. What was lost while nobody of ours
            // listened is no gap of the node's.
            gaps += next == nil || origin == .remembered ? 0 : 1
            breakOff()
        }
        if origin == .remembered { origin = .followed }
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
