import DeviceMap
import PlantModel
import PlantTime
import Testing

@testable import ModbusIntake

/// Where a right value says whose it is: a register holds unit x 1000 + address; every false answer holds 60000 and up.
private func right(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(Int(request.unit) * 1000 + $0) } }
private func poison(_ request: ArrivedRequest) -> [UInt8] { request.answer { UInt16(60_000 + $0) } }

/// One way for a device to go wrong, once, in the middle of a connection.
struct Misbehaviour: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var steps: @Sendable (ArrivedRequest) -> [ServerStep]

    init(_ name: String, _ steps: @escaping @Sendable (ArrivedRequest) -> [ServerStep]) {
        testDescription = name
        self.steps = steps
    }

    /// The false answer with some bytes changed.
    init(_ name: String, changing change: @escaping @Sendable (inout [UInt8]) -> Void) {
        self.init(name) { request in
            var bytes = poison(request)
            change(&bytes)
            return [.send(bytes)]
        }
    }

    static let all: [Misbehaviour] = [
        Misbehaviour("another unit's answer") { $0[6] = 9 },
        Misbehaviour("protocol id 5") { $0[3] = 5 },
        Misbehaviour("protocol id 256") { $0[2] = 1 },
        Misbehaviour("length field 2 too long, with 2 bytes more") {
            $0[5] += 2
            $0 += [0xEA, 0x60]
        },
        Misbehaviour("length field 2 too short") { $0[5] -= 2 },
        Misbehaviour("length field 0") { $0[5] = 0 },
        Misbehaviour("length field of 60000") { $0[4] = 0xEA },
        Misbehaviour("a transaction never sent") { $0[0] ^= 0x40 },
        Misbehaviour("another function") { $0[7] = 4 },
        Misbehaviour("a function that writes") { $0[7] = 16 },
        Misbehaviour("an exception to another function") { $0 = Array($0[..<4]) + [0, 3, 1, 0x84, 2] },
        Misbehaviour("one register less than asked") {
            $0[5] -= 2
            $0[8] -= 2
            $0.removeLast(2)
        },
        Misbehaviour("one register more than asked") {
            $0[5] += 2
            $0[8] += 2
            $0 += [0xEA, 0x60]
        },
        Misbehaviour("extra bytes behind a right answer") { [.send(right($0) + [0xEA, 0x60])] },
        Misbehaviour("garbage before the answer") { [.send([0xDE, 0xAD, 0xBE, 0xEF] + right($0))] },
        Misbehaviour("two answers to one request") { [.send(right($0) + poison($0))] },
        Misbehaviour("a frame cut off, then silence") { [.send(Array(poison($0).dropLast(3)))] },
        Misbehaviour("a frame cut off, then the end") { [.send(Array(poison($0).dropLast(3))), .close] },
        // Slower than the simulated clock can be on the busiest machine: its end is never in time.
        Misbehaviour("an answer that dribbles past its deadline") { [.dribble(poison($0), everyMilliseconds: 1000)] },
        Misbehaviour("reset") { _ in [.reset] },
        Misbehaviour("end of the connection") { _ in [.close] },
        Misbehaviour("an answer, then reset") { [.send(right($0)), .reset] },
    ]
}

@Suite(.serialized) struct `A device that misbehaves` {
    static let unit = Plant.unit(1, [Plant.point(0, at: 4), Plant.point(1, at: 5)])
    static let siblingUnit = Plant.unit(2, [Plant.point(10, at: 7)], link: 910)

    @Test(arguments: Misbehaviour.all)
    func `is lost and found, without one wrong value, and its sibling keeps its period`(fault: Misbehaviour) throws {
        let server = FaultServer { request in
            request.connection == 1 && request.numberInConnection == 3 ? fault.steps(request) : [.send(right(request))]
        }
        let sibling = FaultServer { [.send(right($0))] }
        defer {
            server.stop()
            sibling.stop()
        }
        let plant = try SimulatedPlant([
            (Plant.endpoint(port: server.port, [Self.unit]), server),
            (Plant.endpoint(id: "L-2", port: sibling.port, [Self.siblingUnit]), sibling),
        ])
        defer { plant.stop() }
        let outlet = plant.outlet
        let isBack = plant.run(atMost: .seconds(8)) { outlet.linkStory(of: Plant.link) == [1, 0, 1] }
        #expect(isBack, "\(outlet.linkStory(of: Plant.link))")
        let found = outlet.values(of: 0).count
        #expect(plant.run(atMost: .seconds(2)) { outlet.values(of: 0).count >= found + 2 })
        #expect(Set(outlet.values(of: 0)) == [1004])
        #expect(Set(outlet.values(of: 1)) == [1005])
        #expect(outlet.samples(of: 0).contains { $0.quality == .bad(.linkDown) })
        #expect(outlet.samples(of: 1).contains { $0.quality == .bad(.linkDown) })
        #expect(server.connectionCount >= 2)
        expectEvenPeriod(outlet.samples(of: 10), .milliseconds(100))
        #expect(Set(outlet.values(of: 10)) == [2007])
        #expect(outlet.linkStory(of: 910) == [1])
        print("recovery \(recoveryMilliseconds(of: outlet.samples(of: 0))) ms: \(fault.testDescription)")
        #expect((server.requests + sibling.requests).filter { !$0.isPlainRead }.isEmpty)
    }

