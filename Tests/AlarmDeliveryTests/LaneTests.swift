import AlarmDelivery
import DeliveryPlan
import ParkSimulator
import PlantModel
import PlantTesting
import PlantTime
import StationPorts
import Testing

@Suite struct `A receiver that fails` {
    private func withStation(
        _ script: [HTTPReaction], timeout: Duration = .seconds(5),
        _ body: (DutyStation, DutyOfficerReceiver) throws -> Void
    ) throws {
        let clock = ManualClock.secondAfterTheRaise
        let receiver = try DutyOfficerReceiver.test(clock)
        defer { receiver.stop() }
        receiver.script(script)
        let station = try DutyStation([.test(to: receiver.url, timeout: timeout)], clock: clock)
        station.worker.start()
        defer { station.worker.stop() }
        try body(station, receiver)
    }

    @Test(
        arguments: [
            (.answer(status: 500, body: "a\nb\u{7}c"), "500 a b c"),
            (
                .answer(status: 200, body: "{\"errcode\":310000,\"errmsg\":\"sign\"}"),
                "200 {\"errcode\":310000,\"errmsg\":\"sign\"}"
            ),
            (.answer(status: 200, body: "{\"code\":19021}"), "200 {\"code\":19021}"),
            (.answer(status: 200, body: "{\"errcode\":\"93000\"}"), "200 {\"errcode\":\"93000\"}"),
            (.answer(status: 302, headers: ["Location": "http://169.254.169.254/"]), "302 redirect not followed"),
            (.endless, "answer of 127.0.0.1 is longer than 65536 bytes and was cut off"),
            (.silence, "127.0.0.1 did not answer within 0.3 seconds"),
            (.trickle(every: .milliseconds(20)), "127.0.0.1 did not answer within 0.3 seconds"),
        ] as [(HTTPReaction, String)])
    func `is told in one line, and the message stays owed until it is accepted`(
        reaction: HTTPReaction, line: String
    ) throws {
        try withStation([reaction], timeout: .milliseconds(300)) { station, receiver in
            station.owe(aRecord())
            #expect(station.wait { !station.outbox.outcomes.isEmpty })
            guard case .failed(let answer, let nextAt) = station.outbox.outcomes.first else {
                Issue.record("not failed: \(station.outbox.outcomes)")
                return
            }
            #expect(answer == line)
            #expect(nextAt == station.clock.wallNow() + .seconds(1))
            #expect(station.pass(atMost: 5) { station.outbox.pending == 0 })
            #expect(receiver.acceptedKeys == ["demo/AT-101.HH/7/raise/0/1/zhang"])
        }
    }

    @Test func `twenty times gets twenty-one attempts, a minute apart at most`() throws {
        try withStation(Array(repeating: .answer(status: 500), count: 20)) { station, receiver in
            station.owe(aRecord())
            #expect(station.pass(atMost: 1300, step: .seconds(10)) { station.outbox.pending == 0 })
            #expect(receiver.receipts.count == 21 && station.outbox.noted.count == 21)
            for (attempt, noted) in station.outbox.noted.dropLast().enumerated() {
                guard case .failed(_, let nextAt) = noted.outcome else {
                    Issue.record("attempt \(attempt + 1) did not fail")
                    continue
                }
                #expect((.seconds(1) ... .seconds(60)).contains(nextAt - noted.at))
            }
        }
    }

    @Test func `and asks for half a minute gets half a minute`() throws {
        try withStation([.answer(status: 429, headers: ["Retry-After": "30"])]) { station, receiver in
            station.owe(aRecord())
            #expect(station.wait { !station.outbox.outcomes.isEmpty })
            guard case .failed(_, let nextAt) = station.outbox.outcomes.first else {
                Issue.record("not failed: \(station.outbox.outcomes)")
                return
            }
            // Not the lane alone waits: after a restart the row still says when the receiver wants to be asked.
            #expect(nextAt == station.clock.wallNow() + .seconds(30))
            station.owe(aRecord(rule: "other"))
            #expect(!station.pass(atMost: 25) { receiver.receipts.count > 1 })
            #expect(station.pass(atMost: 10) { station.outbox.pending == 0 })
        }
    }

