import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

private let start = PlantInstant(milliseconds: 1_700_000_000_000)

@Suite struct `Exchange ledger` {
    static func entry(_ transaction: UInt16, sentAt: PlantInstant = start) -> ExchangeLedger.Entry {
        ExchangeLedger.Entry(
            transaction: transaction, unit: 0, unitNumber: 1, area: .holdingRegister, dataBytes: 2, sentAt: sentAt,
            patience: .milliseconds(200), deadline: sentAt + .milliseconds(200),
            turn: PollTurn(lane: 0, slot: sentAt, end: sentAt + .seconds(1), attempt: 0), isProbe: false)
    }

    @Test func `an answer closes the request of its number and no other`() {
        var ledger = ExchangeLedger(startingAt: 7)
        let number = ledger.takeTransaction(at: start)
        ledger.open(Self.entry(number))
        #expect(ledger.settle(number &+ 1, at: start) == .unknown)
        #expect(ledger.settle(number, at: start) == .answered(Self.entry(number)))
        #expect(ledger.settle(number, at: start) == .unknown, "the same answer twice")
        #expect(ledger.outstanding == nil)
    }

    @Test func `a late answer is known for 30 s, once`() {
        var ledger = ExchangeLedger(startingAt: 1)
        for number in [UInt16(1), 2] {
            ledger.open(Self.entry(number))
            #expect(ledger.bury(at: start)?.isRemembered == true)
        }
        #expect(ledger.settle(1, at: start + .milliseconds(29_999)) == .late(Self.entry(1)))
        #expect(ledger.settle(1, at: start + .milliseconds(29_999)) == .unknown)
        #expect(ledger.settle(2, at: start + .seconds(30)) == .unknown)
    }

    @Test func `more late answers than can be told apart are said so`() {
        var ledger = ExchangeLedger(startingAt: 0)
        for number in 0..<UInt16(64) {
            ledger.open(Self.entry(number))
            #expect(ledger.bury(at: start)?.isRemembered == true)
        }
        ledger.open(Self.entry(64))
        #expect(ledger.bury(at: start)?.isRemembered == false)
        #expect(ledger.tombstoneCount == 64)
    }

    @Test func `numbers wrap round and pass over buried ones`() {
        var ledger = ExchangeLedger(startingAt: .max)
        ledger.open(Self.entry(0))
        _ = ledger.bury(at: start)
        #expect(ledger.takeTransaction(at: start) == .max)
        #expect(ledger.takeTransaction(at: start) == 1)
    }
}

@Suite struct `A line held by its gateway` {
    private let ceiling = start + .milliseconds(1500)

    @Test func `gives whoever stands behind a probe what is left of its time, until something newer is answered`() {
        var hold = LineHold()
        #expect(hold.rest(at: start) == .zero)
        hold.begin(sentAt: start, until: ceiling)
        let soon = start + .milliseconds(100)
        #expect(hold.rest(at: soon) == .milliseconds(1400))
        hold.noteAnswer(toRequestOf: start + .milliseconds(-1), at: soon)
        #expect(hold.rest(at: soon) == .milliseconds(1400), "older than the probe")
        #expect(hold.rest(at: start + .seconds(2)) == .zero)
        hold.noteAnswer(toRequestOf: start, at: soon)
        #expect(hold.rest(at: soon) == .zero && hold.kind(at: soon) == nil)
    }

    @Test func `is known as one for an hour, and over a lost connection`() {
        var hold = LineHold()
        hold.begin(sentAt: start, until: ceiling)
        #expect(hold.kind(at: start) == nil)
        hold.note(.holds, at: start)
        hold.noteConnectionLost()
        #expect(hold.rest(at: start) == .zero)
        #expect(hold.kind(at: start + .seconds(3599)) == .holds && hold.kind(at: start + .seconds(3600)) == nil)
    }

    @Test func `forgets those behind a probe if a later one is answered before them, and holds them if not`() {
        var hold = LineHold()
        let (first, second) = (start + .milliseconds(100), start + .milliseconds(900))
        hold.begin(sentAt: start, until: ceiling)
        hold.noteLeftBehind(sentAt: first)
        #expect(hold.kind(at: second) == nil, "a lost frame says nothing yet")
        hold.noteAnswer(toRequestOf: start, at: second)
        #expect(hold.kind(at: second) == nil)
        hold.noteAnswer(toRequestOf: second, at: second)
        #expect(hold.kind(at: second) == .forgets)
        hold.begin(sentAt: second, until: ceiling)
        #expect(hold.rest(at: second) == .zero, "nobody is waited for where nobody is remembered")
        hold.noteLeftBehind(sentAt: second)
        hold.noteAnswer(toRequestOf: second, at: second)
        #expect(hold.kind(at: second) == .holds)
    }
}

