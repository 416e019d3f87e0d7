import AlarmLogic
import PlantModel
import PlantTime

/// What a restore or a reload kept.
package struct Carryover: Sendable, Equatable {
    /// Rules that mean what they meant: windows, timers and alarms go on.
    package var unchanged = 0
    /// Rules that mean something else now: their alarms go on, their windows and timers start again.
    package var changed = 0
    /// Ids of alarms that were not normal, and whose rules are gone.
    package var orphaned: [String] = []

    package init(unchanged: Int = 0, changed: Int = 0, orphaned: [String] = []) {
        self.unchanged = unchanged
        self.changed = changed
        self.orphaned = orphaned
    }
}

extension Monitor {
    /// Takes over the state that a snapshot holds, as far as the present rules know it, into a core that has taken nothing
    /// yet. All or nothing.
    ///
    /// Afterwards hand in the logged slots behind ``inputSequence``, then ``reconcile(_:)`` with the journal. Rules that
    /// have changed since keep their alarms only; silence of points that new rules watch counts from this core's start.
    /// - Complexity: linear in the snapshot.
    @discardableResult
    package mutating func restore(_ bytes: [UInt8]) throws(SnapshotRefused) -> Carryover {
        try restore(bytes, newWatchesFrom: start)
    }

    mutating func restore(_ bytes: [UInt8], newWatchesFrom instant: PlantInstant) throws(SnapshotRefused) -> Carryover {
        var reader = try Self.openSnapshot(bytes, of: site)
        let before = (points, entries, alarms, watches, lists, counts, start, cause, digest)
        do throws(SnapshotRefused) {
            start = try reader.readInstant()
            let decidedAt = try reader.readInstant()
            cause = Cause(
                decidedAt: decidedAt, arrival: decidedAt, published: decidedAt, read: decidedAt,
                sequence: try reader.read())
            digest = EventDigest(value: try reader.read())
            try readTallies(&reader)
            try readPoints(&reader)
            let carryover = try readEntries(&reader, newWatchesFrom: instant)
            try readSlopes(&reader)
            setDeadlines()
            return carryover
        } catch {
            (points, entries, alarms, watches, lists, counts, start, cause, digest) = before
            // Nothing had been taken, so no window held a row.
            rows = RowStore()
            setDeadlines()
            throw error
        }
    }

    private static func openSnapshot(_ bytes: [UInt8], of site: String) throws(SnapshotRefused) -> SnapshotReader {
        guard bytes.count > 8 else { throw .damaged }
        var sum = SnapshotReader(bytes.suffix(8))
        guard try sum.read(UInt64.self) == SnapshotForm.checksum(bytes.dropLast(8)) else { throw .damaged }
        var reader = SnapshotReader(bytes.dropLast(8))
        guard try reader.read(UInt32.self) == SnapshotForm.magic else { throw .damaged }
        let version = try reader.read(UInt16.self)
        guard SnapshotForm.readable.contains(version) else { throw .otherForm(found: version) }
        let found = try reader.readText()
        guard found == site else { throw .otherSite(found: found) }
        return reader.reading(form: version)
    }

    private mutating func readTallies(_ reader: inout SnapshotReader) throws(SnapshotRefused) {
        let tallies = try reader.readWords()
        guard tallies.count == 3 else { throw .damaged }
        (reAnchorings, unknownSamples, lateSamples) = (tallies[0], tallies[1], tallies[2])
    }

    // MARK: Points

    private mutating func readPoints(_ reader: inout SnapshotReader) throws(SnapshotRefused) {
        let numbers = Dictionary(book.tags.enumerated().map { ($1, $0) }) { first, _ in first }
        for _ in 0..<(try reader.read(UInt32.self)) {
            let (tag, read) = try Self.readPoint(&reader)
            guard let number = numbers[tag] else { continue }
            points[number].value = read.value
            points[number].time = read.time
            points[number].arrival = read.arrival
            points[number].quality = read.quality
            points[number].hasRow = read.hasRow
            points[number].isSilenced = read.isSilenced
            points[number].lateRun = read.lateRun
            points[number].shown = read.shown
            noteChange(ofPoint: number)
        }
    }

