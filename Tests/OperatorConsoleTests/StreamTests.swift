import PlantModel
import PlantTime
import Testing
import WebTransfer

@testable import OperatorConsole

@Suite(.timeLimit(.minutes(1))) struct `The event stream` {
    @Test func `it starts after the sequence that the reader has, and goes on live without hole or double`()
        async throws
    {
        try await OpenConsole.with { open async throws in
            for version in 1...700 { open.station.commit(aRecord("comment", version: UInt32(version))) }
            let reading = open.read("/api/v1/events?after=100")
            // While it walks the journal, the plant goes on.
            for version in 701...900 { open.station.commit(aRecord("comment", version: UInt32(version))) }
            let events = await reading.first(800)
            #expect(events.map(\.id) == Array(101...900))
            #expect(events.allSatisfy { $0.name == "alarm" })
            #expect(events.first?.data.hasPrefix(#"{"sequence":101,"key":"demo/AT-101.HH/7/comment/0/1""#) == true)
            await reading.leave()
        }
    }

    @Test func `a reader that comes back with the last id misses nothing`() async throws {
        try await OpenConsole.with { open async throws in
            for version in 1...5 { open.station.commit(aRecord("comment", version: UInt32(version))) }
            let first = open.read("/api/v1/events?after=0")
            let seen = await first.first(3).compactMap(\.id)
            await first.leave()
            open.station.commit(aRecord("comment", version: 6))
            // The address still says 0, as a browser's would: the header counts.
            let second = open.read("/api/v1/events?after=0", lastEventID: seen.last)
            let rest = await second.first(3).compactMap(\.id)
            #expect(seen + rest == [1, 2, 3, 4, 5, 6])
            await second.leave()
        }
    }

    @Test func `without a place it begins now`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let reading = open.read("/api/v1/events")
            _ = await reading.first(1) { $0.name == "beat" }
            open.station.commit(aRecord("comment", version: 2))
            #expect(await reading.first(1).map(\.id) == [2])
            await reading.leave()
        }
    }

    @Test func `a place that this journal has not reached is answered with reset`() async throws {
        try await OpenConsole.with { open async throws in
            open.station.commit(aRecord())
            let reading = open.read("/api/v1/events?after=90")
            let reset = await reading.first(1) { $0.name == "reset" }
            #expect(reset == [ReadEvent(name: "reset", id: nil, data: #"{"sequence":1}"#)])
            open.station.commit(aRecord("comment", version: 2))
            #expect(await reading.first(1).map(\.id) == [2])
            await reading.leave()
        }
    }

    /// A page reads the alarms and then opens its stream, while others have theirs: told to load afresh it would begin again.
    @Test func `a place that the other streams have yet to reach is none of another journal`() async throws {
        try await OpenConsole.with { open async throws in
            let other = open.read("/api/v1/events")
            _ = await other.first(1) { $0.name == "beat" }
            while !open.station.isFollowed {
                try Task.checkCancellation()
                await Task.yield()
            }
            open.station.commitUnheard(aRecord())
            let reading = open.read("/api/v1/events?after=1")
            _ = await reading.first(1) { $0.name == "beat" }
            open.station.commit(aRecord("comment", version: 2))
            let events = await reading.first(1) { $0.name != "beat" }
            #expect(events.map(\.name) == ["alarm"] && events.map(\.id) == [2])
            #expect(await other.first(2).map(\.id) == [1, 2])
            await reading.leave()
            await other.leave()
        }
    }

    @Test func `a commit wakes nobody while nobody listens`() async throws {
        try await OpenConsole.with(configure: { $0.beat = .milliseconds(20) }) { open async throws in
            #expect(open.station.waits == 0)
            let reading = open.read("/api/v1/events?after=0")
            open.station.commit(aRecord())
            #expect(await reading.first(1).map(\.id) == [1])
            await reading.leave()
            while try await !open.get("/metrics").text.contains("hazardd_console_streams 0") {
                try Task.checkCancellation()
            }
            // Ends the wait that was under way.
            open.station.commit(aRecord("comment", version: 2))
            while open.station.isFollowed {
                try Task.checkCancellation()
                // The hub may need this very thread.
                await Task.yield()
            }
            let waits = open.station.waits
            for version in 3...20 { open.station.commit(aRecord("comment", version: UInt32(version))) }
            #expect(try await open.get("/metrics").status == 200)
            #expect(open.station.waits == waits && waits > 0)
            let next = open.read("/api/v1/events")
            _ = await next.first(1) { $0.name == "beat" }
            open.station.commit(aRecord("comment", version: 21))
            #expect(await next.first(1).map(\.id) == [21])
            await next.leave()
        }
    }

    @Test func `a refused command is told as one`() async throws {
        try await OpenConsole.with { open async throws in
            let reading = open.read("/api/v1/events?after=0")
            var refused = aRecord("refused")
            refused.refusal = "alarm-changed"
            open.station.commit(refused)
            #expect(await reading.first(1).map(\.name) == ["command"])
            await reading.leave()
        }
    }

    @Test func `beats come without an id and tell time, place and whether samples still come`() async throws {
        try await OpenConsole.with(configure: { $0.beat = .milliseconds(20) }) { open async throws in
            let reading = open.read("/api/v1/events")
            let beats = await reading.first(3) { $0.name == "beat" }
            #expect(beats.count == 3)
            #expect(beats.allSatisfy { $0.id == nil })
            #expect(beats.last?.data.contains(#""sequence":0,"committed":0,"ready":true,"storageLost":false"#) == true)
            #expect(beats.last?.data.contains(#""newestSampleAgeSeconds":0.4"#) == true)
            await reading.leave()
        }
    }

    @Test func `past the last seat a stream is refused, and a seat that is left is free again`() async throws {
        try await OpenConsole.with(streams: 2, configure: { $0.beat = .milliseconds(20) }) { open async throws in
            let readings = [open.read("/api/v1/events"), open.read("/api/v1/events")]
            for reading in readings { _ = await reading.first(1) { $0.name == "beat" } }
            #expect(try await open.get("/metrics").text.contains("\nhazardd_console_streams 2\n"))
            let third = try await open.get("/api/v1/events")
            #expect(third.status == 503)
            #expect(third.header("Retry-After") == "5")
            #expect(try members(third)["type"] as? String == "/problems/streams-full")
            await readings[0].leave()
            // The server notices at its next beat: each refused try is a real exchange, the suite's limit bounds them.
            var fourth = open.read("/api/v1/events")
            while await fourth.first(1, where: { $0.name == "beat" }).isEmpty {
                #expect(await fourth.ended()?.status == 503)
                try Task.checkCancellation()
                fourth = open.read("/api/v1/events")
            }
            await fourth.leave()
            await readings[1].leave()
        }
    }

    @Test func `a reader slower than the plant is told so and resumes behind what it got`() async throws {
        try await OpenConsole.with(configure: { $0.streamQueue = 8 }) { open async throws in
            let slow = try SlowReader(socket: open.control, after: 0)
            try await slow.waitForGreeting()
            let total: UInt64 = 4000
            for version in 1...total { open.station.commit(aRecord("comment", version: UInt32(version))) }
            // Now it reads on: what had been written, then the news that it fell behind, then the end.
            let events = try await slow.readToEnd()
            let sequences = events.compactMap(\.id)
            let last = try #require(sequences.last)
            try #require(last < total)
            #expect(sequences == Array(1...last))
            #expect(events.last == ReadEvent(name: "overflow", id: nil, data: #"{"sequence":\#(last)}"#))
            #expect(try await open.get("/metrics").text.contains(#"streams_cut_total{reason="overflow"} 1"#))
            let again = open.read("/api/v1/events?after=0", lastEventID: last)
            #expect(await again.first(Int(total - last)).map(\.id) == Array((last + 1)...total))
            await again.leave()
        }
    }

    @Test func `a reader that takes nothing is cut, and the others go on`() async throws {
        let quick: (inout ConsoleConfiguration) -> Void = { configuration in
            configuration.beat = .milliseconds(20)
            configuration.writeLimit = .milliseconds(200)
        }
        try await OpenConsole.with(configure: quick) { open async throws in
            let deaf = try SlowReader(socket: open.control, after: 0)
            try await deaf.waitForGreeting()
            let other = open.read("/api/v1/events?after=0")
            for version in 1...4000 { open.station.commit(aRecord("comment", version: UInt32(version))) }
            // Under load the other may be late too; that somebody was cut is what ends the wait.
            let nobody = #"streams_cut_total{reason="write_limit"} 0"#
            while try await open.get("/metrics").text.contains(nobody) { try Task.checkCancellation() }
            #expect(await other.first(1).isEmpty == false)
            await other.leave()
            _ = deaf
        }
    }
}

@Suite struct `The roster of streams` {
    private let start = PlantInstant(milliseconds: 1000)

    @Test func `it gives no more seats than there are, and counts who was refused`() {
        var roster = StreamRoster(capacity: 2)
        let first = roster.admit() ?? 0
        #expect(roster.admit() != nil)
        #expect(roster.admit() == nil)
        #expect(roster.refusedCount == 1)
        roster.leave(first)
        #expect(roster.admit() != nil)
        #expect(roster.count == 2)
    }

    @Test func `only a write that stands still is stalled, not a stream that waits`() {
        var roster = StreamRoster(capacity: 3)
        let writing = roster.admit() ?? 0
        let waiting = roster.admit() ?? 0
        let done = roster.admit() ?? 0
        roster.writeBegan(writing, at: start)
        roster.writeBegan(done, at: start)
        roster.writeEnded(done)
        #expect(roster.stalled(at: start + .milliseconds(14_999), limit: .seconds(15)) == [])
        #expect(roster.stalled(at: start + .seconds(15), limit: .seconds(15)) == [writing])
        roster.leave(writing)
        roster.writeBegan(writing, at: start)
        #expect(roster.stalled(at: start + .seconds(60), limit: .seconds(15)) == [])
        #expect(waiting != done)
    }
}
