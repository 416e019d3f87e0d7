package import PlantModel
import PlantTime

/// A recording, `time,point,value,quality`, as a source of a replay.
package struct RecordingSource: TimelineSource, ~Copyable {
    private var reader: RecordingReader

    /// - Parameter names: what the replay's core calls its points; rows of other points only move the clock.
    package init(_ bytes: consuming ByteSource, names: ReplayNames) throws(RecordingMistake) {
        reader = try RecordingReader(bytes, tags: names.points, derived: names.derived)
    }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        for _ in 0..<count {
            guard let row = try reader.next() else { return }
            batch.slots.append(InputSlot(recorded: row))
        }
    }

    package var tally: TimelineTally {
        TimelineTally(
            rows: reader.rowsRead, rowsDropped: reader.rowsDropped, bytes: reader.bytesRead,
            bytesTotal: reader.bytesTotal)
    }
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
