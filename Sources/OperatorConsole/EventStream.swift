import HTTPTypes
import HummingbirdCore
import NIOCore
import PlantModel
import StationPorts

/// One reader's stream: from the journal after a sequence, without a hole, then live behind the committed mark.
struct EventStream: Sendable {
    let hub: EventHub
    let archive: ArchiveReader
    let seat: EventHub.Seat
    /// What stands on the first beat, so that the reader knows at once that the stream lives.
    let greeting: JSONText

    /// Writes until the reader leaves, falls behind or the console stops. Throws when the connection is gone.
    func run(after start: UInt64, into writer: inout any ResponseBodyWriter) async throws {
        try await write(StreamText.opening, &writer)
        try await write(StreamText.passing("beat", greeting), &writer)
        var sent = start
        // Ahead of the other streams it may well be: they are handed a commit a moment after it stands in the journal.
        if sent > hub.position {
            let head = try await archive.read { try $0.head().sequence }
            if sent > head {
                // A place that this journal has not reached: the reader knows another one and must load afresh.
                sent = head
                try await write(StreamText.passing("reset", ["sequence": .unsigned(head)]), &writer)
            }
        }
        // Far behind, it walks the journal at the reader's pace and holds no queue; near the end it joins the others.
        while sent + UInt64(EventHub.batch) < hub.position {
            try await walk(&sent, through: hub.position, &writer)
        }
        let live = hub.goLive(seat)
        while sent < live.position { try await walk(&sent, through: live.position, &writer) }
        for await item in live.items {
            switch item {
            case .event(let sequence, let text) where sequence > sent:
                try await write(text, &writer)
                sent = sequence
            case .event: continue
            case .beat(let text): try await write(text, &writer)
            }
        }
        if hub.hasOverflowed(seat) {
            try await write(StreamText.passing("overflow", ["sequence": .unsigned(sent)]), &writer)
        }
    }

    /// One step through the journal. Throws rather than leave a hole: the reader resumes where it was.
    private func walk(
        _ sent: inout UInt64, through end: UInt64, _ writer: inout any ResponseBodyWriter
    ) async throws {
        let after = sent
        let records = try await archive.read { try $0.records(after: after, limit: EventHub.batch) }
            .prefix { $0.sequence <= end }
        guard let last = records.last else {
            throw Problem(.journalUnreadable, found: "\(after)", expected: "\(end)")
        }
        for record in records { try await write(StreamText.event(record), &writer) }
        sent = last.sequence
    }

    private func write(_ text: ByteBuffer, _ writer: inout any ResponseBodyWriter) async throws {
        // The writer is copied: `inout` cannot be captured, and a writer is a handle to the connection.
        var writer = writer
        try await hub.write(seat) { try await writer.write(text) }
    }
}
