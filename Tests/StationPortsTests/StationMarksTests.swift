import PlantTesting
import RingPipeline
import StationPorts
import Testing

@Suite struct `The marks of a station` {
    private let marks = StationMarks()

    @Test func `only grow`() {
        for mark in [marks.judged, marks.judgedEvents, marks.committed, marks.held, marks.logged, marks.journal] {
            mark.advance(to: 5)
            mark.advance(to: 4)
            #expect(mark.current == 5)
        }
    }

    @Test func `show the events of a batch to whoever sees that it is judged`() {
        marks.judge(through: 10, events: 3)
        #expect(marks.judged.current == 10 && marks.judgedEvents.current == 3)
        marks.judge(through: 11, events: 3)
        #expect(marks.judged.current == 11 && marks.judgedEvents.current == 3)
    }

    /// Whoever sees input n judged must find all of its events, never fewer. A second thread that follows closely would see
    /// the wrong order only by luck, so the look is taken in the very moment in which the first mark moves: from a thread
    /// that the mark itself wakes.
    @Test func `never show an input as judged before its events`() {
        let marks = marks
        let inputs: UInt64 = 500_000
        let core = WorkerThread(named: "core") {
            for input in 1...inputs { marks.judge(through: input, events: input * 2) }
        }
        var seen: UInt64 = 0
        var tooFew = 0
        while seen < inputs {
            // Parked, it costs the core a wake-up between its two marks: the wrong order would lie open for microseconds.
            _ = marks.judged.wait(for: min(seen + 1, inputs), atMost: .milliseconds(1))
            seen = marks.judged.current
            if marks.judgedEvents.current < seen * 2 { tooFew += 1 }
        }
        core.join()
        #expect(tooFew == 0)
    }

    @Test func `let nothing be told that is neither committed nor held`() {
        marks.judge(through: 1, events: 9)
        #expect(marks.tellable == 0)
        marks.committed.advance(to: 4)
        #expect(marks.tellable == 4)
        marks.held.advance(to: 6)
        #expect(marks.tellable == 6)
        marks.committed.advance(to: 7)
        #expect(marks.tellable == 7)
    }
}

/// What an acknowledgement to a broker waits for: judged, then committed or held, then logged.
@Suite struct `An input` {
    private let marks = StationMarks()
    private func isSettled(_ input: UInt64) -> Bool { marks.waitUntilSettled(through: input, atMost: .zero) }

    @Test func `is settled when it is judged, its events are committed and it is logged, and not before`() {
        #expect(!isSettled(5))
        marks.judge(through: 5, events: 2)
        #expect(!isSettled(5))
        marks.committed.advance(to: 1)
        marks.logged.advance(to: 5)
        #expect(!isSettled(5), "one event of two is not all")
        marks.committed.advance(to: 2)
        #expect(isSettled(5))
        #expect(isSettled(4))
        #expect(!isSettled(6))
    }

    @Test func `that is committed but not in the input log is not settled`() {
        marks.judge(through: 5, events: 2)
        marks.committed.advance(to: 2)
        marks.logged.advance(to: 4)
        #expect(!isSettled(5))
        #expect(marks.logWanted.current == 5, "and the log knows that somebody waits")
        marks.logged.advance(to: 5)
        #expect(isSettled(5))
    }

    @Test func `is settled while storage is lost once its events are held`() {
        marks.judge(through: 5, events: 2)
        marks.logged.advance(to: 5)
        marks.held.advance(to: 2)
        #expect(isSettled(5))
    }

    @Test func `settles the moment the last of the three comes`() {
        let marks = marks
        let station = WorkerThread(named: "station") {
            marks.judge(through: 5, events: 2)
            _ = marks.logWanted.wait(for: 5, atMost: .seconds(20))
            marks.committed.advance(to: 2)
            marks.logged.advance(to: 5)
        }
        var isSettled = false
        // A wait may end early; the door asks again, as it does in the station.
        for _ in 0..<1000 where !isSettled { isSettled = marks.waitUntilSettled(through: 5, atMost: .seconds(20)) }
        #expect(isSettled)
        station.join()
    }

    /// The door's thread must beat between two waits: the limit holds for the whole, not for each of the three.
    @Test func `is waited for no longer than the limit, whichever of the three is missing`() {
        let marks = marks
        let limit = Duration.seconds(1)
        let station = WorkerThread(named: "station") {
            // The first thing comes late, the second never.
            _ = Doorbell().park(atMost: .milliseconds(800)) { false }
            marks.judge(through: 5, events: 2)
        }
        let start = ContinuousClock.now
        #expect(!marks.waitUntilSettled(through: 5, atMost: limit))
        let waited = ContinuousClock.now - start
        station.join()
        // With a limit of its own for each wait it would be 1.8 s at the least.
        #expect(waited < .milliseconds(1750), "waited \(waited)")
    }
}