@Suite struct `Unit breaker` {
    @Test func `opens at the third failure in a row and probes ever more seldom`() {
        var breaker = UnitBreaker(longestPause: .seconds(30))
        #expect(breaker.noteFailure(at: start) == false)
        #expect(breaker.noteFailure(at: start) == false)
        #expect(breaker.noteAnswer() == false)
        #expect(breaker.noteFailure(at: start) == false)
        #expect(breaker.noteFailure(at: start) == false)
        #expect(breaker.noteFailure(at: start) == true)
        var pauses: [Double] = []
        for _ in 0..<7 {
            pauses.append(((breaker.probeAt ?? start) - start).seconds)
            #expect(breaker.noteFailure(at: start) == false, "it opens only once")
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30])
        #expect(breaker.noteAnswer() == true)
        #expect(!breaker.isOpen)
    }

    @Test func `brings its next probe forward when it has heard of the unit, and stays open`() {
        var breaker = UnitBreaker(longestPause: .seconds(30))
        breaker.noteSign(at: start)
        #expect(breaker.state == .closed(failures: 0) && !breaker.isPromising, "closed, it needs no sign")
        for _ in 0..<6 { _ = breaker.noteFailure(at: start) }
        #expect(breaker.probeAt == start + .seconds(8) && !breaker.isPromising)
        breaker.noteSign(at: start + .seconds(2))
        breaker.noteSign(at: start + .seconds(3))
        #expect(breaker.probeAt == start + .seconds(2) && breaker.isPromising && breaker.isOpen)
        #expect(breaker.noteFailure(at: start + .seconds(3)) == false)
        #expect(breaker.probeAt == start + .seconds(19) && !breaker.isPromising, "a sign alone shortens no pause")
        breaker.noteSign(at: start + .seconds(4))
        #expect(breaker.noteAnswer() && !breaker.isPromising)
    }

    @Test func `probes SIS and gas at least every 5 s`() {
        var breaker = UnitBreaker(longestPause: BackOff.longest(isSafety: true))
        for _ in 0..<20 { _ = breaker.noteFailure(at: start) }
        #expect(breaker.probeAt == start + .seconds(5))
    }

    @Test func `a lost connection ends a row of failures but not an open breaker`() {
        var breaker = UnitBreaker(longestPause: .seconds(30))
        _ = breaker.noteFailure(at: start)
        breaker.noteConnectionLost()
        #expect(breaker.state == .closed(failures: 0))
        for _ in 0..<3 { _ = breaker.noteFailure(at: start) }
        breaker.noteConnectionLost()
        #expect(breaker.isOpen)
    }
}

@Suite struct `Response timer` {
    @Test func `waits longest before anything was measured, then within its bounds`() {
        var timer = ResponseTimer(floor: .milliseconds(200), ceiling: .milliseconds(1500))
        #expect(timer.patience == .milliseconds(1500))
        for _ in 0..<50 { timer.note(roundTrip: .milliseconds(10)) }
        #expect(timer.patience == .milliseconds(200))
        for _ in 0..<50 { timer.note(roundTrip: .milliseconds(600)) }
        #expect(timer.patience >= .milliseconds(600) && timer.patience <= .milliseconds(1500))
        for _ in 0..<50 { timer.note(roundTrip: .seconds(3)) }
        #expect(timer.patience == .milliseconds(1500))
    }

    @Test func `time-outs in a row make it patient, an answer makes it itself again`() {
        var timer = ResponseTimer(floor: .milliseconds(50), ceiling: .milliseconds(1500))
        for _ in 0..<50 { timer.note(roundTrip: .milliseconds(100)) }
        let usual = timer.patience
        timer.noteTimeout()
        #expect(timer.patience >= usual * 2 - .milliseconds(1))
        timer.note(roundTrip: .milliseconds(100))
        #expect(timer.patience <= usual + .milliseconds(1))
    }
}

@Suite struct `Log gate` {
    @Test func `five a minute of one message about one device, the rest is counted`() {
        var gate = LogGate()
        let subject = LogGate.Subject(message: "modbus link lost", endpoint: 0, unit: -1)
        let other = LogGate.Subject(message: "modbus link lost", endpoint: 1, unit: -1)
        for second in 0..<5 { #expect(gate.admit(subject, at: start + .seconds(second)) == 0) }
        for second in 5..<60 { #expect(gate.admit(subject, at: start + .seconds(second)) == nil) }
        #expect(gate.admit(other, at: start + .seconds(30)) == 0)
        #expect(gate.admit(subject, at: start + .seconds(60)) == 55)
        #expect(gate.admit(subject, at: start + .seconds(61)) == 0)
    }
}

@Suite struct `Owed reports` {
    @Test func `keep the newest of each point`() {
        func slots(_ points: [UInt32], _ value: Double) -> [InputSlot] {
            points.map { InputSlot(Sample(point: PointIndex($0), at: start, .good(value)), published: start) }
        }
        var owed = OwedReports()
        owed.keep(slots([1, 2, 9], 0))
        owed.keep(slots([9], 1))
        #expect(owed.slots.map(\.point) == [1, 2, 9])
        #expect(owed.slots.last?.sample.reading == .good(1))
        owed.settle()
        #expect(owed.isEmpty)
    }
}
