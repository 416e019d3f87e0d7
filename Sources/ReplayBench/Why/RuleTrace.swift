import MonitorCore
package import PlantModel
package import PlantTime

/// What one rule saw and did over a stretch of a line: the evidence from which `why` and `why-not` speak.
package struct RuleTrace: Sendable {
    package var rule: Rule
    package var tracer: RuleTracer
    package var outcome: Replay.Outcome
    /// Tags by ``PointIndex``.
    package var tags: [String]
    /// Ids by ``RuleIndex`` of the core that was watched: those that the rule needs, no others.
    package var ruleIDs: [String]

    package func tag(_ point: PointIndex) -> String {
        tags.indices.contains(point.offset) ? tags[point.offset] : "?"
    }

    /// The newest sample that the rule may rest on, taken by an instant.
    package func sample(by instant: PlantInstant, of tag: String? = nil) -> InputSlot? {
        tracer.slots.last { $0.slot.lineTime <= instant && isOf(tag, $0.slot) }?.slot
    }

    /// The newest sample that the rule may rest on, up to an input: exact where several were taken at one instant.
    package func sample(throughInput sequence: UInt64, of tag: String? = nil) -> InputSlot? {
        tracer.slots.last { $0.sequence <= sequence && isOf(tag, $0.slot) }?.slot
    }

    private func isOf(_ tag: String?, _ slot: InputSlot) -> Bool {
        tag.map { $0 == self.tag(PointIndex(slot.point)) } ?? true
    }
}

/// There is nothing to ask: no such rule.
package struct RuleNotInForce: Error, Equatable {
    package var id: String
    /// Ids that look like it.
    package var near: [String]

    package init(id: String, near: [String]) {
        self.id = id
        self.near = near
    }
}

extension Replay {
    /// This replay with only what one rule rests on: it judges the same, in a fraction of the time. Points keep their numbers.
    package func narrowed(to id: String) throws(RuleNotInForce) -> Replay {
        guard let needed = rules.needed(by: id) else {
            let near = rules.rules.map { (id: $0.id, alike: $0.id.commonPrefix(with: id)) }
                .filter { $0.alike >= 2 }.enumerated()
                .sorted { ($1.element.alike, $0.offset) < ($0.element.alike, $1.offset) }.map(\.element.id)
            throw RuleNotInForce(id: id, near: Array(near.prefix(5)))
        }
        return Replay(rules: needed, points: points, site: site)
    }

    /// Plays a line and follows one rule, instant by instant from `from` on.
    /// - Parameters:
    ///   - moment: the instant at which the rule is to be seen in full.
    ///   - last: what lies behind it is not played.
    ///   - snapshot: the core to begin with; nil: the source's own, or none.
    ///   - open: opens the line for a core with these names.
    /// - Throws: ``RuleNotInForce``, and what ``run(_:witness:goesOn:)`` throws.
    package func trace<Source: TimelineSource & ~Copyable>(
        _ id: String, from: PlantInstant, at moment: PlantInstant? = nil, through last: PlantInstant = .distantFuture,
        snapshot: [UInt8]? = nil,
        open: (ReplayNames) throws -> Source
    ) throws -> RuleTrace {
        let replay = try narrowed(to: id)
        let names = try replay.names()
        guard let number = names.rules.firstIndex(of: id), let rule = replay.rules.rules.first(where: { $0.id == id })
        else { throw RuleNotInForce(id: id, near: []) }
        let read = Set(replay.rules.pointsNamed)
        let points = Set(names.points.indices.filter { read.contains(names.points[$0]) }.map { UInt32($0) })
        var tracer = RuleTracer(RuleIndex(offset: number), kind: rule.kind, points: points, from: from, moment: moment)
        var source = InstantSource(try open(names), slowFrom: from, through: last, snapshot: snapshot)
        let outcome = try replay.run(&source, witness: &tracer)
        return RuleTrace(
            rule: rule, tracer: tracer, outcome: outcome, tags: names.points, ruleIDs: names.rules)
    }

    /// A core with these rules in which alarms stand as the journal says: to begin with where a log begins in the middle.
    package func core(standing: [JournalStanding], at start: PlantInstant) throws -> [UInt8] {
        var monitor = try Monitor(site: site, points: points, rules: rules, startingAt: start)
        _ = monitor.reconcile(standing)
        return monitor.snapshot()
    }
}

extension String {
    /// How many characters two names begin with alike.
    fileprivate func commonPrefix(with other: String) -> Int { zip(self, other).prefix { $0 == $1 }.count }
}