    private static func readPoint(_ reader: inout SnapshotReader) throws(SnapshotRefused) -> (String, PointCell) {
        let tag = try reader.readText()
        var cell = PointCell()
        cell.value = try reader.readDouble()
        cell.time = try reader.readInstant()
        cell.arrival = try reader.readInstant()
        cell.quality = try reader.readQuality()
        cell.hasRow = try reader.readBool()
        cell.isSilenced = try reader.readBool()
        cell.lateRun = try reader.read()
        let raw = try reader.read(UInt64.self)
        guard let kind = Payload.Kind(rawValue: try reader.read()) else { throw .damaged }
        cell.shown = PointStanding(
            payload: Payload(raw: raw, kind: kind), quality: try reader.readQuality(),
            flags: SampleFlags(rawValue: try reader.read()), time: try reader.readInstant(),
            arrival: try reader.readInstant(), lastUsable: try reader.readDouble(), count: try reader.read())
        return (tag, cell)
    }

    /// The tags of the core that a snapshot was made of, by number: which point a logged slot of that run speaks of.
    package static func tags(inSnapshot bytes: [UInt8], of site: String) throws(SnapshotRefused) -> [String] {
        var reader = try openSnapshot(bytes, of: site)
        _ = try (reader.readInstant(), reader.readInstant(), reader.read(UInt64.self), reader.read(UInt64.self))
        _ = try reader.readWords()
        var tags: [String] = []
        for _ in 0..<(try reader.read(UInt32.self)) { tags.append(try readPoint(&reader).0) }
        return tags
    }

    // MARK: Entries

    private mutating func readEntries(
        _ reader: inout SnapshotReader, newWatchesFrom instant: PlantInstant
    ) throws(SnapshotRefused) -> Carryover {
        var carryover = Carryover()
        var firstWatch = Array(repeating: watches.count, count: entries.count)
        for (number, watch) in watches.enumerated() {
            watches[number].notBefore = instant
            firstWatch[Int(watch.entry)] = min(firstWatch[Int(watch.entry)], number)
        }
        let derivedEntries = Dictionary(
            entries.indices.filter { entries[$0].rule == .max }.map { (entryName($0), $0) }
        ) { first, _ in first }
        for _ in 0..<(try reader.read(UInt32.self)) {
            let name = try reader.readText()
            let fingerprint = try reader.read(UInt64.self)
            let isRule = try reader.readBool()
            var alarm = isRule ? try reader.readPart() : nil
            var state = try reader.readPart()
            let entry = isRule ? book.rules.number(of: name).map { Int(alarms[$0].entry) } : derivedEntries[name]
            guard let entry else {
                if try isOpen(alarm) { carryover.orphaned.append(name) }
                continue
            }
            try readAlarm(&alarm, entry)
            if book.fingerprints[entry] == fingerprint {
                try readState(&state, entry, firstWatch: firstWatch[entry])
                carryover.unchanged += 1
            } else {
                carryover.changed += 1
                standIn(for: entry)
            }
        }
        return carryover
    }

    private func isOpen(_ alarm: SnapshotReader?) throws(SnapshotRefused) -> Bool {
        guard var alarm else { return false }
        return try AlarmMemory(&alarm).lifecycle.state != .normal
    }

    private mutating func readAlarm(_ part: inout SnapshotReader?, _ entry: Int) throws(SnapshotRefused) {
        guard var reader = part else { return }
        let memory = try AlarmMemory(&reader)
        let rule = Int(entries[entry].rule)
        alarms[rule].lifecycle = memory.lifecycle
        alarms[rule].lateThrough = memory.lateThrough
        entries[entry].level = memory.level
        entries[entry].value = memory.value
        entries[entry].quality = memory.quality
        if !memory.counts.isEmpty { counts.set(rule, memory.counts) }
        // A rule that people hear of is active as they were told, whatever it was while it was silent.
        entries[entry].condition = AlarmCondition(
            isActive: entries[entry].isSilent ? memory.isActive : memory.lifecycle.state.isActive)
        noteChange(ofEntry: entry)
    }

