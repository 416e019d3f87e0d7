import DeviceMap
import Glibc
import PlantModel
import PlantTesting
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

private func right(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(Int(request.unit) * 1000 + $0) } }
private func poison(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(60_000 + $0) } }

/// A device beside a sound one, under simulated time: what it cost, and how long it took until it was read again.
private struct Outage {
    let server: FaultServer
    let sibling = FaultServer { [.send(right($0))] }
    let plant: SimulatedPlant

    init(_ server: FaultServer, descriptorLimit: Int32 = 1024) throws {
        self.server = server
        let unit = Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 5)])
        plant = try SimulatedPlant(
            [
                (Plant.endpoint(port: server.port, [unit]), server),
                (
                    Plant.endpoint(id: "L-2", port: sibling.port, [Plant.unit(2, [Plant.point(10, at: 7)], link: 910)]),
                    sibling
                ),
            ], descriptorLimit: descriptorLimit)
    }

    func stop() {
        plant.stop()
        server.stop()
        sibling.stop()
    }

    /// The newest sample of the device's first point.
    var isRead: Bool { plant.outlet.samples(of: 0).last?.quality == .good }

    /// Lets time pass until the device is read again, and a little longer.
    /// - Returns: how long it took.
    func recover(within bound: Duration) -> Duration {
        let began = plant.clock.now()
        #expect(plant.run(atMost: bound) { isRead }, "not read again within \(bound)")
        let took = plant.clock.now() - began
        let found = plant.outlet.values(of: 0).count
        #expect(
            plant.run(atMost: .seconds(2)) {
                plant.outlet.values(of: 0).count >= found + 2 && plant.outlet.values(of: 10).count >= 5
            })
        return took
    }

    /// Whatever the device did: no value but the right ones, and its sibling was read in every slot.
    func expectNoHarm(_ what: String, recovered took: Duration) {
        #expect(Set(plant.outlet.values(of: 0)) == [1004])
        #expect(Set(plant.outlet.values(of: 1)) == [1005])
        #expect(Set(plant.outlet.values(of: 10)) == [2007])
        #expect(plant.outlet.linkStory(of: 910) == [1])
        expectEvenPeriod(plant.outlet.samples(of: 10), .milliseconds(100))
        #expect((server.requests + sibling.requests).allSatisfy { $0.isPlainRead })
        print("recovery \(took.nanoseconds / 1_000_000) ms: \(what)")
    }
}

