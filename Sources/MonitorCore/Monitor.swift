import AlarmLogic
package import PlantModel
package import PlantTime

/// The quiet room: samples, time and commands in, alarm events out. No clock, no I/O, no threads; the same inputs in the
/// same order give the same events, byte for byte (house.md, semantics.md A-D).
///
/// One thread owns it. Verbs: ``step(_:firstSequence:commands:)`` for slots of the input ring, ``tick(to:)`` for time alone,
/// ``adopt(_:at:)`` for a new rule set; what they decide collects until ``drainEvents(_:)`` or ``takeEvents()``.
/// In steady state a step allocates nothing.
package struct Monitor: ~Copyable {
    package let site: String

    var book: RuleBook
    var points: [PointCell]
    var entries: [EntryCell]
    var alarms: [AlarmCell]
    var watches: [SilenceWatch]
    let silenceGroups: [SilenceGroup]
    var lists: KindLists
    /// How often each transition has happened within the newest occurrence.
    var counts: TransitionCounts
    var rows = RowStore()
    /// The snapshot that is being handed out; the rows hold for it.
    var underWay: SnapshotDraft?
    var pairSlopes = PairSlopes()

    /// Ends of delays (owners: entries) and of COUNT windows (owners behind them). Lazy: a deadline in a queue is never
    /// later than the true one, and is put right when it comes up, so a sample moves no heap.
    var timers: DeadlineQueue
    /// Ends of silence (owners: groups of watches). Lazy as well.
    var silences: DeadlineQueue
    /// The earliest deadline in either queue, or an instant before it: entries are lazy.
    var earliest = PlantInstant.distantFuture

    var agenda = Agenda()
    var stepNumber: UInt64 = 0
    var cause: Cause
    var events: [AlarmEvent] = []
    var changedPoints: [PointIndex] = []
    var changedRules: [RuleIndex] = []
    var digest = EventDigest()
    /// Silence of points that never had a row counts from here (B6).
    var start: PlantInstant

    /// How many times a source's clock was taken to have jumped back (semantics.md D).
    package internal(set) var reAnchorings: UInt64 = 0
    /// Samples of points that this core does not know, or computes itself.
    package internal(set) var unknownSamples: UInt64 = 0
    /// Late samples that changed nothing.
    package internal(set) var lateSamples: UInt64 = 0

    /// Compiles a rule set.
    /// - Parameters:
    ///   - points: the tags of the site's points, by ``PointIndex``.
    ///   - start: start-up; silence of points that never had a row counts from here (B6).
    /// - Throws: the first mistake of the rules, located.
    package init(
        site: String, points tags: [String], rules: RuleSet, startingAt start: PlantInstant
    ) throws(RuleRefusal) {
        let compiler = try RuleCompiler(points: tags, rules: rules, startingAt: start)
        self.site = site
        self.start = start
        book = compiler.book
        points = compiler.points
        entries = compiler.cells
        alarms = compiler.alarms
        watches = compiler.watches
        silenceGroups = compiler.silenceGroups
        lists = compiler.lists
        counts = TransitionCounts(rules: compiler.alarms.count)
        timers = DeadlineQueue(owners: compiler.cells.count + compiler.lists.counts.count)
        silences = DeadlineQueue(owners: compiler.silenceGroups.count)
        cause = Cause(decidedAt: start, arrival: start, published: start, read: start, sequence: 0)
        agenda.reserve(book.dependents.count + book.readers.count + 16)
        events.reserveCapacity(256)
        changedPoints.reserveCapacity(points.count)
        changedRules.reserveCapacity(alarms.count)
        setDeadlines()
    }

    // MARK: What has happened

    /// Hands over the events decided since the last call, in the order of decision, and forgets them.
    /// The buffer stays, so nothing is allocated.
    package mutating func drainEvents<Failure: Error>(_ body: (Span<AlarmEvent>) throws(Failure) -> Void)
        throws(Failure)
    {
        guard !events.isEmpty else { return }
        try body(events.span)
        events.removeAll(keepingCapacity: true)
    }

    /// The events decided since the last call, in the order of decision.
    package mutating func takeEvents() -> [AlarmEvent] {
        let taken = events
        events.removeAll(keepingCapacity: true)
        return taken
    }

    /// A number for all events so far: equal for equal histories, so two runs compare by one word.
    package var eventDigest: UInt64 { digest.value }

    /// No deadline comes before this; it may turn out early (nothing is due then), never late. nil: none is set.
    package var nextDeadline: PlantInstant? { earliest == .distantFuture ? nil : earliest }

    /// The last input sequence that was taken.
    package var inputSequence: UInt64 { cause.sequence }
    /// When that slot was judged.
    package var judgedAt: PlantInstant { cause.decidedAt }

    // MARK: Names

    package var pointCount: Int { points.count }
    package var ruleCount: Int { alarms.count }
    /// The id of an entry that is a rule, the name of one that derives a point.
    func entryName(_ entry: Int) -> String {
        entries[entry].rule == .max ? book.tags[Int(entries[entry].point)] : book.rules[Int(entries[entry].rule)]
    }

    /// The tag of a point; derived points that the site does not list stand behind the site's own.
    package func tag(_ point: PointIndex) -> String { book.tags[point.offset] }
    package func ruleID(_ rule: RuleIndex) -> String { book.rules[rule.offset] }
    package func ruleIndex(_ id: String) -> RuleIndex? { book.rules.number(of: id).map { RuleIndex(offset: $0) } }
    /// Whether a point is computed: nothing may be recorded under its name.
    package func isDerived(_ point: PointIndex) -> Bool { points[point.offset].isDerived }
}