    private mutating func readState(
        _ part: inout SnapshotReader, _ entry: Int, firstWatch: Int
    ) throws(SnapshotRefused) {
        entries[entry].isUnknown = try part.readBool()
        let phase = try part.read(UInt8.self)
        let number = try part.read(Int64.self)
        switch phase {
        case 0: entries[entry].condition.timer = .idle
        case 1: entries[entry].condition.timer = .running(until: PlantInstant(nanoseconds: number))
        case 2: entries[entry].condition.timer = .paused(leftNanoseconds: number)
        default: throw .damaged
        }
        var watch = firstWatch
        while watch < watches.count, Int(watches[watch].entry) == entry {
            watches[watch].isStale = try part.readBool()
            watches[watch].notBefore = try part.readInstant()
            watch += 1
        }
        try readKind(&part, entry)
    }

    private mutating func readKind(_ part: inout SnapshotReader, _ entry: Int) throws(SnapshotRefused) {
        let detail = Int(entries[entry].detail)
        switch entries[entry].mechanism {
        case .frozen: lists.frozen[detail].stillness = try Stillness(memory: part.readWords()).orDamaged()
        case .count:
            for row in try part.readRows() { lists.counts[detail].raises.append(row, in: &rows) }
        case .average:
            for row in try part.readRows() {
                _ = lists.averages[detail].average.add(row.value.isNaN ? nil : row.value, at: row.time, in: &rows)
            }
        case .derived:
            switch lists.derived[detail].operation {
            case .sum, .difference, .linear, .table, .product, .inverse, .minimum, .maximum: break
            case .slope(let place):
                for row in try part.readRows() { _ = lists.trends[Int(place)].add(row.value, at: row.time, in: &rows) }
            case .mean(let place):
                for row in try part.readRows() { _ = lists.means[Int(place)].add(row.value, at: row.time, in: &rows) }
            case .counter(let place, _):
                lists.totals[Int(place)] = try RunningTotal(memory: part.readWords()).orDamaged()
            case .unwrap(let place, _):
                lists.angles[Int(place)] = try UnwoundAngle(memory: part.readWords()).orDamaged()
            }
        case .threshold, .rate, .state, .badQuality, .stale, .deviation, .vote, .expect, .timeTo, .ladder: break
        }
    }

    // MARK: Slopes

    /// Windows are rebuilt from their rows: their sums are exact, so they come out as they were.
    private mutating func readSlopes(_ reader: inout SnapshotReader) throws(SnapshotRefused) {
        let numbers = Dictionary(
            lists.slopes.enumerated().map {
                (SlopeName(tag: book.tags[Int($1.point)], method: $1.method, span: $1.span), $0)
            }
        ) { first, _ in first }
        for _ in 0..<(try reader.read(UInt32.self)) {
            let tag = try reader.readText()
            guard let method = SlopeCell.Method(rawValue: try reader.read()) else { throw .damaged }
            let span = try reader.read(Int64.self)
            var part = try reader.readPart()
            guard let known = numbers[SlopeName(tag: tag, method: method, span: span)] else { continue }
            lists.slopes[known].slope = try part.readDouble()
            let place = Int(lists.slopes[known].place)
            switch method {
            case .leastSquares:
                for row in try part.readRows() { _ = lists.leastSquares[place].add(row.value, at: row.time, in: &rows) }
            case .theilSen:
                for row in try part.readRows() {
                    _ = lists.theilSen[place].add(row.value, at: row.time, in: &rows, scratch: &pairSlopes)
                }
            case .weighted:
                guard lists.weighted[place].recall(try part.readWords()) else { throw .damaged }
            }
        }
    }
}

/// What makes a slope the same slope in another core.
private struct SlopeName: Hashable {
    var tag: String
    var method: SlopeCell.Method
    var span: Int64
}

extension SnapshotReader {
    fileprivate mutating func readRows() throws(SnapshotRefused) -> [Row] {
        let count = Int(try read(UInt32.self))
        guard count <= RowQueue.countMax else { throw .damaged }
        var rows: [Row] = []
        for _ in 0..<count { rows.append(Row(time: try read(), value: try readDouble())) }
        return rows
    }
}

extension Optional {
    fileprivate func orDamaged() throws(SnapshotRefused) -> Wrapped {
        guard let self else { throw .damaged }
        return self
    }
}