    @Test func `a message that is called malformed is given up, shown, and holds nobody up`() throws {
        try withStation([.answer(status: 400, body: "bad")]) { station, receiver in
            station.owe(aRecord())
            station.owe(aRecord("clear"))
            #expect(station.wait { station.outbox.pending == 0 })
            #expect(station.outbox.outcomes.first == .refused(answer: "400 bad"))
            #expect(receiver.receipts.count == 2)
            #expect(station.worker.metrics().contains { $0.name == "hazardd_outbox_undelivered" && $0.value == 1 })
        }
    }

    @Test func `and comes back is reported both times`() throws {
        try withStation([.answer(status: 503)]) { station, _ in
            #expect(station.wait { station.reports.lines == ["duty works"] })
            station.owe(aRecord())
            #expect(station.wait { station.reports.lines == ["duty works", "duty fails"] })
            #expect(station.pass(atMost: 5) { station.reports.lines == ["duty works", "duty fails", "duty works"] })
            #expect(
                station.worker.metrics().contains {
                    $0.name == "hazardd_deliveries_total" && $0.value == 1 && $0.labels[1].1 == "failed"
                })
        }
    }

    @Test func `for ever does not keep other messages from passing`() throws {
        try withStation([]) { station, receiver in
            receiver.script(.answer(status: 500), forKeysContaining: "poison")
            station.owe(aRecord(rule: "poison-1"))
            station.owe(aRecord(rule: "poison-2"))
            #expect(station.wait { !station.outbox.outcomes.isEmpty })
            for number in 1...20 { station.owe(aRecord(rule: "rule-\(number)", priority: .low)) }
            #expect(station.pass(atMost: 10) { receiver.acceptedKeys.count == 20 })
            // The receiver has the last one a moment before its outcome is noted.
            #expect(station.wait { station.outbox.pending == 2 })
        }
    }

    @Test func `by hanging does not keep the station from stopping`() throws {
        try withStation([.silence], timeout: .seconds(60)) { station, receiver in
            station.owe(aRecord())
            #expect(receiver.wait { $0.count == 1 })
            let started = ContinuousClock.now
            station.worker.stop()
            #expect(ContinuousClock.now - started < .seconds(10))
            #expect(station.outbox.outcomes.isEmpty && station.outbox.pending == 1)
        }
    }
}

@Suite struct `The order of messages` {
    @Test func `a clear never comes before its raise, however often the raise fails`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        receiver.script(Array(repeating: .answer(status: 500), count: 4))
        let station = try DutyStation([.test(to: receiver.url)])
        station.worker.start()
        defer { station.worker.stop() }
        for transition in ["raise", "acknowledge", "clear"] { station.owe(aRecord(transition)) }
        #expect(station.pass(atMost: 60) { station.outbox.pending == 0 })
        #expect(
            receiver.acceptedKeys
                == ["raise", "acknowledge", "clear"].map { "demo/AT-101.HH/7/\($0)/0/1/zhang" })
    }

    @Test func `the most urgent of what is due goes first`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.owe(aRecord(rule: "blue", priority: .low))
        station.owe(aRecord(rule: "yellow", priority: .medium))
        station.owe(aRecord(rule: "red", priority: .critical))
        station.worker.start()
        defer { station.worker.stop() }
        #expect(station.wait { station.outbox.pending == 0 })
        #expect(receiver.acceptedKeys.map { $0.split(separator: "/")[1] } == ["red", "yellow", "blue"])
    }

    @Test func `a deaf receiver with a long backlog holds up nobody else`() throws {
        let deaf = try DutyOfficerReceiver.test()
        let awake = try DutyOfficerReceiver.test()
        defer {
            deaf.stop()
            awake.stop()
        }
        deaf.script(Array(repeating: .silence, count: 100))
        let station = try DutyStation([
            .test("deaf", to: deaf.url, timeout: .seconds(60)), .test("awake", recipient: "li", to: awake.url),
        ])
        for number in 1...50 { station.owe(aRecord(rule: "rule-\(number)"), channel: "deaf") }
        station.worker.start()
        defer { station.worker.stop() }
        #expect(deaf.wait { $0.count == 1 })
        station.owe(aRecord(), channel: "awake", recipient: "li")
        #expect(awake.wait { $0.count == 1 })
        #expect(deaf.receipts.count == 1)
        #expect(station.worker.lastBeat == station.clock.now())
    }
}

