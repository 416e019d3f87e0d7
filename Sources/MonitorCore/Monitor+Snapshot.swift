import AlarmLogic
import PlantModel
import PlantTime

// The whole state of the core as bytes: restored into a core with the same rules, it goes on to the identical events.
// Entries go by name and fingerprint, points by tag, so a snapshot also fits a core whose rules have changed since.
extension Monitor {
    /// The whole in one go.
    /// - Complexity: linear in points, rules and rows in windows; allocates. Between steps only.
    package func snapshot() -> [UInt8] {
        var draft = draft()
        var bytes: [UInt8] = []
        _ = draft.write(.max, of: rows, into: &bytes)
        return bytes
    }

    /// Fixes what a snapshot of this instant holds; its bytes are then handed out by ``writeSnapshot(_:into:)`` while the core
    /// goes on: the rows of windows, most of them, stay where they are until they have been written. One that was
    /// under way is given up.
    /// - Complexity: linear in points and rules; allocates. Between steps only.
    package mutating func beginSnapshot() {
        giveUpSnapshot()
        underWay = draft()
        rows.hold()
    }

    /// Appends the next bytes of the snapshot under way: about `count`, or all that are left.
    /// - Returns: whether those were the last.
    package mutating func writeSnapshot(_ count: Int, into piece: inout [UInt8]) -> Bool {
        guard underWay?.write(count, of: rows, into: &piece) ?? true else { return false }
        giveUpSnapshot()
        return true
    }

    package mutating func giveUpSnapshot() {
        guard underWay != nil else { return }
        underWay = nil
        rows.release()
    }

    private func draft() -> SnapshotDraft {
        // What it will take without the rows, nearly: 200 bytes for what a point or an entry says with its name.
        var writer = SnapshotWriter(reserving: 200 * (points.count + entries.count))
        writer.write(SnapshotForm.magic)
        writer.write(SnapshotForm.version)
        writer.write(site)
        writer.write(start)
        writer.write(cause.decidedAt)
        writer.write(cause.sequence)
        writer.write(digest.value)
        writer.write([reAnchorings, unknownSamples, lateSamples])
        writePoints(into: &writer)
        writeEntries(into: &writer)
        writeSlopes(into: &writer)
        return SnapshotDraft(writer)
    }

    private func writePoints(into writer: inout SnapshotWriter) {
        writer.write(UInt32(points.count))
        for (number, point) in points.enumerated() {
            writer.write(book.tags[number])
            writer.write(point.value)
            writer.write(point.time)
            writer.write(point.arrival)
            writer.write(point.quality)
            writer.write(point.hasRow)
            writer.write(point.isSilenced)
            writer.write(point.lateRun)
            writer.write(point.shown.payload.raw)
            writer.write(point.shown.payload.kind.rawValue)
            writer.write(point.shown.quality)
            writer.write(point.shown.flags.rawValue)
            writer.write(point.shown.time)
            writer.write(point.shown.arrival)
            writer.write(point.shown.lastUsable)
            writer.write(point.shown.count)
        }
    }

    private func writeEntries(into writer: inout SnapshotWriter) {
        writer.write(UInt32(entries.count))
        var watch = 0
        for (number, entry) in entries.enumerated() {
            writer.write(entryName(number))
            writer.write(book.fingerprints[number])
            writer.write(entry.rule != .max)
            if entry.rule != .max { writer.writePart { writeAlarm(Int(entry.rule), into: &$0) } }
            writer.writePart { part in
                writeCondition(entry, into: &part)
                // The watches stand in the order of their entries.
                while watch < watches.count, Int(watches[watch].entry) == number {
                    part.write(watches[watch].isStale)
                    part.write(watches[watch].notBefore)
                    watch += 1
                }
                writeKind(entry, into: &part)
            }
        }
    }

    /// What survives a change of the rule: what people were told. Of most rules that is nothing.
    private func writeAlarm(_ rule: Int, into part: inout SnapshotWriter) {
        let alarm = alarms[rule]
        let entry = present(Int(alarm.entry))
        part.write(entry.value)
        part.write(entry.quality)
        let isCounted = counts.has(rule)
        let isUntold =
            alarm.lifecycle == AlarmLifecycle() && alarm.lateThrough == .distantPast && !entry.condition.isActive
            && entry.level == 0
        guard isCounted || !isUntold else { return }
        part.write(alarm.lifecycle.state.rawValue)
        part.write(alarm.lifecycle.occurrence)
        part.write(alarm.lifecycle.version)
        part.write(alarm.lateThrough)
        part.write(entry.condition.isActive)
        part.write(entry.level)
        if isCounted { counts.forEach(of: rule) { part.write($0) } }
    }

    private func writeCondition(_ entry: EntryCell, into part: inout SnapshotWriter) {
        part.write(entry.isUnknown)
        switch entry.condition.timer {
        case .idle:
            part.write(UInt8(0))
            part.write(Int64(0))
        case .running(let end):
            part.write(UInt8(1))
            part.write(end)
        case .paused(let left):
            part.write(UInt8(2))
            part.write(left)
        }
    }

    private func writeKind(_ entry: EntryCell, into part: inout SnapshotWriter) {
        let detail = Int(entry.detail)
        switch entry.mechanism {
        case .frozen: part.write(lists.frozen[detail].stillness.memory)
        case .count: write(lists.counts[detail].raises, into: &part)
        case .average: write(lists.averages[detail].average.rows, into: &part)
        case .derived:
            switch lists.derived[detail].operation {
            case .sum, .difference, .linear, .table, .product, .inverse, .minimum, .maximum: break
            case .mean(let place): write(lists.means[Int(place)].rows, into: &part)
            case .slope(let place): write(lists.trends[Int(place)].rows, into: &part)
            case .counter(let place, _): part.write(lists.totals[Int(place)].memory)
            case .unwrap(let place, _): part.write(lists.angles[Int(place)].memory)
            }
        case .threshold, .rate, .state, .badQuality, .stale, .deviation, .vote, .expect, .timeTo, .ladder: break
        }
    }

    private func writeSlopes(into writer: inout SnapshotWriter) {
        writer.write(UInt32(lists.slopes.count))
        for (number, slope) in lists.slopes.enumerated() {
            writer.write(book.tags[Int(slope.point)])
            writer.write(slope.method.rawValue)
            writer.write(slope.span)
            writer.writePart { part in
                part.write(lists.slope(number))
                switch slope.method {
                case .leastSquares: write(lists.leastSquares[Int(slope.place)].rows, into: &part)
                case .theilSen: write(lists.theilSen[Int(slope.place)].rows, into: &part)
                case .weighted: part.write(lists.weighted[Int(slope.place)].memory)
                }
            }
        }
    }

    private func write(_ queue: RowQueue, into part: inout SnapshotWriter) {
        part.leave(RowWalk(over: queue, in: rows))
    }
}
