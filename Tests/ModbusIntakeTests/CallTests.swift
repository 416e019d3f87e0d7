import DeviceMap
import Glibc
import PlantModel
import PlantTime
import Synchronization
import Testing

@testable import ModbusIntake

/// A device that dials in, in the hands of a test: it says what it is told to, and answers reads with 100 + address.
final class DialingDevice: Sendable {
    let socket: Int32

    init(port: UInt16, saying words: [UInt8]) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "the daemon listens")
        say(words)
    }

    func say(_ bytes: [UInt8]) { _ = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Answers so many requests, each with these bytes before it.
    /// - Returns: how many came before the other end hung up or nothing came for 10 s.
    func answer(_ count: Int, after prefix: [UInt8] = []) -> Int {
        for done in 0..<count {
            guard waitReadable(socket, upTo: .seconds(10)) else { return done }
            var bytes = [UInt8](repeating: 0, count: 12)
            guard unsafe recv(socket, &bytes, 12, Int32(MSG_WAITALL)) == 12 else { return done }
            let request = ArrivedRequest(bytes: bytes, number: 1, connection: 1, numberInConnection: 1)
            say(prefix + request.answer { UInt16(100 + $0) })
        }
        return count
    }

    /// Whether the other end hangs up.
    func isDismissed() -> Bool {
        guard waitReadable(socket, upTo: .seconds(20)) else { return false }
        var byte: UInt8 = 0
        return unsafe recv(socket, &byte, 1, 0) <= 0
    }

    deinit { close(socket) }
}

@Suite(.serialized) struct `Devices that dial in` {
    /// A port that nobody has at this moment.
    private static func freePort() -> UInt16 {
        let (descriptor, port) = loopbackListener()
        close(descriptor)
        return port
    }

    private static func endpoint(_ id: String, _ port: UInt16, _ words: String, point: UInt32, link: UInt32)
        -> ModbusEndpoint
    {
        var endpoint = Plant.endpoint(id: id, port: port, [Plant.unit(1, [Plant.point(point, at: 4)], link: link)])
        endpoint.manners.dialIn = LinkManners.DialIn(
            host: "127.0.0.1", port: port, registration: Array(words.utf8), heartbeat: Array("PING".utf8))
        return endpoint
    }

    @Test func `are known by what they say first, and served on their own line`() throws {
        let port = Self.freePort()
        let endpoints = [
            Self.endpoint("L-1", port, "PUMP-0001", point: 0, link: 900),
            Self.endpoint("L-2", port, "PUMP-0002", point: 10, link: 910),
        ]
        try Plant.run(endpoints) { outlet, reactor in
            let second = DialingDevice(port: port, saying: Array("PUMP-0002".utf8))
            #expect(second.answer(3, after: Array("PING".utf8)) == 3, "heartbeats stand between answers")
            #expect(outlet.waitForValues(of: 10, count: 3))
            #expect(outlet.values(of: 0).isEmpty)
            let first = DialingDevice(port: port, saying: Array("PUMP-".utf8))
            first.say(Array("0001".utf8))
            #expect(first.answer(2) == 2)
            #expect(outlet.waitForValues(of: 0, count: 2))
            #expect(Set(outlet.values(of: 0) + outlet.values(of: 10)) == [104])
            #expect(Plant.metric("framing_faults_total", of: reactor, link: "L-2") == 0)
        }
    }

    @Test func `that nobody knows are closed and counted, however much they say`() throws {
        let port = Self.freePort()
        try Plant.run([Self.endpoint("L-1", port, "PUMP-0001", point: 0, link: 900)]) { outlet, reactor in
            let strangers = ["GET / HTTP/1.1", "PUMP-0003"].map { DialingDevice(port: port, saying: Array($0.utf8)) }
            #expect(strangers.allSatisfy { $0.isDismissed() })
            let unknown = reactor.freshMetrics().first { $0.name == "hazardd_modbus_unknown_callers_total" }?.value
            #expect(unknown == 2)
            #expect(outlet.values(of: 0).isEmpty)
            let known = DialingDevice(port: port, saying: Array("PUMP-0001".utf8))
            #expect(known.answer(1) == 1)
            #expect(outlet.waitForValues(of: 0, count: 1))
        }
    }

