import DeviceMap
import Glibc
import PlantModel
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

/// Real sockets on 127.0.0.1, one test after another: each has the machine's clock to itself.
@Suite(.serialized) struct `Modbus reactor` {
    @Test func `reads all four tables of a libmodbus server, and says so on the link point`() throws {
        let server = LibmodbusServer()
        defer { server.stop() }
        let unit = Plant.unit(
            1,
            [
                Plant.point(0, at: 4), Plant.point(1, at: 9), Plant.point(2, at: 5, .unsigned32, area: .inputRegister),
                Plant.point(3, at: 3, .bit(0), area: .coil), Plant.point(4, at: 13, .bit(0), area: .discreteInput),
                Plant.point(5, at: 14, .bit(0), area: .discreteInput), Plant.point(6, at: 4, .bit(3)),
            ])
        try Plant.run([Plant.endpoint(port: server.port, [unit])]) { outlet, reactor in
            for point in UInt32(0)...6 { #expect(outlet.waitForValues(of: point, count: 3), "point \(point)") }
            let expected: [UInt32: Double] = [
                0: 1004, 1: 1009, 2: Double(2005 << 16 | 2006), 3: 1, 4: 1, 5: 0, 6: Double(1004 >> 3 & 1),
            ]
            for (point, value) in expected { #expect(Set(outlet.values(of: point)) == [value], "point \(point)") }
            #expect(outlet.linkStory(of: Plant.link) == [1])
            #expect(outlet.samples.allSatisfy { $0.time == $0.arrival && $0.time == $0.time.wholeMillisecond })
            #expect(outlet.safetyOfBatches.allSatisfy { $0 })
            #expect(reactor.firstPollsSent)
            #expect(SteadyClock().now() - reactor.lastBeat < .seconds(5))
        }
    }

    @Test func `a libmodbus server that is killed is lost at once, and found when it is back`() throws {
        let server = LibmodbusServer()
        let unit = Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 5)])
        try Plant.run([Plant.endpoint(port: server.port, [unit])]) { outlet, reactor in
            #expect(outlet.waitForValues(of: 0, count: 2))
            server.stop()
            #expect(outlet.wait { _ in outlet.linkStory(of: Plant.link) == [1, 0] })
            for point in [UInt32(0), 1] { #expect(outlet.samples(of: point).last?.quality == .bad(.linkDown)) }
            let revived = LibmodbusServer(port: server.port)
            defer { revived.stop() }
            #expect(outlet.wait { _ in outlet.linkStory(of: Plant.link) == [1, 0, 1] })
            #expect(outlet.wait { samples in samples.last { $0.point.number == 1 }?.quality == .good })
            #expect(Set(outlet.values(of: 1)) == [1005])
            reactor.stop()
        }
    }

    @Test func `a link that refuses is bad at once, and good as soon as somebody listens`() throws {
        let server = FaultServer(isListening: false) { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let unit = Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 70)])
        try Plant.run([Plant.endpoint(port: server.port, [unit])]) { outlet, reactor in
            #expect(outlet.wait { $0.count >= 3 })
            #expect(outlet.samples.prefix(3).map(\.quality) == [.bad(.linkDown), .bad(.linkDown), .good])
            #expect(outlet.linkStory(of: Plant.link) == [0])
            #expect(outlet.wait(upTo: 5) { _ in reactor.firstPollsSent } || reactor.firstPollsSent)
            server.listen()
            #expect(outlet.waitForValues(of: 0, count: 1) && outlet.waitForValues(of: 1, count: 1))
            #expect(outlet.linkStory(of: Plant.link) == [0, 1])
            #expect(outlet.values(of: 1).allSatisfy { $0 == 170 })
        }
    }

    @Test func `a host name is looked up beside the loop`() throws {
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let endpoints = [
            Plant.endpoint(port: server.port, host: "localhost", [Plant.unit(1, [Plant.point(0, at: 4)])]),
            Plant.endpoint(
                id: "L-2", port: server.port, host: "no host has a name like this",
                [Plant.unit(1, [Plant.point(10, at: 4)], link: 910)]),
        ]
        try Plant.run(endpoints) { outlet, _ in
            #expect(outlet.waitForValues(of: 0, count: 1))
            #expect(outlet.wait { _ in outlet.linkStory(of: 910) == [0] })
            #expect(outlet.samples(of: 10).map(\.quality) == [.bad(.linkDown)])
        }
    }

    @Test func `stop ends the thread and closes every connection`() throws {
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        try Plant.run([Plant.endpoint(port: server.port, [Plant.unit(1, [Plant.point(0, at: 4)])])]) {
            outlet, reactor in
            #expect(outlet.waitForValues(of: 0, count: 1))
            reactor.stop()
            let published = outlet.samples.count
            #expect(outlet.wait { _ in server.openConnections == 0 } || server.openConnections == 0)
            #expect(outlet.samples.count == published)
        }
    }

    @Test func `a descriptor that libmodbus cannot bear is read without it, by the same checks`() throws {
        // All lower numbers are taken, as in a process with many connections.
        let low = fcntl(0, F_DUPFD_CLOEXEC, 1024)
        #expect(low >= 1024)
        let socket = try ModbusSocket.adopting(low)
        #expect(!socket.isReadByLibmodbus)
        let server = FaultServer { request in
            request.number == 4
                ? [.send(request.answer { _ in 60_000 }.with { $0[6] = 9 })]
                : [.send(request.answer { UInt16(100 + $0) })]
        }
        defer { server.stop() }
        let unit = Plant.unit(1, [Plant.point(0, at: 4)])
        try Plant.run([Plant.endpoint(port: server.port, [unit])], descriptorLimit: 3) { outlet, _ in
            #expect(outlet.wait { _ in outlet.linkStory(of: Plant.link) == [1, 0, 1] })
            #expect(Set(outlet.values(of: 0)) == [104])
        }
    }

    @Test func `a full ring skips values, but a loss goes in as soon as there is room`() throws {
        let isBroken = Atomic(false)
        let server = FaultServer { request in
            isBroken.load(ordering: .relaxed) ? [.reset] : [.send(request.answer { UInt16(100 + $0) })]
        }
        defer { server.stop() }
        let unit = Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 5)])
        try Plant.run([Plant.endpoint(port: server.port, [unit])]) { outlet, reactor in
            #expect(outlet.waitForValues(of: 0, count: 2))
            outlet.setFull(true)
            let before = outlet.samples.count
            #expect(outlet.wait { _ in outlet.refused >= 4 })
            isBroken.store(true, ordering: .relaxed)
            #expect(outlet.wait { _ in server.connectionCount >= 3 })
            #expect(outlet.samples.count == before)
            outlet.setFull(false)
            #expect(outlet.wait { $0.count >= before + 3 })
            let owed = outlet.samples[before..<(before + 3)]
            #expect(Set(owed.map(\.quality)) == [.bad(.linkDown), .good])
            #expect(outlet.linkStory(of: Plant.link) == [1, 0])
            #expect(outlet.wait { _ in (Plant.metric("samples_skipped_total", of: reactor) ?? 0) >= 2 })
        }
    }
}