@Suite struct `The outbox worker` {
    @Test func `sends nothing unsigned while a secret is missing, and goes on when it is there`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let folder = try CredentialFolder([:])
        let station = try DutyStation([.test(to: receiver.url)], credentials: folder)
        station.worker.start()
        defer { station.worker.stop() }
        station.owe(aRecord())
        #expect(station.wait { !station.outbox.outcomes.isEmpty })
        guard case .failed(let answer, _) = station.outbox.outcomes.first else {
            Issue.record("not failed")
            return
        }
        #expect(answer == "credential duty-secret is missing in the credentials folder")
        #expect(receiver.receipts.isEmpty)
        try folder.add("duty-secret", secretText)
        #expect(station.pass(atMost: 5) { station.outbox.pending == 0 })
    }

    @Test func `that cannot note an outcome sends nothing more until it can, and nothing twice`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.outbox.pretendDiskFull(true)
        station.worker.start()
        defer { station.worker.stop() }
        station.owe(aRecord())
        station.owe(aRecord(rule: "other"))
        #expect(station.pass(atMost: 30) { station.outbox.refusedNotes >= 3 })
        #expect(receiver.receipts.count == 1)
        station.outbox.pretendDiskFull(false)
        #expect(station.pass(atMost: 10) { station.outbox.pending == 0 })
        #expect(receiver.receipts.count == 2 && receiver.acceptedKeys.count == 2)
    }

    @Test func `shows messages for a channel that the site no longer has as undelivered`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.owe(aRecord(), channel: "gone", recipient: "wang")
        station.worker.start()
        defer { station.worker.stop() }
        let refusal = AttemptOutcome.refused(answer: "channel gone is no longer in the site file")
        #expect(station.wait { station.outbox.outcomes == [refusal] })
    }

    /// Thousands may have been left by a receiver that was given up, and the devices are read only behind this start.
    @Test func `starts, and tells whom it can, before it is through with messages that nobody will take`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.owe(aRecord(), channel: "gone", recipient: "wang")
        station.owe(aRecord())
        station.outbox.pretendSlow(true)
        station.worker.start()
        defer { station.worker.stop() }
        #expect(receiver.wait { $0.count == 1 })
        #expect(station.outbox.pending >= 1)
        station.outbox.pretendSlow(false)
        #expect(station.wait { station.outbox.pending == 0 })
    }

    @Test func `after a start tries everything at once, even what the clock says is due in an hour`() throws {
        let receiver = try DutyOfficerReceiver.test()
        defer { receiver.stop() }
        let station = try DutyStation([.test(to: receiver.url)])
        station.outbox.owe(
            aRecord(), channel: "duty", recipient: "zhang", at: station.clock.wallNow() + .seconds(3600))
        station.worker.start()
        defer { station.worker.stop() }
        #expect(receiver.wait { $0.count == 1 })
    }

    @Test func `ends its threads, and may have nothing to do at all`() throws {
        let station = try DutyStation([])
        station.worker.start()
        station.worker.wake()
        #expect(station.worker.lastBeat == station.clock.now())
        station.worker.stop()
    }
}
