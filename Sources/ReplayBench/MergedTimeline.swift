import PlantModel
package import PlantTime

/// One source behind a reference, so that several of different kinds can stand in a list. Called once a batch.
package class TimelineFeed {
    fileprivate init() {}

    fileprivate func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {}
    fileprivate var tally: TimelineTally { TimelineTally() }
    fileprivate var carriesTicks: Bool { true }
    fileprivate var snapshot: [UInt8]? { nil }

    package static func of<Source: TimelineSource & ~Copyable>(_ source: consuming Source) -> TimelineFeed {
        SourceFeed(source)
    }
}

private final class SourceFeed<Source: TimelineSource & ~Copyable>: TimelineFeed {
    private var source: Source

    init(_ source: consuming Source) { self.source = source }

    override func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        try source.read(into: &batch, atMost: count)
    }

    override var tally: TimelineTally { source.tally }
    override var carriesTicks: Bool { source.carriesTicks }
    override var snapshot: [UInt8]? { source.snapshot }
}

/// Several sources as one line: by time; at one instant commands behind everything else (semantics.md D), otherwise in the
/// order in which the sources were given; what one source says stays in its order.
///
/// One source alone is handed through untouched, its input sequences and commands' numbers included.
package struct MergedTimeline: TimelineSource, ~Copyable {
    private struct Lane {
        let feed: TimelineFeed
        var batch = TimelineBatch()
        var next = 0

        var head: InputSlot? { next < batch.slots.count ? batch.slots[next] : nil }
    }

    private var lanes: [Lane]
    private var lastCommand: UInt32 = 0

    package init(_ feeds: [TimelineFeed]) { lanes = feeds.map { Lane(feed: $0) } }

    /// The first instant of the line; nil when there is none. Nothing is taken.
    package mutating func firstInstant() throws(RecordingMistake) -> PlantInstant? {
        var first: PlantInstant?
        for lane in lanes.indices {
            try refill(lane, atMost: 1024)
            guard let head = lanes[lane].head else { continue }
            first = min(first ?? head.lineTime, head.lineTime)
        }
        return first
    }

    /// Adds a source behind those that are there.
    package mutating func append(_ feed: TimelineFeed) { lanes.append(Lane(feed: feed)) }

    package mutating func read(into batch: inout TimelineBatch, atMost count: Int) throws(RecordingMistake) {
        if lanes.count == 1 {
            if lanes[0].next < lanes[0].batch.slots.count {
                // Looked at before, for its first instant.
                batch = lanes[0].batch
                lanes[0].next = lanes[0].batch.slots.count
                return
            }
            return try lanes[0].feed.read(into: &batch, atMost: count)
        }
        while batch.slots.count < count, let lane = try earliest(atMost: count) {
            var slot = lanes[lane].batch.slots[lanes[lane].next]
            lanes[lane].next += 1
            if slot.kind == .command {
                // Each source numbers its own commands; here they get numbers of one kind.
                lastCommand &+= 1
                if lastCommand == 0 { lastCommand = 1 }
                batch.commands[lastCommand] = lanes[lane].batch.commands[slot.auxiliary]
                slot.auxiliary = lastCommand
            }
            batch.slots.append(slot)
        }
    }

    private mutating func refill(_ lane: Int, atMost count: Int) throws(RecordingMistake) {
        guard lanes[lane].head == nil else { return }
        lanes[lane].batch.removeAll()
        lanes[lane].next = 0
        try lanes[lane].feed.read(into: &lanes[lane].batch, atMost: count)
    }

    /// The source whose next slot is the next of the line.
    private mutating func earliest(atMost count: Int) throws(RecordingMistake) -> Int? {
        var found: Int?
        var best: (PlantInstant, Bool) = (.distantFuture, true)
        for lane in lanes.indices {
            try refill(lane, atMost: count)
            guard let head = lanes[lane].head else { continue }
            let key = (head.lineTime, head.kind == .command)
            guard found == nil || key.0 < best.0 || (key.0 == best.0 && !key.1 && best.1) else { continue }
            found = lane
            best = key
        }
        return found
    }

    package var tally: TimelineTally {
        var sum = TimelineTally(bytesTotal: 0)
        for lane in lanes {
            let tally = lane.feed.tally
            sum.rows += tally.rows
            sum.rowsDropped += tally.rowsDropped
            sum.bytes += tally.bytes
            sum.bytesTotal = sum.bytesTotal.flatMap { total in tally.bytesTotal.map { total + $0 } }
            sum.notes += tally.notes
        }
        return sum
    }

    /// Time stands on the line only if all of it comes from logs that hold it.
    package var carriesTicks: Bool { lanes.allSatisfy { $0.feed.carriesTicks } }

    package var snapshot: [UInt8]? { lanes.count == 1 ? lanes[0].feed.snapshot : nil }
}