    @Test func `lose nobody else when their port is taken, and are heard as soon as it is free`() throws {
        let (taker, port) = loopbackListener()
        #expect(listen(taker, 1) == 0)
        let server = FaultServer { [.send($0.answer { UInt16(100 + $0) })] }
        defer { server.stop() }
        let sibling = Plant.endpoint(
            id: "L-2", port: server.port, [Plant.unit(1, [Plant.point(10, at: 7)], link: 910)])
        let endpoints = [Self.endpoint("L-1", port, "PUMP-0001", point: 0, link: 900), sibling]
        try Plant.run(endpoints) { outlet, reactor in
            #expect(outlet.waitForValues(of: 10, count: 3))
            #expect(outlet.wait { _ in outlet.linkStory(of: 900) == [0] })
            #expect(outlet.samples(of: 0).map(\.quality) == [.bad(.linkDown)])
            _ = reactor.freshMetrics()
            #expect(
                reactor.troubles == ["modbus port 127.0.0.1:\(port) cannot be had (errno 98): L-1 cannot call"])
            close(taker)
            #expect(outlet.wait { _ in reactor.troubles.isEmpty }, "the sibling's values keep this looking")
            let device = DialingDevice(port: port, saying: Array("PUMP-0001".utf8))
            #expect(device.answer(2) == 2)
            #expect(outlet.waitForValues(of: 0, count: 2))
            #expect(outlet.linkStory(of: 900) == [0, 1])
            #expect(outlet.linkStory(of: 910) == [1])
        }
    }

    @Test func `find room though strangers fill it: whoever has been silent longest is closed for the next`() throws {
        let port = Self.freePort()
        try Plant.run([Self.endpoint("L-1", port, "PUMP-0001", point: 0, link: 900)]) { outlet, reactor in
            let silent = (0..<CallDesk.waitingMax).map { _ in DialingDevice(port: port, saying: []) }
            let device = DialingDevice(port: port, saying: [])
            #expect(silent[0].isDismissed())
            device.say(Array("PUMP-0001".utf8))
            #expect(device.answer(2) == 2)
            #expect(outlet.waitForValues(of: 0, count: 2))
            let turnedAway = reactor.freshMetrics().first { $0.name == "hazardd_modbus_callers_turned_away_total" }?
                .value
            #expect(turnedAway == 1)
        }
    }
}

@Suite struct `A day of polls` {
    @Test func `drifts by nothing, though every answer is late by another time`() throws {
        let unit = Plant.unit(1, [Plant.point(1, at: 0, every: .milliseconds(500))])
        let origin = PlantInstant(milliseconds: 1_700_000_000_000)
        var session = EndpointSession(
            endpoint: Plant.endpoint([unit]), plans: [try ReadPlan(unit: unit)], startingAt: origin)
        var actions: [EndpointSession.Action] = []
        var now = origin
        var random = StableHash.spread("a day")
        var sent: [PlantInstant] = []
        func handle(_ event: EndpointSession.Event) {
            actions.removeAll(keepingCapacity: true)
            session.handle(event, at: now, into: &actions)
            session.handle(.timePassed, at: now, into: &actions)
        }
        handle(.timePassed)
        handle(.addressFound)
        handle(.connected)
        while now < origin + .seconds(86_400) {
            if let request = actions.reads.last {
                sent.append(now)
                random = StableHash.mixed(random &+ 1)
                now = now + .microseconds(Int64(random % 40_000))
                handle(
                    .answered(
                        AnswerHeader(
                            transaction: request.transaction, unit: 1, function: 3, exception: nil, dataBytes: 2)))
            } else {
                now = max(now, session.nextDeadline(at: now))
                handle(.timePassed)
            }
        }
        // The first is read at once; the second stands on its slot, and so does the last.
        let slots = sent.dropFirst()
        let first = try #require(slots.first)
        let worst =
            slots.map { abs(((($0 - first).nanoseconds + 250_000_000) % 500_000_000) - 250_000_000) }.max() ?? .max
        #expect(slots.count >= 172_798)
        #expect(worst <= 1_000_000, "drift over a day: \(worst) ns")
        #expect(session.schedule.missed == 0)
    }
}

extension [EndpointSession.Action] {
    fileprivate var reads: [ReadRequest] { compactMap { if case .send(let read) = $0 { read } else { nil } } }
}