    @Test func `one byte at a time, but in time, is a right answer`() throws {
        let server = FaultServer { [.dribble(right($0), everyMilliseconds: 2)] }
        defer { server.stop() }
        try Plant.run([Plant.endpoint(port: server.port, floor: .milliseconds(80), [Self.unit])]) { outlet, reactor in
            #expect(outlet.waitForValues(of: 1, count: 4))
            #expect(Set(outlet.values(of: 1)) == [1005])
            #expect(outlet.wait { _ in (Plant.metric("answers_total", of: reactor) ?? 0) >= 4 })
        }
    }

    @Test func `a late answer is never taken for the next one`() throws {
        // Each fourth answer is held back until the next request is there, and then sent before that one's own.
        let held = HeldAnswer()
        let server = FaultServer { request in
            let answer = request.answer { UInt16(request.number << 3 | ($0 & 7)) }
            if request.number % 4 == 3 {
                held.keep(answer)
                return []
            }
            return (held.take() ?? []).map { ServerStep.send($0) } + [.send(answer)]
        }
        defer { server.stop() }
        try Plant.run([Plant.endpoint(port: server.port, [Self.unit])]) { outlet, reactor in
            #expect(outlet.waitForValues(of: 0, count: 12))
            let numbers = outlet.values(of: 0).map { Int($0) >> 3 }
            #expect(numbers == numbers.sorted(), "in order")
            #expect(numbers.allSatisfy { $0 % 4 != 3 }, "held-back answers are dropped: \(numbers)")
            #expect(outlet.values(of: 0).allSatisfy { Int($0) & 7 == 4 })
            #expect(outlet.wait { _ in (Plant.metric("late_answers_total", of: reactor) ?? 0) >= 2 })
            #expect(server.connectionCount == 1, "the connection was never given up")
            #expect(outlet.linkStory(of: Plant.link) == [1])
        }
    }

    @Test(arguments: [
        (UInt8(4), QualityReason.deviceFault, [1]), (10, .noTarget, [1, 0, 1]), (11, .noTarget, [1, 0, 1]),
    ])
    func `an exception spoils the block, and the unit is good again when it answers`(
        code: UInt8, reason: QualityReason, story: [Int]
    ) throws {
        let server = FaultServer { request in
            [.send((4...7).contains(request.number) ? request.exception(code) : right(request))]
        }
        defer { server.stop() }
        try Plant.run([Plant.endpoint(port: server.port, [Self.unit])]) { outlet, _ in
            #expect(
                outlet.wait { samples in
                    samples.contains { $0.point.number == 0 && $0.quality == .bad(reason) }
                        && samples.last { $0.point.number == 0 }?.quality == .good
                        && outlet.linkStory(of: Plant.link) == story
                })
            #expect(Set(outlet.values(of: 0)) == [1004])
            #expect(server.connectionCount == 1)
        }
    }

    @Test(arguments: [UInt8(1), 2, 3]) func `a refusal of the whole block is a mistake of the profile, not a lost link`(
        code: UInt8
    ) throws {
        let server = FaultServer { [.send($0.exception(code))] }
        defer { server.stop() }
        try Plant.run([Plant.endpoint(port: server.port, [Self.unit])]) { outlet, _ in
            #expect(
                outlet.wait { samples in
                    [0, 1].allSatisfy { point in
                        samples.contains { $0.point.number == point && $0.quality == .bad(.misconfigured) }
                    }
                })
            #expect(outlet.linkStory(of: Plant.link) == [1])
            #expect(outlet.values(of: 0).isEmpty && server.connectionCount == 1)
        }
    }

    @Test(arguments: [UInt8(5), 6]) func `busy answers are asked again within the slot`(code: UInt8) throws {
        let server = FaultServer { [.send($0.number % 3 == 0 ? right($0) : $0.exception(code))] }
        defer { server.stop() }
        let slow = Plant.unit(1, [Plant.point(0, at: 4, every: .seconds(2))])
        try Plant.run([Plant.endpoint(port: server.port, [slow])]) { outlet, _ in
            #expect(outlet.waitForValues(of: 0, count: 2))
            #expect(server.requests.count <= 7, "three tries for each value")
            #expect(Set(outlet.samples(of: 0).map(\.quality)) == [.good])
        }
    }

    @Test func `an address that the device does not have costs only its own point`() throws {
        let server = FaultServer { request in
            (request.start..<(request.start + request.count)).contains(9)
                ? [.send(request.exception(2))] : [.send(right(request))]
        }
        defer { server.stop() }
        let points = (UInt32(0)..<6).map { Plant.point($0, at: UInt16(6 + $0)) }
        try Plant.run([Plant.endpoint(port: server.port, [Plant.unit(1, points)])]) { outlet, _ in
            for point in UInt32(0)..<6 where point != 3 { #expect(outlet.waitForValues(of: point, count: 2)) }
            #expect(outlet.wait { $0.contains { $0.point.number == 3 } })
            #expect(outlet.samples(of: 3).map(\.quality) == [.bad(.misconfigured)])
            for point in UInt32(0)..<6 where point != 3 {
                #expect(Set(outlet.values(of: point)) == [Double(1006 + point)])
            }
            #expect(outlet.linkStory(of: Plant.link) == [1])
        }
    }
}
