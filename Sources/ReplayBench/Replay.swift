package import MonitorCore
package import PlantModel
package import PlantTime

/// A time line through the very core that runs in the station: what it answers is what the station would have said.
package struct Replay: Sendable {
    package let rules: RuleSet
    package let points: [String]
    package let site: String

    /// Rules alone: the points are those that they name.
    package init(rules: RuleSet) {
        self.init(rules: rules, points: rules.pointsNamed, site: "replay")
    }

    /// The rules of a site, on its points.
    /// - Parameter points: tags by ``PointIndex``.
    package init(rules: RuleSet, points: [String], site: String) {
        self.rules = rules
        self.points = points
        self.site = site
    }

    /// What the core calls its points and rules: sources and sheets are made with it.
    /// - Throws: the first mistake of the rules, located.
    package func names() throws(RuleRefusal) -> ReplayNames {
        // A core without time: the one that plays starts at the first slot.
        ReplayNames(
            of: try Monitor(site: site, points: points, rules: rules, startingAt: PlantInstant(milliseconds: 0)))
    }

    /// What a run came to.
    package struct Outcome: Sendable, Equatable {
        package var tally = TimelineTally()
        package var first: PlantInstant?
        package var last: PlantInstant?
        /// One word for the whole history of events.
        package var digest: UInt64 = 0
        /// False when it was told to stop before the end: what was found is right up to `last`.
        package var isWhole = true

        /// Before anything was played.
        package init() {}
    }

    /// Plays a line to its end, or until it is told to stop. The clock starts at its first slot and runs to its last
    /// (A6, B6); a line that carries ticks moves it by those alone.
    /// - Parameter goesOn: asked after each batch.
    /// - Throws: `RuleRefusal` for rules that do not fit together, `SnapshotRefused` for a snapshot of another site,
    ///   ``RecordingMistake`` for the source.
    package func run<Source: TimelineSource & ~Copyable, Witness: ReplayWitness>(
        _ source: inout Source, witness: inout Witness, goesOn: (TimelineTally) -> Bool = { _ in true }
    ) throws -> Outcome {
        var batch = TimelineBatch()
        batch.slots.reserveCapacity(Self.batchSlots)
        try source.read(into: &batch, atMost: Self.batchSlots)
        let first = batch.slots.first?.lineTime
        let core = try Monitor(
            site: site, points: points, rules: rules, startingAt: first ?? PlantInstant(milliseconds: 0))
        var course = ReplayCourse(core, fillsTime: !source.carriesTicks)
        if let snapshot = source.snapshot { try course.restore(snapshot) }
        var isWhole = true
        while !batch.slots.isEmpty {
            course.play(&batch, witness: &witness)
            batch.removeAll()
            guard goesOn(source.tally) else {
                isWhole = false
                break
            }
            try source.read(into: &batch, atMost: Self.batchSlots)
        }
        if first != nil { course.end(witness: &witness) }
        var outcome = Outcome()
        outcome.tally = source.tally
        outcome.first = first
        outcome.last = first == nil ? nil : course.last
        outcome.digest = course.digest
        outcome.isWhole = isWhole
        return outcome
    }

    private static let batchSlots = 512

    // MARK: A recording to a sheet

    /// What a recording gave.
    package struct Report: Sendable, Equatable {
        package var rows: Int
        /// Rows older than the newest before them: not judged.
        package var rowsDropped: Int
        package var events: Int
        package var first: PlantInstant?
        package var last: PlantInstant?
        /// One word for the whole history of events.
        package var digest: UInt64
        /// The events as `time,rule,point,event,value`.
        package var sheet: [UInt8]
    }

    /// Plays a recording in a file or in memory to its end.
    package func run(_ bytes: consuming ByteSource) throws -> Report {
        let names = try names()
        var source = try RecordingSource(bytes, names: names)
        var sheet = EventSheet(ruleNames: names.rules, pointNames: names.points)
        let outcome = try run(&source, witness: &sheet)
        let text = sheet.finish()
        return Report(
            rows: outcome.tally.rows, rowsDropped: outcome.tally.rowsDropped, events: sheet.count,
            first: outcome.first, last: outcome.last, digest: outcome.digest, sheet: text)
    }
}
