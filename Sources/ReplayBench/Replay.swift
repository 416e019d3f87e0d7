import MonitorCore
package import PlantModel
package import PlantTime

/// A recording through the very core that runs in the station: what it answers is what the station would have said.
package struct Replay {
    private let rules: RuleSet
    private let points: [String]
    private let site: String

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

    /// What a run found.
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

    /// Plays a recording to its end. The clock starts at its first row and runs to its last (A6, B6).
    /// - Throws: `RuleRefusal` for rules that do not fit together, ``RecordingMistake`` for the recording.
    package func run(_ source: consuming ByteSource) throws -> Report {
        // The names come from a core without time; the one that plays starts at the first row.
        let names = try Monitor(site: site, points: points, rules: rules, startingAt: PlantInstant(milliseconds: 0))
        let tags = (0..<names.pointCount).map { names.tag(PointIndex(offset: $0)) }
        let derived = tags.indices.map { PointIndex(offset: $0) }.filter { names.isDerived($0) }
        var sheet = EventSheet(
            ruleNames: (0..<names.ruleCount).map { names.ruleID(RuleIndex(offset: $0)) }, pointNames: tags)
        var reader = try RecordingReader(source, tags: tags, derived: Set(derived.map(\.number)))
        guard let first = try reader.next() else {
            return Report(
                rows: 0, rowsDropped: 0, events: 0, first: nil, last: nil, digest: names.eventDigest,
                sheet: sheet.finish())
        }
        let start = PlantInstant(milliseconds: first.time)
        var monitor = try Monitor(site: site, points: points, rules: rules, startingAt: start)
        let last = try Self.play(&reader, from: first, through: &monitor, onto: &sheet)
        monitor.tick(to: last)
        monitor.drainEvents { events in for index in events.indices { sheet.add(events[index]) } }
        let text = sheet.finish()
        return Report(
            rows: reader.rowsRead, rowsDropped: reader.rowsDropped, events: sheet.count, first: start, last: last,
            digest: monitor.eventDigest, sheet: text)
    }

    /// Hands all rows to the core in batches of slots, as the station does.
    /// - Returns: the instant of the last row.
    private static func play(
        _ reader: inout RecordingReader, from first: RecordingRow, through monitor: inout Monitor,
        onto sheet: inout EventSheet
    ) throws(RecordingMistake) -> PlantInstant {
        var batch: [InputSlot] = []
        batch.reserveCapacity(batchSlots)
        var sequence: UInt64 = 1
        var row: RecordingRow? = first
        var last = first.time
        while let present = row {
            last = present.time
            batch.append(InputSlot(recorded: present))
            row = try reader.next()
            if batch.count == batchSlots || row == nil {
                monitor.step(batch.span, firstSequence: sequence)
                sequence += UInt64(batch.count)
                batch.removeAll(keepingCapacity: true)
                monitor.drainEvents { events in for index in events.indices { sheet.add(events[index]) } }
            }
        }
        return PlantInstant(milliseconds: last)
    }

    private static let batchSlots = 512
}

extension InputSlot {
    /// The slot that a recorded row would have been: judged at its own time.
    package init(recorded row: RecordingRow) {
        let time = PlantInstant(milliseconds: row.time)
        let quality: Quality =
            switch row.quality {
            case .good: row.value.isFinite ? .good : .bad(.notANumber)
            case .uncertain: row.value.isFinite ? .uncertain(.unspecified) : .bad(.notANumber)
            case .bad: .bad(.unspecified)
            }
        self.init(
            Sample(
                point: PointIndex(row.point ?? .max), time: time, arrival: time,
                payload: row.value.isFinite ? Payload(row.value) : .none, quality: quality),
            published: time)
        judgedAt = time
    }
}

extension RuleSet {
    /// The tags that the entries name, in order of appearance, without the derived points that they make.
    package var pointsNamed: [String] {
        var seen = Set<String>()
        for case .derived(let derived) in entries { seen.insert(derived.name) }
        var tags: [String] = []
        func note(_ tag: String) { if seen.insert(tag).inserted { tags.append(tag) } }
        for entry in entries {
            switch entry {
            case .rule(let rule):
                note(rule.point)
                if case .deviation(let other, _, _, _) = rule.kind { note(other) }
            case .derived(let derived): derived.inputs.forEach(note)
            }
        }
        return tags
    }
}