@Suite(.serialized) struct `A device that is hard to reach` {
    @Test func `slow to accept: what it answers to old questions is told from the new answers`() throws {
        let server = FaultServer { [.send(right($0))] }
        server.setDoor(isOpen: false)
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(8)) { outage.plant.outlet.linkStory(of: Plant.link) == [0] })
        #expect(outage.plant.outlet.values(of: 0).isEmpty)
        server.setDoor(isOpen: true)
        let took = outage.recover(within: .seconds(12))
        #expect(outage.plant.outlet.linkStory(of: Plant.link) == [0, 1])
        outage.expectNoHarm("slow accept", recovered: took)
    }

    @Test func `refuse: a device that starts anew is called again and again, and read as soon as it listens`() throws {
        let isGone = Atomic(false)
        let server = FaultServer { request in
            isGone.load(ordering: .sequentiallyConsistent) ? [.reset] : [.send(right(request))]
        }
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(2)) { outage.plant.outlet.values(of: 1).count >= 3 })
        isGone.store(true, ordering: .sequentiallyConsistent)
        server.refuse()
        #expect(outage.plant.run(atMost: .seconds(1)) { outage.plant.outlet.linkStory(of: Plant.link) == [1, 0] })
        _ = outage.plant.run(atMost: .seconds(20)) { false }
        #expect(outage.plant.outlet.linkStory(of: Plant.link) == [1, 0])
        #expect(outage.plant.outlet.samples(of: 0).last?.quality == .bad(.linkDown))
        #expect(outage.plant.outlet.samples(of: 1).last?.quality == .bad(.linkDown))
        let tries = outage.plant.metric("losses_total") ?? 0
        #expect((5...20).contains(tries), "\(tries) tries in 20 s")
        #expect(server.connectionCount == 1)
        isGone.store(false, ordering: .sequentiallyConsistent)
        server.listen()
        // A gas device is called every 5 s at least, give or take a fifth.
        let took = outage.recover(within: .seconds(6))
        #expect(outage.plant.outlet.linkStory(of: Plant.link) == [1, 0, 1])
        outage.expectNoHarm("refused for 20 s", recovered: took)
    }

    @Test func `a late answer: the slot is lost, the next one is read, and what came late is nobody's`() throws {
        let held = HeldAnswer()
        let server = FaultServer { request in
            if request.number % 10 == 4 {
                held.keep(poison(request))
                return []
            }
            return (held.take() ?? []).map { .send($0) } + [.send(right(request))]
        }
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(8)) { (outage.plant.metric("late_answers_total") ?? 0) >= 3 })
        #expect(outage.plant.run(atMost: .seconds(2)) { outage.isRead })
        #expect(server.connectionCount == 1)
        #expect(outage.plant.outlet.linkStory(of: Plant.link) == [1])
        #expect(outage.plant.outlet.samples(of: 0).allSatisfy { $0.quality == .good })
        let gap = Evenness(of: [outage.plant.outlet.samples(of: 0).map(\.time)]).worst - 0.1
        outage.expectNoHarm("a late answer", recovered: .milliseconds(Int64((gap * 1000).rounded())))
    }

    @Test func `always late: each answer comes when the next is asked for, and none is taken for it`() throws {
        let isLate = Atomic(true)
        let held = HeldAnswer()
        let server = FaultServer { request in
            let late = (held.take() ?? []).map { ServerStep.send($0) }
            guard isLate.load(ordering: .sequentiallyConsistent) else { return late + [.send(right(request))] }
            held.keep(poison(request))
            return late
        }
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(8)) { outage.plant.outlet.linkStory(of: Plant.link) == [0] })
        _ = outage.plant.run(atMost: .seconds(20)) { false }
        #expect(outage.plant.outlet.values(of: 0).isEmpty && outage.plant.outlet.values(of: 1).isEmpty)
        #expect((outage.plant.metric("late_answers_total") ?? 0) >= 5)
        isLate.store(false, ordering: .sequentiallyConsistent)
        // It is probed every 5 s at least.
        let took = outage.recover(within: .seconds(6))
        outage.expectNoHarm("each answer late by one request, then in time", recovered: took)
    }

    @Test func `half-open: a connection on which nothing comes back any more is given up for a new one`() throws {
        let server = FaultServer { $0.connection == 1 && $0.numberInConnection >= 3 ? [] : [.send(right($0))] }
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(8)) { outage.plant.outlet.linkStory(of: Plant.link) == [1, 0] })
        // Silence of 10 s is noticed at a probe, of which there is one every 5 s at least.
        let took = outage.recover(within: .seconds(18))
        #expect(server.connectionCount == 2)
        outage.expectNoHarm("half-open", recovered: took)
    }

    @Test func `one connection only, and somebody has it: it is asked seldom, and read when that one leaves`() throws {
        let server = FaultServer(connectionsMax: 1) { [.send(right($0))] }
        let holder = DialingDevice(port: server.port, saying: [])
        #expect(waitFor { server.openConnections == 1 })
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(!outage.plant.run(atMost: .seconds(10)) { outage.isRead })
        #expect(outage.plant.outlet.linkStory(of: Plant.link) == [0])
        #expect((1...20).contains(server.turnedAway), "\(server.turnedAway) tries in 10 s")
        shutdown(holder.socket, Int32(SHUT_RDWR))
        #expect(waitFor { server.openConnections == 0 })
        let took = outage.recover(within: .seconds(35))
        outage.expectNoHarm("second connection refused", recovered: took)
    }

    /// Exception 1 rests its block for five minutes (`Exception answers`); the others are over when the device says so.
    @Test(arguments: [UInt8(2), 3, 4, 5, 6, 10, 11])
    func `an exception for three answers is over with the first right one`(code: UInt8) throws {
        let isRefusal = code == 2 || code == 3
        let server = FaultServer { request in
            // A refused block is divided; its halves are read, or a refusal of both would rest them.
            let refused = isRefusal ? 3...3 : 3...5
            return [.send(refused.contains(request.number) ? request.exception(code) : right(request))]
        }
        let outage = try Outage(server)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(4)) { server.requests.count >= (isRefusal ? 3 : 5) })
        let before = outage.plant.outlet.values(of: 1).count
        #expect(
            outage.plant.run(atMost: .seconds(8)) {
                outage.isRead && outage.plant.outlet.values(of: 1).count >= before + 6
            })
        let took = max(0, recoveryMilliseconds(of: outage.plant.outlet.samples(of: 0)))
        outage.expectNoHarm("exception \(code)", recovered: .milliseconds(took))
        #expect(server.connectionCount == 1)
    }

    /// What libmodbus cannot bear is read by the door itself: each way to go wrong is found out there as well.
    @Test(arguments: Misbehaviour.all)
    func `behind a descriptor of 1024 and up, no wrong value passes either`(fault: Misbehaviour) throws {
        let server = FaultServer { request in
            request.connection == 1 && request.numberInConnection == 3 ? fault.steps(request) : [.send(right(request))]
        }
        let outage = try Outage(server, descriptorLimit: 3)
        defer { outage.stop() }
        #expect(outage.plant.run(atMost: .seconds(8)) { outage.plant.outlet.linkStory(of: Plant.link).contains(0) })
        let took = outage.recover(within: .seconds(8))
        outage.expectNoHarm("without libmodbus: \(fault.testDescription)", recovered: took)
    }

    private func waitFor(_ isSatisfied: () -> Bool) -> Bool {
        let clock = SteadyClock()
        let deadline = clock.now() + .seconds(20)
        while !isSatisfied() {
            guard clock.now() < deadline else { return false }
            sched_yield()
        }
        return true
    }
}
